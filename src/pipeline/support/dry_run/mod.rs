//! A dry run: what a webhook body would lead to, without storing or changing anything.
//!
//! The events of a body build on one another; licenses that the first would make are not there for the second.

mod answers;
mod details;

use std::sync::Arc;

use crate::domain::fact::Fact;
use crate::domain::fold::fold;
use crate::domain::id::{StorefrontId, TenantId};
use crate::domain::kind::LicenseServerKind;
use crate::domain::license::License;
use crate::domain::plan::{LineState, Plan};
use crate::domain::portion::{MostLicenses, Portion};
use crate::domain::record::Records;
use crate::domain::rules::Rules;
use crate::domain::time::Timestamp;
use crate::domain::touches::Touches;
use crate::pipeline::calls::budgeted_call::{ApiCaller, CallError};
use crate::pipeline::event::{open, store_settings};
use crate::pipeline::planning::load_records::read_records;
use crate::pipeline::planning::progress;
use crate::pipeline::shop::Shops;
use crate::pipeline::support::dry_run::details::{IncompleteEvent, fetch_details};
use crate::store::storefronts::Storefront;
use crate::store::{Db, Scope, StoreError, licenses, storefronts};
use crate::storefronts::{self as kinds, EnvelopeError, RawEvent};

/// The most actions of one body that are told one by one.
const MOST_TOLD: usize = 1_000;

/// One event of the body, and what would come of it.
#[derive(Debug, Clone, PartialEq)]
pub struct DryRunEvent {
    /// Its type, as the shop spells it.
    pub event_type: String,
    /// What would be done.
    pub plan: Plan,
    /// The kind of license server that it would be done at.
    pub kind: LicenseServerKind,
}

