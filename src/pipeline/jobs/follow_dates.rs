//! From template intervals to the shop's dates: ends that this lengthens are set, those that it would shorten are
//! listed.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{JobStep, LISTED, count, load_progress, result, to_json};
use crate::domain::compare::dates::{Step, step};
use crate::domain::fact::DueDate;
use crate::domain::id::{LicenseId, StorefrontId, TenantId};
use crate::domain::lane::Lane;
use crate::domain::license::License;
use crate::domain::plan::Timer;
use crate::domain::record::SubscriptionRecord;
use crate::domain::rules::Rules;
use crate::domain::shop_id::SubscriptionId;
use crate::domain::time::Timestamp;
use crate::pipeline::error::ProcessingError;
use crate::pipeline::event::store_settings;
use crate::pipeline::planning::scheduled_events;
use crate::pipeline::reconcile::Batch;
use crate::pipeline::{Pipeline, reconcile};
use crate::store::jobs::Job;
use crate::store::licenses::Row;
use crate::store::storefronts::Storefront;
use crate::store::{Db, Scope, StoreError, licenses, storefronts, subscriptions};
use crate::vault::TenantKeys;

/// Subscriptions of one step.
const PAGE: i64 = 20;

/// How far a migration is, and what it found so far.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct DateMigrationProgress {
    /// The last subscription that was looked at.
    #[serde(skip_serializing_if = "Option::is_none")]
    after: Option<SubscriptionId>,
    /// Licenses that were looked at.
    pub licenses: i64,
    /// Ends that are set to a later date, or would be in a dry run.
    pub lengthened: i64,
    /// Ends that would come earlier, and are left as they are.
    pub would_shorten: i64,
    /// Ends that are right already.
    pub right: i64,
    /// Licenses without an end, or of which the shop has named no date.
    pub without_date: i64,
    /// The first of those that are or would be changed.
    pub findings: Vec<Finding>,
}

/// One license whose end differs from the shop's date.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Finding {
    license_id: LicenseId,
    subscription_id: String,
    ends: Option<Timestamp>,
    would_end: Timestamp,
    done: bool,
}

/// The purchases of one step.
struct Page {
    storefront: Storefront,
    rules: Rules,
    total: i64,
    last: Option<SubscriptionId>,
    subscriptions: Vec<(SubscriptionId, bool, SubscriptionRecord, Vec<Row>)>,
}

/// How ends are brought to the shop's dates.
struct Migration {
    keys: Arc<TenantKeys>,
    /// When it was begun: one scheduled event of a subscription is enough for all steps.
    at: Timestamp,
    /// Whether it only counts and lists.
    is_dry_run: bool,
}

impl Pipeline {
    pub(super) async fn follow_dates_step(
        &self,
        job: &Job,
        storefront: StorefrontId,
        is_dry_run: bool,
    ) -> Result<JobStep, ProcessingError> {
        let (tenant, mut so_far) = (job.tenant_id, load_progress::<DateMigrationProgress>(job)?);
        let after = so_far.after.clone();
        let page = self
            .store
            .read(Scope::Tenant(tenant), move |db| {
                load(db, tenant, storefront, after.as_ref())
            })
            .await?;
        let Some(page) = page else {
            return Ok(JobStep::Failed("the store is not there any more"));
        };
        let Some(last) = page.last.clone() else {
            so_far.after = None;
            return Ok(JobStep::Done(result(&so_far)?));
        };
        if !self.refresh(tenant, &page).await? {
            return Ok(JobStep::Deferred);
        }
        so_far.after = Some(last);
        let done = job.done + count(page.subscriptions.len());
        let total = page.total.max(done);
        let migration = Migration {
            keys: self.tenant_keys.of(tenant).await?,
            at: job.started_at,
            is_dry_run,
        };
        let so_far = self
            .store
            .write(Scope::Tenant(tenant), move |db| {
                let mut so_far = so_far.clone();
                compare_ends(db, &page, &migration, &mut so_far)?;
                Ok::<_, StoreError>(so_far)
            })
            .await?;
        Ok(JobStep::Continue {
            progress: to_json(&so_far)?,
            done,
            total,
        })
    }

