//! What a person at the company asks for one license: a few days more, or that a suspension is lifted.

use serde::{Deserialize, Serialize};

use crate::domain::id::LicenseId;
use crate::domain::license::{Cause, License, Root};
use crate::domain::time::Timestamp;

/// How many days more are given at once.
pub const DAYS: i64 = 7;

/// What can be asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum WishKind {
    /// That it ends later.
    MoreDays,
    /// That it runs again although what it was suspended for still holds.
    Lift,
}

/// What a person asked for, and of which license.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wished {
    /// The license.
    pub license: LicenseId,
    /// The purchase that it belongs to.
    pub root: Root,
    /// The product path that it is for.
    pub product_path: String,
    /// What is asked.
    pub wish: Wish,
    /// Why, in the person's words; `None` where nobody had to say.
    #[serde(default)]
    pub reason: Option<String>,
}

/// What is asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Wish {
    /// It shall not end before that time.
    MoreDays {
        /// The new end.
        until: Timestamp,
    },
    /// It shall not be suspended for these causes any longer; new ones count as ever.
    Lift {
        /// Those that the person was shown.
        causes: Vec<Cause>,
    },
}

impl WishKind {
    /// Every kind.
    pub const ALL: [Self; 2] = [Self::MoreDays, Self::Lift];

    /// The type of the event that it becomes.
    pub const fn event_type(self) -> &'static str {
        match self {
            Self::MoreDays => "license.more_days",
            Self::Lift => "license.lift",
        }
    }

    /// The kind whose events are of that type; `None` for every other type.
    pub fn of_event(event_type: &str) -> Option<Self> {
        let mut kinds = Self::ALL.into_iter();
        kinds.find(|kind| kind.event_type() == event_type)
    }

    /// What is asked of a license as it stands; `None` where it makes no sense.
    pub fn of(self, license: &License, now: Timestamp) -> Option<Wish> {
        let shown = license.shown.as_ref()?;
        if license.deleted_at.is_some() || license.remote_id.is_none() || shown.is_revoked {
            return None;
        }
        let causes = &license.given.causes;
        match self {
            Self::MoreDays if shown.is_suspended => None,
            Self::MoreDays => Some(Wish::MoreDays {
                until: shown.expires_at?.max(now).plus_hours(DAYS * 24),
            }),
            // What a person stopped at the license server is theirs to lift, there.
            Self::Lift if causes.contains(&Cause::ByHand) || !shown.is_suspended => None,
            Self::Lift => (!causes.is_empty()).then(|| Wish::Lift {
                causes: causes.iter().copied().collect(),
            }),
        }
    }

    /// How the license stands that is asked about, as a name that changes once the wish is fulfilled: asking twice for the
    /// same thing is asking once.
    pub fn standing(self, license: &License) -> String {
        let at = match self {
            Self::MoreDays => license.shown.as_ref().and_then(|shown| shown.expires_at),
            Self::Lift => license.given.standing_version,
        };
        at.map_or_else(|| "-".to_owned(), |at| at.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::license::{Given, Identity, Shown};

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn license(end: Option<&str>, causes: &[Cause], is_suspended: bool) -> License {
        License {
            id: LicenseId::from_uuid(uuid::Uuid::nil()),
            identity: Identity {
                root: Root::Reference("R".to_owned()),
                slot: "studio".to_owned(),
                unit: 1,
                generation: 1,
            },
            product_path: "studio".to_owned(),
            remote_id: Some("remote".to_owned()),
            given: Given {
                causes: causes.iter().copied().collect(),
                ..Given::default()
            },
            shown: Some(Shown {
                read_at: at("2027-01-01T00:00:00Z"),
                expires_at: end.map(at),
                is_perpetual: end.is_none(),
                interval: None,
                is_suspended,
                is_revoked: false,
                allowed_activations: None,
                allowed_floating_clients: None,
                newest_version: None,
                maintenance_ends_at: None,
                entitlement_set_id: None,
                user_id: None,
            }),
            is_adopted: false,
            deleted_at: None,
        }
    }

    #[test]
    fn only_what_makes_sense_can_be_asked() {
        let now = at("2027-01-15T00:00:00Z");
        let until = |text| Some(Wish::MoreDays { until: at(text) });
        let lift = |causes: &[Cause]| {
            let causes = causes.to_vec();
            Some(Wish::Lift { causes })
        };
        for (license, days, lifted) in [
            (
                license(Some("2027-02-01T00:00:00Z"), &[], false),
                until("2027-02-08T00:00:00Z"),
                None,
            ),
            (
                license(Some("2027-01-01T00:00:00Z"), &[], false),
                until("2027-01-22T00:00:00Z"),
                None,
            ),
            (license(None, &[], false), None, None),
            (
                license(None, &[Cause::Refund], true),
                None,
                lift(&[Cause::Refund]),
            ),
            (
                license(Some("2027-02-01T00:00:00Z"), &[Cause::Overdue], true),
                None,
                lift(&[Cause::Overdue]),
            ),
            (
                license(None, &[Cause::Refund, Cause::ByHand], true),
                None,
                None,
            ),
            (license(None, &[Cause::Refund], false), None, None),
            (
                License {
                    remote_id: None,
                    ..license(None, &[], false)
                },
                None,
                None,
            ),
            (
                License {
                    deleted_at: Some(now),
                    ..license(Some("2027-02-01T00:00:00Z"), &[], false)
                },
                None,
                None,
            ),
        ] {
            assert_eq!(WishKind::MoreDays.of(&license, now), days, "{license:?}");
            assert_eq!(WishKind::Lift.of(&license, now), lifted, "{license:?}");
        }
    }

    #[test]
    fn a_wish_is_told_by_its_event() {
        for kind in WishKind::ALL {
            assert_eq!(WishKind::of_event(kind.event_type()), Some(kind));
        }
        assert_eq!(WishKind::of_event("due.deletion"), None);
    }
}
