//! What the states of sessions and templates are called, and sums and spans of time as people read them.

use super::{Markup, SessionLine, moment, text};
use maud::html;
use vetka_domain::team::{
    money::MicroUsd,
    project::TemplateStatus,
    session::{Outcome, Status},
};

/// How a session is doing or has ended, and the class that draws it.
pub fn session(status: Status, outcome: Option<Outcome>) -> (&'static str, &'static str) {
    match (status, outcome) {
        (Status::Starting, _) => ("building", "Getting ready"),
        (Status::Running, _) => ("live", "Going on now"),
        (Status::Stopping, _) => ("building", "Being handed over"),
        // Also of one whose time was over, or that broke, before its work was handed over.
        (_, Some(Outcome::PrCreated)) => ("done", "Sent for review"),
        (_, Some(Outcome::CommittedToMain)) => ("done", "Put into the main branch"),
        (_, Some(Outcome::Discarded)) => ("draft", "Discarded"),
        (Status::Completed, None) => ("draft", "Ended"),
        (Status::Errored, None) => ("error", "Broke off"),
        (Status::TimedOut, None) => ("error", "Ran out of time"),
    }
}

/// How far the workspace of a project is, and the class that draws it.
pub fn template(status: TemplateStatus) -> (&'static str, &'static str) {
    match status {
        TemplateStatus::Pending => ("draft", "Not prepared yet"),
        TemplateStatus::Building => ("building", "Being prepared"),
        TemplateStatus::Ready => ("live", "Ready to work on"),
        TemplateStatus::Failed => ("error", "Could not be prepared"),
    }
}

/// What a session is called in a list.
pub fn title(line: &SessionLine) -> &str {
    if line.title.is_empty() { "Nothing was asked for yet" } else { &line.title }
}

/// Who started a session.
pub fn who(line: &SessionLine) -> &str {
    line.who.as_deref().unwrap_or("Somebody who is not here any more")
}

/// A sum, from micro-dollars.
pub fn money(micro: i64) -> String {
    MicroUsd::from_i64(micro).to_string()
}

/// Dollars without needless zeros, for a field: `5`, `0.5`.
pub fn dollars(micro: i64) -> String {
    let sum = MicroUsd::from_i64(micro).to_string();
    let sum = sum.trim_start_matches(['<', '$']);
    sum.strip_suffix(".00").unwrap_or(sum).to_owned()
}

/// How long something took: `42 minutes`.
pub fn span(ms: i64) -> String {
    let minutes = u64::try_from(ms / 60_000).unwrap_or_default();
    match minutes {
        0 => "less than a minute".to_owned(),
        1..=89 => text::count(minutes, "minute", "minutes"),
        _ => text::count((minutes + 30) / 60, "hour", "hours"),
    }
}

/// What a list says of a session, below what was asked for.
pub fn facts(line: &SessionLine, with_project: bool) -> Markup {
    html! {
        p.entry-facts {
            @if with_project { span { (line.project_name) } }
            span { (who(line)) }
            span { (moment(line.started_at)) }
            @if let Some(ended_at) = line.ended_at { span { "took " (span(ended_at - line.started_at)) } }
            span { (money(line.cost)) }
        }
    }
}

/// A session as an entry of a list: the words lead to it.
pub fn entry(line: &SessionLine) -> Markup {
    let (class, words) = session(line.status, line.outcome);
    html! {
        li.entry.session-entry {
            div.entry-words {
                p.entry-name { a href={ "/session/" (line.id) } { (title(line)) } }
                (facts(line, true))
            }
            div.entry-end {
                p class={ "state " (class) } { (words) }
                @if let Some(url) = line.pr_url.as_deref().filter(|url| is_web(url)) {
                    a.small href=(url) rel="noopener" target="_blank" {
                        @if line.outcome == Some(Outcome::CommittedToMain) { "See what went in" } @else { "See the pull request" }
                    }
                }
            }
        }
    }
}

/// Whether an address may become a link.
pub fn is_web(url: &str) -> bool {
    url.starts_with("https://") || url.starts_with("http://")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_and_spans_read_as_people_say_them() {
        assert_eq!([0, 5_000_000, 500_000, 12_345_678].map(dollars), ["0", "5", "0.50", "12.35"]);
        assert_eq!(
            [0, 60_000, 89 * 60_000, 90 * 60_000, 240 * 60_000].map(span),
            ["less than a minute", "1 minute", "89 minutes", "2 hours", "4 hours"]
        );
    }

    #[test]
    fn every_end_of_a_session_has_words_of_its_own() {
        let mut said = std::collections::BTreeSet::new();
        for status in Status::ALL {
            if status == Status::Completed {
                said.extend(Outcome::ALL.map(|outcome| session(status, Some(outcome)).1));
            } else {
                said.insert(session(status, None).1);
            }
        }
        assert_eq!(said.len(), Status::ALL.len() - 1 + Outcome::ALL.len());
        for status in [Status::TimedOut, Status::Errored] {
            assert_eq!(session(status, Some(Outcome::PrCreated)).1, "Sent for review", "what came of it counts");
        }
    }
}
