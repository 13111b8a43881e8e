//! Dates of the Gregorian calendar as seconds.

/// Returns the seconds from 1970 to a date and time of day in UTC, or `None` if there is no such time or it
/// lies before 1970.
pub(crate) fn unix_seconds(date: [i64; 3], time: [i64; 3]) -> Option<i64> {
    let ([year, month, day], [hour, minute, second]) = (date, time);
    let is_date = (1970..=9999).contains(&year) && (1..=12).contains(&month) && (1..=31).contains(&day);
    // A leap second counts as the second that follows it.
    let is_time = (0..=23).contains(&hour) && (0..=59).contains(&minute) && (0..=60).contains(&second);
    if !is_date || !is_time {
        return None;
    }
    let days = days_before(year, month) + day - 1;
    Some(((days * 24 + hour) * 60 + minute) * 60 + second)
}

/// Returns the date and time of day in UTC that lie so many seconds after 1970.
pub(crate) fn date_and_time(seconds: u64) -> ([u64; 3], [u64; 3]) {
    let (days, second) = (seconds / 86_400, seconds % 86_400);
    // Counted from March of the year 0, in eras of 400 years, each of which has the same number of days.
    let (era, day) = ((days + 719_468) / 146_097, (days + 719_468) % 146_097);
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (year * 365 + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let year = era * 400 + year;
    let (year, month) = if month < 10 { (year, month + 3) } else { (year + 1, month - 9) };
    ([year, month, day], [second / 3_600, second / 60 % 60, second % 60])
}

/// Returns the days from 1970 to the first day of a month.
fn days_before(year: i64, month: i64) -> i64 {
    // The year begins in March here, so that the leap day is its last day.
    let (year, month) = if month < 3 { (year - 1, month + 9) } else { (year, month - 3) };
    let leap_days = year / 4 - year / 100 + year / 400;
    // 719,468 days lie between March of the year 0 and January 1970.
    year * 365 + leap_days + (153 * month + 2) / 5 - 719_468
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use crate::calendar::{date_and_time, unix_seconds};

    /// Every day until 2400, each at another time of day.
    #[test]
    fn a_number_of_seconds_becomes_the_date_that_it_was_made_of() {
        for seconds in (0..157_766).map(|day| day * 86_400 + day * 7919 % 86_400) {
            let (date, time) = date_and_time(seconds);
            let signed = |parts: [u64; 3]| parts.map(|part| i64::try_from(part).unwrap());
            assert_eq!(unix_seconds(signed(date), signed(time)), i64::try_from(seconds).ok(), "{date:?}");
            assert!(date[1] <= 12 && (1..=31).contains(&date[2]) && time[0] < 24, "{date:?} {time:?}");
        }
    }

    #[test]
    fn dates_are_counted_from_1970() {
        for (date, time, seconds) in [
            ([1970, 1, 1], [0, 0, 0], 0),
            ([1972, 2, 29], [0, 0, 1], 68_169_601),
            ([2000, 3, 1], [0, 0, 0], 951_868_800),
            ([2024, 2, 29], [23, 59, 60], 1_709_251_200),
            ([2100, 3, 1], [0, 0, 0], 4_107_542_400),
            ([9999, 12, 31], [23, 59, 59], 253_402_300_799),
        ] {
            assert_eq!(unix_seconds(date, time), Some(seconds), "{date:?}");
        }
        for (date, time) in [
            ([1969, 12, 31], [0, 0, 0]),
            ([2024, 0, 1], [0, 0, 0]),
            ([2024, 13, 1], [0, 0, 0]),
            ([2024, 1, 32], [0, 0, 0]),
            ([2024, 1, 1], [24, 0, 0]),
            ([2024, 1, 1], [0, 60, 0]),
            ([2024, 1, 1], [0, 0, 61]),
        ] {
            assert_eq!(unix_seconds(date, time), None, "{date:?} {time:?}");
        }
    }
}
