//! Reads licenses back, fifty to a call, and finds what the license server said but did not do.
//!
//! In come licenses whose turn it is; out go their rows as they are shown now, and what is to be asked of a person. A
//! license that still shows the value from before our call is repaired once; any other value was set by a person, and
//! stays.

pub mod catalog_check;
pub mod catalog_offer;
pub mod give_up;
mod schedule;
pub mod verdict;

use std::collections::BTreeMap;

use jiff::SignedDuration;

use crate::domain::by_hand;
use crate::domain::effect::EffectState;
use crate::domain::id::{LicenseServerId, TenantId};
use crate::domain::lane::Lane;
use crate::domain::license::Shown;
use crate::domain::rules::Mode;
use crate::domain::time::Timestamp;
use crate::license_servers::remote::{ReadMany, RemoteLicense};
use crate::license_servers::reply::Reply;
use crate::license_servers::{LicenseServer, READ_MANY_LIMIT};
use crate::pipeline::calls::budgeted_call::{NotCalled, call_and_record, record_nothing};
use crate::pipeline::error::ProcessingError;
use crate::pipeline::event::context::OpenedEvent;
use crate::pipeline::event::next::Next;
use crate::pipeline::event::stop::Stop;
use crate::pipeline::planning::apply_event::reload_state;
use crate::pipeline::planning::next_action::resume_effect;
use crate::pipeline::reconcile::verdict::{TRIES, Verdict, last_of, never_seen, verdict};
use crate::pipeline::{Pipeline, metrics};
use crate::store::effects::{self, Effect};
use crate::store::licenses::{self, LicenseChange, Row};
use crate::store::{Db, Scope, StoreError, events, license_servers};

pub use schedule::RoundRobin;

/// A license rests this long after its last change, so that the server's own copies agree.
pub(super) const REST: SignedDuration = SignedDuration::from_secs(60);
/// An account that could not be read is left alone so long: others have their turn, and it is not asked in vain.
const PAUSE: SignedDuration = SignedDuration::from_mins(1);

/// What became of a license that was read back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LicenseFinding {
    /// As it was given.
    AsGiven,
    /// Someone changed it there; it is kept.
    ByHand,
    /// Our last change was answered, but not made: asked for once more.
    Repaired,
    /// The same, but it was asked for often enough.
    NotRepaired,
    /// The license server does not show it.
    Absent,
    /// It is there, but what the license server shows of it cannot be read.
    Unreadable,
    /// Our own work was faster: the license was changed while it was read back, and is read again later.
    Overtaken,
}

impl LicenseFinding {
    /// As results spell it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AsGiven => "as_given",
            Self::ByHand => "changed_by_hand",
            Self::Repaired => "repaired",
            Self::NotRepaired => "not_repaired",
            Self::Absent => "not_found",
            Self::Unreadable => "unreadable",
            Self::Overtaken => "overtaken",
        }
    }
}

/// Licenses of one account that one call reads.
pub(super) struct Batch {
    pub(super) tenant: TenantId,
    pub(super) server: LicenseServerId,
    pub(super) rows: Vec<Row>,
}

/// Licenses in groups that one call each reads.
pub(super) fn batches(tenant: TenantId, rows: Vec<Row>) -> Vec<Batch> {
    let mut accounts: BTreeMap<LicenseServerId, Vec<Row>> = BTreeMap::new();
    for row in rows {
        accounts.entry(row.license_server_id).or_default().push(row);
    }
    let mut batches = Vec::new();
    for (server, rows) in accounts {
        for rows in rows.chunks(READ_MANY_LIMIT).map(<[Row]>::to_vec) {
            batches.push(Batch {
                tenant,
                server,
                rows,
            });
        }
    }
    batches
}

impl Pipeline {
    /// Reads one batch back, if one is due; says how many licenses it was.
    pub async fn reconcile_batch(&self) -> Result<usize, ProcessingError> {
        let now = self.clock.now();
        let Some(batch) = self.next_batch(now).await? else {
            return Ok(0);
        };
        self.accounts.set_turn(batch.server, now);
        let Some(found) = self.read_back(&batch).await? else {
            return Ok(0);
        };
        let read = batch.rows.len();
        for row in batch.rows {
            self.reconcile_license(row, &found).await?;
        }
        Ok(read)
    }

