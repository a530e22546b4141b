//! Seats and units: what the bought quantity becomes, and what follows when it changes.

use crate::domain::action::Action;
use crate::domain::attribute::Attributes;
use crate::domain::compare::draft::Draft;
use crate::domain::compare::wanted::Wanted;
use crate::domain::holder;
use crate::domain::license::{Cause, License, QuantityMode, Seats};
use crate::domain::plan::TemplateSeats;
use crate::domain::policy::{FewerUnits, UserRule};
use crate::domain::time::Timestamp;

/// The most seats that license servers count; whoever buys more has as many as there are.
const MOST: u32 = i32::MAX.unsigned_abs();

/// The seats of one license; `None` = as the template says.
pub fn of(rule: UserRule, attributes: &Attributes, quantity: u32) -> Option<Seats> {
    let machines = |count: u32| Seats::Activations(count.min(MOST));
    let clients = |count: u32| match attributes.counts_clients_as_machines() {
        true => machines(count),
        false => Seats::FloatingClients(count.min(MOST)),
    };
    let per_user = machines_per_user(rule, attributes);
    match attributes.quantity {
        QuantityMode::AllowedActivations => {
            let count = quantity.saturating_mul(per_user.unwrap_or(1));
            Some(machines(count))
        }
        QuantityMode::AllowedFloatingClients => Some(clients(quantity)),
        QuantityMode::TotalLicenses => {
            let of_product = attributes.allowed_activations;
            let fewest = of_product.into_iter().chain(per_user).min();
            attributes
                .allowed_floating_clients
                .map(clients)
                .or_else(|| fewest.map(machines))
        }
    }
}

/// The template's number of what these seats count; `None` where it says none, 0 for unlimited.
pub fn of_template(counted: Seats, template: TemplateSeats) -> Option<Seats> {
    let held = |count: i64| u32::try_from(count.max(0)).unwrap_or(u32::MAX);
    match counted {
        Seats::Activations(_) => template.activations.map(held).map(Seats::Activations),
        Seats::FloatingClients(_) => {
            let clients = template.floating_clients.map(held);
            clients.map(Seats::FloatingClients)
        }
    }
}

/// The machines of a license's one user. The license server counts by license, so that several users of one license
/// have no number of their own, nor have those who float.
fn machines_per_user(rule: UserRule, attributes: &Attributes) -> Option<u32> {
    let has_user = holder::is_linked(rule, attributes);
    let is_countable =
        attributes.end_users_from.is_none() && !attributes.counts_clients_as_machines();
    attributes
        .user_max_activations
        .filter(|_| has_user && is_countable)
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
    let rule = draft.question.rules.policy.user;
    if let Some(seats) = of(rule, attributes, quantity)
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
