//! What people changed at the license server: what it shows, beside what was given or what a license had from the start.

use jiff::SignedDuration;

use crate::domain::license::{Aspect, Cause, Given, License, Seats, Shown};
use crate::domain::time::Timestamp;

/// Servers cut off fractions of a second.
const SAME_INSTANT: SignedDuration = SignedDuration::from_secs(2);

/// The sides of a license that a person changed there, and that still are so; empty while it was never seen.
pub fn changed(license: &License) -> Vec<Aspect> {
    let shown = license.shown.as_ref();
    shown.map_or_else(Vec::new, |shown| {
        let mut aspects = differing(&license.given, shown);
        let is_stopped = license.given.causes.contains(&Cause::ByHand);
        if is_stopped && !aspects.contains(&Aspect::Standing) {
            aspects.push(Aspect::Standing);
        }
        aspects
    })
}

/// The sides on which a license shows something else than was given.
///
/// A side that we never set is compared with what the license had when it was made or found.
pub fn differing(given: &Given, shown: &Shown) -> Vec<Aspect> {
    [
        (is_other_end(given, shown), Aspect::Term),
        (is_other_standing(given, shown), Aspect::Standing),
        (are_other_seats(given, shown), Aspect::Seats),
        (has_other_features(given, shown), Aspect::Entitlements),
        (has_other_updates(given, shown), Aspect::Maintenance),
        (has_other_holder(given, shown), Aspect::Holder),
    ]
    .into_iter()
    .filter_map(|(differs, aspect)| differs.then_some(aspect))
    .collect()
}

/// Whether two readings agree on a side that a reading can tell.
pub fn is_same(aspect: Aspect, left: &Shown, right: &Shown) -> bool {
    match aspect {
        Aspect::Term => left.expires_at == right.expires_at,
        Aspect::Standing => {
            left.is_suspended == right.is_suspended && left.is_revoked == right.is_revoked
        }
        Aspect::Seats => {
            left.allowed_activations == right.allowed_activations
                && left.allowed_floating_clients == right.allowed_floating_clients
        }
        Aspect::Entitlements => left.entitlement_set_id == right.entitlement_set_id,
        Aspect::Maintenance => {
            left.newest_version == right.newest_version
                && left.maintenance_ends_at == right.maintenance_ends_at
        }
        _ => false,
    }
}

fn is_other_end(given: &Given, shown: &Shown) -> bool {
    match (given.end, shown.expires_at) {
        (None, Some(_)) => {
            // A term that waits for the first activation begins by itself.
            let made = given.made.as_ref();
            given.term_version.is_some() || made.is_none_or(|made| made.is_perpetual)
        }
        (given, shown) => !is_same_instant(given, shown),
    }
}

fn is_other_standing(given: &Given, shown: &Shown) -> bool {
    let is_suspension = shown.is_suspended == given.causes.is_empty() && !given.is_revoked;
    is_suspension || shown.is_revoked != given.is_revoked
}

fn are_other_seats(given: &Given, shown: &Shown) -> bool {
    let made = given.made.as_ref();
    match given.seats {
        Some(Seats::Activations(seats)) => shown.allowed_activations != Some(i64::from(seats)),
        Some(Seats::FloatingClients(seats)) => {
            shown.allowed_floating_clients != Some(i64::from(seats))
        }
        None => made.is_some_and(|made| !is_same(Aspect::Seats, made, shown)),
    }
}

fn has_other_features(given: &Given, shown: &Shown) -> bool {
    let made = given.made.as_ref();
    match &given.entitlement_set_id {
        Some(id) => shown.entitlement_set_id.as_ref() != Some(id),
        None => made.is_some_and(|made| made.entitlement_set_id != shown.entitlement_set_id),
    }
}

fn has_other_updates(given: &Given, shown: &Shown) -> bool {
    let Some(made) = &given.made else {
        return false;
    };
    let end = given.maintenance_end.or(made.maintenance_ends_at);
    let newest = given.newest_version.as_ref();
    !is_same_instant(end, shown.maintenance_ends_at)
        || newest.or(made.newest_version.as_ref()) != shown.newest_version.as_ref()
}

