//! Whether a file's name changes whenever its content does.
//!
//! Only then may a browser keep the file for a year without asking. A wrong "yes" shows people an old picture for a
//! year; a wrong "no" costs one short question per visit. So the rule is strict.

/// Fewest digits that count as a hash.
const MIN_DIGITS: usize = 8;

/// Looks for a content hash in the last segment of a path: between separators, eight or more hexadecimal digits with
/// both a digit and a letter (`app.3f9a8b7c.js`), or eight or more base-64 digits that alternate as random ones do
/// (`index-B7c3dE9f.js`). Words with a number (`background1.jpg`, `MyPhoto2026.jpg`) do not qualify.
pub fn has_content_hash(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    // What stands behind the last separator is the extension, never a hash.
    let Some((stem, _extension)) = name.rsplit_once('.') else { return false };
    stem.split(['.', '-', '_']).any(is_hash)
}

fn is_hash(token: &str) -> bool {
    let bytes = token.as_bytes();
    if bytes.len() < MIN_DIGITS || !bytes.iter().all(u8::is_ascii_alphanumeric) {
        return false;
    }
    let digit = bytes.iter().any(u8::is_ascii_digit);
    let letter = bytes.iter().any(u8::is_ascii_alphabetic);
    digit && letter && (bytes.iter().all(u8::is_ascii_hexdigit) || looks_random(bytes))
}

/// Words keep to one kind of character for long; random digits change kind at every second step or more often.
fn looks_random(bytes: &[u8]) -> bool {
    let kind = |byte: &u8| (byte.is_ascii_digit(), byte.is_ascii_uppercase());
    let changes = bytes.windows(2).filter(|pair| matches!(pair, [a, b] if kind(a) != kind(b))).count();
    changes * 2 >= bytes.len()
}

#[cfg(test)]
mod tests {
    use super::has_content_hash;

    #[test]
    fn names_that_bundlers_write() {
        for path in
            ["app.3f9a8b7c.js", "assets/index-B7c3dE9f.js", "a/3f9a8b7c12.css", "x_9fGh2kLm.woff2", "chunk-G7KX2MQA.js"]
        {
            assert!(has_content_hash(path), "{path}");
        }
    }

    /// Lesson 10: a year of `immutable` for names that merely look hashed.
    #[test]
    fn names_that_merely_look_hashed() {
        for path in [
            "hero-background.jpg",
            "hero-background1.jpg",
            "MyPhoto2026.jpg",
            "holiday-20260714.jpg",
            "deadbeef.js",
            "defaced-decade.css",
            "3f9a8b7c",
            "photo.3f9a8b7c",
            "3f9a8b7c/index.html",
            "app.3f9a8b7.js",
            "screenshot-iphone15.png",
            "index.html",
            "chapter12-section03.html",
        ] {
            assert!(!has_content_hash(path), "{path}");
        }
    }
}
