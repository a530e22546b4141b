//! Moves the licenses of a line to where the line turned out to belong.

use diesel::prelude::*;
use diesel::update;

use crate::domain::id::{StorefrontId, TenantId};
use crate::domain::license::Root;
use crate::domain::shop_id::{OrderId, SubscriptionId};
use crate::domain::time::Timestamp;
use crate::store::db::Db;
use crate::store::error::StoreError;
use crate::store::licenses::root_kind;
use crate::store::schema::licenses;

/// From which line to which.
#[derive(Debug, Clone, Copy)]
pub struct Relink<'a> {
    /// Where they are.
    pub from: (&'a Root, &'a str),
    /// Where they belong.
    pub to: (&'a Root, &'a str),
    /// The order, once known.
    pub order_id: Option<&'a OrderId>,
    /// Now.
    pub now: Timestamp,
}

/// Moves the licenses of a line, keys and all; `false`, and nothing is moved, when there are licenses at that place.
pub fn relink(
    db: &mut Db,
    tenant: TenantId,
    storefront: StorefrontId,
    relink: Relink<'_>,
) -> Result<bool, StoreError> {
    let Relink { from, to, .. } = relink;
    let at = |(root, slot): (&Root, &str)| {
        licenses::table
            .filter(licenses::tenant_id.eq(tenant))
            .filter(licenses::storefront_id.eq(storefront))
            .filter(licenses::root_kind.eq(root_kind(root)))
            .filter(licenses::root.eq(root.as_str().to_owned()))
            .filter(licenses::slot.eq(slot.to_owned()))
    };
    let is_moved = from != to;
    let there: i64 = at(to).count().get_result(db)?;
    if is_moved && there > 0 {
        return Ok(false);
    }
    let subscription: Option<&SubscriptionId> = match to.0 {
        Root::Subscription(id) => Some(id),
        Root::Order(_) | Root::Reference(_) => None,
    };
    update(at(from))
        .set((
            licenses::root_kind.eq(root_kind(to.0)),
            licenses::root.eq(to.0.as_str()),
            licenses::slot.eq(to.1),
            relink.order_id.map(|id| licenses::order_id.eq(id)),
            subscription.map(|id| licenses::subscription_id.eq(id)),
            licenses::updated_at.eq(relink.now),
        ))
        .execute(db)?;
    Ok(true)
}
