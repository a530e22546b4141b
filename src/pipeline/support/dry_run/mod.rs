//! What a webhook body would lead to, told without storing or changing anything.
//!
//! The events of a body build on one another; licenses that the first would make are not there for the second.

mod answers;
mod details;

use std::sync::Arc;

use crate::domain::fact::Fact;
use crate::domain::fold::fold;
use crate::domain::id::{StorefrontId, TenantId};
use crate::domain::license::License;
use crate::domain::plan::{LineState, Plan};
use crate::domain::portion::{MostLicenses, Portion};
use crate::domain::record::Records;
use crate::domain::rules::Rules;
use crate::domain::time::Timestamp;
use crate::domain::touches::Touches;
use crate::pipeline::calls::budgeted_call::{Asker, NotAsked};
use crate::pipeline::event::{open, store_settings};
use crate::pipeline::planning::load_records::read;
use crate::pipeline::planning::progress;
use crate::pipeline::shop::Shops;
use crate::pipeline::support::dry_run::details::{Sparse, fill_in};
use crate::store::storefronts::Storefront;
use crate::store::{Db, Scope, StoreError, licenses, mappings, storefronts};
use crate::storefronts::{self as kinds, EnvelopeError, RawEvent};

/// The most actions of one body that are told one by one.
const MOST_TOLD: usize = 1_000;

/// One event of the body, and what would come of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Foreseen {
    /// Its type, as the shop spells it.
    pub event_type: String,
    /// What would be done.
    pub plan: Plan,
}

/// Who is asked for what an event does not say: license servers, and the shop.
#[derive(Clone, Copy)]
pub struct Outside<'a> {
    /// Asks license servers, and says for whom.
    pub asker: Asker<'a>,
    /// The shops' API.
    pub shops: &'a Shops,
}

/// Why nothing can be foreseen.
#[derive(Debug, thiserror::Error)]
pub enum NotForeseen {
    /// It is no webhook body.
    #[error("reading a webhook body")]
    Malformed(#[from] EnvelopeError),
    /// The database, or the license server's budget.
    #[error("looking up what an event is about")]
    Asked(#[from] NotAsked),
}

/// An event in our words, with everything that it is judged by.
pub(super) struct Foresight {
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
/// Others have their turn between two events, and of very many actions only the first are told.
pub async fn foresee(
    outside: Outside<'_>,
    storefront: StorefrontId,
    most: MostLicenses,
    body: &[u8],
) -> Result<Vec<Foreseen>, NotForeseen> {
    let tenant = outside.asker.tenant;
    let (storefront, rules) = outside
        .asker
        .budget
        .store
        .read(Scope::Tenant(tenant), move |db| {
            set_up(db, tenant, storefront)
        })
        .await
        .map_err(NotAsked::from)?;
    let mut told = Told {
        storefront,
        rules: Arc::new(rules),
        known: Arc::default(),
        most,
    };
    let mut room = MOST_TOLD;
    let mut foreseen = Vec::new();
    for event in kinds::of(told.storefront.kind).split(body)?.events {
        let mut plan = told.event_plan(outside, &event).await?;
        shorten(&mut plan, &mut room);
        foreseen.push(Foreseen {
            event_type: event.event_type.into_owned(),
            plan,
        });
        tokio::task::yield_now().await;
    }
    Ok(foreseen)
}

/// Leaves out the actions for which there is no room any more, and counts them.
fn shorten(plan: &mut Plan, room: &mut usize) {
    for actions in [&mut plan.actions, &mut plan.held] {
        let over = actions.len().saturating_sub(*room);
        actions.truncate(*room);
        *room -= actions.len();
        plan.beyond += over as u64;
    }
}

/// What the events of a body have told so far.
struct Told {
    storefront: Storefront,
    rules: Arc<Rules>,
    known: Arc<Records>,
    most: MostLicenses,
}

impl Told {
    async fn event_plan(
        &mut self,
        outside: Outside<'_>,
        event: &RawEvent<'_>,
    ) -> Result<Plan, NotAsked> {
        let kind = kinds::of(self.storefront.kind);
        let translation = match kind.translate(&event.event_type, event.payload.as_bytes()) {
            Ok(translation) => translation,
            Err(error) => return Ok(Plan::settled(LineState::Parked, open::unreadable(error))),
        };
        let rules = Arc::make_mut(&mut self.rules);
        rules.see(&translation.products);
        let mut fact = translation.fact;
        let sparse = Sparse {
            fact: &mut fact,
            rules,
            missing: &translation.missing,
            is_live: event.live,
        };
        if let Some(plan) = fill_in(outside, &self.storefront, sparse).await? {
            return Ok(plan);
        }
        let asker = outside.asker;
        let now = asker.budget.clock.now();
        let foresight = self.foresight(asker, event, fact, now).await?;
        let mut plan = answers::plan(asker, &foresight, now).await?;
        plan.beyond = plan.beyond.max(foresight.portion.beyond());
        Ok(plan)
    }

    /// The event with all that it is judged by; the records are kept for those after it.
    async fn foresight(
        &mut self,
        asker: Asker<'_>,
        event: &RawEvent<'_>,
        fact: Fact,
        now: Timestamp,
    ) -> Result<Foresight, NotAsked> {
        let (home, most) = ((asker.tenant, self.storefront.id), self.most);
        let occurred_at = event.occurred_at.or(event.created).unwrap_or(now);
        let (fact_read, known) = (fact.clone(), Arc::clone(&self.known));
        let (records, portion, licenses) = asker
            .budget
            .store
            .read(Scope::Tenant(asker.tenant), move |db| {
                let before = load(db, home, &fact_read, &known)?;
                let records = fold(before, &fact_read, occurred_at);
                let (portion, licenses) = held(db, home, &records, most)?;
                Ok::<_, StoreError>((records, portion, licenses))
            })
            .await?;
        let known = Arc::make_mut(&mut self.known);
        known.orders.extend(records.orders.clone());
        known.subscriptions.extend(records.subscriptions.clone());
        Ok(Foresight {
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

fn set_up(
    db: &mut Db,
    tenant: TenantId,
    id: StorefrontId,
) -> Result<(Storefront, Rules), StoreError> {
    let storefront = storefronts::find(db, tenant, id)?.ok_or(StoreError::NotFound)?;
    let mappings = mappings::list(db, tenant, id)?;
    let seen = mappings::list_seen(db, tenant, id)?;
    let rules = store_settings::rules(&storefront, mappings, &seen)?;
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
    read(db, home, &touches, &mut records)?;
    let beyond = Touches::beyond(&records);
    let named = beyond.among(known);
    records.orders.extend(named.orders);
    records.subscriptions.extend(named.subscriptions);
    read(db, home, &beyond, &mut records)?;
    Ok(records)
}

/// The licenses that a first go would look at.
fn held(
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
    let rows = progress::begin(db, home, &roots, &mut portion)?;
    let licenses: Result<_, StoreError> = rows.iter().map(licenses::Row::license).collect();
    Ok((portion, licenses?))
}
