//! Loads what an event touches, so that nobody else folds it meanwhile.

use serde::de::DeserializeOwned;

use crate::domain::id::{CustomerId, StorefrontId, TenantId};
use crate::domain::record::Records;
use crate::domain::shop_id::{OrderId, SubscriptionId};
use crate::domain::touches::Touches;
use crate::pipeline::event::context::EventContext;
use crate::pipeline::keys;
use crate::store::records::{self, Stored};
use crate::store::{Db, StoreError};

/// What the shop said so far of all that an event touches.
pub struct LoadedRecords {
    pub records: Records,
    /// The person whom one of them concerns.
    pub customer_id: Option<CustomerId>,
}

/// The records that the event touches, and those that these name, held until the transaction ends.
#[tracing::instrument(level = "debug", skip_all)]
pub fn load_records(db: &mut Db, context: &EventContext) -> Result<LoadedRecords, StoreError> {
    let touches = Touches::of(&context.opened.fact);
    let mut loaded = LoadedRecords {
        records: Records {
            key_requests: keys::records::find(db, context, &touches.key_requests)?,
            ..Records::default()
        },
        customer_id: None,
    };
    loaded.add(db, context, &touches)?;
    let beyond = Touches::beyond(&loaded.records);
    loaded.add(db, context, &beyond)?;
    keys::records::load(db, context, &touches, &mut loaded.records)?;
    Ok(loaded)
}

impl LoadedRecords {
    fn add(
        &mut self,
        db: &mut Db,
        context: &EventContext,
        touches: &Touches,
    ) -> Result<(), StoreError> {
        let home = (context.opened.tenant, context.opened.storefront);
        records::lock(db, home.1, &touches.orders, &touches.subscriptions)?;
        let customer_id = read_records(db, home, touches, &mut self.records)?;
        self.customer_id = self.customer_id.or(customer_id);
        Ok(())
    }
}

/// Adds what is stored of these to `records`, which keeps what it has; says whom the first of them concerns.
pub fn read_records(
    db: &mut Db,
    home: (TenantId, StorefrontId),
    touches: &Touches,
    records: &mut Records,
) -> Result<Option<CustomerId>, StoreError> {
    let is_unread = |id: &&OrderId| !records.orders.contains_key(*id);
    let orders: Vec<_> = touches.orders.iter().filter(is_unread).collect();
    let is_unread = |id: &&SubscriptionId| !records.subscriptions.contains_key(*id);
    let subscriptions: Vec<_> = touches.subscriptions.iter().filter(is_unread).collect();
    let mut customer_id = None;
    for place in 0..orders.len().max(subscriptions.len()) {
        let order = orders.get(place).copied();
        let subscription = subscriptions.get(place).copied();
        let (of_order, of_subscription) = records::find(db, home, order, subscription)?;
        let stored = [&of_order, &of_subscription].into_iter().flatten();
        customer_id = stored.fold(customer_id, |known, stored| known.or(stored.customer_id));
        if let (Some(id), Some(stored)) = (order, of_order) {
            let record = parse("orders.record", &stored)?;
            records.orders.insert(id.clone(), record);
        }
        if let (Some(id), Some(stored)) = (subscription, of_subscription) {
            let record = parse("subscriptions.record", &stored)?;
            records.subscriptions.insert(id.clone(), record);
        }
    }
    Ok(customer_id)
}

fn parse<Record: DeserializeOwned>(
    place: &'static str,
    stored: &Stored,
) -> Result<Record, StoreError> {
    serde_json::from_str(&stored.record).map_err(|error| StoreError::corrupt(place, error))
}
