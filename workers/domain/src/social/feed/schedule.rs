//! When a feed is asked for again: politely. Never more than once an hour, as rarely as its publisher says, and less and
//! less while it does not answer.

const HOUR_MS: i64 = 60 * 60_000;
const DAY_MS: i64 = 24 * HOUR_MS;
/// The shortest and the longest pause between two looks.
pub const MIN_MS: i64 = HOUR_MS;
/// The longest.
pub const MAX_MS: i64 = DAY_MS;
/// What a publisher can ask for when it is too much for them.
const MAX_RETRY_MS: i64 = 7 * DAY_MS;
/// How long a feed that is not there is looked for.
const MISSING_MS: i64 = 14 * DAY_MS;
/// How long one that does not let us in is.
const FORBIDDEN_MS: i64 = 30 * DAY_MS;
/// A move is believed after this many looks.
const MOVES: i64 = 3;
/// And after this time.
const MOVING_MS: i64 = DAY_MS;

/// What a look came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It was read; `rest_ms` is how long it should be left alone, by what it and its headers say, and `cadence_ms` how
    /// far apart its entries are.
    Read {
        /// How long it asked to be left alone.
        rest_ms: Option<i64>,
        /// The usual time between two entries.
        cadence_ms: Option<i64>,
        /// Whether it said what it said before.
        unchanged: bool,
    },
    /// An error, by its status.
    Refused {
        /// Its status.
        status: u16,
        /// What `Retry-After` says, in milliseconds.
        retry_ms: Option<i64>,
    },
    /// Nothing came, or what came was no feed.
    Unreadable,
}

/// How it stands with a feed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// The pause between two looks.
    pub interval_ms: i64,
    /// Looks in a row that came to nothing.
    pub failures: i64,
    /// When the first of them was.
    pub failing_since: Option<i64>,
}

/// What is to be done next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Next {
    /// As it stands then.
    pub standing: Standing,
    /// When to look again; `None` gives it up.
    pub due_at: Option<i64>,
}

impl Standing {
    /// After a look at `now`. `draw` is drawn, from 0 to 1: so that what failed at once is not asked for at once.
    pub fn after(self, outcome: Outcome, now: i64, draw: f64) -> Next {
        let jittered = |pause: i64| now + pause + ((pause as f64) * 0.2 * (draw - 0.5)) as i64;
        if let Outcome::Read { rest_ms, cadence_ms, unchanged } = outcome {
            let learned = cadence_ms.map_or(0, |cadence| cadence / 2);
            let grown = if unchanged { self.interval_ms + self.interval_ms / 4 } else { 0 };
            let interval_ms = rest_ms.unwrap_or(0).max(learned).max(grown).clamp(MIN_MS, MAX_MS);
            let standing = Self { interval_ms, failures: 0, failing_since: None };
            return Next { standing, due_at: Some(jittered(interval_ms).max(now + MIN_MS)) };
        }
        let failures = self.failures + 1;
        let since = self.failing_since.unwrap_or(now);
        let standing = Self { failures, failing_since: Some(since), ..self };
        let doubled = (MIN_MS << (failures - 1).clamp(0, 10)).min(MAX_MS);
        let due_at = match outcome {
            Outcome::Refused { status: 410, .. } => None,
            Outcome::Refused { status: 404, .. } => (now - since < MISSING_MS).then(|| jittered(DAY_MS)),
            Outcome::Refused { status: 401 | 403 | 451, .. } => (now - since < FORBIDDEN_MS).then(|| jittered(DAY_MS)),
            Outcome::Refused { status: 429 | 503, retry_ms: Some(retry) } => {
                Some(now + retry.clamp(MIN_MS, MAX_RETRY_MS))
            }
            _ => (now - since < FORBIDDEN_MS).then(|| jittered(doubled)),
        };
        Next { standing, due_at }
    }
}

