//! Writes down how an action ended: the license, the effect, and what a person must be told.

use crate::domain::action::{Action, ActionKind};
use crate::domain::by_hand;
use crate::domain::consent::Answer;
use crate::domain::effect::EffectState;
use crate::domain::give::give;
use crate::domain::license::{Root, Shown};
use crate::domain::plan::Planned;
use crate::domain::reason::{Reason, ReasonCode};
use crate::license_servers::reply::{Failure, FailureClass};
use crate::pipeline::advance::Desk;
use crate::pipeline::conversation::{Finish, Proof};
use crate::pipeline::counted;
use crate::pipeline::settle::{Attempt, Settlement, of_failure, without_addresses};
use crate::pipeline::work::{Current, Held, Work};
use crate::store::consents::{self, Consent};
use crate::store::licenses::LicenseChange;
use crate::store::remembered::RemoteUser;
use crate::store::{Db, StoreError, effects, events, licenses, remembered};

/// How the effect and the event are left by the end of one action.
struct Ending {
    effect: EffectState,
    proof: Proof,
    is_carried_out: bool,
    /// Whether what a person had set stands, so that what we gave is what was asked.
    is_kept_by_hand: bool,
    is_gone: bool,
    blocks: Option<Settlement>,
    remark: Option<Settlement>,
    stops: bool,
}

/// Ends the action under way.
pub fn finish(
    db: &mut Db,
    desk: &Desk<'_>,
    work: &mut Work,
    finish: Finish,
) -> Result<(), StoreError> {
    let Some(current) = work.current.take() else {
        return Ok(());
    };
    let ending = ending(desk, &current, finish);
    write(db, desk, work, current, ending)
}

fn ending(desk: &Desk<'_>, current: &Current, finish: Finish) -> Ending {
    let was_sent = current.effect.state == EffectState::Sent;
    let is_assign = current.planned.action.kind() == ActionKind::Assign;
    match finish {
        Finish::Done(proof) if is_assign && proof.user_refused.is_some() => not_all_linked(proof),
        Finish::Done(proof) => carried_out(EffectState::Done, proof),
        Finish::AlreadySo(proof) if was_sent => carried_out(EffectState::Done, proof),
        Finish::AlreadySo(proof) => carried_out(EffectState::Skipped, proof),
        Finish::KeptByHand(proof) => Ending {
            remark: Some(Settlement::done(Some(by_hand(desk)))),
            is_kept_by_hand: true,
            ..carried_out(EffectState::Skipped, proof)
        },
        Finish::ByHandMustDecide(proof) => Ending {
            is_carried_out: false,
            blocks: Some(Settlement::parked(by_hand(desk))),
            ..carried_out(EffectState::Failed, proof)
        },
        Finish::Gone => Ending {
            effect: EffectState::Failed,
            proof: Proof::default(),
            is_carried_out: false,
            is_kept_by_hand: false,
            is_gone: true,
            blocks: Some(Settlement::parked(
                Reason::new(ReasonCode::LicenseNotFound).with("purchase", purchase(current)),
            )),
            remark: None,
            stops: false,
        },
        Finish::Differs {
            ours,
            theirs,
            proof,
        } => Ending {
            is_carried_out: false,
            blocks: Some(Settlement::parked(
                Reason::new(ReasonCode::VerificationFailed)
                    .with("ours", ours)
                    .with("theirs", theirs),
            )),
            ..carried_out(EffectState::Failed, proof)
        },
        Finish::Failed(failure) => failed(desk, &failure, was_sent),
    }
}

fn failed(desk: &Desk<'_>, failure: &Failure, was_sent: bool) -> Ending {
    let attempt = Attempt {
        schedule: &desk.options.schedule,
        failed_before: u32::try_from(desk.case.event.attempts).unwrap_or(0),
        now: desk.now,
        jitter: desk.jitter,
    };
    Ending {
        stops: failure.class.is_of_whole_server(),
        effect: failed_state(&failure.class, failure.may_have_applied, was_sent),
        proof: Proof::default(),
        is_carried_out: false,
        is_kept_by_hand: false,
        is_gone: false,
        blocks: Some(of_failure(failure, attempt)),
        remark: None,
    }
}

/// Whoever could be linked is; the rest is tried again when a person says so.
fn not_all_linked(proof: Proof) -> Ending {
    let ending = carried_out(EffectState::Failed, proof);
    Ending {
        is_carried_out: false,
        blocks: ending.remark,
        remark: None,
        ..ending
    }
}

