//! Finds the place of a line for which keys are asked: in its order where that came first, else by its own name.

use crate::domain::fold::numbered;
use crate::domain::key_request::line_of;
use crate::domain::license::Root;
use crate::domain::record::KeyRequestRecord;
use crate::domain::record::{OrderKind, OrderRecord};
use crate::domain::shop_id::OrderId;
use crate::pipeline::keys::request::VerifiedRequest;
use crate::store::key_requests::{self, Named, Row};
use crate::store::{Db, StoreError, licenses, orders};

/// Puts a line on record, at the place that is known for it.
pub fn create(db: &mut Db, request: &VerifiedRequest, mut row: Row) -> Result<Row, StoreError> {
    match place_in_order(db, request, &row)? {
        Some((order_id, root, slot)) => {
            row.set_place(&root, &slot);
            row.order_id = Some(order_id);
        }
        None => {
            row.slot = match row.root()? {
                Root::Subscription(_) => serving_slot(db, &row)?,
                Root::Order(_) | Root::Reference(_) => next_slot(db, &row)?,
            };
        }
    }
    key_requests::create(db, &row)?;
    Ok(row)
}

/// Where the order came first (a key is asked for once more), its line says the place.
fn place_in_order(
    db: &mut Db,
    request: &VerifiedRequest,
    row: &Row,
) -> Result<Option<(OrderId, Root, String)>, StoreError> {
    let (tenant, storefront) = (request.tenant, request.storefront);
    let Some(reference) = &row.reference else {
        return Ok(None);
    };
    let Some(found) = orders::find_by_reference(db, tenant, storefront, reference)? else {
        return Ok(None);
    };
    let order: OrderRecord = serde_json::from_str(&found.record)
        .map_err(|error| StoreError::corrupt("orders.record", error))?;
    if let OrderKind::Charge { subscriptions } = &order.kind
        && let Some(subscription) = subscriptions.first()
    {
        let root = Root::Subscription(subscription.clone());
        return Ok(Some((found.order_id, root, row.product_path.clone())));
    }
    let taken = key_requests::list_named(
        db,
        tenant,
        storefront,
        &Named {
            references: vec![reference.clone()],
            ..Named::default()
        },
    )?;
    let request = KeyRequestRecord {
        reference: row.reference.clone(),
        subscription: row.subscription_id.clone(),
        product_path: row.product_path.clone(),
        quantity: request.form.quantity,
        root: row.root()?,
        slot: row.slot.clone(),
        order_id: None,
        parameters: request.parameters.clone(),
        is_answered: false,
    };
    let line = line_of(&request, &order.lines, |line| {
        taken
            .iter()
            .any(|row| row.root == line.root.as_str() && row.slot == line.slot)
    });
    Ok(line.map(|line| (found.order_id.clone(), line.root.clone(), line.slot.clone())))
}

/// Where the subscription's license of that product is; after a change of plan that is not under the plan's own name.
fn serving_slot(db: &mut Db, row: &Row) -> Result<String, StoreError> {
    let rows = licenses::list_of_roots(db, row.tenant_id, row.storefront_id, &[row.root()?])?;
    let serving = rows
        .into_iter()
        .filter(|license| license.deleted_at.is_none())
        .find(|license| license.product_path == row.product_path);
    Ok(serving.map_or_else(|| row.product_path.clone(), |license| license.slot))
}

/// Lines of one product that differ in quantity are told apart by number.
fn next_slot(db: &mut Db, row: &Row) -> Result<String, StoreError> {
    let named = Named {
        references: row.reference.clone().into_iter().collect(),
        ..Named::default()
    };
    let others = key_requests::list_named(db, row.tenant_id, row.storefront_id, &named)?;
    let count = others
        .iter()
        .filter(|other| other.product_path == row.product_path)
        .count();
    let number = u32::try_from(count).unwrap_or(u32::MAX).saturating_add(1);
    Ok(numbered(row.product_path.clone(), number))
}
