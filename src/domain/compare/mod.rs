//! Compares what the record says with what was given: `plan = compare(fact, record', rules, licenses)`.
//!
//! A fact changes only the aspects it speaks of; a purchase speaks of all aspects of a license that is still
//! as it was issued. Ask again after the actions are done: the plan is empty when all is as it should be.

mod charge;
mod consent;
pub mod dates;
mod draft;
mod due;
mod ending;
mod existence;
mod features;
mod group;
mod interval;
mod issue;
mod keys;
mod maintenance;
mod money_back;
mod notes;
mod order;
mod paid;
mod people;
mod plan_change;
mod returns;
mod revival;
mod room;
mod seats;
mod shop_keys;
mod slots;
mod standing;
mod subscription;
mod subscription_licenses;
mod summary;
pub mod takeover;
mod term;
#[cfg(test)]
pub(crate) mod tests;
mod wanted;
mod wish;

use crate::domain::consent::Consents;
use crate::domain::fact::Fact;
use crate::domain::license::License;
use crate::domain::plan::{Known, LineState, Outcome};
use crate::domain::policy::TestEvents;
use crate::domain::portion::Portion;
use crate::domain::reason::{Reason, ReasonCode};
use crate::domain::record::Records;
use crate::domain::rules::Rules;
use crate::domain::time::Timestamp;

pub use maintenance::is_endless;
pub use room::may_be_agreed;
pub use seats::units;

use draft::Draft;
pub use draft::{ORDER_KEY, SUBSCRIPTION_KEY};

/// Everything that compare looks at.
#[derive(Debug, Clone, Copy)]
pub struct Question<'a> {
    /// What the event says.
    pub fact: &'a Fact,
    /// Its version where the message does not date itself.
    pub occurred_at: Timestamp,
    /// The records with the fact folded in.
    pub records: &'a Records,
    /// What the vendor decided.
    pub rules: &'a Rules,
    /// Every license row of the roots concerned, deleted ones too.
    pub licenses: &'a [License],
    /// Answers to earlier needs.
    pub known: &'a Known,
    /// The time.
    pub now: Timestamp,
    /// Whether real money moved.
    pub is_live: bool,
    /// What people answered about endings, and where the brake holds.
    pub consents: &'a Consents,
    /// Which licenses of the purchase this go looks at, and how many may be made.
    pub portion: &'a Portion,
}

/// What is to be done about the fact; the same question has the same answer.
pub fn compare(question: &Question<'_>) -> Outcome {
    let mut draft = Draft::new(question);
    let is_left_alone =
        !question.is_live && question.rules.policy.test_events == TestEvents::Ignore;
    if is_left_alone && concerns_licenses(question.fact) {
        draft.settle(
            LineState::Ignored,
            Reason::new(ReasonCode::TestEventIgnored),
        );
        return draft.finish();
    }
    match question.fact {
        Fact::OrderCompleted(order) => order::completed(&mut draft, order),
        Fact::Subscription(news, snapshot) => subscription::news(&mut draft, *news, snapshot),
        Fact::Charged(charge) => charge::charged(&mut draft, charge),
        Fact::ChargeFailed(charge) => charge::failed(&mut draft, charge),
        Fact::Group(news, group) => group::news(&mut draft, *news, group),
        Fact::Returned(returned) => returns::returned(&mut draft, returned),
        Fact::ChargedBack(chargeback) => returns::charged_back(&mut draft, chargeback),
        Fact::FulfillmentFailed(failure) => {
            let mut reason = Reason::new(ReasonCode::DeliveryFailed);
            if let Some(path) = &failure.product_path {
                reason = reason.with("product", path);
            }
            draft.settle(LineState::Parked, reason);
        }
        Fact::KeysRequested(request) => keys::requested(&mut draft, request),
        Fact::AccountChanged(_) => draft.notice("that a buyer's details changed"),
        Fact::Notice(notice) => draft.notice(summary::notice(*notice)),
        Fact::Unknown => {
            draft.settle(
                LineState::Ignored,
                Reason::new(ReasonCode::UnknownEventType),
            );
        }
        Fact::DateCame(due) => due::came(&mut draft, due),
        Fact::Wished(wished) => wish::wished(&mut draft, wished),
    }
    consent::hold(&mut draft);
    draft.finish()
}

fn concerns_licenses(fact: &Fact) -> bool {
    match fact {
        Fact::OrderCompleted(_)
        | Fact::Subscription(..)
        | Fact::Charged(_)
        | Fact::ChargeFailed(_)
        | Fact::Group(..)
        | Fact::Returned(_)
        | Fact::ChargedBack(_)
        | Fact::FulfillmentFailed(_)
        | Fact::KeysRequested(_)
        | Fact::DateCame(_) => true,
        // What a person asks for is done for licenses of test orders too.
        Fact::Wished(_) | Fact::AccountChanged(_) | Fact::Notice(_) | Fact::Unknown => false,
    }
}