    /// Reads a batch; `None` when no permit is granted or the server does not answer.
    pub(super) async fn read_back(
        &self,
        batch: &Batch,
    ) -> Result<Option<ReadMany>, ProcessingError> {
        let ids: Vec<String> = batch
            .rows
            .iter()
            .filter_map(|row| row.remote_id.clone())
            .collect();
        let read = |client: Box<dyn LicenseServer>| async move { client.read_many(&ids).await };
        self.call_in_bulk(batch.tenant, batch.server, read).await
    }

    /// One call in the bulk lane; `None` when no permit is granted or the server does not answer.
    pub(super) async fn call_in_bulk<T, F>(
        &self,
        tenant: TenantId,
        id: LicenseServerId,
        question: impl FnOnce(Box<dyn LicenseServer>) -> F,
    ) -> Result<Option<T>, ProcessingError>
    where
        F: Future<Output = Reply<T>>,
    {
        let row = self
            .store
            .read(Scope::Tenant(tenant), move |db| {
                license_servers::find(db, tenant, id)
            })
            .await?;
        let Some(row) = row.filter(|row| row.held_since.is_none() && row.broken_since.is_none())
        else {
            return Ok(None);
        };
        let keys = self.tenant_keys.of(tenant).await?;
        let account = self.connections.account(&keys, &row)?;
        let budget = self.budget(tenant, Lane::Bulk);
        let call = |leave| question(account.ask(leave));
        let called = call_and_record(budget, account.origin(), call, record_nothing);
        let reply = match called.await {
            Ok(reply) => reply,
            Err(NotCalled::Refused(_)) => return Ok(None),
            Err(NotCalled::Failed(error)) => return Err(error),
        };
        let now = self.clock.now();
        self.record_answer(&row, reply.result.as_ref().err(), now)
            .await?;
        match reply.result {
            Ok(found) => Ok(Some(found)),
            Err(failure) => {
                self.accounts.set_turn(id, now.plus(PAUSE));
                tracing::warn!(tenant.id = %tenant, license_server.id = %id, class = failure.class.as_str(), "licenses could not be read back");
                Ok(None)
            }
        }
    }

    /// Records what reading a license back showed, and repairs it once where our last change was not made.
    pub(super) async fn reconcile_license(
        &self,
        row: Row,
        read: &ReadMany,
    ) -> Result<LicenseFinding, ProcessingError> {
        if read.is_unreadable(row.remote_id.as_ref()) {
            // It is there; whoever acts on it next is told what cannot be read.
            return self
                .record_found(&row, None, LicenseFinding::Unreadable)
                .await;
        }
        let (tenant, id, now) = (row.tenant_id, row.id, self.clock.now());
        let effects = self
            .store
            .read(Scope::Tenant(tenant), move |db| {
                effects::list_in_state(db, tenant, id, &[EffectState::Done])
            })
            .await?;
        let Some(remote) = read.license(row.remote_id.as_ref()) else {
            if let Some(issue) = never_seen(&effects) {
                return self.repair_once(&row, issue.clone()).await;
            }
            // Gone, or not shown in lists yet: whoever acts on it next asks for it by its id.
            return self.record_found(&row, None, LicenseFinding::Absent).await;
        };
        let license = row.license()?;
        let shown = remote.shown(now);
        let found = match verdict(&license, &shown, &effects) {
            Verdict::NotMade(aspect) => match last_of(&effects, aspect).cloned() {
                Some(effect) if effect.attempts < TRIES => {
                    return self.repair_once(&row, effect).await;
                }
                Some(effect) => return Ok(self.give_up(effect, &row, shown).await?),
                None => {
                    metrics::count_difference(false);
                    LicenseFinding::NotRepaired
                }
            },
            Verdict::AsGiven => LicenseFinding::AsGiven,
            Verdict::ByHand => LicenseFinding::ByHand,
        };
        self.record_found(&row, Some(shown), found).await
    }

    /// Records what was read, and returns the finding, unless the license was changed meanwhile.
    async fn record_found(
        &self,
        row: &Row,
        shown: Option<Shown>,
        found: LicenseFinding,
    ) -> Result<LicenseFinding, ProcessingError> {
        Ok(match self.record_shown(row, shown).await? {
            true => found,
            false => LicenseFinding::Overtaken,
        })
    }

