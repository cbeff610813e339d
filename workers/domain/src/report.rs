//! What somebody says is wrong with a page, read once at the border.

use crate::email::Email;

/// Longest description that is taken, in characters.
pub const MAX_DETAILS: usize = 2000;

/// What is wrong with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// It pretends to be somebody, or is after passwords or money.
    Deceptive,
    /// It wants to have something harmful installed.
    Malware,
    /// It shows what the law forbids.
    Illegal,
    /// It shows somebody's work without leave.
    Copyright,
    /// It hurts or threatens somebody, or shows what is private.
    Harassment,
    /// Something else, which the details say.
    Other,
}

impl Reason {
    /// Every reason, in the order in which they are offered.
    pub const ALL: [Self; 6] =
        [Self::Deceptive, Self::Malware, Self::Illegal, Self::Copyright, Self::Harassment, Self::Other];

    /// The column `report.reason`, and the value in the form.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Deceptive => "deceptive",
            Self::Malware => "malware",
            Self::Illegal => "illegal",
            Self::Copyright => "copyright",
            Self::Harassment => "harassment",
            Self::Other => "other",
        }
    }

    /// Reads it. `None` for what is none of them.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.as_str() == text)
    }

    /// As a person would choose it.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Deceptive => "It pretends to be somebody else, or is after passwords or money",
            Self::Malware => "It is after my device: a virus, a harmful download",
            Self::Illegal => "It shows something that is against the law",
            Self::Copyright => "It shows somebody’s work without permission",
            Self::Harassment => "It hurts or threatens somebody, or shows private things",
            Self::Other => "Something else",
        }
    }
}

/// What is wrong with a report, field by field, in words for whoever wrote it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Problems {
    /// Which page.
    pub url: Option<&'static str>,
    /// Why.
    pub reason: Option<&'static str>,
    /// The description.
    pub details: Option<&'static str>,
    /// Where an answer goes.
    pub email: Option<&'static str>,
}

impl Problems {
    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// A report that can be kept, but for whether its page is one of ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// Why.
    pub reason: Reason,
    /// The description; may be empty unless the reason is "something else".
    pub details: String,
    /// Where an answer goes, if one is wanted.
    pub email: Option<Email>,
}

/// Reads what somebody wrote.
///
/// # Errors
/// What is wrong with which field.
pub fn read(reason: &str, details: &str, email: &str) -> Result<Report, Problems> {
    let mut problems = Problems::default();
    let (reason, details, email) = (Reason::parse(reason), tidy(details), email.trim());
    if reason.is_none() {
        problems.reason = Some("Choose what is wrong with it.");
    }
    if details.chars().count() > MAX_DETAILS {
        problems.details = Some("That is longer than 2,000 characters. Keep to what matters most.");
    } else if reason == Some(Reason::Other) && details.is_empty() {
        problems.details = Some("Say in a sentence what is wrong with it.");
    }
    let answer_to = Email::parse(email);
    if answer_to.is_none() && !email.is_empty() {
        problems.email = Some("That is no e-mail address. Correct it, or leave it empty.");
    }
    match reason {
        Some(reason) if problems.is_empty() => Ok(Report { reason, details, email: answer_to }),
        _ => Err(problems),
    }
}

/// With plain line ends, and without what a terminal would obey when an operator lists reports there.
fn tidy(text: &str) -> String {
    let plain = text.replace("\r\n", "\n");
    plain.trim().chars().filter(|c| *c == '\n' || !c.is_control()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_reason_is_enough_unless_it_says_nothing() {
        for reason in Reason::ALL {
            assert_eq!(Reason::parse(reason.as_str()), Some(reason));
            assert_eq!(read(reason.as_str(), "", "").is_ok(), reason != Reason::Other);
        }
        assert_eq!(read("other", " It is odd. ", "").unwrap().details, "It is odd.");
    }

    #[test]
    fn every_field_says_its_own_trouble() {
        let problems = read("because", &"x".repeat(MAX_DETAILS + 1), "ann").unwrap_err();
        assert!(problems.reason.is_some() && problems.details.is_some() && problems.email.is_some());
        assert!(problems.url.is_none());
        let kept = read("malware", &"ж".repeat(MAX_DETAILS), "Ann@Example.org").unwrap();
        assert_eq!(kept.email.unwrap().as_str(), "ann@example.org");
    }

    proptest! {
        #[test]
        fn nothing_that_moves_a_cursor_is_kept(details in any::<String>()) {
            if let Ok(report) = read("other", &details, "") {
                prop_assert!(!report.details.chars().any(|c| c.is_control() && c != '\n'));
                prop_assert!(report.details.chars().count() <= MAX_DETAILS);
            }
        }
    }
}
