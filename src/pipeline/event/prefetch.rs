//! Reads what events are opened with: payload, store, account and rules; for all subjects of a claim at once.

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use futures::future::join_all;

use crate::domain::id::{EventId, StorefrontId, TenantId};
use crate::pipeline::Pipeline;
use crate::pipeline::event::store_settings::StoreSettings;
use crate::pipeline::event::store_settings::{account_of, may_ask_for_keys, rules};
use crate::store::events::{Claimed, Event};
use crate::store::{
    Db, Scope, StoreError, effects, key_requests, license_servers as servers, mappings, payloads,
    storefronts,
};

/// What the database holds about an event beside its row.
#[derive(Clone)]
pub struct PrefetchedRecords {
    /// The sealed text; `None` once retention has dropped it.
    pub payload: Option<Vec<u8>>,
    /// The store and its account; `None` when either is not there.
    pub settings: Option<Arc<StoreSettings>>,
    /// Whether it has no effects yet. Only the holder of the lease on its subject adds any.
    pub is_new: bool,
}

/// A leased subject, and the records of its first event where they could be prefetched.
///
/// Those of later events are read when it is their turn: the first one may have changed them.
pub struct PrefetchedClaim {
    pub claimed: Claimed,
    pub records: Option<PrefetchedRecords>,
}

/// Settings differ between real and test orders of one store.
type Place = (StorefrontId, bool);

impl Pipeline {
    /// Reads the records of one event.
    pub async fn fetch_records(&self, event: &Event) -> Result<PrefetchedRecords, StoreError> {
        let (tenant, id) = (event.tenant_id, event.id);
        let wanted = vec![event.clone()];
        let mut records = self.fetch_records_of_tenant(tenant, wanted).await?;
        records.remove(&id).ok_or(StoreError::NotFound)
    }

    /// Prefetches the records of the first events, in one transaction for each tenant.
    pub async fn prefetch(&self, claimed: Vec<Claimed>) -> Vec<PrefetchedClaim> {
        let mut wanted: BTreeMap<TenantId, Vec<Event>> = BTreeMap::new();
        for first in claimed.iter().filter_map(|claimed| claimed.events.first()) {
            wanted
                .entry(first.tenant_id)
                .or_default()
                .push(first.clone());
        }
        let reads = wanted
            .into_iter()
            .map(|(tenant, events)| self.fetch_records_of_tenant(tenant, events));
        let mut records: HashMap<EventId, PrefetchedRecords> = HashMap::new();
        for read in join_all(reads).await {
            match read {
                Ok(read) => records.extend(read),
                // Whoever processes the event reads them again, and reports the error.
                Err(error) => {
                    let error = &error as &dyn std::error::Error;
                    tracing::debug!(error, "papers could not be read ahead");
                }
            }
        }
        claimed
            .into_iter()
            .map(|claimed| PrefetchedClaim {
                records: claimed
                    .events
                    .first()
                    .and_then(|first| records.remove(&first.id)),
                claimed,
            })
            .collect()
    }

    #[tracing::instrument(name = "prefetch", level = "debug", skip_all)]
    async fn fetch_records_of_tenant(
        &self,
        tenant: TenantId,
        events: Vec<Event>,
    ) -> Result<HashMap<EventId, PrefetchedRecords>, StoreError> {
        self.store
            .read(Scope::Tenant(tenant), move |db| read(db, tenant, &events))
            .await
    }
}

fn read(
    db: &mut Db,
    tenant: TenantId,
    events: &[Event],
) -> Result<HashMap<EventId, PrefetchedRecords>, StoreError> {
    let mut settings: HashMap<Place, Option<Arc<StoreSettings>>> = HashMap::new();
    for event in events {
        let place = (event.storefront_id, event.live);
        if let Entry::Vacant(unread) = settings.entry(place) {
            unread.insert(load_settings(db, tenant, place)?.map(Arc::new));
        }
    }
    let ids: Vec<(EventId, _)> = events
        .iter()
        .map(|event| (event.id, event.received_at))
        .collect();
    let mut payloads: HashMap<EventId, Vec<u8>> =
        payloads::list(db, tenant, &ids)?.into_iter().collect();
    let ids: Vec<EventId> = events.iter().map(|event| event.id).collect();
    let begun = effects::list_begun(db, tenant, &ids)?;
    let records = events.iter().map(|event| {
        let settings = settings.get(&(event.storefront_id, event.live));
        let records = PrefetchedRecords {
            payload: payloads.remove(&event.id),
            settings: settings.cloned().flatten(),
            is_new: !begun.contains(&event.id),
        };
        (event.id, records)
    });
    Ok(records.collect())
}

fn load_settings(
    db: &mut Db,
    tenant: TenantId,
    (storefront, is_live): Place,
) -> Result<Option<StoreSettings>, StoreError> {
    let Some(storefront) = storefronts::find(db, tenant, storefront)? else {
        return Ok(None);
    };
    let Some(account) = account_of(&storefront, is_live)? else {
        return Ok(None);
    };
    let Some(server) = servers::find(db, tenant, account)? else {
        return Ok(None);
    };
    let mappings = mappings::list(db, tenant, storefront.id)?;
    let seen = mappings::list_seen(db, tenant, storefront.id)?;
    Ok(Some(StoreSettings {
        may_ask_for_keys: may_ask_for_keys(&storefront, &mappings),
        has_key_requests: key_requests::exist(db, tenant, storefront.id)?,
        rules: Arc::new(rules(server.kind, &storefront, mappings, &seen)?),
        seen,
        storefront,
        server,
    }))
}
