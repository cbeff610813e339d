//! The token that a sandbox holds instead of anything worth stealing: `vs_<session>_<random>`. It names the one object that
//! can tell whether it is right, so nothing has to be looked up to find out whom to ask.

/// How every such token begins.
const PREFIX: &str = "vs_";
/// Characters of a token, at most.
const LONGEST: usize = 200;

/// The session that a token names. Nothing is proven by that: its object is to be asked.
pub fn session(token: &str) -> Option<&str> {
    let (session, random) = token.strip_prefix(PREFIX)?.split_once('_')?;
    let is_token = token.len() <= LONGEST
        && (16..).contains(&random.len())
        && random.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
    (is_token && is_session(session)).then_some(session)
}

/// Whether a text has the shape of a session's id, so that it may name an object.
pub fn is_session(text: &str) -> bool {
    text.len() == 24 && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_token_names_its_session() {
        let token = "vs_abcdefghijklmnopqrstuvwx_AbC-1_23456789012345";
        assert_eq!(session(token), Some("abcdefghijklmnopqrstuvwx"));
        for bad in [
            "",
            "vs_",
            "vs_abcdefghijklmnopqrstuvwx",
            "vs_abcdefghijklmnopqrstuvwx_short",
            "vs_ABCDEFGHIJKLMNOPQRSTUVWX_AbC-1_23456789012345",
            "vs_../abcdefghijklmnopqrstuv_AbC-1_23456789012345",
            "vs_abcdefghijklmnopqrstuvwx_AbC 1_23456789012345",
            "sk-ant-abcdefghijklmnopqrstuvwx_AbC-1_23456789012345",
        ] {
            assert_eq!(session(bad), None, "{bad}");
        }
        assert_eq!(session(&format!("{token}{}", "a".repeat(200))), None);
    }

    proptest! {
        #[test]
        fn reading_anything_does_not_panic(text in ".*") {
            let _ = session(&text);
        }
    }
}
