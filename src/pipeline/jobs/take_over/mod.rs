//! Taking over from another system: finds what it made for each purchase by the metadata that it wrote, adopts it, and
//! says what differs from what Latchkey would have made.
//!
//! It changes nothing at the license server.

mod compare;
mod page;

use compare::{Compared, compare};
use page::{Page, Purchase, load};
use serde::{Deserialize, Serialize};

use super::{JobStep, LISTED, load_progress, result, to_json};
use crate::domain::id::{LicenseServerId, StorefrontId, TenantId};
use crate::domain::license::{PurchaseId, Root};
use crate::domain::shop_id::{OrderId, SubscriptionId};
use crate::license_servers::remote::RemoteLicense;
use crate::pipeline::Pipeline;
use crate::pipeline::error::ProcessingError;
use crate::pipeline::event::adopt::Adoption;
use crate::pipeline::event::license_row::LicenseHome;
use crate::pipeline::event::store_settings;
use crate::store::Scope;
use crate::store::jobs::Job;

/// Pages of a search that are followed.
const PAGES: u32 = 20;

/// How far a take-over is, and what it found so far.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct TakeoverProgress {
    /// The last subscription that was looked at.
    #[serde(skip_serializing_if = "Option::is_none")]
    after_subscription: Option<SubscriptionId>,
    /// Whether all subscriptions were looked at.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    is_at_orders: bool,
    /// The last order that was looked at.
    #[serde(skip_serializing_if = "Option::is_none")]
    after_order: Option<OrderId>,
    /// Purchases that were looked at.
    pub purchases: i64,
    /// Licenses that another system had made and that are adopted now.
    pub adopted: i64,
    /// Licenses that were on record before.
    pub known: i64,
    /// Purchases that are as Latchkey would have them.
    pub alike: i64,
    /// Purchases that are not.
    pub different: i64,
    pub differences: Vec<Listed>,
}

/// One difference, with the purchase it is about.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Listed {
    /// The order, for one-time purchases.
    pub order_id: Option<String>,
    pub subscription_id: Option<String>,
    /// What differs, for programs.
    pub code: String,
    /// What differs, in words.
    pub text: String,
}

impl TakeoverProgress {
    fn add(&mut self, compared: Compared) {
        let differences = compared.differences;
        self.adopted += compared.adopted;
        self.known += compared.known;
        self.alike += i64::from(differences.is_empty());
        self.different += i64::from(!differences.is_empty());
        let room = LISTED.saturating_sub(self.differences.len());
        self.differences.extend(differences.into_iter().take(room));
    }
}

impl Pipeline {
    pub(super) async fn take_over_step(
        &self,
        job: &Job,
        storefront: StorefrontId,
    ) -> Result<JobStep, ProcessingError> {
        let (tenant, so_far) = (job.tenant_id, load_progress::<TakeoverProgress>(job)?);
        let page = self
            .store
            .read(Scope::Tenant(tenant), move |db| {
                load(db, tenant, storefront, &so_far)
            })
            .await?;
        let Some(mut page) = page else {
            return Ok(JobStep::Failed("the store is not there any more"));
        };
        if page.purchases.is_empty() && page.next.is_at_orders {
            let found = TakeoverProgress {
                after_subscription: None,
                after_order: None,
                is_at_orders: false,
                ..page.next
            };
            return Ok(JobStep::Done(result(&found)?));
        }
        let before = page.next.purchases;
        for purchase in std::mem::take(&mut page.purchases) {
            let root = purchase.root.clone();
            if !self.take_over_purchase(tenant, &mut page, purchase).await? {
                break;
            }
            page.next.purchases += 1;
            match root {
                Root::Subscription(id) => page.next.after_subscription = Some(id),
                Root::Order(id) => page.next.after_order = Some(id),
                Root::Reference(_) => {}
            }
        }
        let done = page.next.purchases;
        if done == before {
            return Ok(JobStep::Deferred);
        }
        Ok(JobStep::Continue {
            progress: to_json(&page.next)?,
            done,
            total: page.total.max(done),
        })
    }

    /// One purchase: looked up, adopted, compared; false when no permit is granted.
    async fn take_over_purchase(
        &self,
        tenant: TenantId,
        page: &mut Page,
        purchase: Purchase,
    ) -> Result<bool, ProcessingError> {
        let Some(account) = store_settings::account_of(&page.storefront, purchase.is_live)? else {
            return Ok(true);
        };
        let Some(id) = PurchaseId::of(&purchase.root) else {
            return Ok(true);
        };
        let asked_at = self.clock.now();
        let Some(found) = self.search_purchase(tenant, account, &id).await? else {
            return Ok(false);
        };
        let home = LicenseHome {
            tenant,
            storefront: page.storefront.id,
            server: account,
            keys: self.tenant_keys.of(tenant).await?,
            is_live: purchase.is_live,
        };
        let rules = page.rules.clone();
        let compared = self
            .store
            .write(Scope::Tenant(tenant), move |db| {
                let adoption = Adoption {
                    home: &home,
                    rules: &rules,
                    now: asked_at,
                };
                compare(db, adoption, &purchase, &id, &found)
            })
            .await?;
        page.next.add(compared);
        Ok(true)
    }

    /// Every license that names a purchase; `None` when no permit is granted or the server does not answer.
    async fn search_purchase(
        &self,
        tenant: TenantId,
        account: LicenseServerId,
        purchase: &PurchaseId,
    ) -> Result<Option<Vec<RemoteLicense>>, ProcessingError> {
        let mut found = Vec::new();
        for page in 1..=PAGES {
            let wanted = purchase.clone();
            let answer = self
                .call_in_bulk(tenant, account, |client| async move {
                    client.list_of_purchase(&wanted, page).await
                })
                .await?;
            let Some(answer) = answer else {
                return Ok(None);
            };
            found.extend(answer.items);
            if answer.is_last {
                break;
            }
        }
        Ok(Some(found))
    }
}
