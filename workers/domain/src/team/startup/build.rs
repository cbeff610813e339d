//! How far the build of a template is, as a person reads it: by what its steps are for. What they print stays where it is.

use super::Template;
use serde::{Deserialize, Serialize};

/// Milliseconds after which a build is given up.
const LONGEST_MS: i64 = 20 * 60_000;
/// Milliseconds in which e2b takes a build, or never will: whoever asked it may have been ended in between.
const ASKED_MS: i64 = 2 * 60_000;

/// Where a build is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(into = "i64", from = "i64")]
pub enum Stage {
    /// It fetches the image that everything is put on.
    Base,
    /// It is at this step, from 1.
    Step(u32),
    /// It keeps what came out.
    Keeping,
}

const KEEPING: i64 = 1_000_000;

impl From<Stage> for i64 {
    fn from(stage: Stage) -> Self {
        match stage {
            Stage::Base => 0,
            Stage::Step(number) => Self::from(number),
            Stage::Keeping => KEEPING,
        }
    }
}

impl From<i64> for Stage {
    fn from(number: i64) -> Self {
        match u32::try_from(number) {
            Ok(number @ 1..) if i64::from(number) < KEEPING => Self::Step(number),
            Ok(1..) => Self::Keeping,
            _ => Self::Base,
        }
    }
}

impl Stage {
    /// Which stage a line of the build's log is from: by the step that e2b names, or by how the line begins
    /// (`[builder 2/5] RUN …`).
    pub fn of(step: Option<&str>, line: &str) -> Option<Self> {
        match step {
            Some("base") => return Some(Self::Base),
            Some("finalize") => return Some(Self::Keeping),
            Some(number) => {
                if let Some(stage) = numbered(number) {
                    return Some(stage);
                }
            }
            None => {}
        }
        let said = line.strip_prefix('[')?.split_once(']')?.0;
        match said {
            "base" => Some(Self::Base),
            "finalize" => Some(Self::Keeping),
            said => numbered(said.strip_prefix("builder ")?.split_once('/')?.0),
        }
    }

    /// What it is for.
    pub fn words(self, template: &Template) -> &str {
        match self {
            Self::Base => "Fetching the system",
            Self::Step(number) => {
                let step = usize::try_from(number).ok().and_then(|number| template.steps.get(number.checked_sub(1)?));
                step.map_or("Building", |step| step.words.as_str())
            }
            Self::Keeping => "Keeping the result",
        }
    }
}

fn numbered(text: &str) -> Option<Stage> {
    let number: u32 = text.trim().parse().ok()?;
    (1..1000).contains(&number).then_some(Stage::Step(number))
}

/// What was seen of a build so far: when each stage began, Unix milliseconds. Grows line by line.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Look(pub Vec<(i64, Stage)>);

impl Look {
    /// Takes a line of the log. What prints at length is at one stage.
    pub fn hear(&mut self, at: i64, step: Option<&str>, line: &str) {
        let Some(stage) = Stage::of(step, line) else { return };
        if self.0.last().is_none_or(|(_, last)| *last < stage) {
            self.0.push((at, stage));
        }
    }

    /// Where it is now.
    pub fn stage(&self) -> Option<Stage> {
        self.0.last().map(|(_, stage)| *stage)
    }
}

/// What a person reads of a build that failed at a stage. `None`: nobody knows at which.
pub fn failed(stage: Option<Stage>, template: &Template) -> String {
    match stage {
        Some(stage) => {
            format!(
                "{} did not work. Try again; if that does not help, tell whoever runs this Vetka.",
                stage.words(template)
            )
        }
        None => "It ended before it was done. Try again.".to_owned(),
    }
}

/// Why a build that began so many milliseconds ago, and has or has not been taken by e2b, is given up.
pub fn is_stuck(since_ms: i64, is_taken: bool) -> Option<&'static str> {
    if since_ms > LONGEST_MS {
        Some("It took longer than 20 minutes and was given up. Try again.")
    } else if !is_taken && since_ms > ASKED_MS {
        Some("It did not begin. Try again.")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::team::startup::Service;

    #[test]
    fn stages_are_told_by_the_step_or_by_the_line() {
        assert_eq!(Stage::of(Some("base"), "anything"), Some(Stage::Base));
        assert_eq!(Stage::of(Some("3"), "[stdout]: 4/5"), Some(Stage::Step(3)));
        assert_eq!(Stage::of(None, "[builder 2/5] RUN apt-get update"), Some(Stage::Step(2)));
        assert_eq!(Stage::of(None, "[base] FROM node:22"), Some(Stage::Base));
        assert_eq!(Stage::of(Some("finalize"), ""), Some(Stage::Keeping));
        for line in ["[stdout]: hello", "builder 2/5", "[builder x/5]", "[builder 0/5]", "", "["] {
            assert_eq!(Stage::of(None, line), None, "{line}");
        }
    }

    #[test]
    fn a_look_has_each_stage_once_and_no_word_of_what_was_printed() {
        let template = Template::new(&[Service::Redis], &[], "runner");
        let mut look = Look::default();
        for (at, step, line) in [
            (1, Some("base"), "[base] FROM node"),
            (2, Some("1"), "[builder 1/5] RUN"),
            (3, Some("1"), "\u{1b}[31mKEY=secret\u{1b}[0m"),
            (4, Some("2"), "[stdout]: x"),
            (5, Some("1"), "late"),
            (6, None, "Build finished"),
            (7, Some("finalize"), ""),
        ] {
            look.hear(at, step, line);
        }
        let said: Vec<(i64, &str)> = look.0.iter().map(|(at, stage)| (*at, stage.words(&template))).collect();
        assert_eq!(
            said,
            [
                (1, "Fetching the system"),
                (2, "Preparing the system"),
                (4, "Installing the system’s programs and Redis"),
                (7, "Keeping the result")
            ]
        );
        let kept = serde_json::to_string(&look).unwrap();
        assert_eq!(serde_json::from_str::<Look>(&kept).unwrap(), look);
    }

    #[test]
    fn every_step_says_what_it_is_for() {
        let template = Template::new(&Service::ALL, &["cargo run".to_owned()], "runner");
        assert!(template.steps.iter().all(|step| !step.words.is_empty()));
        assert_eq!(
            failed(Some(Stage::Step(3)), &template),
            "Installing the agent did not work. Try again; if that does not help, tell whoever runs this Vetka."
        );
        assert_eq!(Stage::Step(400).words(&template), "Building");
    }

    #[test]
    fn a_build_is_given_up_after_a_time() {
        assert_eq!(is_stuck(19 * 60_000, true), None);
        assert!(is_stuck(21 * 60_000, true).is_some());
        assert_eq!(is_stuck(60_000, false), None);
        assert!(is_stuck(3 * 60_000, false).is_some());
    }
}