    /// Records what the license server shows of a license, and repairs nothing.
    pub(super) async fn record_remote(
        &self,
        row: &Row,
        remote: Option<&RemoteLicense>,
    ) -> Result<(), ProcessingError> {
        if let Some(remote) = remote {
            self.record_shown(row, Some(remote.shown(self.clock.now())))
                .await?;
        }
        Ok(())
    }

    /// Records what was read; false when the license was changed since its row was read, and must be read again.
    async fn record_shown(&self, row: &Row, shown: Option<Shown>) -> Result<bool, StoreError> {
        let (row, now) = (row.clone(), self.clock.now());
        self.store
            .write(Scope::Tenant(row.tenant_id), move |db| {
                record_seen(db, &row, shown.clone(), now)
            })
            .await
    }

    /// Repairs an effect once more; while its store is paused or watched only, the license is only read again now and
    /// then.
    async fn repair_once(
        &self,
        row: &Row,
        effect: Effect,
    ) -> Result<LicenseFinding, ProcessingError> {
        let found = self.repair(effect, row.updated_at).await?;
        if found == LicenseFinding::NotRepaired {
            metrics::count_difference(false);
            let (tenant, id, seen) = (row.tenant_id, row.id, row.updated_at);
            let change = LicenseChange {
                updated_at: Some(self.clock.now()),
                ..LicenseChange::default()
            };
            self.store
                .write(Scope::Tenant(tenant), move |db| {
                    licenses::change_at_rest(db, tenant, id, &change, seen)
                })
                .await?;
        }
        Ok(found)
    }

    /// Resumes an effect that was answered but not made, once.
    ///
    /// Nothing is done where the license was changed since it was `seen`: then the finding is outdated. Nor where
    /// the store is on hold or only watched.
    async fn repair(
        &self,
        effect: Effect,
        seen: Timestamp,
    ) -> Result<LicenseFinding, ProcessingError> {
        let (tenant, event_id, effect_id) = (effect.tenant_id, effect.event_id, effect.id);
        let event = self
            .store
            .read(Scope::Tenant(tenant), move |db| {
                events::find(db, tenant, event_id)
            })
            .await?;
        let Some(event) = event else {
            return Ok(LicenseFinding::NotRepaired);
        };
        let opened = match self.open(event).await {
            Ok(opened) if opened.mode != Mode::Shadow => opened,
            Ok(_) | Err(Stop::Outcome(_)) => return Ok(LicenseFinding::NotRepaired),
            Err(Stop::Failed(error)) => return Err(error),
        };
        let context = self.context(OpenedEvent::clone(&opened));
        let begun = self
            .store
            .write(Scope::Tenant(tenant), move |db| {
                let mut state = reload_state(db, &context)?;
                let loaded = state.find_license_mut(effect.license_id);
                if loaded.is_none_or(|loaded| loaded.updated_at != seen || loaded.busy.is_some()) {
                    return Ok(None);
                }
                let next = resume_effect(db, &context, &mut state, effect.clone())?;
                Ok::<_, StoreError>(Some((state, next)))
            })
            .await?;
        let Some((state, next)) = begun else {
            return Ok(LicenseFinding::Overtaken);
        };
        metrics::count_difference(true);
        tracing::warn!(tenant.id = %tenant, effect.id = %effect_id, "an answered change was not made; asking once more");
        if let Next::Send(_) = next {
            self.send_requests(&opened, state, next).await?;
        }
        Ok(LicenseFinding::Repaired)
    }
}

/// Records what was read of a license; false, and nothing is written, when it was changed since its row was read.
pub(super) fn record_seen(
    db: &mut Db,
    row: &Row,
    shown: Option<Shown>,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let (tenant, id) = (row.tenant_id, row.id);
    let Some(shown) = shown else {
        let change = LicenseChange {
            verified_at: Some(Some(now)),
            ..LicenseChange::default()
        };
        return licenses::change_at_rest(db, tenant, id, &change, row.updated_at);
    };
    let mut license = row.license()?;
    license.see(shown);
    let is_by_hand = !by_hand::changed(&license).is_empty();
    let change = LicenseChange {
        verified_at: Some(Some(now)),
        changed_by_hand_at: is_by_hand.then_some(Some(now)),
        ..LicenseChange::of(&license, now)?
    };
    let is_noted = licenses::change_at_rest(db, tenant, id, &change, row.updated_at)?;
    if is_noted {
        effects::verify_of_license(db, tenant, id, now)?;
    }
    Ok(is_noted)
}
