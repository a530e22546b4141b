//! Whether licenses are there: makes what is wanted and missing, each identity once.

use std::collections::BTreeMap;

use crate::domain::action::{Action, Issue};
use crate::domain::attribute::{Attributes, InvalidAttribute};
use crate::domain::compare::draft::{Draft, NewLicense};
use crate::domain::compare::ending::Ending;
use crate::domain::compare::shop_keys::{self, KeyVerdict};
use crate::domain::compare::wanted::Wanted;
use crate::domain::compare::{
    ending, features, issue, maintenance, notes, people, revival, room, seats, standing, term,
};
use crate::domain::license::{Cause, FIRST_GENERATION, Identity, License, Root};
use crate::domain::note;
use crate::domain::plan::LineState;
use crate::domain::policy::UnmappedProduct;
use crate::domain::reason::{Reason, ReasonCode};
use crate::domain::rules::Product;
use crate::domain::time::Timestamp;

/// Makes the licenses of a slot that are missing, and finishes those that are still as they were issued.
///
/// Returns what the product gives, where it gives licenses.
pub fn provide(
    draft: &mut Draft<'_>,
    wanted: &Wanted<'_>,
    version: Timestamp,
) -> Option<Attributes> {
    match draft.product(wanted) {
        Err(invalid) => {
            let reason = mapping_invalid(&wanted.product_path, &invalid);
            draft.line(
                &wanted.slot,
                &wanted.product_path,
                LineState::Parked,
                reason,
            );
            None
        }
        Ok(Product::Ignored | Product::Bundle) => {
            let reason = Reason::new(ReasonCode::NoLicensedProduct);
            draft.line(
                &wanted.slot,
                &wanted.product_path,
                LineState::Ignored,
                reason,
            );
            None
        }
        Ok(Product::Unmapped) => {
            unmapped(draft, wanted);
            None
        }
        Ok(Product::Licensed(attributes))
            if features::is_for_main_license(draft, wanted, &attributes) =>
        {
            let mark = draft.mark();
            features::give_to_main(draft, wanted, version);
            let reason = Reason::new(ReasonCode::NothingToDo);
            draft.line_since(mark, &wanted.slot, &wanted.product_path, reason);
            Some(*attributes)
        }
        Ok(Product::Licensed(attributes)) => {
            let mark = draft.mark();
            match units(draft, wanted, &attributes, version) {
                Ok(reason) => {
                    draft.line_since(mark, &wanted.slot, &wanted.product_path, reason);
                }
                Err(reason) => {
                    draft.line(
                        &wanted.slot,
                        &wanted.product_path,
                        LineState::Parked,
                        reason,
                    );
                }
            }
            Some(*attributes)
        }
    }
}

/// Whether any of these gives a license, or might once a person has spoken.
pub fn is_licensed(draft: &Draft<'_>, wanted: &[Wanted<'_>]) -> bool {
    let mut wanted = wanted.iter();
    wanted.any(|wanted| may_be_licensed(draft, &wanted.product_path, wanted.attributes))
}

/// Whether a product path gives a license, or might once a person has spoken.
pub fn may_be_licensed(
    draft: &Draft<'_>,
    product_path: &str,
    attributes: Option<&BTreeMap<String, String>>,
) -> bool {
    let rules = draft.question.rules;
    match rules.product(product_path, attributes) {
        Ok(Product::Licensed(_)) | Err(_) => true,
        Ok(Product::Unmapped) => rules.policy.unmapped_product == UnmappedProduct::Park,
        Ok(Product::Ignored | Product::Bundle) => false,
    }
}

fn unmapped(draft: &mut Draft<'_>, wanted: &Wanted<'_>) {
    let (state, reason) = match draft.question.rules.policy.unmapped_product {
        UnmappedProduct::Ignore => (
            LineState::Ignored,
            Reason::new(ReasonCode::NoLicensedProduct),
        ),
        UnmappedProduct::Park => (
            LineState::Parked,
            Reason::new(ReasonCode::ProductNotMapped).with("product", &wanted.product_path),
        ),
    };
    draft.line(&wanted.slot, &wanted.product_path, state, reason);
}

fn mapping_invalid(product_path: &str, invalid: &InvalidAttribute) -> Reason {
    Reason::new(ReasonCode::MappingInvalid)
        .with("product", product_path)
        .with("attribute", &invalid.name)
        .with("value", &invalid.value)
}

