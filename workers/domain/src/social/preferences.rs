//! What somebody wants of others: who may write to them first, and how often they are told by mail what they missed.

/// Who may begin to write to a site. Whoever was answered once may go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MessagesFrom {
    /// Every site.
    Everyone,
    /// Sites that this one follows.
    Following,
    /// No site.
    Nobody,
}

impl MessagesFrom {
    /// All of them, in the order in which they are offered.
    pub const ALL: [Self; 3] = [Self::Everyone, Self::Following, Self::Nobody];

    /// The column `site.messages_from`, and the value in JSON and in forms.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Everyone => "everyone",
            Self::Following => "following",
            Self::Nobody => "nobody",
        }
    }

    /// Reads it. `None` for what is none of them.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.as_str() == text)
    }

    /// As a person would choose it.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Everyone => "Everybody",
            Self::Following => "Sites I follow",
            Self::Nobody => "Nobody",
        }
    }

    /// Whether somebody may write first, given whether they are followed by whom they write to.
    pub const fn lets(self, followed: bool) -> bool {
        match self {
            Self::Everyone => true,
            Self::Following => followed,
            Self::Nobody => false,
        }
    }
}

/// How often a site's owner is told by mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Digest {
    /// Never. It is so until somebody asks for it.
    Off,
    /// Once a day at the most, when there is something.
    Daily,
}

impl Digest {
    /// Both, in the order in which they are offered.
    pub const ALL: [Self; 2] = [Self::Off, Self::Daily];

    /// The column `site.digest`, and the value in JSON and in forms.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Daily => "daily",
        }
    }

    /// Reads it. `None` for what is neither.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.as_str() == text)
    }

    /// As a person would choose it.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Off => "No mail",
            Self::Daily => "One mail a day, when there is something new",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_back_and_nothing_else_is() {
        for one in MessagesFrom::ALL {
            assert_eq!(MessagesFrom::parse(one.as_str()), Some(one));
        }
        for one in Digest::ALL {
            assert_eq!(Digest::parse(one.as_str()), Some(one));
        }
        for text in ["", "Everyone", "weekly", "no body"] {
            assert_eq!((MessagesFrom::parse(text), Digest::parse(text)), (None, None), "{text}");
        }
    }

    #[test]
    fn who_may_write_first_is_who_was_let() {
        let lets = |followed| MessagesFrom::ALL.map(|one| one.lets(followed));
        assert_eq!((lets(true), lets(false)), ([true, true, false], [true, false, false]));
    }
}
