//! Organizations: what they are called, who may do what in them, and how somebody comes in.

use crate::email::Email;

/// Characters of a name.
const MAX_NAME: usize = 60;
/// Characters of a slug.
const MAX_SLUG: usize = 40;
/// How long an invite can be accepted, in milliseconds: a week.
pub const INVITE_LIFE_MS: i64 = 7 * 24 * 60 * 60_000;
/// Members of one organization.
pub const MAX_MEMBERS: i64 = 200;
/// Invites of one organization that nobody has accepted yet.
pub const MAX_INVITES: i64 = 100;
/// Organizations that one person has made or joined.
pub const MAX_ORGANIZATIONS: i64 = 50;

/// What somebody is in an organization.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Decides what the organization is, who is in it, and what goes into a main branch.
    Admin,
    /// Works in sessions.
    Member,
}

impl Role {
    /// Both of them.
    pub const ALL: [Self; 2] = [Self::Admin, Self::Member];

    /// On the wire and in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Admin => "ADMIN",
            Self::Member => "MEMBER",
        }
    }

    /// Reads it; `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == text)
    }

    /// Whether this role has a right.
    pub fn may(self, right: Right) -> bool {
        self == Self::Admin || !right.is_admins()
    }
}

impl TryFrom<String> for Role {
    type Error = ();

    fn try_from(text: String) -> Result<Self, ()> {
        Self::parse(&text).ok_or(())
    }
}

/// What can be done in an organization.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Right {
    /// See the organization, its projects and its sessions.
    See,
    /// Rename it, set what it may spend.
    Change,
    /// Delete it.
    Delete,
    /// See who is in it with their addresses, give roles, take people out.
    ManageMembers,
    /// Invite people, take invites back.
    Invite,
    /// Make, set up and delete projects, and build their templates.
    ManageProjects,
    /// Start a session, talk in it, make a pull request, discard it.
    Work,
    /// Merge a session's work into the main branch.
    CommitToMain,
}

impl Right {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::See,
        Self::Change,
        Self::Delete,
        Self::ManageMembers,
        Self::Invite,
        Self::ManageProjects,
        Self::Work,
        Self::CommitToMain,
    ];

    fn is_admins(self) -> bool {
        !matches!(self, Self::See | Self::Work)
    }

    /// Why a member is refused, and what they can do.
    pub fn sentence(self) -> &'static str {
        match self {
            Self::See | Self::Work => "This belongs to a team that you are not in.",
            Self::Change | Self::Delete => "Only an admin can change the team. Ask one of them.",
            Self::ManageMembers | Self::Invite => "Only an admin can decide who is in the team. Ask one of them.",
            Self::ManageProjects => "Only an admin can set up projects. Ask one of them.",
            Self::CommitToMain => {
                "Only an admin can put changes straight into the main branch. Make a pull request instead, or ask one of them."
            }
        }
    }
}

/// What an organization is called: some characters, none of them invisible control.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name(String);

impl Name {
    /// Reads what somebody typed; spaces around it and double ones inside do not count.
    ///
    /// # Errors
    /// A sentence for the person.
    pub fn parse(typed: &str) -> Result<Self, &'static str> {
        let name = typed.split_whitespace().collect::<Vec<_>>().join(" ");
        if name.is_empty() {
            return Err("Give it a name.");
        }
        if name.chars().count() > MAX_NAME {
            return Err("A name has at most 60 characters.");
        }
        if name.chars().any(is_invisible) {
            return Err("A name is made of visible characters.");
        }
        Ok(Self(name))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What stands for it in addresses: `harbor-works`. Never empty.
    pub fn slug(&self) -> String {
        let mut slug = String::new();
        for c in self.0.chars().flat_map(char::to_lowercase) {
            if slug.len() >= MAX_SLUG {
                break;
            }
            if c.is_ascii_alphanumeric() {
                slug.push(c);
            } else if !slug.is_empty() && !slug.ends_with('-') {
                slug.push('-');
            }
        }
        let slug = slug.trim_end_matches('-');
        if slug.is_empty() { "team".to_owned() } else { slug.to_owned() }
    }
}