fn by_hand(desk: &Desk<'_>) -> Reason {
    Reason::new(ReasonCode::ChangedByHand).with("date", desk.now.long_day())
}

fn purchase(current: &Current) -> String {
    match &current.planned.license.root {
        Root::Subscription(id) => format!("subscription ({id})"),
        Root::Order(id) => format!("order ({id})"),
        Root::Reference(reference) => format!("order ({reference})"),
    }
}

/// A user that was made or found is not looked up again.
fn remember_user(
    db: &mut Db,
    desk: &Desk<'_>,
    work: &Work,
    planned: &Planned,
    user_id: &str,
) -> Result<(), StoreError> {
    let rule = planned.action.holder();
    let person = rule.and_then(|rule| work.people.holder(rule));
    match person.and_then(|person| person.email.as_deref()) {
        Some(email) => remember_address(db, desk, email, user_id),
        None => Ok(()),
    }
}

/// The same for further users, by their places among the addresses.
fn remember_further_users(
    db: &mut Db,
    desk: &Desk<'_>,
    work: &Work,
    planned: &Planned,
    users: &[(usize, String)],
) -> Result<(), StoreError> {
    let Action::Assign {
        users_from: Some(tag),
        ..
    } = &planned.action
    else {
        return Ok(());
    };
    let addresses = work.people.further_users(tag);
    for (place, user_id) in users {
        if let Some(email) = addresses.get(*place) {
            remember_address(db, desk, email, user_id)?;
        }
    }
    Ok(())
}

fn remember_address(
    db: &mut Db,
    desk: &Desk<'_>,
    email: &str,
    user_id: &str,
) -> Result<(), StoreError> {
    let case = desk.case;
    remembered::put_user(
        db,
        &RemoteUser {
            tenant_id: case.tenant,
            license_server_id: case.server.id,
            email_hash: case.keys.email_term(email).0.to_vec(),
            remote_id: user_id.to_owned(),
        },
    )
}

fn carried_out(effect: EffectState, proof: Proof) -> Ending {
    let remark = proof.user_refused.as_ref().map(|words| {
        Settlement::parked(
            Reason::new(ReasonCode::UserNotCreated).with("words", without_addresses(words)),
        )
    });
    Ending {
        effect,
        proof,
        is_carried_out: true,
        is_kept_by_hand: false,
        is_gone: false,
        blocks: None,
        remark,
        stops: false,
    }
}

/// An effect that may have been applied stays *sent* until that is settled; others go back in line or end.
const fn failed_state(class: &FailureClass, may_have_applied: bool, was_sent: bool) -> EffectState {
    match class {
        FailureClass::Transient if may_have_applied && was_sent => EffectState::Sent,
        FailureClass::Transient
        | FailureClass::RateLimited { .. }
        | FailureClass::Unauthorized
        | FailureClass::Forbidden { .. } => {
            if was_sent && may_have_applied {
                EffectState::Sent
            } else {
                EffectState::Planned
            }
        }
        FailureClass::NotFound
        | FailureClass::Conflict
        | FailureClass::Rejected
        | FailureClass::PlanLimit => EffectState::Failed,
    }
}

fn write(
    db: &mut Db,
    desk: &Desk<'_>,
    work: &mut Work,
    current: Current,
    ending: Ending,
) -> Result<(), StoreError> {
    // What was found was made by an earlier try, under the name that the purchase had then.
    let named = current
        .conversation
        .found_id()
        .and_then(|_| serde_json::from_str::<Planned>(&current.effect.action).ok())
        .map(|first| first.license.root);
    let Current {
        planned,
        license_id,
        mut effect,
        ..
    } = current;
    let shown = ending
        .proof
        .license
        .as_ref()
        .map(|license| license.shown(desk.now));
    write_effect(db, desk, &mut effect, ending.effect, shown.as_ref())?;
    if ending.is_carried_out && planned.action.kind() == ActionKind::Issue {
        wake_followers(db, desk, &planned)?;
    }
    if let Some(user_id) = &ending.proof.user_id {
        remember_user(db, desk, work, &planned, user_id)?;
    }
    remember_further_users(db, desk, work, &planned, &ending.proof.further_users)?;
    if let Some(held) = work.held_mut(license_id) {
        note(held, desk, &planned, &ending, shown);
        if ending.is_carried_out {
            note_name(held, &planned, named);
        }
        if ending.is_carried_out {
            note_wish(db, desk, held, &planned)?;
        }
        let mut change = LicenseChange::of(&held.license, desk.now)?;
        // The sweep reads it back once more.
        change.verified_at = Some(None);
        let is_by_hand = !by_hand::changed(&held.license).is_empty();
        if is_by_hand || ending.proof.is_changed_by_hand || ending.is_gone {
            change.changed_by_hand_at = Some(Some(desk.now));
        }
        licenses::change(db, desk.case.tenant, license_id, &change)?;
        if held.busy.is_none() {
            licenses::clear_busy(db, desk.case.tenant, license_id, effect.id)?;
        }
    }
    if let Some(blocks) = ending.blocks {
        work.blocked
            .insert((planned.license.clone(), planned.action.kind()), blocks);
    }
    work.is_stopped |= ending.stops;
    work.remarks.extend(ending.remark);
    work.put_effect(effect);
    Ok(())
}

