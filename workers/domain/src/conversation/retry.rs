//! When to try again, and how long to wait: the agent service's own client behaves like this.

/// Consecutive failures after which a person is told instead of being kept waiting.
pub const PATIENCE: u32 = 8;

/// The longest wait that a server may ask for, milliseconds. Beyond it the person hears about it now.
pub const LONGEST_WAIT_MS: u64 = 120_000;

/// Silence on an open stream after which it is taken for dead, milliseconds.
pub const STREAM_IDLE_MS: u64 = 90_000;

/// Attempts of one turn over restarts of its object; a turn that keeps ending its object must not do so for ever.
pub const MAX_ATTEMPTS: i64 = 5;

/// Fresh sessions one turn may use up.
pub const MAX_SESSIONS: u32 = 3;

/// What an unwelcome status asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Advice {
    /// It may go well next time.
    Retry,
    /// It will not.
    GiveUp,
}

/// Reads a status of 400 or more. `should_retry` is the header `x-should-retry`, which wins.
pub fn advice(status: u16, should_retry: Option<&str>) -> Advice {
    match should_retry {
        Some("true") => return Advice::Retry,
        Some("false") => return Advice::GiveUp,
        _ => {}
    }
    if matches!(status, 408 | 409 | 429) || status >= 500 { Advice::Retry } else { Advice::GiveUp }
}

/// Milliseconds that the server asked for: `retry-after-ms` before `retry-after` in seconds. A date is left to
/// [`backoff_ms`]: our clock and theirs need not agree.
pub fn asked_wait_ms(retry_after_ms: Option<&str>, retry_after: Option<&str>) -> Option<u64> {
    let number = |text: &str| text.trim().parse::<f64>().ok().filter(|value| value.is_finite() && *value > 0.0);
    let ms =
        retry_after_ms.and_then(number).or_else(|| retry_after.and_then(number).map(|seconds| seconds * 1000.0))?;
    // Saturating by the language's own rule for float casts.
    Some(ms as u64)
}

/// Half a second, doubling to ten seconds, less up to a quarter so that many clients do not come back at once.
/// `failures` counts from 1; `random` is anything evenly spread.
pub fn backoff_ms(failures: u32, random: u8) -> u64 {
    let full = 500u64.saturating_mul(1 << failures.saturating_sub(1).min(5)).min(10_000);
    full - full * u64::from(random) / 1024
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_decides_before_the_status() {
        assert_eq!(advice(409, None), Advice::Retry);
        assert_eq!(advice(409, Some("false")), Advice::GiveUp);
        assert_eq!(advice(400, Some("true")), Advice::Retry);
        assert_eq!(advice(529, None), Advice::Retry);
        assert_eq!(advice(404, None), Advice::GiveUp);
    }

    #[test]
    fn waits_as_long_as_asked_and_no_longer() {
        assert_eq!(asked_wait_ms(Some("250.5"), Some("9")), Some(250));
        assert_eq!(asked_wait_ms(None, Some("2")), Some(2000));
        assert_eq!(asked_wait_ms(None, Some("Sat, 21 Nov 2026 08:00:00 GMT")), None);
        assert_eq!(asked_wait_ms(Some("-1"), None), None);
    }

    #[test]
    fn backs_off_to_ten_seconds() {
        assert_eq!(backoff_ms(1, 0), 500);
        assert_eq!(backoff_ms(5, 0), 8000);
        assert_eq!(backoff_ms(60, 0), 10_000);
        assert!(backoff_ms(60, 255) >= 7_500);
    }
}
