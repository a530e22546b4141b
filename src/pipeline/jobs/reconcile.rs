//! Reconciliation: licenses beside what the license server holds, by the same rules as in the background.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{JobStep, LISTED, count, load_progress, result, to_json};
use crate::domain::id::{LicenseId, LicenseServerId};
use crate::domain::time::Timestamp;
use crate::license_servers::READ_MANY_LIMIT;
use crate::pipeline::Pipeline;
use crate::pipeline::error::ProcessingError;
use crate::pipeline::reconcile::{Batch, LicenseFinding};
use crate::store::Scope;
use crate::store::jobs::Job;
use crate::store::licenses::{self, LicenseCursor, LicenseFilter, Row};

/// How far a reconciliation is, and what it found so far.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ReconcileProgress {
    /// The last license that was compared.
    #[serde(skip_serializing_if = "Option::is_none")]
    after: Option<(Timestamp, LicenseId)>,
    /// Licenses that were compared.
    pub compared: i64,
    /// As they were given.
    pub as_given: i64,
    /// Changed by a person there, and kept.
    pub changed_by_hand: i64,
    /// Promised and not done: asked for once more.
    pub repaired: i64,
    /// Asked for as often as is reasonable, and still not done.
    pub not_repaired: i64,
    /// Not there any more.
    pub not_found: i64,
    /// There, but shown in a way that cannot be read.
    #[serde(default)]
    pub unreadable: i64,
    /// Changed by Latchkey itself while they were compared; read again in the background.
    pub overtaken: i64,
    /// The first of those that are not as given.
    pub findings: Vec<Finding>,
}

/// One license that is not as given.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Finding {
    license_id: LicenseId,
    remote_license_id: Option<String>,
    found: String,
}

impl Pipeline {
    pub(super) async fn reconcile_step(
        &self,
        job: &Job,
        filter: &LicenseFilter,
    ) -> Result<JobStep, ProcessingError> {
        let mut so_far: ReconcileProgress = load_progress(job)?;
        let (rows, total) = self.page(job, filter, so_far.after).await?;
        let Some(last) = rows.last() else {
            so_far.after = None;
            return Ok(JobStep::Done(result(&so_far)?));
        };
        so_far.after = Some((last.created_at, last.id));
        let done = job.done + count(rows.len());
        let mut accounts: BTreeMap<LicenseServerId, Vec<Row>> = BTreeMap::new();
        for row in rows {
            if row.remote_id.is_some() && row.deleted_at.is_none() && row.busy_effect_id.is_none() {
                accounts.entry(row.license_server_id).or_default().push(row);
            }
        }
        let mut read = Vec::new();
        for (server, rows) in accounts {
            let batch = Batch {
                tenant: job.tenant_id,
                server,
                rows,
            };
            let Some(found) = self.read_back(&batch).await? else {
                return Ok(JobStep::Deferred);
            };
            read.push((batch.rows, found));
        }
        for (rows, found) in read {
            for row in rows {
                let (license_id, remote_license_id) = (row.id, row.remote_id.clone());
                let found = self.reconcile_license(row, &found).await?;
                so_far.count(found, license_id, remote_license_id);
            }
        }
        Ok(JobStep::Continue {
            progress: to_json(&so_far)?,
            done,
            total: total.max(done),
        })
    }

    async fn page(
        &self,
        job: &Job,
        filter: &LicenseFilter,
        after: Option<(Timestamp, LicenseId)>,
    ) -> Result<(Vec<Row>, i64), ProcessingError> {
        let (tenant, filter, now) = (job.tenant_id, filter.clone(), self.clock.now());
        let after = after.map(|(created_at, id)| LicenseCursor { created_at, id });
        let known = (job.total > 0).then_some(job.total);
        Ok(self
            .store
            .read(Scope::Tenant(tenant), move |db| {
                let limit = count(READ_MANY_LIMIT);
                let rows = licenses::list(db, tenant, (&filter, now), after, limit)?;
                let total = match known {
                    Some(total) => total,
                    None => licenses::count(db, tenant, &filter, now)?,
                };
                Ok::<_, crate::store::StoreError>((rows, total))
            })
            .await?)
    }
}

impl ReconcileProgress {
    fn count(
        &mut self,
        found: LicenseFinding,
        license_id: LicenseId,
        remote_license_id: Option<String>,
    ) {
        self.compared += 1;
        let number = match found {
            LicenseFinding::AsGiven => &mut self.as_given,
            LicenseFinding::ByHand => &mut self.changed_by_hand,
            LicenseFinding::Repaired => &mut self.repaired,
            LicenseFinding::NotRepaired => &mut self.not_repaired,
            LicenseFinding::Absent => &mut self.not_found,
            LicenseFinding::Unreadable => &mut self.unreadable,
            LicenseFinding::Overtaken => &mut self.overtaken,
        };
        *number += 1;
        if found != LicenseFinding::AsGiven && self.findings.len() < LISTED {
            self.findings.push(Finding {
                license_id,
                remote_license_id,
                found: found.as_str().to_owned(),
            });
        }
    }
}