/// Characters that do not show and could make one name look like another.
fn is_invisible(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

/// An invite, as it is kept.
#[derive(Debug, Clone)]
pub struct Invite {
    /// Whom it is for; `None`: whoever has the link.
    pub email: Option<String>,
    /// Unix milliseconds UTC.
    pub expires_at: i64,
    /// Whether somebody has accepted it.
    pub is_accepted: bool,
}

/// Why an invite cannot be accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unacceptable {
    /// It has been used.
    Used,
    /// Its week is over.
    Expired,
    /// It is for another address.
    NotYours,
}

impl Unacceptable {
    /// For programs.
    pub fn code(self) -> &'static str {
        match self {
            Self::Used => "invite_used",
            Self::Expired => "invite_expired",
            Self::NotYours => "invite_for_another",
        }
    }

    /// For the person.
    pub fn sentence(self) -> &'static str {
        match self {
            Self::Used => "This invite has been used. Ask whoever invited you for a new one.",
            Self::Expired => "This invite has expired. Ask whoever invited you for a new one.",
            Self::NotYours => {
                "This invite is for another address than the one you are signed in with. Sign in with the address that it was sent to."
            }
        }
    }
}

impl Invite {
    /// Whether somebody who has proven an address may accept it now.
    ///
    /// # Errors
    /// The reason why not.
    pub fn check(&self, proven: &Email, now: i64) -> Result<(), Unacceptable> {
        if self.email.as_deref().is_some_and(|email| email != proven.as_str()) {
            return Err(Unacceptable::NotYours);
        }
        if self.is_accepted {
            return Err(Unacceptable::Used);
        }
        if now >= self.expires_at { Err(Unacceptable::Expired) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn members_work_and_admins_decide() {
        let of_members: Vec<Right> = Right::ALL.into_iter().filter(|right| Role::Member.may(*right)).collect();
        assert_eq!(of_members, [Right::See, Right::Work]);
        assert!(Right::ALL.into_iter().all(|right| Role::Admin.may(right)));
        assert_eq!(Role::parse("ADMIN"), Some(Role::Admin));
        assert_eq!(Role::parse("admin"), None);
    }

    #[test]
    fn names_and_their_slugs() {
        let slug = |name: &str| Name::parse(name).unwrap().slug();
        assert_eq!(Name::parse("  Harbor   Works ").unwrap().as_str(), "Harbor Works");
        assert_eq!(slug("Harbor Works & Sons, Ltd."), "harbor-works-sons-ltd");
        assert_eq!(slug("Ёлка"), "team");
        for bad in ["", "   ", "a\u{202e}b", "a\u{200b}", &"x".repeat(61)] {
            assert!(Name::parse(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn an_invite_is_for_one_person_once_and_for_a_week() {
        let ann = Email::parse("ann@example.org").unwrap();
        let invite = |email: Option<&str>, is_accepted| Invite {
            email: email.map(str::to_owned),
            expires_at: 1000,
            is_accepted,
        };
        assert_eq!(invite(Some("ann@example.org"), false).check(&ann, 999), Ok(()));
        assert_eq!(invite(None, false).check(&ann, 999), Ok(()));
        assert_eq!(invite(None, false).check(&ann, 1000), Err(Unacceptable::Expired));
        assert_eq!(invite(None, true).check(&ann, 0), Err(Unacceptable::Used));
        // Whoever it is not for learns nothing else about it.
        assert_eq!(invite(Some("ben@example.org"), true).check(&ann, 2000), Err(Unacceptable::NotYours));
    }

    proptest! {
        #[test]
        fn a_slug_is_a_slug(name in ".{1,80}") {
            if let Ok(name) = Name::parse(&name) {
                let slug = name.slug();
                prop_assert!(!slug.is_empty() && slug.len() <= MAX_SLUG);
                prop_assert!(slug.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-'));
                prop_assert!(!slug.starts_with('-') && !slug.ends_with('-') && !slug.contains("--"));
            }
        }
    }
}
