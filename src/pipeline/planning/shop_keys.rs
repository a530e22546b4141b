//! Adopts the license of a key that the shop's own generator gave: of the right product, and nobody else's.

use secrecy::SecretString;

use crate::domain::fact::{Fact, OrderSnapshot};
use crate::domain::id::LicenseId;
use crate::domain::license::{FIRST_GENERATION, Given, Identity, License, Root};
use crate::domain::plan::{Known, ShopKey, ShopKeyFound};
use crate::domain::shop_id::SubscriptionId;
use crate::license_servers::remote::RemoteLicense;
use crate::pipeline::Pipeline;
use crate::pipeline::clock::id_at;
use crate::pipeline::event::context::{EventContext, OpenedEvent};
use crate::pipeline::event::license_row::{LicenseOrigin, license_row};
use crate::pipeline::event::stop::Stop;
use crate::store::{Db, Scope, StoreError, licenses};

impl Pipeline {
    /// Looks a key up at the license server and puts its license on record; twice is once.
    pub(in crate::pipeline) async fn adopt_by_key(
        &self,
        opened: &OpenedEvent,
        place: &ShopKey,
        known: &mut Known,
    ) -> Result<(), Stop> {
        let Fact::OrderCompleted(order) = &*opened.fact else {
            return Ok(());
        };
        let Some(key) = place.key(order) else {
            known.shop_keys.insert(place.clone(), ShopKeyFound::TooFew);
            return Ok(());
        };
        let key = SecretString::from(key.to_owned());
        let remote = self.get(opened, |client| client.find_by_key(&key)).await?;
        let found = match remote.flatten() {
            None => ShopKeyFound::Unknown,
            Some(remote) => {
                let context = self.context(opened.clone());
                let (order, place) = (order.clone(), place.clone());
                self.store
                    .write(Scope::Tenant(opened.tenant), move |db| {
                        adopt(db, &context, order.as_ref(), &place, &remote)
                    })
                    .await?
            }
        };
        known.shop_keys.insert(place.clone(), found);
        Ok(())
    }
}

fn adopt(
    db: &mut Db,
    context: &EventContext,
    order: &OrderSnapshot,
    place: &ShopKey,
    remote: &RemoteLicense,
) -> Result<ShopKeyFound, StoreError> {
    let (home, now) = (context.opened.home(), context.now);
    if remote.product_id != place.license_product_id {
        return Ok(ShopKeyFound::OtherProduct);
    }
    if remote
        .purchases
        .has_another(&[place.root.as_str(), order.id.as_str()])
    {
        return Ok(ShopKeyFound::Taken);
    }
    let identity = Identity {
        root: place.root.clone(),
        slot: place.slot.clone(),
        unit: place.unit,
        generation: FIRST_GENERATION,
    };
    if let Some(row) = licenses::find_by_remote_id(db, home.tenant, home.server, &remote.id)? {
        let is_this = row.license()?.identity == identity;
        return Ok(match is_this {
            true => ShopKeyFound::Adopted,
            false => ShopKeyFound::Taken,
        });
    }
    let license = License {
        id: LicenseId::from_uuid(id_at(now)),
        product_path: place.product_path.clone(),
        identity,
        remote_id: Some(remote.id.clone()),
        given: Given {
            end: remote.expires_at,
            // It names no purchase yet, so that ours is written on it.
            named: Some(Root::Reference(String::new())),
            has_other_notes: true,
            ..Given::default()
        },
        shown: Some(remote.shown(now)),
        is_adopted: true,
        deleted_at: None,
    };
    let origin = LicenseOrigin {
        order_id: Some(order.id.clone()),
        reference: order.reference.clone(),
        subscription_id: subscription_of(&place.root),
        customer_id: None,
    };
    let row = license_row(&home, &license, remote.key.as_ref(), origin, now)?;
    // A key that is on record for another license leaves no room.
    Ok(match licenses::create(db, &[row])?.is_empty() {
        true => ShopKeyFound::Taken,
        false => ShopKeyFound::Adopted,
    })
}

fn subscription_of(root: &Root) -> Option<SubscriptionId> {
    match root {
        Root::Subscription(id) => Some(id.clone()),
        Root::Order(_) | Root::Reference(_) => None,
    }
}
