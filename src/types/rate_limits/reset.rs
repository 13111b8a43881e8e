//! Times in RFC 3339 and as Unix seconds.

use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::calendar::{date_and_time, unix_seconds};

/// The time at which a rate limit is reset.
///
/// The API sends it in the format of RFC 3339, and for subscriptions as the seconds since 1970. The text is
/// kept as it is; if it is neither, only [`as_str`](Self::as_str) returns anything.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ResetTime(Box<str>);

impl ResetTime {
    pub(super) fn new(text: &str) -> Self {
        Self(text.into())
    }

    /// Returns the text of the header.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the time in whole seconds, rounded up.
    pub fn to_system_time(&self) -> Option<SystemTime> {
        let seconds = self.0.parse().ok().or_else(|| parse_rfc3339(&self.0))?;
        UNIX_EPOCH.checked_add(Duration::from_secs(seconds))
    }

    /// Returns how long it is from `now` until the reset; zero if it has passed.
    ///
    /// The reset is by the clock of the server, so the result is off by as much as the clock that `now` comes
    /// from.
    pub fn until(&self, now: SystemTime) -> Option<Duration> {
        Some(self.to_system_time()?.duration_since(now).unwrap_or_default())
    }
}

impl From<SystemTime> for ResetTime {
    /// Writes the time in the format of RFC 3339, in whole seconds, rounded up. A time before 1970 becomes
    /// that of 1970.
    fn from(time: SystemTime) -> Self {
        let mut text = Vec::with_capacity(20);
        push_time(whole_seconds(time), &mut text);
        Self(String::from_utf8(text).unwrap_or_default().into())
    }
}

/// Returns the seconds from 1970 to a time, rounded up; 0 for one before that.
pub(super) fn whole_seconds(time: SystemTime) -> u64 {
    let time = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    time.as_secs().saturating_add(u64::from(time.subsec_nanos() > 0))
}

/// Writes the time so many seconds after 1970 in the format of RFC 3339.
pub(super) fn push_time(seconds: u64, out: &mut Vec<u8>) {
    let ([year, month, day], [hour, minute, second]) = date_and_time(seconds);
    if year > 9999 {
        let text = format!("{year}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z");
        return out.extend_from_slice(text.as_bytes());
    }
    let mut text = *b"0000-00-00T00:00:00Z";
    let numbers =
        [(0, year / 100), (2, year % 100), (5, month), (8, day), (11, hour), (14, minute), (17, second)];
    for (at, number) in numbers {
        text[at] += (number / 10) as u8;
        text[at + 1] += (number % 10) as u8;
    }
    out.extend_from_slice(&text);
}

impl fmt::Display for ResetTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Returns the seconds from 1970 to a time such as `2026-10-21T08:15:30.5+02:00`, rounded up.
fn parse_rfc3339(text: &str) -> Option<u64> {
    let separators = [(4, "-"), (7, "-"), (10, "Tt "), (13, ":"), (16, ":")];
    if !separators.iter().all(|(at, allowed)| text.get(*at..at + 1).is_some_and(|it| allowed.contains(it))) {
        return None;
    }
    let number = |at: usize, length: usize| number(text.get(at..at + length)?);
    let date = [number(0, 4)?, number(5, 2)?, number(8, 2)?];
    let time = [number(11, 2)?, number(14, 2)?, number(17, 2)?];
    let zone = text.get(19..)?;
    let fraction_digits =
        zone.strip_prefix('.').map(|rest| rest.bytes().take_while(u8::is_ascii_digit).count());
    let (is_between, zone) = match fraction_digits {
        Some(0) => return None,
        Some(digits) => (zone[1..=digits].bytes().any(|digit| digit != b'0'), &zone[1 + digits..]),
        None => (false, zone),
    };
    let offset = match zone.split_at_checked(1)? {
        ("Z" | "z", "") => 0,
        ("+", offset) => minutes(offset)?,
        ("-", offset) => -minutes(offset)?,
        _ => return None,
    };
    let seconds = unix_seconds(date, time)? - offset * 60 + i64::from(is_between);
    u64::try_from(seconds).ok()
}

