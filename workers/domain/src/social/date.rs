//! Dates as feeds and pages write them, which is in every way there is: RFC 822 with its years of two digits and its
//! names of zones, ISO 8601 with parts left out. What cannot be read is no date; nobody guesses.

const MINUTE_MS: i64 = 60_000;
const HOUR_MS: i64 = 60 * MINUTE_MS;
const DAY_MS: i64 = 24 * HOUR_MS;
const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
/// Longest text that can be a date.
const MAX: usize = 64;

/// Reads a date, in Unix milliseconds UTC. Without a zone it is UTC's.
pub fn read(text: &str) -> Option<i64> {
    let text = text.trim();
    if text.len() > MAX {
        return None;
    }
    iso(text).or_else(|| mail(text))
}

/// The date that something bears: not one from the future, and `seen` when there is none.
pub fn believed(date: Option<i64>, seen: i64) -> i64 {
    date.filter(|at| (0..=seen + DAY_MS).contains(at)).unwrap_or(seen)
}

/// `2003-06-10T04:00:00.5+02:00`, and all that may be left out of it.
fn iso(text: &str) -> Option<i64> {
    let (date, rest) = match text.find(['T', 't', ' ']) {
        Some(at) => (text.get(..at)?, text.get(at + 1..)?.trim()),
        None => (text, ""),
    };
    let mut parts = date.split('-');
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next().unwrap_or("1"));
    if parts.next().is_some() || year.len() != 4 {
        return None;
    }
    let days = days(number(year)?, number(month)?, number(day)?)?;
    if rest.is_empty() {
        return Some(days * DAY_MS);
    }
    let zone = rest.find(['Z', 'z', '+', '-', ' ']).unwrap_or(rest.len());
    let (time, zone) = (rest.get(..zone)?, rest.get(zone..)?.trim());
    Some(days * DAY_MS + clock(time)? - offset(zone)?)
}

/// `Tue, 10 Jun 2003 04:00:00 GMT`, the weekday of which nobody needs.
fn mail(text: &str) -> Option<i64> {
    let text = text.split_once(',').map_or(text, |(_, rest)| rest);
    let mut words = text.split_ascii_whitespace().peekable();
    words.next_if(|word| word.bytes().all(|byte| byte.is_ascii_alphabetic() || byte == b'.'));
    let day = number(words.next()?)?;
    let month = words.next()?.to_ascii_lowercase();
    let month = MONTHS.iter().position(|known| month.starts_with(known))?;
    let year = words.next()?;
    let year = match (year.len(), number(year)?) {
        // As RFC 2822 says.
        (2, year @ ..=49) => 2000 + year,
        (2 | 3, year) => 1900 + year,
        (4, year) => year,
        _ => return None,
    };
    let days = days(year, i64::try_from(month).ok()? + 1, day)?;
    let Some(time) = words.next() else { return Some(days * DAY_MS) };
    Some(days * DAY_MS + clock(time)? - offset(words.next().unwrap_or_default())?)
}

/// `04:00:00.25`, as milliseconds of a day. `24:00:00` is the next day's beginning.
fn clock(text: &str) -> Option<i64> {
    let mut parts = text.split(':');
    let (hour, minute) = (number(parts.next()?)?, number(parts.next()?)?);
    let (second, fraction) = parts.next().map_or(("0", ""), |second| second.split_once('.').unwrap_or((second, "")));
    let second = number(second)?;
    let millis =
        fraction.bytes().take(3).zip([100, 10, 1]).try_fold(0, |sum, (digit, weight)| {
            digit.is_ascii_digit().then(|| sum + i64::from(digit - b'0') * weight)
        })?;
    let exact = hour == 24 && minute == 0 && second == 0;
    if parts.next().is_some() || (hour > 23 && !exact) || minute > 59 || second > 60 {
        return None;
    }
    Some(hour * HOUR_MS + minute * MINUTE_MS + second * 1000 + millis)
}

/// How far a zone is from UTC.
fn offset(zone: &str) -> Option<i64> {
    let hours = match zone.to_ascii_uppercase().as_str() {
        "" | "Z" | "UT" | "UTC" | "GMT" | "WET" => 0,
        "EDT" => -4,
        "EST" | "CDT" => -5,
        "CST" | "MDT" => -6,
        "MST" | "PDT" => -7,
        "PST" => -8,
        "CET" | "BST" => 1,
        "CEST" | "EET" => 2,
        "JST" => 9,
        _ => {
            let (sign, digits) = match zone.split_at_checked(1)? {
                ("+", digits) => (1, digits),
                ("-", digits) => (-1, digits),
                _ => return None,
            };
            let digits = digits.replace(':', "");
            let (hours, minutes) = match digits.len() {
                1 | 2 => (number(&digits)?, 0),
                4 => (number(digits.get(..2)?)?, number(digits.get(2..)?)?),
                _ => return None,
            };
            return (hours <= 14 && minutes <= 59).then_some(sign * (hours * HOUR_MS + minutes * MINUTE_MS));
        }
    };
    Some(hours * HOUR_MS)
}

