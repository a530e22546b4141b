//! Seats and units: what the bought quantity becomes, and what follows when it changes.

use crate::domain::action::Action;
use crate::domain::attribute::{Attributes, QuantityMode};
use crate::domain::compare::draft::Draft;
use crate::domain::compare::wanted::Wanted;
use crate::domain::license::{Cause, License, Seats};
use crate::domain::policy::FewerUnits;
use crate::domain::time::Timestamp;

/// The seats of one license; `None` = as the template says.
pub fn of(attributes: &Attributes, quantity: u32) -> Option<Seats> {
    match attributes.quantity {
        QuantityMode::AllowedActivations => Some(Seats::Activations(quantity)),
        QuantityMode::AllowedFloatingClients => Some(Seats::FloatingClients(quantity)),
        QuantityMode::TotalLicenses => attributes
            .allowed_floating_clients
            .map(Seats::FloatingClients)
            .or_else(|| attributes.allowed_activations.map(Seats::Activations)),
    }
}

/// How many licenses a quantity becomes.
pub const fn units(attributes: &Attributes, quantity: u32) -> u32 {
    match attributes.quantity {
        QuantityMode::TotalLicenses => quantity,
        QuantityMode::AllowedActivations | QuantityMode::AllowedFloatingClients => 1,
    }
}

/// Follows the bought quantity where it is seats; a fixed number is never set again.
pub fn follow(
    draft: &mut Draft<'_>,
    license: &License,
    attributes: &Attributes,
    quantity: u32,
    version: Timestamp,
) {
    if attributes.quantity == QuantityMode::TotalLicenses {
        return;
    }
    if let Some(seats) = of(attributes, quantity)
        && license.given.seats != Some(seats)
    {
        draft.act(license, Action::SetSeats { seats }, version);
    }
}

/// Takes the youngest units that are no longer paid for, and gives back those that are again.
pub fn count_units(
    draft: &mut Draft<'_>,
    wanted: &Wanted<'_>,
    attributes: &Attributes,
    version: Timestamp,
) {
    let units = units(attributes, wanted.quantity);
    let rule = draft.question.rules.policy.fewer_units;
    for license in draft.live(&wanted.root) {
        if license.identity.slot != wanted.slot {
            continue;
        }
        let is_stopped = license.given.causes.contains(&Cause::FewerUnits);
        if license.identity.unit > units {
            let cause = Cause::FewerUnits;
            match rule {
                FewerUnits::Suspend if !is_stopped => {
                    draft.act(license, Action::Suspend { cause }, version);
                }
                FewerUnits::Revoke if !license.given.is_revoked => {
                    draft.act(license, Action::Revoke { cause }, version);
                }
                FewerUnits::Suspend | FewerUnits::Revoke => {}
            }
        } else if is_stopped {
            let causes = vec![Cause::FewerUnits];
            draft.act(license, Action::Reinstate { causes }, version);
        }
    }
}
