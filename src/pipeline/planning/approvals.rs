//! Asks people and does as they answer, before access is taken away (the brake, endings that wait for a yes, what a
//! person had set otherwise) and before very many licenses are made.

use std::collections::BTreeMap;

use serde_json::json;

use crate::domain::act::Act;
use crate::domain::compare::may_be_agreed;
use crate::domain::consent::Answer;
use crate::domain::effect::{EffectState, EventState};
use crate::domain::id::{EventId, LicenseId, ProblemId, TenantId};
use crate::domain::license::Root;
use crate::domain::plan::{Plan, Planned};
use crate::domain::reason::ReasonCode;
use crate::domain::time::Timestamp;
use crate::pipeline::event::context::EventContext;
use crate::pipeline::event::state::ProcessingState;
use crate::pipeline::planning::progress;
use crate::pipeline::planning::record_plan::{new_effect, position_in};
use crate::store::audit::Author;
use crate::store::consents::Consent;
use crate::store::effects::Effect;
use crate::store::events::{Event, EventFilter};
use crate::store::{Db, Scope, Store, StoreError, brake, consents, effects, events, problems};

/// Reasons of parked events that a person can answer with a yes or a no.
pub const ANSWERABLE: [ReasonCode; 7] = [
    ReasonCode::AwaitingConsent,
    ReasonCode::Brake,
    ReasonCode::ChangedByHand,
    ReasonCode::KeyWithoutOrder,
    ReasonCode::RefundBeforeChange,
    ReasonCode::WhichLicense,
    ReasonCode::TooManyLicenses,
];
/// Events in one commit.
const BATCH: usize = 100;
/// The most events of one answer.
const MOST_EVENTS: i64 = 100_000;