/// How far a feed has moved: where a redirect led that says it is for good, how often in a row, and since when.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Move {
    /// Where to.
    pub to: Option<String>,
    /// How often.
    pub seen: i64,
    /// Since when.
    pub since: Option<i64>,
}

impl Move {
    /// After a look that was sent on for good to `to`, or was not. Whether the move is to be believed is the second.
    pub fn after(self, to: Option<&str>, now: i64) -> (Self, bool) {
        let Some(to) = to else { return (Self::default(), false) };
        if self.to.as_deref() != Some(to) {
            return (Self { to: Some(to.to_owned()), seen: 1, since: Some(now) }, false);
        }
        let since = self.since.unwrap_or(now);
        let next = Self { seen: self.seen + 1, since: Some(since), ..self };
        let believed = next.seen >= MOVES && now - since >= MOVING_MS;
        (next, believed)
    }
}

/// The usual time between two entries, of the dates of some.
pub fn cadence(dates: &[i64]) -> Option<i64> {
    let mut dates = dates.to_vec();
    dates.sort_unstable();
    let mut pauses: Vec<i64> = dates.iter().zip(dates.iter().skip(1)).map(|(a, b)| b - a).collect();
    pauses.sort_unstable();
    pauses.get(pauses.len() / 2).copied().filter(|_| pauses.len() >= 2)
}

/// `max-age` of a `Cache-Control`, in milliseconds.
pub fn max_age(cache_control: &str) -> Option<i64> {
    let lower = cache_control.to_ascii_lowercase();
    let value = lower.split(',').find_map(|part| part.trim().strip_prefix("max-age="))?;
    value
        .trim_matches('"')
        .parse::<i64>()
        .ok()
        .filter(|seconds| (0..100_000_000).contains(seconds))
        .map(|seconds| seconds * 1000)
}