fn number(text: &str) -> Option<i64> {
    let digits = (1..=4).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().ok()).flatten()
}

/// Days from 1970 to a date of the Gregorian calendar, if there is such a date.
fn days(year: i64, month: i64, day: i64) -> Option<i64> {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let longest = match month {
        2 => 28 + i64::from(leap),
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return None,
    };
    if !(1..=longest).contains(&day) {
        return None;
    }
    // Years from March on, so that the leap day is a year's last.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let century = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * month + 2) / 5 + day - 1;
    Some(century * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468)
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::Datelike;
    use proptest::prelude::*;

    const AT: i64 = 1_055_217_600_000;

    #[test]
    fn reads_what_feeds_write() {
        for text in [
            "Tue, 10 Jun 2003 04:00:00 GMT",
            "10 Jun 2003 04:00:00 GMT",
            "Tue, 10 Jun 2003 04:00 GMT",
            "Fri, 10 Jun 2003 04:00:00 GMT",
            "Tue, 10 Jun 03 04:00:00 GMT",
            "Mon, 09 Jun 2003 23:00:00 EST",
            "Tues, 10 June 2003 04:00:00 Z",
            "Tue, 10 Jun 2003 06:00:00 +02:00",
            "Tue, 10 Jun 2003 06:00:00 +0200",
            "Tue 10 Jun 2003 04:00:00 +0000",
            "2003-06-10T04:00:00Z",
            "2003-06-10T04:00:00.000Z",
            "2003-06-10T06:00:00+02:00",
            "2003-06-10T04:00Z",
            "2003-06-10 04:00:00",
            "2003-06-10t04:00:00z",
            " 2003-06-10T04:00:00Z\n",
        ] {
            assert_eq!(read(text), Some(AT), "{text}");
        }
        assert_eq!(read("2003-06-10"), Some(AT - 4 * HOUR_MS));
        assert_eq!(read("10 Jun 2003"), Some(AT - 4 * HOUR_MS));
        assert_eq!(read("2003-06"), Some(AT - 9 * DAY_MS - 4 * HOUR_MS));
        assert_eq!(read("2003-06-09T24:00:00Z"), Some(AT - 4 * HOUR_MS), "the next day's beginning");
        assert_eq!(read("2003-06-10T04:00:00.25Z"), Some(AT + 250));
        assert_eq!(read("10 Jun 98 04:00:00 GMT"), read("1998-06-10T04:00:00Z"));
        assert_eq!(read("2024-02-29"), read("2024-02-28").map(|at| at + DAY_MS));
    }

    #[test]
    fn what_is_no_date_is_none() {
        for text in [
            "",
            "yesterday",
            "10 июн 2003",
            "2003-13-01",
            "2003-02-29",
            "2003-06-10T25:00:00Z",
            "31 Jun 2003",
            "1055217600",
            "2003-06-10T04:00:00 XYZ",
            "2003-06-10T24:00:01Z",
            "99999-01-01",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn nothing_comes_from_the_future() {
        assert_eq!(believed(Some(AT), AT + DAY_MS), AT);
        assert_eq!(believed(Some(AT + 2 * DAY_MS), AT), AT);
        assert_eq!(believed(None, AT), AT);
        assert_eq!(believed(Some(-1), AT), AT);
    }

    proptest! {
        #[test]
        fn reading_anything_does_not_panic(text in ".{0,40}", like in "[0-9TZ:+ ,.a-z-]{0,40}") {
            let _ = (read(&text), read(&like));
        }

        #[test]
        fn a_day_is_read_as_the_calendar_has_it(at in 0i64..4_000_000_000) {
            let known = chrono::DateTime::from_timestamp(at, 0).unwrap();
            let (iso, day, month) = (format!("{known:?}"), known.day(), MONTHS[known.month0() as usize]);
            let clock = iso.split_once('T').unwrap().1.trim_end_matches('Z');
            prop_assert_eq!(read(&iso), Some(at * 1000));
            prop_assert_eq!(read(&format!("Xyz, {day} {month} {} {clock} +0000", known.year())), Some(at * 1000));
        }
    }
}