/// Notes which purchase the license names at the license server.
fn note_name(held: &mut Held, planned: &Planned, named: Option<Root>) {
    let root = match planned.action {
        Action::Issue(_) => named.unwrap_or_else(|| planned.license.root.clone()),
        Action::Annotate { .. } => planned.license.root.clone(),
        _ => return,
    };
    held.license.given.named = Some(root);
}

/// What a person asked for stands: days are known to be given by hand, and what would take it back got a no.
fn note_wish(
    db: &mut Db,
    desk: &Desk<'_>,
    held: &mut Held,
    planned: &Planned,
) -> Result<(), StoreError> {
    if let (true, Action::SetTerm { end, .. }) = (planned.is_wish, &planned.action) {
        held.license.given.promised_until = *end;
    }
    for question in &planned.refuses {
        let no = Consent {
            tenant_id: desk.case.tenant,
            license_id: held.license.id,
            question: question.clone(),
            answer: Answer::Dropped.as_str().to_owned(),
            event_id: desk.case.event.id,
            answered_at: desk.now,
        };
        consents::put(db, &no)?;
    }
    Ok(())
}

/// Events that came before this license could be made are looked at again.
fn wake_followers(db: &mut Db, desk: &Desk<'_>, planned: &Planned) -> Result<(), StoreError> {
    let (tenant, storefront) = (desk.case.tenant, desk.case.storefront);
    let names = [planned.license.root.as_str().to_owned()];
    events::wake_waiting_for(db, tenant, storefront, &names, desk.now).map(drop)
}

fn write_effect(
    db: &mut Db,
    desk: &Desk<'_>,
    effect: &mut effects::Effect,
    state: EffectState,
    shown: Option<&Shown>,
) -> Result<(), StoreError> {
    effect.state = state;
    // From here on no answer is outstanding; whether it was applied is another question.
    if !matches!(state, EffectState::Sent) {
        effect.sent_at = None;
    }
    if matches!(
        state,
        EffectState::Done | EffectState::Skipped | EffectState::Failed
    ) {
        effect.settled_at = Some(desk.now);
        counted::acted(effect.kind, state);
    }
    effect.after = shown
        .map(serde_json::to_string)
        .transpose()
        .map_err(|error| StoreError::corrupt("effects.after", error))?;
    effects::write(db, effect)
}

/// Notes on the license what was given and shown; it stays busy while an answer is open.
fn note(
    held: &mut Held,
    desk: &Desk<'_>,
    planned: &Planned,
    ending: &Ending,
    shown: Option<Shown>,
) {
    if let Some(license) = &ending.proof.license {
        held.license.remote_id = Some(license.id.clone());
    }
    if ending.is_carried_out {
        give(
            &mut held.license.given,
            &planned.action,
            planned.version,
            shown.as_ref().filter(|_| !ending.is_kept_by_hand),
        );
    }
    if let (
        true,
        Action::Annotate {
            plan: Some(plan), ..
        },
    ) = (ending.is_carried_out, &planned.action)
    {
        held.license.product_path.clone_from(&plan.product_path);
    }
    if let Some(end) = ending.proof.our_end {
        held.license.given.end = Some(end);
    }
    if let Some(shown) = shown {
        held.license.hear(shown);
    }
    let is_deleted = ending.is_carried_out && planned.action.kind() == ActionKind::Delete;
    if is_deleted || ending.is_gone {
        held.license.deleted_at = Some(desk.now);
    }
    if ending.effect != EffectState::Sent {
        held.busy = None;
    }
    held.updated_at = desk.now;
}