    /// Reads what the license server holds now; false when no permit is granted.
    async fn refresh(&self, tenant: TenantId, page: &Page) -> Result<bool, ProcessingError> {
        let rows = page.subscriptions.iter().flat_map(|(_, _, _, rows)| rows);
        for batch in reconcile::batches(tenant, rows.cloned().collect()) {
            let Some(found) = self.read_back(&batch).await? else {
                return Ok(false);
            };
            let Batch { rows, .. } = batch;
            for row in rows {
                let remote = found.license(row.remote_id.as_ref());
                self.record_remote(&row, remote).await?;
            }
        }
        Ok(true)
    }
}

fn load(
    db: &mut Db,
    tenant: TenantId,
    storefront: StorefrontId,
    after: Option<&SubscriptionId>,
) -> Result<Option<Page>, StoreError> {
    let Some(row) = storefronts::find(db, tenant, storefront)? else {
        return Ok(None);
    };
    let (rules, _seen) = store_settings::read_rules(db, &row)?;
    let found = subscriptions::list(db, tenant, storefront, after, PAGE)?;
    let last = found.last().map(|row| row.subscription_id.clone());
    let mut subscriptions = Vec::new();
    for found in found {
        let record = serde_json::from_str(&found.record)
            .map_err(|error| StoreError::corrupt("subscriptions.record", error))?;
        let rows = live(db, tenant, storefront, &found.subscription_id)?;
        subscriptions.push((found.subscription_id, found.live, record, rows));
    }
    Ok(Some(Page {
        storefront: row,
        rules,
        total: subscriptions::count(db, tenant, storefront)?,
        last,
        subscriptions,
    }))
}

fn live(
    db: &mut Db,
    tenant: TenantId,
    storefront: StorefrontId,
    id: &SubscriptionId,
) -> Result<Vec<Row>, StoreError> {
    let root = crate::domain::license::Root::Subscription(id.clone());
    let mut rows = licenses::list_of_roots(db, tenant, storefront, &[root])?;
    rows.retain(|row| row.remote_id.is_some() && row.deleted_at.is_none());
    Ok(rows)
}

/// Counts what each license would become; where it is to be, a scheduled event changes it like any other change.
fn compare_ends(
    db: &mut Db,
    page: &Page,
    migration: &Migration,
    so_far: &mut DateMigrationProgress,
) -> Result<(), StoreError> {
    let (tenant, storefront) = (page.storefront.tenant_id, page.storefront.id);
    for (id, is_live, record, _) in &page.subscriptions {
        let mut is_due = false;
        for row in live(db, tenant, storefront, id)? {
            let license: License = row.license()?;
            so_far.licenses += 1;
            let ends = license.shown.as_ref().and_then(|shown| shown.expires_at);
            let (would_end, is_later) = match step(&license, record, &page.rules) {
                Step::Lengthen(end) => (end, true),
                Step::WouldShorten(end) => (end, false),
                Step::Right => {
                    so_far.right += 1;
                    continue;
                }
                Step::WithoutDate => {
                    so_far.without_date += 1;
                    continue;
                }
            };
            is_due |= is_later;
            so_far.lengthened += i64::from(is_later);
            so_far.would_shorten += i64::from(!is_later);
            if so_far.findings.len() < LISTED {
                so_far.findings.push(Finding {
                    license_id: license.id,
                    subscription_id: id.to_string(),
                    ends,
                    would_end,
                    done: is_later && !migration.is_dry_run,
                });
            }
        }
        if is_due && !migration.is_dry_run {
            let timer = Timer {
                due: DueDate::DatesFollowed(id.clone()),
                at: migration.at,
            };
            let place = scheduled_events::ScheduleContext {
                tenant,
                storefront,
                is_live: *is_live,
                lane: Lane::Bulk,
                keys: &migration.keys,
                cause: None,
                now: migration.at,
            };
            scheduled_events::schedule(db, &place, &timer)?;
        }
    }
    Ok(())
}
