//! The mail of a day: what happened around a site that its owner has not seen yet. Nothing is sent when nothing did.

use crate::social::plain;

/// At most one in this time.
pub const EVERY_MS: i64 = 24 * 60 * 60_000;
/// Most lines of it; the rest is counted.
pub const MAX_LINES: usize = 20;
const MAX_TEXT: usize = 200;

/// One thing that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Happening {
    /// The column `notification.kind`.
    pub kind: String,
    /// Who did it; empty: nobody known.
    pub who: String,
    /// What it says.
    pub text: String,
    /// Where.
    pub page_url: String,
}

/// What the mail says, before it is marked up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Digest {
    /// Its subject.
    pub subject: String,
    /// A line for each thing.
    pub lines: Vec<String>,
    /// How many more there are.
    pub more: usize,
}

/// Puts it together, for the site of that domain; `unread` is how many there are in all. `None` when there is nothing.
pub fn of(domain: &str, happenings: &[Happening], unread: usize) -> Option<Digest> {
    if happenings.is_empty() {
        return None;
    }
    let lines: Vec<String> = happenings.iter().take(MAX_LINES).map(line).collect();
    let more = unread.saturating_sub(lines.len());
    let subject = match unread.max(happenings.len()) {
        1 => format!("One new thing around {domain}"),
        many => format!("{many} new things around {domain}"),
    };
    Some(Digest { subject, lines, more })
}

fn line(of: &Happening) -> String {
    let one_line = |text: &str| plain::of_text(text);
    let who = match one_line(&of.who) {
        who if who.is_empty() => "Somebody".to_owned(),
        who => plain::cut(&who, 60),
    };
    let page = if of.page_url.is_empty() { String::new() } else { format!(" on {}", one_line(&of.page_url)) };
    let text = plain::cut(&one_line(&of.text), MAX_TEXT);
    let said = if text.is_empty() { String::new() } else { format!(": “{text}”") };
    match of.kind.as_str() {
        "follow" => format!("{who} follows you."),
        "message" => format!("{who} wrote to you."),
        "reaction" if text.is_empty() => format!("{who} reacted{page}."),
        "reaction" => format!("{who} reacted with {text}{page}."),
        "comment" => format!("{who} commented{page}{said}"),
        "mention" => format!("{who} mentioned you{page}{said}"),
        // The whole sentence is in the text.
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn happening(kind: &str, who: &str, text: &str) -> Happening {
        Happening { kind: kind.into(), who: who.into(), text: text.into(), page_url: "https://ann.example/p".into() }
    }

    #[test]
    fn says_what_happened() {
        let all = [
            happening("follow", "Bob", ""),
            happening("reaction", "Bob", "heart"),
            happening("comment", "", "Well\nsaid\u{202e}"),
            happening("placement", "", "Two reactions moved."),
        ];
        let digest = of("ann.example", &all, 4).unwrap();
        assert_eq!(digest.subject, "4 new things around ann.example");
        assert_eq!(
            digest.lines,
            [
                "Bob follows you.",
                "Bob reacted with heart on https://ann.example/p.",
                "Somebody commented on https://ann.example/p: “Well said”",
                "Two reactions moved."
            ]
        );
        assert_eq!(digest.more, 0);
    }

    #[test]
    fn is_not_sent_for_nothing_and_does_not_grow_for_ever() {
        assert_eq!(of("ann.example", &[], 0), None);
        let many: Vec<Happening> = (0..50).map(|_| happening("message", "Bob", "")).collect();
        let digest = of("ann.example", &many, 500).unwrap();
        assert_eq!((digest.lines.len(), digest.more), (MAX_LINES, 480));
        assert_eq!(of("a.example", &many[..1], 1).unwrap().subject, "One new thing around a.example");
    }

    #[test]
    fn nobody_breaks_out_of_their_line() {
        let digest = of("a.example", &[happening("comment", "B\r\nBcc: x", &"y".repeat(5000))], 1).unwrap();
        assert!(digest.lines.iter().all(|line| !line.contains(['\r', '\n']) && line.chars().count() < 400));
        assert!(!digest.subject.contains(['\r', '\n']));
    }
}
