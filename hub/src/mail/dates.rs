//! Days and times as mails write them: in UTC, by the calendar, without a time zone's database.

use protocol::Millis;

/// A moment, taken apart in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    pub year: i64,
    /// From 1.
    pub month: usize,
    pub day: i64,
    pub hours: i64,
    pub minutes: i64,
}

impl Moment {
    /// By Howard Hinnant's `civil_from_days`: years begin in March, so that the leap day comes last.
    pub fn of(at: Millis) -> Self {
        let minutes = at.div_euclid(60_000);
        let days = minutes.div_euclid(24 * 60) + 719_468;
        let (era, of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
        let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * year + year / 4 - year / 100);
        let from_march = (5 * of_year + 2) / 153;
        let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
        Self {
            year: year + era * 400 + i64::from(month <= 2),
            month: usize::try_from(month).unwrap_or(1),
            day: of_year - (153 * from_march + 2) / 5 + 1,
            hours: minutes.rem_euclid(24 * 60) / 60,
            minutes: minutes.rem_euclid(60),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_those_of_the_calendar() {
        for (at, year, month, day, hours, minutes) in [
            (0, 1970, 1, 1, 0, 0),
            (-1, 1969, 12, 31, 23, 59),
            (951_782_400_000, 2000, 2, 29, 0, 0),
            (951_868_799_999, 2000, 2, 29, 23, 59),
            (1_795_348_800_000, 2026, 11, 22, 12, 0),
            (4_107_542_399_000, 2100, 2, 28, 23, 59),
            (4_107_542_400_000, 2100, 3, 1, 0, 0),
        ] {
            assert_eq!(Moment::of(at), Moment { year, month, day, hours, minutes }, "{at}");
        }
    }
}
