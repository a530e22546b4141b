//! What a kind of license server can do by itself; the rest of the domain asks this, never which kind it is.

use crate::domain::kind::LicenseServerKind;
use crate::domain::time::Timestamp;

/// What a kind of license server can do by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Abilities {
    /// Its licenses have a period that a renewal adds; elsewhere an end is only ever set, to the shop's date.
    pub has_periods: bool,
    /// It has extra hours beyond the end; elsewhere they are added to the end.
    pub has_grace: bool,
    /// It has trials, which become full licenses in place; elsewhere a trial is only an end.
    pub has_trials: bool,
    /// Its ends are whole days; elsewhere they are times.
    pub ends_are_days: bool,
}

impl Abilities {
    /// Those of Cryptlex.
    pub const CRYPTLEX: Self = Self {
        has_periods: true,
        has_grace: false,
        has_trials: false,
        ends_are_days: false,
    };
    /// Those of LicenseSpring.
    pub const LICENSESPRING: Self = Self {
        has_periods: false,
        has_grace: true,
        has_trials: true,
        ends_are_days: true,
    };

    /// Those of a kind.
    pub const fn of(kind: LicenseServerKind) -> Self {
        match kind {
            LicenseServerKind::Cryptlex => Self::CRYPTLEX,
        }
    }

    /// An end as the license server can have it: where ends are days, the beginning of its day in UTC.
    pub fn end(self, end: Timestamp) -> Timestamp {
        if self.ends_are_days {
            end.begin_of_day()
        } else {
            end
        }
    }
}

impl Default for Abilities {
    fn default() -> Self {
        Self::of(LicenseServerKind::default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_end_is_cut_to_its_day_where_ends_are_days() {
        for (end, day) in [
            ("2027-01-13T00:00:00Z", "2027-01-13T00:00:00Z"),
            ("2027-01-13T00:00:01Z", "2027-01-13T00:00:00Z"),
            ("2027-01-13T23:59:59Z", "2027-01-13T00:00:00Z"),
            ("1969-12-31T12:00:00Z", "1969-12-31T00:00:00Z"),
        ] {
            let (end, day): (Timestamp, Timestamp) = (end.parse().unwrap(), day.parse().unwrap());

            assert_eq!(Abilities::LICENSESPRING.end(end), day);
            assert_eq!(Abilities::CRYPTLEX.end(end), end);
        }
    }
}
