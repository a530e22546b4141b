//! The licenses whose keys were asked for: all recorded, keys included, before any of them is issued.

use crate::domain::compare::units;
use crate::domain::fact::Fact;
use crate::domain::license::{FIRST_GENERATION, Identity, Root};
use crate::domain::rules::Product;
use crate::domain::shop_id::SubscriptionId;
use crate::pipeline::event::context::EventContext;
use crate::pipeline::event::license_row::LicenseOrigin;
use crate::pipeline::event::new_license::{NewLicense, create_license};
use crate::pipeline::event::state::ProcessingState;
use crate::store::{Db, StoreError, licenses};

/// Creates the rows that are missing for the keys that the event asks for, before the license server is called.
///
/// A key that another store has derived gets no row, so that it is never handed out.
pub fn record_licenses(
    db: &mut Db,
    context: &EventContext,
    state: &mut ProcessingState,
) -> Result<(), StoreError> {
    let Fact::KeysRequested(requested) = &*state.fact else {
        return Ok(());
    };
    let Some(request) = state.records.key_requests.get(&requested.id).cloned() else {
        return Ok(());
    };
    let Ok(Product::Licensed(attributes)) = state.rules.product(&request.product_path, None) else {
        return Ok(());
    };
    if attributes.license_product_id.is_none() {
        return Ok(());
    }
    let subscription_id: Option<SubscriptionId> = match &request.root {
        Root::Subscription(id) => Some(id.clone()),
        Root::Order(_) | Root::Reference(_) => None,
    };
    let wanted = units(&attributes, requested.quantity);
    if wanted > state.portion.allowed().per_line {
        // What the product gives was changed since; compare says so.
        return Ok(());
    }
    let home = (context.opened.tenant, context.opened.storefront);
    let there = licenses::units_of_slot(db, home, (&request.root, &request.slot))?;
    for unit in (1..=wanted).filter(|unit| !there.contains(unit)) {
        let identity = Identity {
            root: request.root.clone(),
            slot: request.slot.clone(),
            unit,
            generation: FIRST_GENERATION,
        };
        let new = NewLicense {
            identity: &identity,
            product_path: &request.product_path,
            origin: LicenseOrigin {
                order_id: request.order_id.clone(),
                reference: request.reference.clone(),
                subscription_id: subscription_id.clone(),
                customer_id: state.customer_id,
            },
            maker: None,
        };
        if !create_license(db, context, state, new)? {
            return Ok(());
        }
    }
    Ok(())
}
