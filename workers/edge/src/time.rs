//! The clock, read at the border and passed on as Unix milliseconds UTC.

/// Now. On the platform this stands still while code runs and moves with I/O.
pub fn now_ms() -> i64 {
    i64::try_from(worker::Date::now().as_millis()).unwrap_or(i64::MAX)
}

/// RFC 3339 in UTC with milliseconds: `2026-11-21T06:18:53.618Z`.
pub fn rfc3339(ms: i64) -> String {
    js_sys::Date::new(&(ms as f64).into()).to_iso_string().into()
}

/// When the calendar month began, UTC, that this moment is in.
pub fn month_start(ms: i64) -> i64 {
    let date = js_sys::Date::new(&(ms as f64).into());
    js_sys::Date::utc(f64::from(date.get_utc_full_year()), f64::from(date.get_utc_month())) as i64
}
