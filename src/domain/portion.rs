//! How much of a purchase is looked at in one go, and how much of it is made without a person's word.
//!
//! Whoever buys chooses the quantity: nothing counts it out before it is held against these.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use crate::domain::license::Root;

/// The most licenses of one line, even with a person's yes: at ten calls a second they take three hours.
pub const MOST_AGREED: u32 = 100_000;
/// The licenses that one go looks at, of all lines together.
pub const AT_ONCE: u32 = 100;
/// The lines, add-ons and subscriptions that one message may name: each is looked at beside all others.
pub const MOST_NAMED: usize = 250;

/// How many licenses are made without a person's yes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MostLicenses {
    /// Of one line of a purchase.
    pub per_line: u32,
}

impl MostLicenses {
    /// Of all lines of one purchase together.
    pub const fn per_order(self) -> u32 {
        self.per_line.saturating_mul(10)
    }
}

impl Default for MostLicenses {
    fn default() -> Self {
        Self { per_line: 1_000 }
    }
}

/// The highest unit of each slot that has a row.
pub type OnRecord = BTreeMap<(Root, String), u32>;

/// The part of a purchase that one go looks at: of each line the same units, and always the first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Portion {
    /// The units before these were looked at by an earlier go.
    pub after: u32,
    /// How many units of each line; at least 1.
    pub length: u32,
    /// What is made without a yes.
    pub most: MostLicenses,
    /// Whether a person said that all shall be made.
    pub is_agreed: bool,
    /// What was put on record before; empty where this portion is all that there is.
    pub on_record: OnRecord,
}

impl Portion {
    /// The units after those that were looked at, of a purchase of so many lines.
    pub fn of_lines(after: u32, lines: usize) -> Self {
        let lines = u32::try_from(lines.max(1)).unwrap_or(u32::MAX);
        Self {
            after,
            length: (AT_ONCE / lines).max(1),
            ..Self::default()
        }
    }

    /// The last unit that is looked at.
    pub const fn through(&self) -> u32 {
        self.after.saturating_add(self.length)
    }

    /// The units of a line that are looked at, of so many that were bought.
    pub fn units(&self, bought: u32) -> RangeInclusive<u32> {
        self.after.saturating_add(1)..=bought.min(self.through())
    }

    /// How many units with a row lie beyond this portion.
    pub fn beyond(&self) -> u64 {
        let beyond = |last: &u32| u64::from(last.saturating_sub(self.through()));
        self.on_record.values().map(beyond).sum()
    }

    /// What may be made now: by the operator's limit, or with a person's yes.
    pub fn allowed(&self) -> MostLicenses {
        match self.is_agreed {
            true => MostLicenses {
                per_line: self.most.per_line.max(MOST_AGREED),
            },
            false => self.most,
        }
    }

    /// The highest unit of a slot that has a row; 0 where this portion is all that there is.
    pub fn last_on_record(&self, root: &Root, slot: &str) -> u32 {
        let place = (root.clone(), slot.to_owned());
        self.on_record.get(&place).copied().unwrap_or_default()
    }
}

impl Default for Portion {
    fn default() -> Self {
        Self {
            after: 0,
            length: AT_ONCE,
            most: MostLicenses::default(),
            is_agreed: false,
            on_record: OnRecord::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn portions_follow_one_another_and_end_with_what_was_bought() {
        for (after, lines, bought, expected) in [
            (0, 1, 3, 1..=3),
            (0, 1, u32::MAX, 1..=100),
            (100, 1, 250, 101..=200),
            (200, 1, 250, 201..=250),
            (0, 3, 250, 1..=33),
            (0, 1_000, 250, 1..=1),
            (u32::MAX - 1, 1, u32::MAX, u32::MAX..=u32::MAX),
        ] {
            let portion = Portion::of_lines(after, lines);

            assert_eq!(portion.units(bought), expected, "{after} {lines} {bought}");
        }
        assert!(Portion::of_lines(300, 1).units(250).is_empty());
    }
}