fn has_other_holder(given: &Given, shown: &Shown) -> bool {
    let made = given.made.as_ref();
    made.is_some_and(|made| made.user_id != shown.user_id)
}

fn is_same_instant(left: Option<Timestamp>, right: Option<Timestamp>) -> bool {
    match (left, right) {
        (Some(left), Some(right)) => left.since(right).abs() <= SAME_INSTANT,
        (None, None) => true,
        (Some(_), None) | (None, Some(_)) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(day: &str) -> Option<Timestamp> {
        Some(format!("{day}T00:00:00Z").parse().unwrap())
    }

    fn shown() -> Shown {
        Shown {
            expires_at: at("2027-02-15"),
            allowed_activations: Some(2),
            allowed_floating_clients: Some(0),
            entitlement_set_id: Some("basic".to_owned()),
            user_id: Some("ada".to_owned()),
            maintenance_ends_at: at("2028-01-15"),
            newest_version: Some("5.9".to_owned()),
            ..Shown::empty(at("2027-01-15").unwrap())
        }
    }

    fn given() -> Given {
        Given {
            end: at("2027-02-15"),
            made: Some(Box::new(shown())),
            ..Given::default()
        }
    }

    #[test]
    fn what_was_given_or_had_from_the_start_is_nobodys_hand() {
        let renewed = Shown {
            expires_at: at("2027-03-15"),
            allowed_activations: Some(7),
            entitlement_set_id: Some("pro".to_owned()),
            maintenance_ends_at: at("2029-01-15"),
            ..shown()
        };
        let given_since = Given {
            end: at("2027-03-15"),
            seats: Some(Seats::Activations(7)),
            entitlement_set_id: Some("pro".to_owned()),
            maintenance_end: at("2029-01-15"),
            ..given()
        };

        assert_eq!(differing(&given(), &shown()), []);
        assert_eq!(differing(&given_since, &renewed), []);
    }

    #[test]
    #[expect(clippy::too_many_lines, reason = "a table of sides")]
    fn each_side_is_seen_by_itself() {
        let now = shown;
        for (aspect, shown) in [
            (
                Aspect::Term,
                Shown {
                    expires_at: at("2027-06-30"),
                    ..now()
                },
            ),
            (
                Aspect::Term,
                Shown {
                    expires_at: None,
                    is_perpetual: true,
                    ..now()
                },
            ),
            (
                Aspect::Standing,
                Shown {
                    is_suspended: true,
                    ..now()
                },
            ),
            (
                Aspect::Standing,
                Shown {
                    is_revoked: true,
                    ..now()
                },
            ),
            (
                Aspect::Seats,
                Shown {
                    allowed_activations: Some(5),
                    ..now()
                },
            ),
            (
                Aspect::Seats,
                Shown {
                    allowed_floating_clients: Some(5),
                    ..now()
                },
            ),
            (
                Aspect::Entitlements,
                Shown {
                    entitlement_set_id: None,
                    ..now()
                },
            ),
            (
                Aspect::Maintenance,
                Shown {
                    maintenance_ends_at: None,
                    ..now()
                },
            ),
            (
                Aspect::Maintenance,
                Shown {
                    newest_version: None,
                    ..now()
                },
            ),
            (
                Aspect::Holder,
                Shown {
                    user_id: Some("ben".to_owned()),
                    ..now()
                },
            ),
        ] {
            assert_eq!(differing(&given(), &shown), [aspect], "{shown:?}");
        }
    }

    #[test]
    fn a_term_that_begins_with_the_first_activation_is_nobodys_hand() {
        let waits = |is_perpetual| Given {
            end: None,
            made: Some(Box::new(Shown {
                expires_at: None,
                is_perpetual,
                ..shown()
            })),
            ..Given::default()
        };

        assert_eq!(differing(&waits(false), &shown()), []);
        assert_eq!(differing(&waits(true), &shown()), [Aspect::Term]);
    }
}
