//! Text that a shell, or a reader of `.env` files, takes for itself and for nothing else.

/// One word of a shell's, whatever is in it but NUL, which no word can hold.
pub fn shell(text: &str) -> String {
    format!("'{}'", text.replace('\'', "'\\''"))
}

/// The value of a line of `.env`.
///
/// The readers of such files do not agree on quotes. A shell must never run what is in a value, so every form here is
/// one that a shell reads right; and it is the one that most other readers read right as well. For a value with a single
/// quote beside `"`, `$`, a backtick or `\` there is none: other readers get that value from the environment, which goes
/// before the file.
pub(super) fn dotenv(value: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_./:@%+,=-".contains(c);
    if value.chars().all(plain) {
        value.to_owned()
    } else if value.contains('\'') && !value.contains(['"', '$', '`', '\\']) {
        format!("\"{value}\"")
    } else {
        shell(value)
    }
}
