//! Taking over from another system: finds what it made for each purchase by the metadata that it wrote, adopts it, and says
//! what differs from what Latchkey would have made.
//!
//! It changes nothing at the license server.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{LISTED, Piece, count, progress, result, write};
use crate::domain::compare::takeover::{Difference, differences};
use crate::domain::compare::{ORDER_KEY, Question, SUBSCRIPTION_KEY};
use crate::domain::consent::Consents;
use crate::domain::fact::{Fact, OrderId, SubscriptionId};
use crate::domain::id::{CustomerId, StorefrontId, TenantId};
use crate::domain::license::{License, Root};
use crate::domain::plan::{Known, Search};
use crate::domain::record::{OrderKind, OrderRecord, Records, SubscriptionRecord};
use crate::domain::rules::Rules;
use crate::license_servers::LicenseServer;
use crate::license_servers::remote::RemoteLicense;
use crate::pipeline::Pipeline;
use crate::pipeline::adopt::{self, Home};
use crate::pipeline::step::WorkError;
use crate::pipeline::{open, sweep};
use crate::store::jobs::Job;
use crate::store::storefronts::Storefront;
use crate::store::{
    Db, Scope, StoreError, license_servers, licenses, mappings, orders, storefronts, subscriptions,
};

/// Purchases of one piece; each is one call.
const PAGE: i64 = 10;
/// Pages of a search that are followed.
const PAGES: u32 = 20;

/// How far a take-over is, and what it found so far.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct TakenOver {
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
    /// The first differences.
    pub differences: Vec<Listed>,
}

/// One difference, with the purchase it is about.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Listed {
    /// The order, for one-time purchases.
    pub order_id: Option<String>,
    /// The subscription.
    pub subscription_id: Option<String>,
    /// What differs, for programs.
    pub code: String,
    /// What differs, in words.
    pub text: String,
}

/// A purchase with everything that it is judged by.
struct Purchase {
    root: Root,
    is_live: bool,
    customer_id: Option<CustomerId>,
    records: Records,
}

/// What one read of the database brings.
struct Page {
    storefront: Storefront,
    rules: Rules,
    purchases: Vec<Purchase>,
    next: TakenOver,
    total: i64,
}

