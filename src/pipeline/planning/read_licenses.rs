//! Reads the licenses that one event is about to set, up to fifty in one call, so that what a person changed is seen.
//!
//! A single license is read by the conversation about it, save that one whose term had not begun is read before a
//! charge is compared: only the license server knows whether it has begun since.

use std::collections::BTreeSet;

use crate::domain::action::Action;
use crate::domain::fact::{Fact, GroupNews};
use crate::domain::id::LicenseId;
use crate::domain::plan::{Known, Plan};
use crate::domain::time::Timestamp;
use crate::license_servers::READ_MANY_LIMIT;
use crate::pipeline::Pipeline;
use crate::pipeline::event::context::OpenedEvent;
use crate::pipeline::event::state::{LoadedLicense, ProcessingState};
use crate::pipeline::event::stop::Stop;
use crate::pipeline::protocol::FRESH;
use crate::store::licenses::{self, LicenseChange};
use crate::store::{Scope, StoreError};

/// The licenses of a plan that must be read before they are set; `None` when they are fewer than two.
pub fn outdated(state: &ProcessingState, plan: &Plan, now: Timestamp) -> Option<Vec<LicenseId>> {
    let set = plan.actions.iter().filter(|planned| {
        matches!(
            planned.action,
            Action::SetTerm { .. } | Action::SetSeats { .. }
        )
    });
    let ids: BTreeSet<LicenseId> = set
        .filter_map(|planned| state.find_license(&planned.license))
        .filter(|loaded| is_there(loaded))
        .filter(|loaded| {
            let shown = loaded.license.shown.as_ref();
            shown.is_none_or(|shown| now.since(shown.read_at) > FRESH)
        })
        .map(|loaded| loaded.license.id)
        .filter(|id| !state.known.licenses_read.contains(id))
        .take(READ_MANY_LIMIT)
        .collect();
    (ids.len() > 1).then(|| ids.into_iter().collect())
}

/// The licenses of a charge whose term had not begun when they were last seen; `None` when there are none.
pub fn unstarted(state: &ProcessingState, now: Timestamp) -> Option<Vec<LicenseId>> {
    let is_charge = matches!(
        *state.fact,
        Fact::Charged(_) | Fact::Group(GroupNews::Charged, _)
    );
    let waiting = state.licenses.iter().filter(|loaded| {
        loaded.license.shown.as_ref().is_some_and(|shown| {
            let has_begun = shown.is_perpetual || shown.expires_at.is_some();
            !has_begun && now.since(shown.read_at) > FRESH
        })
    });
    let ids: Vec<LicenseId> = waiting
        .filter(|loaded| {
            is_there(loaded) && !state.known.licenses_read.contains(&loaded.license.id)
        })
        .map(|loaded| loaded.license.id)
        .take(READ_MANY_LIMIT)
        .collect();
    (is_charge && !ids.is_empty()).then_some(ids)
}

fn is_there(loaded: &LoadedLicense) -> bool {
    loaded.busy.is_none()
        && loaded.license.remote_id.is_some()
        && loaded.license.deleted_at.is_none()
}

impl Pipeline {
    /// Records what licenses show now; one that is not found is read by itself later. What is said of one that was
    /// changed meanwhile is older than that.
    #[tracing::instrument(level = "debug", skip_all)]
    pub(in crate::pipeline) async fn read_licenses(
        &self,
        opened: &OpenedEvent,
        ids: &[LicenseId],
        known: &mut Known,
    ) -> Result<(), Stop> {
        let (tenant, wanted) = (opened.tenant, ids.to_vec());
        let rows = self
            .store
            .read(Scope::Tenant(tenant), move |db| {
                licenses::list_by_ids(db, tenant, &wanted)
            })
            .await?;
        let remote_ids: Vec<String> = rows
            .iter()
            .filter_map(|row| row.remote_id.clone())
            .collect();
        let found = self
            .get(opened, |client| client.read_many(&remote_ids))
            .await?
            .unwrap_or_default();
        known.licenses_read.extend(ids);
        let now = self.clock.now();
        self.store
            .write(Scope::Tenant(tenant), move |db| {
                for row in &rows {
                    let Some(remote) = found.license(row.remote_id.as_ref()) else {
                        continue;
                    };
                    let mut license = row.license()?;
                    license.shown = Some(remote.shown(now));
                    let change = LicenseChange::of(&license, now)?;
                    licenses::change_at_rest(db, tenant, row.id, &change, row.updated_at)?;
                }
                Ok::<_, StoreError>(())
            })
            .await?;
        Ok(())
    }
}
