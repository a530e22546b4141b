//! Adopts a license that a person picked: at the place of one that is gone, else where its purchase has room.

use secrecy::ExposeSecret as _;

use crate::domain::id::LicenseId;
use crate::domain::license::{FIRST_GENERATION, Identity, License, PurchaseId, Root};
use crate::domain::time::Timestamp;
use crate::license_servers::remote::RemoteLicense;
use crate::pipeline::event::adopt::{self, Adoption};
use crate::pipeline::event::license_row::{LicenseHome, license_row};
use crate::store::events::Event;
use crate::store::licenses::{self, LicenseChange, Row};
use crate::store::{Db, StoreError, effects};

/// What is picked, and for which event.
pub struct Picked<'a> {
    /// The event that found none.
    pub event: &'a Event,
    pub purchase: &'a PurchaseId,
    /// The license, as the license server shows it.
    pub remote: &'a RemoteLicense,
}

/// What became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PickOutcome {
    /// It is the purchase's, now or before.
    There(LicenseId),
    /// It belongs to another purchase, or names one.
    Taken,
    /// A license of this place is still being made.
    BeingMade,
}

/// Adopts it, once; what belongs to another purchase or names one stays there.
pub fn adopt_picked(
    db: &mut Db,
    adoption: Adoption<'_>,
    picked: &Picked<'_>,
) -> Result<PickOutcome, StoreError> {
    let Adoption { home, rules, now } = adoption;
    let root = picked.purchase.root();
    let (rows, missed) = of_purchase(db, home, picked, &root)?;
    if let Some(row) = find_row(db, home, picked.remote)? {
        let is_ours = rows.iter().any(|ours| ours.id == row.id);
        return match is_ours {
            true => restore(db, &row, picked.remote, now),
            false => Ok(PickOutcome::Taken),
        };
    }
    let (event, purchase) = (picked.event, picked.purchase);
    let ids = [
        Some(purchase.as_str()),
        event.order_id.as_deref(),
        event.subscription_id.as_deref(),
    ];
    let ids: Vec<&str> = ids.into_iter().flatten().collect();
    if picked.remote.purchases.has_another(&ids) {
        return Ok(PickOutcome::Taken);
    }
    let held: Vec<License> = rows.iter().map(Row::license).collect::<Result<_, _>>()?;
    let gives = |path: &str| adopt::gives(rules, path, picked.remote);
    let followed = gone(&held, &missed, gives);
    let place = match followed {
        Some(gone) => Some(after(gone)),
        None => room(&held, &root, adopt::slot(rules, picked.remote)),
    };
    let Some(place) = place else {
        return Ok(PickOutcome::BeingMade);
    };
    let origin = adopt::origin(&place.root);
    let mut license = adopt::license(place, picked.remote, now);
    if let Some(gone) = followed {
        license.product_path.clone_from(&gone.product_path);
    }
    if !picked.remote.purchases.has(purchase) {
        // It names no purchase yet, so that this one is written on it.
        license.given.named = Some(Root::Reference(String::new()));
        license.given.has_other_notes = true;
    }
    let row = license_row(home, &license, picked.remote.key.as_ref(), origin, now)?;
    Ok(match licenses::create(db, &[row])?.first() {
        Some(id) => PickOutcome::There(*id),
        None => PickOutcome::Taken,
    })
}

/// The licenses of the purchase, and of those the ones that this event acted on.
fn of_purchase(
    db: &mut Db,
    home: &LicenseHome,
    picked: &Picked<'_>,
    root: &Root,
) -> Result<(Vec<Row>, Vec<LicenseId>), StoreError> {
    let missed: Vec<LicenseId> = effects::list_of_event(db, home.tenant, picked.event.id)?
        .iter()
        .map(|effect| effect.license_id)
        .collect();
    let mut roots = vec![root.clone()];
    for row in licenses::list_by_ids(db, home.tenant, &missed)? {
        let root = row.license()?.identity.root;
        if !roots.contains(&root) {
            roots.push(root);
        }
    }
    let rows = licenses::list_of_roots(db, home.tenant, home.storefront, &roots)?;
    Ok((rows, missed))
}

/// The row that knows it: by its id, or by its key where it was made anew.
fn find_row(
    db: &mut Db,
    home: &LicenseHome,
    remote: &RemoteLicense,
) -> Result<Option<Row>, StoreError> {
    let by_id = licenses::find_by_remote_id(db, home.tenant, home.server, &remote.id)?;
    if by_id.is_some() {
        return Ok(by_id);
    }
    let Some(key) = &remote.key else {
        return Ok(None);
    };
    let key = home.keys.license_key_term(key.expose_secret());
    licenses::find_by_key(db, home.tenant, &key.0)
}

/// Restores a row whose license was gone and is there again, or was made anew with its key.
fn restore(
    db: &mut Db,
    row: &Row,
    remote: &RemoteLicense,
    now: Timestamp,
) -> Result<PickOutcome, StoreError> {
    if row.deleted_at.is_none() {
        return Ok(match row.remote_id.as_ref() == Some(&remote.id) {
            true => PickOutcome::There(row.id),
            false => PickOutcome::BeingMade,
        });
    }
    let mut license = row.license()?;
    license.deleted_at = None;
    license.given.taken_for = None;
    license.remote_id = Some(remote.id.clone());
    license.see(remote.shown(now));
    let change = LicenseChange::of(&license, now)?;
    match licenses::change_at_rest(db, row.tenant_id, row.id, &change, row.updated_at)? {
        true => Ok(PickOutcome::There(row.id)),
        false => Ok(PickOutcome::BeingMade),
    }
}