impl Pipeline {
    pub(super) async fn take_over(
        &self,
        job: &Job,
        storefront: StorefrontId,
    ) -> Result<Piece, WorkError> {
        let (tenant, so_far) = (job.tenant_id, progress::<TakenOver>(job)?);
        let page = self
            .store
            .read(Scope::Tenant(tenant), move |db| {
                load(db, (tenant, storefront), &so_far)
            })
            .await?;
        let Some(mut page) = page else {
            return Ok(Piece::Failed("the store is not there any more"));
        };
        if page.purchases.is_empty() && page.next.is_at_orders {
            let found = TakenOver {
                after_subscription: None,
                after_order: None,
                is_at_orders: false,
                ..page.next
            };
            return Ok(Piece::Done(result(&found)?));
        }
        let before = page.next.purchases;
        for purchase in std::mem::take(&mut page.purchases) {
            let root = purchase.root.clone();
            if !self.take_over_one(tenant, &mut page, purchase).await? {
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
            return Ok(Piece::NotNow);
        }
        Ok(Piece::On {
            progress: write(&page.next)?,
            done,
            total: page.total.max(done),
        })
    }

    /// One purchase: looked up, adopted, compared; false when it is not our turn.
    async fn take_over_one(
        &self,
        tenant: TenantId,
        page: &mut Page,
        purchase: Purchase,
    ) -> Result<bool, WorkError> {
        let Some(account) = open::account_of(&page.storefront, purchase.is_live)? else {
            return Ok(true);
        };
        let Some(search) = search(&purchase.root) else {
            return Ok(true);
        };
        let Some(found) = self.look_up(tenant, account, &search).await? else {
            return Ok(false);
        };
        let home = Home {
            tenant,
            storefront: page.storefront.id,
            server: account,
            keys: self.vaults.of(tenant).await?,
            is_live: purchase.is_live,
        };
        let (rules, now) = (page.rules.clone(), self.clock.now());
        let (adopted, known, differences) = self
            .store
            .write(Scope::Tenant(tenant), move |db| {
                compare_one(db, (&home, &rules), (&purchase, &search, &found), now)
            })
            .await?;
        let totals = &mut page.next;
        totals.adopted += adopted;
        totals.known += known;
        totals.alike += i64::from(differences.is_empty());
        totals.different += i64::from(!differences.is_empty());
        let room = LISTED.saturating_sub(totals.differences.len());
        totals
            .differences
            .extend(differences.into_iter().take(room));
        Ok(true)
    }

    /// Every license that names a purchase; `None` when it is not our turn or the server does not answer.
    async fn look_up(
        &self,
        tenant: TenantId,
        account: crate::domain::id::LicenseServerId,
        search: &Search,
    ) -> Result<Option<Vec<RemoteLicense>>, WorkError> {
        let mut found = Vec::new();
        for page in 1..=PAGES {
            let (key, value) = (search.key, search.value.clone());
            let answer = self
                .in_bulk(
                    (tenant, account),
                    |client: Arc<dyn LicenseServer>| async move {
                        client.list_by_metadata(key, &value, page).await
                    },
                )
                .await?;
            let Some(answer) = answer else {
                return Ok(None);
            };
            found.extend(answer.items);
            if answer.is_last {
                break;
            }
        }
        // The server's search may be loose; a license that does not name the purchase is none of it.
        found.retain(|license| license.has_metadata(search.key, &search.value));
        Ok(Some(found))
    }
}

fn search(root: &Root) -> Option<Search> {
    let (key, value) = match root {
        Root::Subscription(id) => (SUBSCRIPTION_KEY, id.as_str()),
        Root::Order(id) => (ORDER_KEY, id.as_str()),
        Root::Reference(_) => return None,
    };
    Some(Search {
        key,
        value: value.to_owned(),
    })
}

fn compare_one(
    db: &mut Db,
    (home, rules): (&Home, &Rules),
    (purchase, search, found): (&Purchase, &Search, &[RemoteLicense]),
    now: crate::domain::time::Timestamp,
) -> Result<(i64, i64, Vec<Listed>), StoreError> {
    let mut known = 0;
    for remote in found {
        if let Some(row) = licenses::find_by_remote_id(db, home.tenant, home.server, &remote.id)? {
            known += 1;
            let seen = (row.license()?, remote.shown(now));
            sweep::note(db, home.tenant, row.id, Some(seen), now)?;
        }
    }
    adopt::adopt(db, (home, rules), search, found, now)?;
    let roots = [purchase.root.clone()];
    let rows = licenses::list_of_roots(db, home.tenant, home.storefront, &roots)?;
    if let Some(customer) = purchase.customer_id {
        for row in rows.iter().filter(|row| row.customer_id.is_none()) {
            licenses::name_customer(db, home.tenant, row.id, customer)?;
        }
    }
    let held: Vec<License> = rows
        .iter()
        .map(licenses::Row::license)
        .collect::<Result<_, _>>()?;
    let question = Question {
        fact: &Fact::Unknown,
        occurred_at: now,
        records: &purchase.records,
        rules,
        licenses: &held,
        known: &Known::default(),
        now,
        is_live: purchase.is_live,
        consents: &Consents::default(),
    };
    let listed = differences(&question, &purchase.root)
        .iter()
        .map(|difference| listed(&purchase.root, difference))
        .collect();
    Ok((count(found.len()) - known, known, listed))
}

fn listed(root: &Root, difference: &Difference) -> Listed {
    let (code, text) = match difference {
        Difference::Missing {
            product_path,
            wanted,
            found,
        } => (
            "missing",
            format!("{found} of {wanted} licenses of {product_path} are there"),
        ),
        Difference::Surplus {
            product_path,
            wanted,
            found,
        } => (
            "surplus",
            format!("{found} licenses of {product_path} are there, {wanted} are paid for"),
        ),
        Difference::OtherEnd {
            remote_id,
            ends,
            should_end,
        } => (
            "other_end",
            format!(
                "{remote_id} ends {}, and would end {}",
                ends.map_or_else(|| "never".to_owned(), |ends| ends.long_day()),
                should_end.long_day()
            ),
        ),
        Difference::RunsThoughStopped { remote_id } => (
            "runs_though_stopped",
            format!("{remote_id} works, and would be stopped"),
        ),
        Difference::StoppedThoughPaid { remote_id } => (
            "stopped_though_paid",
            format!("{remote_id} is stopped, and would work"),
        ),
    };
    Listed {
        order_id: matches!(root, Root::Order(_)).then(|| root.as_str().to_owned()),
        subscription_id: matches!(root, Root::Subscription(_)).then(|| root.as_str().to_owned()),
        code: code.to_owned(),
        text,
    }
}

fn load(
    db: &mut Db,
    (tenant, storefront): (TenantId, StorefrontId),
    so_far: &TakenOver,
) -> Result<Option<Page>, StoreError> {
    let Some(row) = storefronts::find(db, tenant, storefront)? else {
        return Ok(None);
    };
    license_servers::find(db, tenant, row.license_server_id)?.ok_or(StoreError::NotFound)?;
    let mappings = mappings::list(db, tenant, storefront)?;
    let seen = mappings::list_seen(db, tenant, storefront)?;
    let mut page = Page {
        rules: open::rules(&row, mappings, seen)?,
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
