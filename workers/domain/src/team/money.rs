//! Money as whole millionths of a dollar: no sum is ever rounded twice, none is ever negative.

use serde::{Deserialize, Serialize};
use std::fmt;

/// How many there are in a dollar.
const DOLLAR: u64 = 1_000_000;

/// Micro-dollars.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct MicroUsd(u64);

impl MicroUsd {
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// So many millionths.
    pub const fn new(micro: u64) -> Self {
        Self(micro)
    }

    /// As a database keeps it. What is negative is nothing.
    pub fn from_i64(micro: i64) -> Self {
        Self(u64::try_from(micro).unwrap_or(0))
    }

    /// As a database keeps it.
    pub fn as_i64(self) -> i64 {
        i64::try_from(self.0).unwrap_or(i64::MAX)
    }

    /// In millionths.
    pub const fn get(self) -> u64 {
        self.0
    }

    /// The sum, or the most there is.
    #[must_use]
    pub const fn plus(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }

    /// What is left, or nothing.
    #[must_use]
    pub const fn minus(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }

    /// Reads dollars as they are written: `0.42`, `$5`, and `1.008e-5` as JSON may write a small one. Rounded to the
    /// nearest millionth. `None` for what is negative or no sum.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let text = text.strip_prefix('$').unwrap_or(text);
        let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let digits = || whole.bytes().chain(fraction.bytes());
        let exponent: i64 = exponent.strip_prefix('+').unwrap_or(exponent).parse().ok()?;
        if whole.len() + fraction.len() == 0 || !digits().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        // Where the millionths' point is among the digits.
        let point = i64::try_from(whole.len()).ok()?.checked_add(exponent)?.checked_add(6)?;
        let mut micro: u64 = 0;
        let mut at = 0;
        for byte in digits() {
            let digit = u64::from(byte - b'0');
            if at < point {
                micro = micro.checked_mul(10)?.checked_add(digit)?;
            } else if at == point && digit >= 5 {
                micro = micro.checked_add(1)?;
            }
            at += 1;
        }
        while at < point && micro > 0 {
            micro = micro.checked_mul(10)?;
            at += 1;
        }
        Some(Self(micro))
    }

    /// Reads a JSON number of dollars by its text, so that nothing is lost in between.
    pub fn from_json(number: &serde_json::Number) -> Option<Self> {
        Self::parse(&number.to_string())
    }
}

/// As people read it: `$0.42`, and `<$0.01` for what is less than a cent but not nothing.
impl fmt::Display for MicroUsd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const CENT: u64 = DOLLAR / 100;
        if self.0 > 0 && self.0 < CENT {
            return f.write_str("<$0.01");
        }
        let cents = self.0 / CENT + u64::from(self.0 % CENT >= CENT / 2);
        write!(f, "${}.{:02}", cents / 100, cents % 100)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn reads_dollars_as_they_are_written() {
        for (text, micro) in [
            ("0.42", 420_000),
            ("$5", 5_000_000),
            ("0.01008", 10_080),
            ("1.008e-5", 10),
            ("1e-7", 0),
            ("5e-7", 1),
            ("2E+1", 20_000_000),
            ("0.0000005", 1),
            ("0.00000049", 0),
            (".5", 500_000),
            ("7.", 7_000_000),
            ("0e99", 0),
        ] {
            assert_eq!(MicroUsd::parse(text), Some(MicroUsd(micro)), "{text}");
        }
        for bad in ["", "$", ".", "-1", "1,5", "NaN", "inf", "1e", "1e99", "1e999999999999999999999", "0x1", "1 2"] {
            assert_eq!(MicroUsd::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn people_read_cents() {
        for (micro, text) in [
            (0, "$0.00"),
            (1, "<$0.01"),
            (10_000, "$0.01"),
            (424_999, "$0.42"),
            (425_000, "$0.43"),
            (12_000_000, "$12.00"),
        ] {
            assert_eq!(MicroUsd(micro).to_string(), text);
        }
    }

    proptest! {
        #[test]
        fn a_sum_survives_json(micro in 0u64..1_000_000_000_000) {
            let text = format!("{}.{:06}", micro / DOLLAR, micro % DOLLAR);
            prop_assert_eq!(MicroUsd::parse(&text), Some(MicroUsd(micro)));
            let number: serde_json::Number = serde_json::from_str(&text).unwrap();
            prop_assert_eq!(MicroUsd::from_json(&number), Some(MicroUsd(micro)));
        }

        #[test]
        fn no_text_can_break_the_reading(text in "[-$0-9.eE+ ]{0,30}") {
            let _ = MicroUsd::parse(&text);
        }
    }
}