/// A license that is gone though we did not take it: one that the event missed, else one of that product.
fn gone<'a>(
    held: &'a [License],
    missed: &[LicenseId],
    gives: impl Fn(&str) -> bool,
) -> Option<&'a License> {
    let is_latest = |license: &License| {
        held.iter().all(|other| {
            let (this, other) = (&license.identity, &other.identity);
            let is_same_place =
                (&this.root, &this.slot, this.unit) == (&other.root, &other.slot, other.unit);
            !is_same_place || this.generation >= other.generation
        })
    };
    let free: Vec<&License> = held
        .iter()
        .filter(|license| license.deleted_at.is_some() && license.given.taken_for.is_none())
        .filter(|license| is_latest(license))
        .collect();
    let of_product = |license: &&&License| gives(&license.product_path);
    let is_missed = |license: &&&License| missed.contains(&license.id);
    free.iter()
        .find(|license| is_missed(license) && of_product(license))
        .or_else(|| free.iter().find(is_missed))
        .or_else(|| free.iter().find(of_product))
        .copied()
}

/// The place of the license that follows one that is gone.
fn after(gone: &License) -> Identity {
    Identity {
        generation: gone.identity.generation.saturating_add(1),
        ..gone.identity.clone()
    }
}

/// The place behind the last of a slot; `None` while one is still to be made there.
fn room(held: &[License], root: &Root, slot: String) -> Option<Identity> {
    let of_slot = || {
        held.iter()
            .filter(|license| license.identity.root == *root && license.identity.slot == slot)
    };
    if of_slot().any(|license| license.deleted_at.is_none() && license.remote_id.is_none()) {
        return None;
    }
    let last = of_slot().map(|license| license.identity.unit).max();
    Some(Identity {
        root: root.clone(),
        unit: last.map_or(1, |unit| unit.saturating_add(1)),
        generation: FIRST_GENERATION,
        slot,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::license::{Cause, Given};
    use crate::pipeline::clock::id_at;

    fn held(slot: &str, unit: u32, generation: u32, is_gone: bool) -> License {
        let at = Timestamp::from_microsecond(0);
        License {
            id: LicenseId::from_uuid(id_at(at)),
            product_path: slot.to_owned(),
            identity: Identity {
                root: Root::Reference("R".to_owned()),
                slot: slot.to_owned(),
                unit,
                generation,
            },
            remote_id: Some("remote".to_owned()),
            given: Given::default(),
            shown: None,
            is_adopted: false,
            deleted_at: is_gone.then_some(at),
        }
    }

    #[test]
    fn a_picked_license_follows_one_that_is_gone() {
        let taken = License {
            given: Given {
                taken_for: Some(Cause::Ended),
                ..Given::default()
            },
            ..held("a", 1, 1, true)
        };
        for (name, licenses, missed, expected) in [
            ("nothing there", vec![], None, None),
            ("one runs", vec![held("a", 1, 1, false)], None, None),
            (
                "one is gone",
                vec![held("a", 2, 1, true)],
                None,
                Some(("a", 2, 2)),
            ),
            ("one was taken away", vec![taken], None, None),
            (
                "one was followed by another",
                vec![held("a", 1, 1, true), held("a", 1, 2, false)],
                None,
                None,
            ),
            (
                "one of another product",
                vec![held("b", 1, 1, true)],
                None,
                None,
            ),
            (
                "one of another product, which the event missed",
                vec![held("a", 1, 1, false), held("b", 1, 3, true)],
                Some(1),
                Some(("b", 1, 4)),
            ),
            (
                "several, of which the event missed the second",
                vec![held("a", 1, 1, true), held("a", 2, 1, true)],
                Some(1),
                Some(("a", 2, 2)),
            ),
        ] {
            let missed: Vec<LicenseId> = missed
                .map(|place: usize| licenses[place].id)
                .into_iter()
                .collect();

            let place = gone(&licenses, &missed, |path| path == "a").map(after);

            let place = place
                .as_ref()
                .map(|place| (place.slot.as_str(), place.unit, place.generation));
            assert_eq!(place, expected, "{name}");
        }
    }

    #[test]
    fn where_none_is_gone_it_comes_behind_the_others() {
        let being_made = License {
            remote_id: None,
            ..held("a", 1, 1, false)
        };
        let root = Root::Reference("R".to_owned());
        for (name, licenses, expected) in [
            ("nothing there", vec![], Some(1)),
            ("one runs", vec![held("a", 1, 1, false)], Some(2)),
            (
                "one of another product",
                vec![held("b", 1, 1, false)],
                Some(1),
            ),
            ("one is being made", vec![being_made], None),
        ] {
            let place = room(&licenses, &root, "a".to_owned());

            assert_eq!(place.map(|place| place.unit), expected, "{name}");
        }
    }
}
