//! Loads what an event touches, so that nobody else folds it meanwhile.

use crate::domain::id::CustomerId;
use crate::domain::record::{OrderRecord, Records, SubscriptionRecord};
use crate::domain::touches::Touches;
use crate::pipeline::advance::Desk;
use crate::pipeline::keys;
use crate::store::{Db, StoreError, orders, records, subscriptions};

/// What the shop said so far of all that an event touches.
pub struct Loaded {
    /// What was said.
    pub records: Records,
    /// The person whom one of them concerns.
    pub customer_id: Option<CustomerId>,
}

/// The records that the event touches, and those that these name, held until the transaction ends.
pub fn load(db: &mut Db, desk: &Desk<'_>) -> Result<Loaded, StoreError> {
    let touches = Touches::of(&desk.case.fact);
    let mut loaded = Loaded {
        records: Records {
            key_requests: keys::records::find(db, desk, &touches.key_requests)?,
            ..Records::default()
        },
        customer_id: None,
    };
    loaded.add(db, desk, &touches)?;
    let beyond = Touches::beyond(&loaded.records);
    loaded.add(db, desk, &beyond)?;
    keys::records::load(db, desk, &touches, &mut loaded.records)?;
    Ok(loaded)
}

impl Loaded {
    fn add(&mut self, db: &mut Db, desk: &Desk<'_>, touches: &Touches) -> Result<(), StoreError> {
        let (tenant, storefront) = (desk.case.tenant, desk.case.storefront);
        records::lock(db, storefront, &touches.orders, &touches.subscriptions)?;
        for id in &touches.orders {
            if let Some(row) = orders::find(db, tenant, storefront, id)? {
                let record: OrderRecord = serde_json::from_str(&row.record)
                    .map_err(|error| StoreError::corrupt("orders.record", error))?;
                self.records.orders.insert(id.clone(), record);
                self.customer_id = self.customer_id.or(row.customer_id);
            }
        }
        for id in &touches.subscriptions {
            if let Some(row) = subscriptions::find(db, tenant, storefront, id)? {
                let record: SubscriptionRecord = serde_json::from_str(&row.record)
                    .map_err(|error| StoreError::corrupt("subscriptions.record", error))?;
                self.records.subscriptions.insert(id.clone(), record);
                self.customer_id = self.customer_id.or(row.customer_id);
            }
        }
        Ok(())
    }
}