/// `Retry-After`, in milliseconds from now: seconds, or a date.
pub fn retry_after(value: &str, now: i64) -> Option<i64> {
    let value = value.trim();
    match value.parse::<u32>() {
        Ok(seconds) => Some(i64::from(seconds) * 1000),
        Err(_) => crate::social::date::read(value).map(|at| (at - now).max(0)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const NEW: Standing = Standing { interval_ms: HOUR_MS, failures: 0, failing_since: None };
    const NOW: i64 = 1_800_000_000_000;

    fn read(rest_ms: Option<i64>, cadence_ms: Option<i64>) -> Outcome {
        Outcome::Read { rest_ms, cadence_ms, unchanged: false }
    }
    fn refused(status: u16) -> Outcome {
        Outcome::Refused { status, retry_ms: None }
    }

    #[test]
    fn a_feed_that_is_read_is_left_alone_for_as_long_as_it_says() {
        let due = |outcome| NEW.after(outcome, NOW, 0.5).due_at.unwrap() - NOW;
        assert_eq!(due(read(None, None)), HOUR_MS);
        assert_eq!(due(read(Some(60_000), None)), HOUR_MS, "never more than once an hour");
        assert_eq!(due(read(Some(3 * HOUR_MS), None)), 3 * HOUR_MS);
        assert_eq!(due(read(Some(1000 * HOUR_MS), None)), DAY_MS);
        assert_eq!(due(read(None, Some(10 * HOUR_MS))), 5 * HOUR_MS);
        let unchanged = Outcome::Read { rest_ms: None, cadence_ms: None, unchanged: true };
        let next = NEW.after(unchanged, NOW, 0.5);
        assert_eq!(next.standing.interval_ms, HOUR_MS + HOUR_MS / 4, "it grows while nothing is new");
    }

    #[test]
    fn a_feed_in_trouble_is_asked_less_and_less() {
        let mut standing = NEW;
        let mut pauses = Vec::new();
        for _ in 0..7 {
            let next = standing.after(refused(500), NOW, 0.5);
            pauses.push((next.due_at.unwrap() - NOW) / HOUR_MS);
            standing = next.standing;
        }
        assert_eq!(pauses, [1, 2, 4, 8, 16, 24, 24]);
        assert_eq!(standing.after(read(None, None), NOW, 0.5).standing, NEW, "and is as before once it is back");
        assert_eq!(NEW.after(refused(410), NOW, 0.5).due_at, None, "gone is gone");
        assert_eq!(NEW.after(refused(404), NOW, 0.5).due_at, Some(NOW + DAY_MS));
        assert_eq!(NEW.after(refused(403), NOW, 0.5).due_at, Some(NOW + DAY_MS));
        let long = |days: i64| Standing { failures: 9, failing_since: Some(NOW - days * DAY_MS), ..NEW };
        assert_eq!(long(14).after(refused(404), NOW, 0.5).due_at, None);
        assert!(long(14).after(refused(403), NOW, 0.5).due_at.is_some());
        assert_eq!(long(30).after(refused(403), NOW, 0.5).due_at, None);
        assert_eq!(long(30).after(Outcome::Unreadable, NOW, 0.5).due_at, None);
    }

    #[test]
    fn whoever_says_when_is_believed_within_reason() {
        let due =
            |retry| NEW.after(Outcome::Refused { status: 429, retry_ms: Some(retry) }, NOW, 0.5).due_at.unwrap() - NOW;
        assert_eq!((due(5 * HOUR_MS), due(0), due(100 * DAY_MS)), (5 * HOUR_MS, HOUR_MS, 7 * DAY_MS));
        assert_eq!(retry_after("120", NOW), Some(120_000));
        assert_eq!(retry_after("Tue, 10 Jun 2003 04:00:00 GMT", 1_055_217_540_000), Some(60_000));
        assert_eq!(retry_after("Tue, 10 Jun 2003 04:00:00 GMT", NOW), Some(0));
        assert_eq!(retry_after("soon", NOW), None);
        assert_eq!(max_age("public, Max-Age=600"), Some(600_000));
        assert_eq!(max_age("no-store"), None);
        assert_eq!(max_age("max-age=-1"), None);
    }

    #[test]
    fn a_move_is_believed_when_it_stays() {
        let there = Some("https://new.example/feed");
        let (one, believed) = Move::default().after(there, NOW);
        assert!(!believed && one.seen == 1);
        let (two, believed) = one.after(there, NOW + HOUR_MS);
        assert!(!believed);
        let (three, believed) = two.clone().after(there, NOW + 2 * HOUR_MS);
        assert!(!believed, "three times within a day is a mistake that somebody may still mend");
        assert!(three.after(there, NOW + DAY_MS).1);
        assert!(!two.clone().after(Some("https://other.example/"), NOW + 2 * DAY_MS).1);
        assert_eq!(two.after(None, NOW), (Move::default(), false));
    }

    #[test]
    fn the_cadence_is_the_pause_in_the_middle() {
        assert_eq!(cadence(&[]), None);
        assert_eq!(cadence(&[0, 5]), None);
        assert_eq!(cadence(&[100, 0, 10, 20]), Some(10));
    }

    proptest! {
        #[test]
        fn nobody_is_asked_more_than_once_an_hour(
            rest in proptest::option::of(any::<i32>()), cadence in proptest::option::of(0i64..1_000_000_000_000), draw in 0.0..1.0f64,
            status in 400u16..600, retry in proptest::option::of(0i64..10_000_000_000), failures in 0i64..100, unchanged: bool
        ) {
            let standing = Standing { failures, ..NEW };
            let read = Outcome::Read { rest_ms: rest.map(i64::from), cadence_ms: cadence, unchanged };
            for outcome in [read, Outcome::Refused { status, retry_ms: retry }, Outcome::Unreadable] {
                if let Some(due) = standing.after(outcome, NOW, draw).due_at {
                    prop_assert!(due - NOW >= MIN_MS * 9 / 10, "{}", due - NOW);
                    prop_assert!(due - NOW <= MAX_RETRY_MS * 11 / 10);
                }
            }
        }
    }
}
