//! Short messages that a redirect leaves on the next page of a team, as `?notice=<code>`.

/// Something that has just happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Notice {
    code: &'static str,
    words: &'static str,
    is_bad: bool,
}

const fn good(code: &'static str, words: &'static str) -> Notice {
    Notice { code, words, is_bad: false }
}

const fn bad(code: &'static str, words: &'static str) -> Notice {
    Notice { code, words, is_bad: true }
}

const ALL: [Notice; 17] = [
    good("team-made", "Your team is there. Invite people to it in its settings, or add a project first."),
    good("team-saved", "Saved."),
    good("team-left", "You are not in that team any more."),
    good("team-deleted", "The team is deleted. Its repositories stay as they are."),
    good("joined", "You are in. Welcome."),
    good("role-changed", "Their role is changed."),
    good("removed", "They are not in the team any more."),
    good("invite-back", "The invite is taken back. Its link leads nowhere now."),
    good("project-set-up", "The project is set up."),
    good("project-deleted", "The project is removed here. Its repository stays as it is."),
    good("github-connected", "GitHub is connected."),
    bad("github-not-begun", "That way to GitHub took too long or was begun in another browser. Connect it again."),
    bad("github-declined", "GitHub was not connected, because you said no there."),
    bad("github-unavailable", "GitHub did not answer, so nothing was connected. Try again in a minute."),
    bad(
        "github-not-enough",
        "GitHub was not connected: without access to repositories nothing can be changed. Allow them, and connect it again.",
    ),
    bad("no-project", "That project is not there any more."),
    bad("try-again", "That did not work. Try again in a moment."),
];

impl Notice {
    /// Reads the value of `?notice=`; what we did not write ourselves says nothing.
    pub fn from_code(code: &str) -> Option<Self> {
        ALL.into_iter().find(|notice| notice.code == code)
    }

    /// What the person reads.
    pub fn words(self) -> &'static str {
        self.words
    }

    /// Whether something went wrong.
    pub fn is_bad(self) -> bool {
        self.is_bad
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_notice_has_a_code_of_its_own() {
        for notice in ALL {
            assert_eq!(Notice::from_code(notice.code), Some(notice));
        }
        assert_eq!(Notice::from_code("<script>"), None);
    }
}
