//! Records which types of events have ever come, so that set-up can name those that a vendor forgot to tick.

use moka::sync::Cache;

use crate::domain::id::StorefrontId;
use crate::domain::time::Timestamp;
use crate::pipeline::ingest::sealed_rows::EventSource;
use crate::store::event_types::{self, EventTypeSeen};
use crate::store::{Scope, Store};
use crate::storefronts::{self as kinds, RawEvent};

/// Types that this process has recorded: each is written once, not with every event. Cheap to clone.
#[derive(Clone)]
pub struct EventTypes(Cache<(StorefrontId, &'static str), ()>);

impl Default for EventTypes {
    fn default() -> Self {
        Self(Cache::builder().max_capacity(100_000).build())
    }
}

impl EventTypes {
    /// Records the types of events that are on disk by now. What cannot be written is recorded with the next of its
    /// type.
    pub async fn record(
        &self,
        store: &Store,
        source: EventSource<'_>,
        events: &[RawEvent<'_>],
        now: Timestamp,
    ) {
        for event_type in kinds::of(source.kind).needed_event_types() {
            let has_come = events.iter().any(|event| event.event_type == *event_type);
            if !has_come || self.0.contains_key(&(source.storefront, *event_type)) {
                continue;
            }
            let seen = EventTypeSeen {
                tenant_id: source.tenant,
                storefront_id: source.storefront,
                event_type: (*event_type).to_owned(),
                first_seen_at: now,
            };
            let scope = Scope::Tenant(source.tenant);
            match store
                .write(scope, move |db| event_types::see(db, &seen))
                .await
            {
                Ok(()) => self.0.insert((source.storefront, *event_type), ()),
                Err(error) => {
                    tracing::warn!(storefront.id = %source.storefront, error = %error, "a type of events was not noted");
                }
            }
        }
    }
}
