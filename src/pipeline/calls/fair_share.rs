//! Who may ask how much: calls that a person or a program waits for are shared between companies, and within each
//! between those who ask.
//!
//! Whoever asks has two parts of what there is, beside two for each other who asks and one for whoever comes next: one
//! who asks alone has much, and nobody who asks without end keeps the next one from being answered.

use std::collections::BTreeSet;

use crate::domain::time::Timestamp;
use crate::store::permits::{Held, Holder};

/// Whether this one may take one more of so many slots; else when the first of those that are in the way is free.
pub fn check_share(held: &[Held], holder: &Holder, slots: u32) -> Result<(), Timestamp> {
    let slots = usize::try_from(slots).unwrap_or(usize::MAX);
    let others = held.iter().map(|held| held.holder.tenant);
    let others: BTreeSet<_> = others.filter(|tenant| *tenant != holder.tenant).collect();
    let of_company = held
        .iter()
        .filter(|held| held.holder.tenant == holder.tenant);
    let of_company: Vec<&Held> = of_company.collect();
    let company_share = share(slots, others.len());
    let has_none = of_company.iter().all(|held| held.holder != *holder);
    // What one program took while its company asked alone keeps no other of the company from being answered.
    let most = if has_none {
        share(slots, 0)
    } else {
        company_share
    };
    fits(&of_company, most)?;

    let others = of_company.iter().map(|held| &held.holder.asker);
    let others: BTreeSet<_> = others.filter(|asker| **asker != holder.asker).collect();
    let of_asker = of_company.iter().filter(|held| held.holder == *holder);
    let of_asker: Vec<&Held> = of_asker.copied().collect();
    fits(&of_asker, share(company_share, others.len()))
}

/// Two parts of what there is, where each other has two and whoever comes next has one; at least one slot.
fn share(slots: usize, others: usize) -> usize {
    (slots.saturating_mul(2) / (2 * others + 3)).max(1)
}

fn fits(held: &[&Held], share: usize) -> Result<(), Timestamp> {
    match held.iter().map(|held| held.free_at).min() {
        Some(first) if held.len() >= share => Err(first),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::domain::id::TenantId;

    fn holder(tenant: u128, asker: &str) -> Holder {
        Holder {
            tenant: TenantId::from_uuid(Uuid::from_u128(tenant)),
            asker: asker.to_owned(),
        }
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_microsecond(second * 1_000_000)
    }

    /// How many of 35 slots each gets who asks in turn until nobody gets any more.
    fn shared(askers: &[(u128, &str)]) -> Vec<usize> {
        let mut held: Vec<Held> = Vec::new();
        loop {
            let before = held.len();
            for (tenant, asker) in askers {
                let holder = holder(*tenant, asker);
                if held.len() < 35 && check_share(&held, &holder, 35).is_ok() {
                    let free_at = at(i64::try_from(held.len()).unwrap());
                    held.push(Held { holder, free_at });
                }
            }
            if held.len() == before {
                break;
            }
        }
        let count = |tenant: &u128, asker: &str| {
            let holder = holder(*tenant, asker);
            held.iter().filter(|held| held.holder == holder).count()
        };
        askers
            .iter()
            .map(|(tenant, asker)| count(tenant, asker))
            .collect()
    }

    #[test]
    fn what_there_is_is_shared_by_those_who_ask() {
        for (askers, expected) in [
            (&[(1, "a")][..], vec![15]),
            (&[(1, "a"), (2, "a")], vec![9, 9]),
            (&[(1, "a"), (1, "b")], vec![9, 9]),
            (&[(1, "a"), (1, "b"), (2, "a")], vec![5, 5, 9]),
            (&[(1, "a"), (2, "a"), (3, "a"), (4, "a")], vec![4, 4, 4, 4]),
        ] {
            assert_eq!(shared(askers), expected, "{askers:?}");
        }
    }

    #[test]
    fn nobody_is_left_without_a_share() {
        let mut held = Vec::new();
        for tenant in 1..=20 {
            let holder = holder(tenant, "a");
            for turn in 0..35 {
                if check_share(&held, &holder, 35).is_ok() {
                    held.push(Held {
                        holder: holder.clone(),
                        free_at: at(turn),
                    });
                }
            }
        }

        // The first had much while it was alone; even so each of the others comes to something.
        let has_any = |tenant| held.iter().any(|held| held.holder == holder(tenant, "a"));
        assert!((1..=20).all(has_any));
    }

    #[test]
    fn a_person_is_answered_whatever_the_companys_program_took() {
        let taken = |tenant, count| {
            (0..count).map(move |turn| Held {
                holder: holder(tenant, "program"),
                free_at: at(turn),
            })
        };
        let held: Vec<Held> = taken(1, 15).chain(taken(2, 9)).collect();

        assert_eq!(check_share(&held, &holder(1, "program"), 35), Err(at(0)));
        assert_eq!(check_share(&held, &holder(1, "person"), 35), Ok(()));
        let full: Vec<Held> = taken(1, 23).collect();
        assert_eq!(check_share(&full, &holder(1, "person"), 35), Err(at(0)));
    }

    #[test]
    fn a_full_share_says_when_its_first_slot_is_free() {
        let held: Vec<Held> = (0..15)
            .map(|second| Held {
                holder: holder(1, "a"),
                free_at: at(7 + second),
            })
            .collect();

        assert_eq!(check_share(&held, &holder(1, "a"), 35), Err(at(7)));
        assert_eq!(check_share(&held, &holder(1, "b"), 35), Ok(()));
        assert_eq!(check_share(&held, &holder(2, "a"), 35), Ok(()));
        assert_eq!(check_share(&[], &holder(2, "a"), 1), Ok(()));
    }
}
