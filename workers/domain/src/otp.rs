//! The six-digit code: how it is drawn, kept and judged.
//!
//! A code is worth a million guesses at most, so it lives five minutes, takes three tries, works only in the browser
//! that asked, and is stored as a keyed hash that a stolen database cannot be searched for. The order of judging is the
//! wire protocol's; the counting has happened before, in the same transaction that read the row.

use crate::{email::Email, session::Key};
use std::fmt::Write;
use subtle::ConstantTimeEq;

/// How long a code works. Wrong guesses do not extend it.
pub const LIFETIME_MS: i64 = 5 * 60_000;
/// Wrong guesses a code survives.
pub const TRIES: i64 = 3;
/// Digits of a code.
pub const DIGITS: usize = 6;

const CODES: u32 = 1_000_000;

/// Draws a code from random bytes, four at a time; a draw that would favour low codes is thrown away. `None` when every
/// draw was, which for 32 bytes happens less than once in 10^28 times.
pub fn draw(random: &[u8]) -> Option<String> {
    const FAIR: u32 = u32::MAX - u32::MAX % CODES;
    random
        .chunks_exact(4)
        .filter_map(|four| four.try_into().ok().map(u32::from_be_bytes))
        .find(|number| *number < FAIR)
        .map(|number| format!("{:0width$}", number % CODES, width = DIGITS))
}

/// What a person typed or pasted, without the spaces that mail programs and people put between digits.
pub fn tidy(typed: &str) -> String {
    typed.chars().filter(|c| !c.is_whitespace()).collect()
}

/// The name under which the code for an address is kept: one a purpose and address.
pub fn identifier(email: &Email) -> String {
    format!("sign-in-otp-{email}")
}

/// What is kept instead of the code, as hex.
pub fn hash_code(key: &Key, email: &Email, code: &str) -> String {
    keyed(key, &["code", email.as_str(), code])
}

/// What is kept instead of the secret of the browser that asked, as hex.
pub fn hash_browser(key: &Key, secret: &str) -> String {
    keyed(key, &["browser", secret])
}

/// A pending code as it was read, after this try was counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pending {
    /// [`hash_code`] of the right code.
    pub hash: String,
    /// Tries so far, with this one.
    pub attempts: i64,
    /// Unix milliseconds UTC.
    pub expires_at: i64,
}

/// What a try comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The right code, in time.
    Right,
    /// Too late. The code is gone.
    Expired,
    /// Nothing pending here, or the wrong code.
    Wrong,
    /// Tried too often before; the right code is refused too, and gone.
    TooMany,
}

/// Judges a try against what is pending for this address and this browser.
pub fn judge(pending: Option<&Pending>, presented_hash: &str, now_ms: i64) -> Verdict {
    match pending {
        None => Verdict::Wrong,
        Some(pending) if pending.expires_at <= now_ms => Verdict::Expired,
        Some(pending) if pending.attempts > TRIES => Verdict::TooMany,
        Some(pending) if bool::from(pending.hash.as_bytes().ct_eq(presented_hash.as_bytes())) => Verdict::Right,
        Some(_) => Verdict::Wrong,
    }
}

/// As hex.
pub(crate) fn keyed(key: &Key, parts: &[&str]) -> String {
    key.mac(parts).iter().fold(String::with_capacity(64), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const NOW: i64 = 1_795_242_452_000;

    fn key(fill: u8) -> Key {
        Key::new(vec![fill; 32]).unwrap()
    }

    fn email(address: &str) -> Email {
        Email::parse(address).unwrap()
    }

    fn pending(attempts: i64, expires_at: i64) -> Pending {
        Pending { hash: hash_code(&key(1), &email("ann@x.test"), "012345"), attempts, expires_at }
    }

    fn presented(code: &str) -> String {
        hash_code(&key(1), &email("ann@x.test"), code)
    }

    #[test]
    fn leading_zeros_stay() {
        assert_eq!(draw(&42u32.to_be_bytes()).as_deref(), Some("000042"));
    }

    #[test]
    fn draws_that_would_favour_low_codes_are_thrown_away() {
        let mut bytes = vec![0xff; 4];
        assert_eq!(draw(&bytes), None);
        bytes.extend(7u32.to_be_bytes());
        assert_eq!(draw(&bytes).as_deref(), Some("000007"));
        assert_eq!(draw(&4_294_000_000u32.to_be_bytes()), None, "the first number past the last whole million");
        assert_eq!(draw(&4_293_999_999u32.to_be_bytes()).as_deref(), Some("999999"));
    }

    #[test]
    fn the_right_code_in_time_is_right() {
        assert_eq!(judge(Some(&pending(1, NOW + 1)), &presented("012345"), NOW), Verdict::Right);
        assert_eq!(judge(Some(&pending(TRIES, NOW + 1)), &presented("012345"), NOW), Verdict::Right);
    }

    #[test]
    fn the_fourth_try_is_refused_before_comparing() {
        assert_eq!(judge(Some(&pending(TRIES + 1, NOW + 1)), &presented("012345"), NOW), Verdict::TooMany);
    }

    #[test]
    fn an_expired_code_says_so_before_anything_else() {
        assert_eq!(judge(Some(&pending(9, NOW)), &presented("999999"), NOW), Verdict::Expired);
    }

    #[test]
    fn wrong_and_absent_look_alike() {
        assert_eq!(judge(Some(&pending(1, NOW + 1)), &presented("543210"), NOW), Verdict::Wrong);
        assert_eq!(judge(None, &presented("012345"), NOW), Verdict::Wrong);
    }

    #[test]
    fn a_code_is_bound_to_its_address_its_purpose_and_the_key() {
        let ann = presented("012345");
        assert_ne!(ann, hash_code(&key(1), &email("ben@x.test"), "012345"));
        assert_ne!(ann, hash_code(&key(2), &email("ann@x.test"), "012345"));
        assert_ne!(hash_browser(&key(1), "a"), hash_browser(&key(2), "a"));
        assert_eq!(ann.len(), 64);
    }

    proptest! {
        #[test]
        fn every_code_is_six_digits(random in proptest::collection::vec(any::<u8>(), 32)) {
            let code = draw(&random).unwrap();
            prop_assert!(code.len() == DIGITS && code.bytes().all(|b| b.is_ascii_digit()));
        }

        #[test]
        fn only_the_right_code_is_right(code in "[0-9]{6}") {
            let verdict = judge(Some(&pending(1, NOW + 1)), &presented(&code), NOW);
            prop_assert_eq!(verdict == Verdict::Right, code == "012345");
        }

        #[test]
        fn parts_cannot_slide_into_each_other(a in "[a-z]{1,5}", b in "[a-z]{1,5}") {
            prop_assume!(!b.is_empty());
            prop_assert_ne!(keyed(&key(1), &[&a, &b]), keyed(&key(1), &[&format!("{a}{b}"), ""]));
        }
    }
}