/// Why an answer was not taken.
#[derive(Debug, thiserror::Error)]
pub enum ApprovalError {
    /// Nobody asked: the event or problem is not there any more, or needs something else.
    #[error("nobody asked")]
    NotAsked,
    /// A yes alone does not say which of several licenses ends.
    #[error("the license that ends was not named")]
    WhichLicense,
    #[error("keeping an answer")]
    Store(#[from] StoreError),
}

/// Looks up what a plan needs to know that takes something away; true when it must be asked for anew.
///
/// Plans that take nothing away cost nothing here.
pub fn load_approvals(
    db: &mut Db,
    context: &EventContext,
    state: &mut ProcessingState,
    plan: &Plan,
) -> Result<bool, StoreError> {
    let has_question = |planned: &Planned| planned.question.is_some();
    if !plan.actions.iter().chain(&plan.held).any(has_question) {
        return Ok(false);
    }
    if !state.is_consent_known {
        state.is_consent_known = true;
        let ids: Vec<_> = state
            .licenses
            .iter()
            .map(|loaded| loaded.license.id)
            .collect();
        state.consents.answers = consents::list_of_licenses(db, context.opened.tenant, &ids)?;
        if !state.consents.answers.is_empty() {
            return Ok(true);
        }
    }
    let mut is_braked = false;
    for root in irreversible(state, plan) {
        let (tenant, storefront) = (context.opened.tenant, context.opened.storefront);
        if brake::count(db, tenant, storefront, &root, context.now)? {
            state.counted.insert(root);
        } else {
            is_braked |= state.consents.braked.insert(root);
        }
    }
    Ok(is_braked)
}

/// Purchases that are about to lose something for good, not counted by the brake yet.
fn irreversible(state: &ProcessingState, plan: &Plan) -> Vec<Root> {
    let mut roots = Vec::new();
    for planned in &plan.actions {
        let root = &planned.license.root;
        let is_known = state.counted.contains(root) || state.consents.braked.contains(root);
        let is_under_way = planned.license_id.is_some_and(|license| {
            state
                .open_effect(license, planned.action.kind())
                .is_some_and(|effect| effect.state == EffectState::Sent)
        });
        if planned.action.is_irreversible()
            && !is_known
            && !is_under_way
            && state.consents.answer(planned) != Some(Answer::Approved)
            && !roots.contains(root)
        {
            roots.push(root.clone());
        }
    }
    roots
}

/// Puts what waits for a yes on record, so that it can be looked at; what is not wanted any more is crossed out.
pub fn record_pending(
    db: &mut Db,
    context: &EventContext,
    state: &mut ProcessingState,
    plan: &Plan,
) -> Result<(), StoreError> {
    let mut open: Vec<Effect> = state
        .effects
        .iter()
        .filter(|effect| effect.state == EffectState::Planned)
        .cloned()
        .collect();
    let mut new = Vec::new();
    for planned in &plan.held {
        let Some(license) = planned.license_id else {
            continue;
        };
        let is_same = |effect: &Effect| {
            effect.license_id == license && question_of(effect) == planned.question
        };
        match open.iter().position(is_same) {
            Some(found) => drop(open.remove(found)),
            None => {
                let position = state.effects.next_position() + position_in(&new);
                new.push(new_effect(context, planned, license, position)?);
            }
        }
    }
    state.effects.add(new);
    open.retain(|effect| !is_still_planned(state, plan, effect));
    for mut unwanted in open {
        unwanted.state = EffectState::Skipped;
        unwanted.settled_at = Some(context.now);
        state.effects.update(db, unwanted)?;
    }
    Ok(())
}

/// What failed in this attempt is tried again in the next.
fn is_still_planned(state: &ProcessingState, plan: &Plan, effect: &Effect) -> bool {
    state.is_stopped
        || plan
            .actions
            .iter()
            .any(|planned| planned.license_id == Some(effect.license_id))
}

/// What a person is asked about an effect; `None` where it takes nothing away.
fn question_of(effect: &Effect) -> Option<String> {
    planned(effect)?.question
}

/// What an effect was planned as; an action of a newer version asks nothing that this one could read.
fn planned(effect: &Effect) -> Option<Planned> {
    serde_json::from_str(&effect.action).ok()
}

/// Answers what one event asks, and requeues it: what was shown and is still wanted is done.
///
/// `ends` names the license that a yes is about where only one of several ends; the others of its line go with it.
pub async fn answer_event(
    store: &Store,
    author: Author,
    event: EventId,
    answer: Answer,
    ends: Option<LicenseId>,
) -> Result<(), ApprovalError> {
    let (tenant, now) = (author.tenant, author.now);
    store
        .write(Scope::Tenant(tenant), move |db| {
            let event = events::find(db, tenant, event)?.ok_or(StoreError::NotFound)?;
            if !awaits_approval(&event) {
                return Err(ApprovalError::NotAsked);
            }
            answer_one(db, &event, answer, ends, now)?;
            author.record(db, act(answer), event.id, &json!({}))?;
            Ok(())
        })
        .await
}

/// Answers what every event of a problem asks; says how many they were.
pub async fn answer_problem(
    store: &Store,
    author: Author,
    problem: ProblemId,
    answer: Answer,
) -> Result<usize, ApprovalError> {
    let (tenant, now) = (author.tenant, author.now);
    let scope = Scope::Tenant(tenant);
    let ids = store
        .read(scope, move |db| {
            let problem = problems::find(db, tenant, &[], problem)?.ok_or(StoreError::NotFound)?;
            match (problem.reason_code, answer) {
                (ReasonCode::WhichLicense, Answer::Approved) => {
                    return Err(ApprovalError::WhichLicense);
                }
                (code, _) if !ANSWERABLE.contains(&code) => return Err(ApprovalError::NotAsked),
                _ => {}
            }
            let filter = EventFilter {
                storefront_id: Some(problem.storefront_id),
                states: vec![EventState::Parked],
                reason_code: Some(problem.reason_code),
                reason_subject: problem.reason_subject,
                ..EventFilter::default()
            };
            Ok(events::list_ids(db, tenant, &filter, MOST_EVENTS)?)
        })
        .await?;
    let mut answered = 0;
    for batch in ids.chunks(BATCH).map(<[EventId]>::to_vec) {
        answered += store
            .write(scope, move |db| {
                answer_batch(db, tenant, &batch, answer, now)
            })
            .await?;
    }
    store
        .write(scope, move |db| {
            let details = json!({ "events": answered });
            author.record(db, act(answer), problem, &details)
        })
        .await?;
    Ok(answered)
}

const fn act(answer: Answer) -> Act {
    match answer {
        Answer::Approved => Act::ProblemApprove,
        Answer::Dropped => Act::ProblemDrop,
    }
}

/// Events that were answered meanwhile are left out.
fn answer_batch(
    db: &mut Db,
    tenant: TenantId,
    batch: &[EventId],
    answer: Answer,
    now: Timestamp,
) -> Result<usize, ApprovalError> {
    let mut answered = 0;
    for id in batch {
        if let Some(event) = events::find(db, tenant, *id)?.filter(awaits_approval) {
            answer_one(db, &event, answer, None, now)?;
            answered += 1;
        }
    }
    Ok(answered)
}

fn answer_one(
    db: &mut Db,
    event: &Event,
    answer: Answer,
    ends: Option<LicenseId>,
    now: Timestamp,
) -> Result<(), ApprovalError> {
    let tenant = event.tenant_id;
    if event.reason_code == Some(ReasonCode::TooManyLicenses) {
        match answer {
            Answer::Approved => {
                progress::allow_all(db, event)?;
                events::replay(db, tenant, event.id, now)?;
            }
            Answer::Dropped => events::discard(db, tenant, event.id, now)?,
        }
        return Ok(());
    }
    let effects = effects::list_of_event(db, tenant, event.id)?;
    let must_choose = event.reason_code == Some(ReasonCode::WhichLicense);
    // What is asked for another reason is asked next, by itself.
    let asked = effects.iter().filter_map(pending_approval);
    let asked: Vec<_> = asked
        .filter(|(_, planned)| is_choice(planned) == must_choose)
        .collect();
    let ends = ends.filter(|_| must_choose && answer == Answer::Approved);
    let chosen = asked
        .iter()
        .find(|(effect, _)| Some(effect.license_id) == ends)
        .map(|(_, planned)| place(planned));
    if must_choose && answer == Answer::Approved && chosen.is_none() {
        return Err(ApprovalError::WhichLicense);
    }
    for (effect, planned) in &asked {
        let is_meant = chosen.is_none_or(|chosen| chosen == place(planned));
        let answer = if is_meant { answer } else { Answer::Dropped };
        consents::put(
            db,
            &Consent {
                tenant_id: tenant,
                license_id: effect.license_id,
                question: planned.question.clone().unwrap_or_default(),
                answer,
                event_id: event.id,
                answered_at: now,
            },
        )?;
    }
    Ok(events::replay(db, tenant, event.id, now)?)
}

/// What an effect would do, while it waits for an answer; `None` for what is done or takes nothing away.
pub fn pending_approval(effect: &Effect) -> Option<(&Effect, Planned)> {
    let is_open = matches!(effect.state, EffectState::Planned | EffectState::Failed);
    let planned = planned(effect).filter(|planned| is_open && planned.question.is_some())?;
    Some((effect, planned))
}

/// Whether an action is one of several, of which a person chooses one.
pub fn is_choice(planned: &Planned) -> bool {
    planned.ask == Some(ReasonCode::WhichLicense)
}

/// The line that a license belongs to.
fn place(planned: &Planned) -> (&Root, &str) {
    (&planned.license.root, &planned.license.slot)
}

/// Whether an event waits for a yes or a no.
pub fn awaits_approval(event: &Event) -> bool {
    let details = event.reason_details.as_deref();
    event.state == EventState::Parked
        && event
            .reason_code
            .is_some_and(|code| is_answerable(code, details))
}

/// Whether a person can answer what is parked for this reason: more licenses than a yes allows are never made.
pub fn is_answerable(code: ReasonCode, details: Option<&str>) -> bool {
    let is_within = || {
        let details: Option<BTreeMap<String, String>> =
            details.and_then(|details| serde_json::from_str(details).ok());
        details.is_some_and(|details| may_be_agreed(&details))
    };
    ANSWERABLE.contains(&code) && (code != ReasonCode::TooManyLicenses || is_within())
}