/// Parses an offset such as `02:00`.
fn minutes(offset: &str) -> Option<i64> {
    let (hours, minutes) = (number(offset.get(..2)?)?, number(offset.get(3..)?)?);
    let is_offset = offset.len() == 5 && offset.as_bytes()[2] == b':' && hours < 24 && minutes < 60;
    is_offset.then_some(hours * 60 + minutes)
}

/// Parses a number without a sign.
fn number(digits: &str) -> Option<i64> {
    digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(text: &str) -> Option<u64> {
        let time = ResetTime::new(text).to_system_time()?;
        Some(time.duration_since(UNIX_EPOCH).expect("a time after 1970").as_secs())
    }

    #[test]
    fn rfc_3339_and_unix_seconds_are_read() {
        for (text, expected) in [
            ("1970-01-01T00:00:00Z", 0),
            ("2025-08-21T12:40:59Z", 1_755_780_059),
            ("2025-08-21t12:40:59z", 1_755_780_059),
            ("2025-08-21 12:40:59Z", 1_755_780_059),
            ("2025-08-21T12:40:59.000Z", 1_755_780_059),
            ("2025-08-21T12:40:59.001Z", 1_755_780_060),
            ("2025-08-21T14:40:59+02:00", 1_755_780_059),
            ("2025-08-21T08:10:58.5-04:30", 1_755_780_059),
            ("1790814600", 1_790_814_600),
        ] {
            assert_eq!(seconds(text), Some(expected), "{text}");
        }
    }

    #[test]
    fn anything_else_is_only_text() {
        for text in [
            "",
            "soon",
            "-1",
            "1.5",
            "2025-08-21",
            "2025-08-21T12:40:59",
            "2025-08-21T12:40Z",
            "2025-08-21T12:40:59.Z",
            "2025-08-21T12:40:59+2",
            "2025-08-21T12:40:59+24:00",
            "2025-08-21T12:40:59+2:000",
            "2025-08-21T12:40:59+02.00",
            "2025-08-21T12:40:59Zz",
            "2025-13-21T12:40:59Z",
            "2025-08-21_12:40:59Z",
            "2025-8-021T12:40:59Z",
            "+025-08-21T12:40:59Z",
            "2025-08-21T12:40:é9Z",
            "99999999999999999999999",
            "1970-01-01T00:00:00+01:00",
        ] {
            let reset = ResetTime::new(text);
            assert_eq!((reset.to_system_time(), reset.as_str()), (None, text), "{text}");
        }
    }

    #[test]
    fn a_time_is_written_in_rfc_3339() {
        for (seconds, nanos, expected) in [
            (1_755_780_059, 0, "2025-08-21T12:40:59Z"),
            (1_755_780_059, 1, "2025-08-21T12:41:00Z"),
            (951_782_400, 0, "2000-02-29T00:00:00Z"),
            (253_402_300_800, 0, "10000-01-01T00:00:00Z"),
        ] {
            let time = UNIX_EPOCH + Duration::new(seconds, nanos);
            assert_eq!(ResetTime::from(time).as_str(), expected);
        }
        let before = ResetTime::from(UNIX_EPOCH - Duration::from_secs(9));
        assert_eq!(before.to_system_time(), Some(UNIX_EPOCH));
    }

    #[test]
    fn a_reset_that_has_passed_is_now() {
        let reset = ResetTime::new("100");
        let at = |seconds| reset.until(UNIX_EPOCH + Duration::from_secs(seconds));
        assert_eq!(
            (at(40), at(100), at(500)),
            (Some(Duration::from_secs(60)), Some(Duration::ZERO), Some(Duration::ZERO))
        );
    }
}
