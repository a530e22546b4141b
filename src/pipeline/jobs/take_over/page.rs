//! The purchases of one step of a take-over, each with everything that decides its plan.

use crate::domain::id::{CustomerId, StorefrontId, TenantId};
use crate::domain::license::Root;
use crate::domain::record::{OrderKind, OrderRecord, Records, SubscriptionRecord};
use crate::domain::rules::Rules;
use crate::pipeline::event::store_settings;
use crate::pipeline::jobs::take_over::TakeoverProgress;
use crate::store::storefronts::Storefront;
use crate::store::{Db, StoreError, license_servers, orders, storefronts, subscriptions};

/// Purchases of one step; each is one call.
const PAGE: i64 = 10;

/// A purchase with everything that decides its plan.
pub struct Purchase {
    pub root: Root,
    /// Whether real money moved.
    pub is_live: bool,
    /// Who bought it, where that is known.
    pub customer_id: Option<CustomerId>,
    /// What the shop says of it.
    pub records: Records,
}

/// What one read of the database brings.
pub struct Page {
    pub storefront: Storefront,
    /// What its vendor decided.
    pub rules: Rules,
    /// The purchases of this step.
    pub purchases: Vec<Purchase>,
    /// How far the job is by then.
    pub next: TakeoverProgress,
    /// How many purchases there are.
    pub total: i64,
}

/// The next purchases; `None` when the store is not there any more.
pub fn load(
    db: &mut Db,
    tenant: TenantId,
    storefront: StorefrontId,
    so_far: &TakeoverProgress,
) -> Result<Option<Page>, StoreError> {
    let Some(row) = storefronts::find(db, tenant, storefront)? else {
        return Ok(None);
    };
    license_servers::find(db, tenant, row.license_server_id)?.ok_or(StoreError::NotFound)?;
    let (rules, _seen) = store_settings::read_rules(db, &row)?;
    let mut page = Page {
        rules,
        storefront: row,
        purchases: Vec::new(),
        next: so_far.clone(),
        total: subscriptions::count(db, tenant, storefront)?
            + orders::count(db, tenant, storefront)?,
    };
    if !page.next.is_at_orders {
        load_subscriptions(db, tenant, &mut page)?;
    }
    if page.next.is_at_orders && page.purchases.is_empty() {
        load_orders(db, tenant, &mut page)?;
    }
    Ok(Some(page))
}

fn load_subscriptions(db: &mut Db, tenant: TenantId, page: &mut Page) -> Result<(), StoreError> {
    let storefront = page.storefront.id;
    let after = page.next.after_subscription.clone();
    let rows = subscriptions::list(db, tenant, storefront, after.as_ref(), PAGE)?;
    page.next.is_at_orders = rows.is_empty();
    for row in rows {
        let record: SubscriptionRecord = serde_json::from_str(&row.record)
            .map_err(|error| StoreError::corrupt("subscriptions.record", error))?;
        let mut records = Records::default();
        if let Some(id) = &record.initial_order
            && let Some(order) = orders::find(db, tenant, storefront, id)?
        {
            records.orders.insert(id.clone(), order_record(&order)?);
        }
        let id = row.subscription_id;
        records.subscriptions.insert(id.clone(), record);
        page.purchases.push(Purchase {
            root: Root::Subscription(id),
            is_live: row.live,
            customer_id: row.customer_id,
            records,
        });
    }
    Ok(())
}

/// Orders of which a line was paid once; the others belong to their subscriptions.
fn load_orders(db: &mut Db, tenant: TenantId, page: &mut Page) -> Result<(), StoreError> {
    let storefront = page.storefront.id;
    let mut after = page.next.after_order.clone();
    while page.purchases.is_empty() {
        let rows = orders::list(db, tenant, storefront, after.as_ref(), PAGE)?;
        if rows.is_empty() {
            return Ok(());
        }
        for row in rows {
            let record = order_record(&row)?;
            after = Some(row.order_id.clone());
            let root = Root::Order(row.order_id.clone());
            let is_first = record.kind == OrderKind::First;
            if is_first && record.lines.iter().any(|line| line.root == root) {
                let mut records = Records::default();
                records.orders.insert(row.order_id, record);
                page.purchases.push(Purchase {
                    root,
                    is_live: row.live,
                    customer_id: row.customer_id,
                    records,
                });
            }
        }
    }
    Ok(())
}

fn order_record(row: &orders::Order) -> Result<OrderRecord, StoreError> {
    serde_json::from_str(&row.record).map_err(|error| StoreError::corrupt("orders.record", error))
}
