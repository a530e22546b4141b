//! A person names the license that an event is about: it is adopted, and the event is replayed.

use std::sync::Arc;

use secrecy::SecretString;
use serde_json::json;

use crate::domain::act::Act;
use crate::domain::id::{EventId, LicenseServerId, TenantId};
use crate::domain::license::PurchaseId;
use crate::domain::rules::Rules;
use crate::domain::shop_id::{OrderId, SubscriptionId};
use crate::license_servers::Account;
use crate::license_servers::remote::RemoteLicense;
use crate::license_servers::reply::{Failure, FailureClass};
use crate::pipeline::calls::budgeted_call::{ApiCaller, CallError};
use crate::pipeline::event::adopt::Adoption;
use crate::pipeline::event::license_row::LicenseHome;
use crate::pipeline::event::store_settings;
use crate::pipeline::support::pick::{self, PickOutcome, Picked};
use crate::store::audit::Author;
use crate::store::events::Event;
use crate::store::{Db, Scope, StoreError, events, licenses, storefronts};

/// Why an event and a license were not linked.
#[derive(Debug, thiserror::Error)]
pub enum LinkError {
    /// The event names no purchase that a license could belong to.
    #[error("the event names neither an order nor a subscription")]
    NoPurchase,
    /// There is no license of that id or key at the license server.
    #[error("the license server has no such license")]
    NoLicense,
    /// The license belongs to another purchase already.
    #[error("the license belongs to another purchase")]
    Taken,
    /// Latchkey makes the license of this purchase itself.
    #[error("the license of this purchase is still being made")]
    BeingMade,
    /// The license server does not tell.
    #[error("reading a license")]
    Failed(Failure),
    /// The database, or the license server's budget.
    #[error("linking a license")]
    Call(#[from] CallError),
}

impl From<StoreError> for LinkError {
    fn from(error: StoreError) -> Self {
        Self::Call(error.into())
    }
}

/// Adopts a license, named by its id or its key, for the purchase of an event and requeues the event.
///
/// Doing it twice changes nothing more; a license that is another purchase's, or names one, is never taken.
pub async fn link(
    caller: ApiCaller<'_>,
    author: Author,
    event: EventId,
    named: &str,
) -> Result<(), LinkError> {
    let (tenant, store) = (caller.tenant, caller.budget.store);
    let (event, rules, server) = store
        .read(Scope::Tenant(tenant), move |db| load(db, tenant, event))
        .await?;
    let purchase = purchase(&event).ok_or(LinkError::NoPurchase)?;
    let account = caller.account(server).await?;
    let remote = find(caller, &account, named).await?;
    let home = LicenseHome {
        tenant,
        storefront: event.storefront_id,
        server,
        keys: Arc::clone(&author.keys),
        is_live: event.live,
    };
    let now = caller.budget.clock.now();
    store
        .write(Scope::Tenant(tenant), move |db| {
            let picked = Picked {
                event: &event,
                purchase: &purchase,
                remote: &remote,
            };
            let adoption = Adoption {
                home: &home,
                rules: &rules,
                now,
            };
            let license = match pick::adopt_picked(db, adoption, &picked)? {
                PickOutcome::There(license) => license,
                PickOutcome::Taken => return Err(LinkError::Taken),
                PickOutcome::BeingMade => return Err(LinkError::BeingMade),
            };
            if let Some(customer) = event.customer_id {
                licenses::name_customer(db, tenant, license, customer)?;
            }
            events::replay(db, tenant, event.id, now)?;
            let details = json!({ "remote_license_id": remote.id });
            author.record(db, Act::EventLink, event.id, &details)?;
            Ok::<_, LinkError>(())
        })
        .await
}

/// The license of that key, else of that id: keys first, since they stay out of addresses.
async fn find(
    caller: ApiCaller<'_>,
    account: &Account,
    named: &str,
) -> Result<RemoteLicense, LinkError> {
    if named.is_empty() {
        return Err(LinkError::NoLicense);
    }
    let key = SecretString::from(named);
    let reply = caller
        .call(account, |client| client.find_by_key(&key))
        .await?;
    if let Some(license) = reply.result.map_err(LinkError::Failed)? {
        return Ok(license);
    }
    let reply = caller.call(account, |client| client.read(named)).await?;
    reply.result.map_err(|failure| match failure.class {
        FailureClass::NotFound | FailureClass::Rejected => LinkError::NoLicense,
        _ => LinkError::Failed(failure),
    })
}

fn load(
    db: &mut Db,
    tenant: TenantId,
    event: EventId,
) -> Result<(Event, Rules, LicenseServerId), StoreError> {
    let event = events::find(db, tenant, event)?.ok_or(StoreError::NotFound)?;
    let id = event.storefront_id;
    let storefront = storefronts::find(db, tenant, id)?.ok_or(StoreError::NotFound)?;
    let server = storefront
        .test_license_server_id
        .filter(|_| !event.live)
        .unwrap_or(storefront.license_server_id);
    let (rules, _seen) = store_settings::read_rules(db, &storefront)?;
    Ok((event, rules, server))
}

/// The purchase that the license is to belong to.
fn purchase(event: &Event) -> Option<PurchaseId> {
    match (&event.subscription_id, &event.order_id) {
        // The subject of an add-on's event is the subscription that it was added to.
        (Some(_), _) => SubscriptionId::new(&event.subject).map(PurchaseId::Subscription),
        (None, Some(order)) => OrderId::new(order).map(PurchaseId::Order),
        (None, None) => None,
    }
}
