//! What the end of one action means for its effect and its event.

use crate::domain::action::ActionKind;
use crate::domain::effect::EffectState;
use crate::domain::license::Root;
use crate::domain::masked;
use crate::domain::reason::{Reason, ReasonCode, WORDS};
use crate::license_servers::reply::{Failure, FailureClass};
use crate::pipeline::event::context::EventContext;
use crate::pipeline::event::in_flight::InFlight;
use crate::pipeline::event::outcome::{Attempt, EventOutcome, from_failure};
use crate::pipeline::protocol::{Finish, Proof};

/// How the effect and the event are left by the end of one action.
pub struct Ending {
    /// Where the effect stands.
    pub effect: EffectState,
    /// What the license server showed.
    pub proof: Proof,
    /// Whether the license is as the action asked.
    pub is_carried_out: bool,
    /// Whether what a person had set stands, so that what we gave is what was asked.
    pub is_kept_by_hand: bool,
    /// Whether the license is not there any more.
    pub is_gone: bool,
    /// Why the action is not tried again in this attempt.
    pub blocks: Option<EventOutcome>,
    /// What a person must be told although it was carried out.
    pub remark: Option<EventOutcome>,
    /// Whether nothing else is tried in this attempt.
    pub stops: bool,
}

/// What an end of the action under way means.
pub fn ending(context: &EventContext, in_flight: &InFlight, finish: Finish) -> Ending {
    let was_sent = in_flight.effect.state == EffectState::Sent;
    let is_assign = in_flight.planned.action.kind() == ActionKind::Assign;
    match finish {
        Finish::Done(proof) if is_assign && proof.user_refused.is_some() => not_all_linked(proof),
        Finish::Done(proof) => carried_out(EffectState::Done, proof),
        Finish::AlreadySo(proof) if was_sent => carried_out(EffectState::Done, proof),
        Finish::AlreadySo(proof) => carried_out(EffectState::Skipped, proof),
        Finish::KeptByHand(proof) => Ending {
            remark: Some(EventOutcome::done(Some(by_hand(context)))),
            is_kept_by_hand: true,
            ..carried_out(EffectState::Skipped, proof)
        },
        Finish::ByHandMustDecide(proof) => Ending {
            is_carried_out: false,
            blocks: Some(EventOutcome::parked(by_hand(context))),
            ..carried_out(EffectState::Failed, proof)
        },
        Finish::Gone => Ending {
            effect: EffectState::Failed,
            proof: Proof::default(),
            is_carried_out: false,
            is_kept_by_hand: false,
            is_gone: true,
            blocks: Some(EventOutcome::parked(
                Reason::new(ReasonCode::LicenseNotFound).with("purchase", purchase(in_flight)),
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
            blocks: Some(EventOutcome::parked(
                Reason::new(ReasonCode::VerificationFailed)
                    .with("ours", ours)
                    .with("theirs", theirs),
            )),
            ..carried_out(EffectState::Failed, proof)
        },
        Finish::Failed(failure) => failed(context, in_flight, &failure),
    }
}

fn failed(context: &EventContext, in_flight: &InFlight, failure: &Failure) -> Ending {
    let was_sent = in_flight.effect.state == EffectState::Sent;
    let attempt = Attempt {
        schedule: &context.options.schedule,
        failed_before: u32::try_from(context.opened.event.attempts).unwrap_or(0),
        now: context.now,
        jitter: context.jitter,
    };
    Ending {
        stops: failure.class.is_of_whole_server(),
        effect: failed_state(&failure.class, failure.may_have_applied, was_sent),
        proof: Proof::default(),
        is_carried_out: false,
        is_kept_by_hand: false,
        is_gone: false,
        blocks: Some(about(from_failure(failure, attempt), in_flight)),
        remark: None,
    }
}

/// A refusal names the product whose values were refused; other failures are about the license server.
fn about(outcome: EventOutcome, in_flight: &InFlight) -> EventOutcome {
    let name = |reason: Reason| match reason.code {
        ReasonCode::LicenseServerRejected => {
            reason.with("product", &in_flight.planned.product_path)
        }
        _ => reason,
    };
    EventOutcome {
        reason: outcome.reason.map(name),
        ..outcome
    }
}

/// Some people could not be linked; the action is tried again when a person says so.
fn not_all_linked(proof: Proof) -> Ending {
    let ending = carried_out(EffectState::Failed, proof);
    Ending {
        is_carried_out: false,
        blocks: ending.remark,
        remark: None,
        ..ending
    }
}

fn by_hand(context: &EventContext) -> Reason {
    Reason::new(ReasonCode::ChangedByHand).with("date", context.now.long_day())
}

fn purchase(in_flight: &InFlight) -> String {
    match &in_flight.planned.license.root {
        Root::Subscription(id) => format!("subscription ({id})"),
        Root::Order(id) => format!("order ({id})"),
        Root::Reference(reference) => format!("order ({reference})"),
    }
}

fn carried_out(effect: EffectState, proof: Proof) -> Ending {
    let remark = proof.user_refused.as_ref().map(|words| {
        EventOutcome::parked(
            Reason::new(ReasonCode::UserNotCreated).with(WORDS, masked::words(words)),
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
        FailureClass::Transient
        | FailureClass::Unreadable { .. }
        | FailureClass::RateLimited
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