/// Each unit of a slot; the error is why the line must wait for a person.
fn units(
    draft: &mut Draft<'_>,
    wanted: &Wanted<'_>,
    attributes: &Attributes,
    version: Timestamp,
) -> Result<Reason, Reason> {
    if attributes.license_product_id.is_none() {
        return Ok(Reason::new(ReasonCode::NoLicensedProduct));
    }
    let is_never_made = is_never_made(draft, wanted, attributes);
    let bought = seats::units(attributes, wanted.quantity);
    if !is_never_made {
        room::take(draft, wanted, bought)?;
    }
    let mut reason = Reason::new(ReasonCode::AlreadyApplied);
    for unit in draft.question.portion.units(bought) {
        match place(draft, wanted, unit) {
            Place::Live(license) => finish(draft, license, wanted, attributes, version),
            Place::Gone => {}
            Place::Free { generation, row } => {
                if is_never_made {
                    reason = Reason::new(ReasonCode::NothingToDo);
                    continue;
                }
                if row.is_none() {
                    match shop_keys::judge(draft, wanted, attributes, unit) {
                        KeyVerdict::Make => {}
                        KeyVerdict::Leave => continue,
                        KeyVerdict::Park(reason) => return Err(reason),
                    }
                }
                let Some(issue) = issue::issue(draft, wanted, attributes) else {
                    return Ok(reason);
                };
                let identity = Identity {
                    root: wanted.root.clone(),
                    slot: wanted.slot.clone(),
                    unit,
                    generation,
                };
                let (order, path) = (wanted.order_id, &wanted.product_path);
                let issue = Issue {
                    note: Some(note::line(&identity, order, path, version)),
                    ..issue?
                };
                let new = NewLicense {
                    identity,
                    row,
                    product_path: &wanted.product_path,
                    order_id: wanted.order_id,
                };
                draft.make(new, Action::Issue(Box::new(issue)), version);
            }
        }
    }
    Ok(reason)
}

/// What is at the place of a unit.
enum Place<'a> {
    /// A license that the license server has.
    Live(&'a License),
    /// A license that is gone and stays gone.
    Gone,
    /// Nothing, or a row whose license could not be made yet.
    Free {
        generation: u32,
        row: Option<&'a License>,
    },
}

fn place<'a>(draft: &Draft<'a>, wanted: &Wanted<'_>, unit: u32) -> Place<'a> {
    let latest = draft
        .rows(&wanted.root)
        .filter(|row| row.identity.slot == wanted.slot && row.identity.unit == unit)
        .max_by_key(|row| row.identity.generation);
    let Some(row) = latest else {
        return Place::Free {
            generation: FIRST_GENERATION,
            row: None,
        };
    };
    // What made room for another license, or for fewer units, may come back; what ended only with its subscription.
    let may_come_back = match row.given.taken_for {
        Some(Cause::Replaced | Cause::FewerUnits) => true,
        Some(Cause::Ended) => revival::may_return(draft, &wanted.root),
        Some(_) | None => false,
    };
    if row.deleted_at.is_some() || row.given.is_revoked {
        return if may_come_back {
            Place::Free {
                generation: row.identity.generation.saturating_add(1),
                row: None,
            }
        } else {
            Place::Gone
        };
    }
    if row.remote_id.is_none() {
        return Place::Free {
            generation: row.identity.generation,
            row: Some(row),
        };
    }
    Place::Live(row)
}

/// What would be deleted as soon as it is made is not made.
fn is_never_made(draft: &Draft<'_>, wanted: &Wanted<'_>, attributes: &Attributes) -> bool {
    ending::of_slot(draft, &wanted.root, &wanted.slot, attributes)
        .iter()
        .any(|(_, ending)| *ending == Ending::Delete)
}

/// Brings a license that is still as it was issued in line with all that the record says.
fn finish(
    draft: &mut Draft<'_>,
    license: &License,
    wanted: &Wanted<'_>,
    attributes: &Attributes,
    version: Timestamp,
) {
    notes::follow(draft, license, wanted, attributes, version);
    if license.is_adopted {
        return;
    }
    standing::lift(draft, license, attributes, &[Cause::NoOrder], version);
    people::link(draft, license, attributes, version);
    maintenance::begin(draft, license, attributes, version);
    if license.given.features.is_empty() {
        features::follow(draft, license, attributes, version);
    }
    let Root::Subscription(id) = &wanted.root else {
        finish_standing(draft, license, wanted, attributes, version);
        return;
    };
    if let Some(record) = draft.subscription(id) {
        if license.given.term_version.is_none() {
            term::renew(draft, license, attributes, record, version);
        } else {
            term::lengthen(draft, license, attributes, record, version);
        }
    }
    if license.given.seats_version.is_none() {
        seats::follow(draft, license, attributes, wanted.quantity, version);
    }
    finish_standing(draft, license, wanted, attributes, version);
}

fn finish_standing(
    draft: &mut Draft<'_>,
    license: &License,
    wanted: &Wanted<'_>,
    attributes: &Attributes,
    version: Timestamp,
) {
    if license.given.standing_version.is_some() {
        return;
    }
    for cause in [Cause::Overdue, Cause::Pause] {
        standing::stop(draft, license, attributes, cause, version);
    }
    for ending in ending::of_slot(draft, &wanted.root, &wanted.slot, attributes) {
        ending::end(draft, license, attributes, ending, version);
    }
}
