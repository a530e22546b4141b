//! Which calls go first when the license server's budget is short.

use serde::{Deserialize, Serialize};
use strum::{EnumString, IntoStaticStr, VariantArray};

/// A lane of the budget, the most urgent first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[derive(EnumString, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "snake_case")]
pub enum Lane {
    /// A buyer waits in the checkout for a key.
    Fulfillment,
    /// A buyer has paid and waits for a license.
    Purchase,
    /// A running license changes.
    Change,
    /// A person or a program waits for an answer, and nothing is done with it: lists, checks. No event is of it.
    Interactive,
    /// Nobody waits: sweeps, lists.
    Bulk,
    /// No call is expected: notices, and messages of unknown kind.
    Quiet,
}

impl Lane {
    /// Those that events have.
    pub const OF_EVENTS: [Self; 5] = [
        Self::Fulfillment,
        Self::Purchase,
        Self::Change,
        Self::Bulk,
        Self::Quiet,
    ];

    /// As the operator's page spells it.
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// How the store keeps it: smaller goes first.
    pub const fn as_i16(self) -> i16 {
        match self {
            Self::Quiet => 0,
            Self::Fulfillment => 1,
            Self::Purchase => 2,
            Self::Change => 3,
            Self::Bulk => 4,
            Self::Interactive => 5,
        }
    }

    /// The lane that the store keeps so.
    pub fn from_i16(number: i16) -> Option<Self> {
        Self::VARIANTS
            .iter()
            .copied()
            .find(|lane| lane.as_i16() == number)
    }

    /// How many of a budget's slots this lane may use, so that something is always left for the lanes before it.
    ///
    /// Of 50 slots: fulfillment 50, purchases 45, changes 40, what somebody waits for 35, bulk 30.
    pub const fn slots(self, of: u32) -> u32 {
        share(
            of,
            match self {
                Self::Fulfillment | Self::Quiet => 50,
                Self::Purchase => 45,
                Self::Change => 40,
                Self::Interactive => 35,
                Self::Bulk => 30,
            },
        )
    }

    /// The same while buyers in the checkout want more calls than are left: half of the slots are theirs.
    pub const fn slots_beside_checkout(self, of: u32) -> u32 {
        share(
            of,
            match self {
                Self::Fulfillment | Self::Quiet => 50,
                Self::Purchase => 25,
                Self::Change => 20,
                Self::Interactive => 15,
                Self::Bulk => 10,
            },
        )
    }
}

const fn share(of: u32, fiftieths: u32) -> u32 {
    let slots = of * fiftieths / 50;
    if slots == 0 { 1 } else { slots }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_lane_leaves_room_for_the_lanes_before_it() {
        let slots: Vec<u32> = Lane::VARIANTS.iter().map(|lane| lane.slots(50)).collect();

        assert_eq!(slots, [50, 45, 40, 35, 30, 50]);
        let beside = Lane::VARIANTS
            .iter()
            .map(|lane| lane.slots_beside_checkout(50));
        assert_eq!(beside.collect::<Vec<u32>>(), [50, 25, 20, 15, 10, 50]);
    }

    #[test]
    fn a_tiny_budget_still_serves_every_lane() {
        assert!(Lane::VARIANTS.iter().all(|lane| lane.slots(1) == 1));
    }
}
