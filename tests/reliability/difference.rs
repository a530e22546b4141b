//! What the oracle finds, each by name.

use std::fmt;

/// Something that is not as it was promised.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Difference {
    /// An event was acknowledged and is not stored.
    Lost {
        /// The shop's id of it.
        event: String,
    },
    /// An event is stored more than once.
    StoredTwice {
        /// The shop's id of it.
        event: String,
    },
    /// An event is stored that nobody sent.
    NeverSent {
        /// The id that it is stored under.
        event: String,
    },
    /// An event came to no good end.
    NotSettled {
        /// The shop's id of it.
        event: String,
        /// Its state and reason.
        state: String,
    },
    /// A purchase has more licenses than were paid.
    Surplus {
        /// The subscription or order.
        root: String,
        /// How many there are.
        there: usize,
        /// How many there must be.
        paid: usize,
    },
    /// A purchase has fewer licenses than were paid.
    Missing {
        /// The subscription or order.
        root: String,
        /// How many there are.
        there: usize,
        /// How many there must be.
        paid: usize,
    },
    /// A license names no purchase that was made.
    Foreign {
        /// The license.
        license: String,
    },
    /// The license server made something other times than Latchkey has it on record as done.
    MadeOtherwise {
        /// The license.
        license: String,
        /// `issue` or `renew`.
        kind: String,
        /// How often the license server made it.
        made: usize,
        /// How often it is on record.
        recorded: usize,
    },
    /// A license ends at another time than was paid for.
    WrongEnd {
        /// The subscription or order.
        root: String,
        /// What the license shows.
        shown: String,
        /// Until when it is paid.
        paid: String,
    },
    /// A license may be used and must not be, or the other way round.
    WrongStanding {
        /// The subscription or order.
        root: String,
        /// Whether it may be used.
        is_usable: bool,
    },
    /// Two calls for one license were under way at once.
    Overlap {
        /// Their numbers in the ledger.
        calls: (u64, u64),
    },
    /// Licenses were listed without any filter.
    Unfiltered {
        /// Its number in the ledger.
        call: u64,
    },
}

impl Difference {
    /// The subscription or order that it is about, where it is about one.
    pub fn root(&self) -> Option<&str> {
        match self {
            Self::Surplus { root, .. }
            | Self::Missing { root, .. }
            | Self::WrongEnd { root, .. }
            | Self::WrongStanding { root, .. } => Some(root),
            _ => None,
        }
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Lost { event } => write!(formatter, "{event} was acknowledged and is not stored"),
            Self::StoredTwice { event } => write!(formatter, "{event} is stored twice"),
            Self::NeverSent { event } => write!(formatter, "{event} is stored and was never sent"),
            Self::NotSettled { event, state } => write!(formatter, "{event} is left {state}"),
            Self::Surplus { root, there, paid } | Self::Missing { root, there, paid } => {
                write!(formatter, "{root} has {there} licenses and paid for {paid}")
            }
            Self::Foreign { license } => {
                write!(formatter, "license {license} was bought by nobody")
            }
            Self::MadeOtherwise {
                license,
                kind,
                made,
                recorded,
            } => write!(
                formatter,
                "license {license}: {kind} was made {made} times and is on record {recorded} times"
            ),
            Self::WrongEnd { root, shown, paid } => {
                write!(formatter, "{root} ends at {shown} and is paid until {paid}")
            }
            Self::WrongStanding { root, is_usable } => match is_usable {
                true => write!(formatter, "{root} may be used and must not be"),
                false => write!(formatter, "{root} may not be used and must be"),
            },
            Self::Overlap {
                calls: (one, other),
            } => {
                write!(formatter, "calls {one} and {other} for one license overlap")
            }
            Self::Unfiltered { call } => write!(formatter, "call {call} lists without any filter"),
        }
    }
}