/// Why nothing can be events.
#[derive(Debug, thiserror::Error)]
pub enum DryRunError {
    /// It is no webhook body.
    #[error("reading a webhook body")]
    Malformed(#[from] EnvelopeError),
    /// The database, or the license server's budget.
    #[error("looking up what an event is about")]
    Call(#[from] CallError),
}

/// An event in our words, with everything that decides its plan.
pub(super) struct DryRunContext {
    pub(super) storefront: Storefront,
    pub(super) fact: Fact,
    pub(super) occurred_at: Timestamp,
    pub(super) is_live: bool,
    pub(super) rules: Arc<Rules>,
    pub(super) records: Records,
    pub(super) licenses: Vec<License>,
    pub(super) portion: Portion,
}

/// What each event of a webhook body would lead to; not found when the storefront is another tenant's.
///
/// Between two events it yields to others, and of very many actions only the first are listed.
pub async fn dry_run(
    caller: ApiCaller<'_>,
    shops: &Shops,
    storefront: StorefrontId,
    most: MostLicenses,
    body: &[u8],
) -> Result<Vec<DryRunEvent>, DryRunError> {
    let tenant = caller.tenant;
    let (storefront, rules) = caller
        .budget
        .store
        .read(Scope::Tenant(tenant), move |db| {
            load_rules(db, tenant, storefront)
        })
        .await
        .map_err(CallError::from)?;
    let mut run = DryRun {
        storefront,
        rules: Arc::new(rules),
        known: Arc::default(),
        most,
    };
    let mut room = MOST_TOLD;
    let mut events = Vec::new();
    for event in kinds::of(run.storefront.kind).split(body)?.events {
        let mut plan = run.plan_event(caller, shops, &event).await?;
        truncate_plan(&mut plan, &mut room);
        events.push(DryRunEvent {
            event_type: event.event_type.into_owned(),
            plan,
            kind: run.rules.kind,
        });
        tokio::task::yield_now().await;
    }
    Ok(events)
}

/// Leaves out the actions for which there is no room any more, and counts them.
fn truncate_plan(plan: &mut Plan, room: &mut usize) {
    for actions in [&mut plan.actions, &mut plan.held] {
        let over = actions.len().saturating_sub(*room);
        actions.truncate(*room);
        *room -= actions.len();
        plan.beyond += over as u64;
    }
}

/// What is known after the events of a body so far.
struct DryRun {
    storefront: Storefront,
    rules: Arc<Rules>,
    known: Arc<Records>,
    most: MostLicenses,
}

impl DryRun {
    async fn plan_event(
        &mut self,
        caller: ApiCaller<'_>,
        shops: &Shops,
        event: &RawEvent<'_>,
    ) -> Result<Plan, CallError> {
        let kind = kinds::of(self.storefront.kind);
        let translation = match kind.translate(&event.event_type, event.payload.as_bytes()) {
            Ok(translation) => translation,
            Err(error) => return Ok(Plan::settled(LineState::Parked, open::unreadable(error))),
        };
        let rules = Arc::make_mut(&mut self.rules);
        rules.see(&translation.products);
        let mut fact = translation.fact;
        let sparse = IncompleteEvent {
            fact: &mut fact,
            rules,
            missing: &translation.missing,
            is_live: event.live,
        };
        if let Some(plan) = fetch_details(caller, shops, &self.storefront, sparse).await? {
            return Ok(plan);
        }
        let now = caller.budget.clock.now();
        let context = self.load_context(caller, event, fact, now).await?;
        let mut plan = answers::plan(caller, &context, now).await?;
        plan.beyond = plan.beyond.max(context.portion.beyond());
        Ok(plan)
    }

    /// The event with all that decides its plan; the records are kept for those after it.
    async fn load_context(
        &mut self,
        caller: ApiCaller<'_>,
        event: &RawEvent<'_>,
        fact: Fact,
        now: Timestamp,
    ) -> Result<DryRunContext, CallError> {
        let (home, most) = ((caller.tenant, self.storefront.id), self.most);
        let occurred_at = event.occurred_at.or(event.created).unwrap_or(now);
        let (fact_read, known) = (fact.clone(), Arc::clone(&self.known));
        let (records, portion, licenses) = caller
            .budget
            .store
            .read(Scope::Tenant(caller.tenant), move |db| {
                let before = load(db, home, &fact_read, &known)?;
                let records = fold(before, &fact_read, occurred_at);
                let (portion, licenses) = load_licenses(db, home, &records, most)?;
                Ok::<_, StoreError>((records, portion, licenses))
            })
            .await?;
        let known = Arc::make_mut(&mut self.known);
        known.orders.extend(records.orders.clone());
        known.subscriptions.extend(records.subscriptions.clone());
        Ok(DryRunContext {
            storefront: self.storefront.clone(),
            fact,
            occurred_at,
            is_live: event.live,
            rules: Arc::clone(&self.rules),
            records,
            licenses,
            portion,
        })
    }
}

fn load_rules(
    db: &mut Db,
    tenant: TenantId,
    id: StorefrontId,
) -> Result<(Storefront, Rules), StoreError> {
    let storefront = storefronts::find(db, tenant, id)?.ok_or(StoreError::NotFound)?;
    let (rules, _seen) = store_settings::read_rules(db, &storefront)?;
    Ok((storefront, rules))
}

/// The records that the event touches, and those that these name; what earlier events of the body said comes first.
fn load(
    db: &mut Db,
    home: (TenantId, StorefrontId),
    fact: &Fact,
    known: &Records,
) -> Result<Records, StoreError> {
    let touches = Touches::of(fact);
    let mut records = touches.among(known);
    read_records(db, home, &touches, &mut records)?;
    let beyond = Touches::beyond(&records);
    let named = beyond.among(known);
    records.orders.extend(named.orders);
    records.subscriptions.extend(named.subscriptions);
    read_records(db, home, &beyond, &mut records)?;
    Ok(records)
}

/// The licenses of the first portion.
fn load_licenses(
    db: &mut Db,
    home: (TenantId, StorefrontId),
    records: &Records,
    most: MostLicenses,
) -> Result<(Portion, Vec<License>), StoreError> {
    let roots: Vec<_> = Touches::roots(records).into_iter().collect();
    let mut portion = Portion {
        most,
        ..Portion::of_lines(0, progress::lines(records))
    };
    let rows = progress::load_rows(db, home, &roots, &mut portion)?;
    let licenses: Result<_, StoreError> = rows.iter().map(licenses::Row::license).collect();
    Ok((portion, licenses?))
}
