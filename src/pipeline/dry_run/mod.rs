//! What a webhook body would lead to, told without storing or changing anything.
//!
//! The events of a body build on one another; licenses that the first would make are not there for the second.

mod answers;
mod details;

use crate::domain::fact::Fact;
use crate::domain::fold::fold;
use crate::domain::id::{StorefrontId, TenantId};
use crate::domain::license::License;
use crate::domain::plan::{LineState, Plan};
use crate::domain::reason::{Reason, ReasonCode};
use crate::domain::record::Records;
use crate::domain::rules::Rules;
use crate::domain::time::Timestamp;
use crate::domain::touches::Touches;
use crate::pipeline::ask::{Asker, NotAsked};
use crate::pipeline::dry_run::details::{Sparse, fill_in};
use crate::pipeline::load::read;
use crate::pipeline::open;
use crate::pipeline::shop::Shops;
use crate::store::storefronts::Storefront;
use crate::store::{Db, Scope, StoreError, licenses, mappings, storefronts};
use crate::storefronts::{self as kinds, EnvelopeError, RawEvent};

/// One event of the body, and what would come of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Foreseen {
    /// Its type, as the shop spells it.
    pub event_type: String,
    /// What would be done.
    pub plan: Plan,
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
    pub(super) rules: Rules,
    pub(super) records: Records,
    pub(super) licenses: Vec<License>,
}

/// What each event of a webhook body would lead to; not found when the storefront is another tenant's.
pub async fn foresee(
    (asker, shops): (Asker<'_>, &Shops),
    storefront: StorefrontId,
    body: &[u8],
) -> Result<Vec<Foreseen>, NotForeseen> {
    let tenant = asker.tenant;
    let (storefront, mut rules) = asker
        .budget
        .store
        .read(Scope::Tenant(tenant), move |db| {
            set_up(db, tenant, storefront)
        })
        .await
        .map_err(NotAsked::from)?;
    let mut known = Records::default();
    let mut foreseen = Vec::new();
    for event in kinds::of(storefront.kind).split(body)?.events {
        let plan = event_plan(
            (asker, shops),
            &storefront,
            &event,
            (&mut rules, &mut known),
        )
        .await?;
        foreseen.push(Foreseen {
            event_type: event.event_type.into_owned(),
            plan,
        });
    }
    Ok(foreseen)
}

async fn event_plan(
    (asker, shops): (Asker<'_>, &Shops),
    storefront: &Storefront,
    event: &RawEvent<'_>,
    (rules, known): (&mut Rules, &mut Records),
) -> Result<Plan, NotAsked> {
    let kind = kinds::of(storefront.kind);
    let translation = match kind.translate(&event.event_type, event.payload.as_bytes()) {
        Ok(translation) => translation,
        Err(kinds::TranslateError::Invalid { what }) => {
            let reason = Reason::new(ReasonCode::PayloadInvalid).with("what", what);
            return Ok(Plan::settled(LineState::Parked, reason));
        }
    };
    rules.see(&translation.products);
    let (tenant, id, mut fact) = (asker.tenant, storefront.id, translation.fact);
    let sparse = Sparse {
        fact: &mut fact,
        rules,
        missing: &translation.missing,
        is_live: event.live,
    };
    if let Some(plan) = fill_in((asker, shops), storefront, sparse).await? {
        return Ok(plan);
    }
    let now = asker.budget.clock.now();
    let occurred_at = event.occurred_at.or(event.created).unwrap_or(now);
    let (fact_read, known_before) = (fact.clone(), known.clone());
    let (records, licenses) = asker
        .budget
        .store
        .read(Scope::Tenant(tenant), move |db| {
            let before = load(db, (tenant, id), &fact_read, known_before)?;
            let records = fold(before, &fact_read, occurred_at);
            let licenses = held(db, (tenant, id), &records)?;
            Ok::<_, StoreError>((records, licenses))
        })
        .await?;
    known.clone_from(&records);
    let foresight = Foresight {
        storefront: storefront.clone(),
        fact,
        occurred_at,
        is_live: event.live,
        rules: rules.clone(),
        records,
        licenses,
    };
    answers::plan(asker, &foresight, now).await
}

fn set_up(
    db: &mut Db,
    tenant: TenantId,
    id: StorefrontId,
) -> Result<(Storefront, Rules), StoreError> {
    let storefront = storefronts::find(db, tenant, id)?.ok_or(StoreError::NotFound)?;
    let mappings = mappings::list(db, tenant, id)?;
    let seen = mappings::list_seen(db, tenant, id)?;
    let rules = open::rules(&storefront, mappings, &seen)?;
    Ok((storefront, rules))
}

/// The records that the event touches, and those that these name; what earlier events of the body said comes first.
fn load(
    db: &mut Db,
    home: (TenantId, StorefrontId),
    fact: &Fact,
    known: Records,
) -> Result<Records, StoreError> {
    let mut records = known;
    read(db, home, &Touches::of(fact), &mut records)?;
    let beyond = Touches::beyond(&records);
    read(db, home, &beyond, &mut records)?;
    Ok(records)
}

fn held(
    db: &mut Db,
    (tenant, storefront): (TenantId, StorefrontId),
    records: &Records,
) -> Result<Vec<License>, StoreError> {
    let roots: Vec<_> = Touches::roots(records).into_iter().collect();
    if roots.is_empty() {
        return Ok(Vec::new());
    }
    licenses::list_of_roots(db, tenant, storefront, &roots)?
        .iter()
        .map(licenses::Row::license)
        .collect()
}
