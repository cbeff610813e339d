//! Numbers and times as people read them. Pure: the moment is always given.

/// `1 file`, `3 files`.
pub fn count(number: u64, one: &str, many: &str) -> String {
    if number == 1 { format!("1 {one}") } else { format!("{number} {many}") }
}

/// Bytes in the unit that a person would choose, in steps of 1,000 as their file manager has it.
pub fn bytes(number: u64) -> String {
    match number {
        0..=999 => count(number, "byte", "bytes"),
        1_000..=999_499 => format!("{} KB", (number + 500) / 1_000),
        _ => {
            let tenths = (number + 50_000) / 100_000;
            format!("{}.{} MB", tenths / 10, tenths % 10)
        }
    }
}

struct Moment {
    year: i64,
    month: usize,
    day: i64,
    hour: i64,
    minute: i64,
    second: i64,
}

/// From Unix milliseconds, in UTC. Days to a date after Howard Hinnant's `civil_from_days`: eras of 400 years that
/// begin in March, so that the leap day comes last.
fn moment(unix_ms: i64) -> Moment {
    let seconds = unix_ms.div_euclid(1_000);
    let (days, second_of_day) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    let shifted = days + 719_468;
    let (era, day_of_era) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let march_month = (5 * day_of_year + 2) / 153;
    let month = if march_month < 10 { march_month + 3 } else { march_month - 9 };
    Moment {
        year: year_of_era + era * 400 + i64::from(month <= 2),
        month: usize::try_from(month).unwrap_or(1),
        day: day_of_year - (153 * march_month + 2) / 5 + 1,
        hour: second_of_day / 3_600,
        minute: second_of_day / 60 % 60,
        second: second_of_day % 60,
    }
}

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// `21 November 2026, 08:13 UTC`: what stands until a script says it in the reader's own time.
pub fn date_time(unix_ms: i64) -> String {
    let at = moment(unix_ms);
    format!("{}, {:02}:{:02} UTC", date(unix_ms), at.hour, at.minute)
}

/// `21 November 2026`.
pub fn date(unix_ms: i64) -> String {
    let at = moment(unix_ms);
    let month = MONTHS.get(at.month.saturating_sub(1)).copied().unwrap_or_default();
    format!("{} {month} {}", at.day, at.year)
}

/// The day of an RFC 3339 text of ours: `28 November 2026`.
pub fn day(rfc3339: &str) -> Option<String> {
    let mut parts = rfc3339.split('T').next()?.split('-');
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    let month = MONTHS.get(month.parse::<usize>().ok()?.checked_sub(1)?)?;
    Some(format!("{} {month} {}", day.parse::<u8>().ok()?, year.parse::<u16>().ok()?))
}

/// When somebody was last there, as exactly as we note it: to the hour.
pub fn seen(at: i64, now: i64) -> String {
    let hours = (now - at).max(0) / 3_600_000;
    let number = u64::try_from(hours).unwrap_or_default();
    match number {
        0 => "used within the last hour".to_owned(),
        1..=23 => format!("used {} ago", count(number, "hour", "hours")),
        24..=335 => format!("used {} ago", count(number / 24, "day", "days")),
        _ => format!("used on {}", date(at)),
    }
}

/// RFC 3339 for the `datetime` attribute.
pub fn rfc3339(unix_ms: i64) -> String {
    let at = moment(unix_ms);
    format!("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", at.year, at.month, at.day, at.hour, at.minute, at.second)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_times_read_as_a_person_would_say_them() {
        assert_eq!(
            [0, 1, 999, 1_000, 48_300, 999_499, 999_500, 1_250_000].map(bytes),
            ["0 bytes", "1 byte", "999 bytes", "1 KB", "48 KB", "999 KB", "1.0 MB", "1.3 MB"]
        );
        assert_eq!(rfc3339(0), "1970-01-01T00:00:00Z");
        assert_eq!(rfc3339(951_782_399_000), "2000-02-28T23:59:59Z");
        assert_eq!(rfc3339(951_868_800_000), "2000-03-01T00:00:00Z");
        assert_eq!(rfc3339(-1_000), "1969-12-31T23:59:59Z");
        assert_eq!(date_time(1_795_242_352_317), "21 November 2026, 06:25 UTC");
    }

    #[test]
    fn where_somebody_was_last_is_said_as_roughly_as_it_is_known() {
        let now = 1_795_242_352_317;
        let hours = |hours: i64| seen(now - hours * 3_600_000, now);
        assert_eq!(hours(0), "used within the last hour");
        assert_eq!(hours(1), "used 1 hour ago");
        assert_eq!(hours(47), "used 1 day ago");
        assert_eq!(hours(335), "used 13 days ago");
        assert_eq!(hours(336), "used on 7 November 2026");
        assert_eq!(hours(-5), "used within the last hour");
    }
}
