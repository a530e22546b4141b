//! What reading a license back means: as given, changed by a person, or a change of ours that was answered and not
//! made.

use crate::domain::action::{Action, ActionKind};
use crate::domain::by_hand;
use crate::domain::license::{Aspect, License, Shown};
use crate::domain::plan::Planned;
use crate::store::effects::Effect;

/// How often an effect may be sent before a person is asked instead.
pub const TRIES: i32 = 3;

/// What reading a license back showed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// As it was given.
    AsGiven,
    /// Someone changed it there.
    ByHand,
    /// Our last change of this side was answered, but not made.
    NotMade(Aspect),
}

/// What a license shows beside what it was given, and what its effects that are done had found before them.
pub fn verdict(license: &License, shown: &Shown, effects: &[Effect]) -> Verdict {
    let mut verdict = Verdict::AsGiven;
    for aspect in by_hand::differing(&license.given, shown) {
        // What was seen made, and shows the value from before it again, was set back by a person.
        let unseen = last_of(effects, aspect).filter(|effect| effect.verified_at.is_none());
        let before = unseen.and_then(|effect| effect.before.as_deref());
        let before: Option<Shown> = before.and_then(|before| serde_json::from_str(before).ok());
        if before.is_some_and(|before| by_hand::is_same(aspect, &before, shown)) {
            return Verdict::NotMade(aspect);
        }
        verdict = Verdict::ByHand;
    }
    verdict
}

/// Whether a change of the plan set that side too.
fn is_plan_with(effect: &Effect, aspect: Aspect) -> bool {
    if effect.kind != ActionKind::Annotate {
        return false;
    }
    let planned: Option<Planned> = serde_json::from_str(&effect.action).ok();
    let Some(Action::Annotate {
        plan: Some(plan), ..
    }) = planned.map(|planned| planned.action)
    else {
        return false;
    };
    match aspect {
        Aspect::Seats => plan.seats.is_some() || plan.has_left_out(aspect),
        Aspect::Entitlements => plan.entitlement_set_id.is_some() || plan.has_left_out(aspect),
        Aspect::Maintenance => plan.newest_version.is_some() || plan.has_left_out(aspect),
        _ => false,
    }
}

/// The issue of a license that nothing but its own answer ever showed; asking again by its key cannot make a second
/// one.
///
/// Once it was seen, it was taken away by a person, and stays away.
pub fn never_seen(effects: &[Effect]) -> Option<&Effect> {
    let [issue] = effects else {
        return None;
    };
    let is_never_seen = issue.kind == ActionKind::Issue && issue.verified_at.is_none();
    (is_never_seen && issue.attempts < TRIES).then_some(issue)
}

/// The last effect on a side of a license.
pub fn last_of(effects: &[Effect], aspect: Aspect) -> Option<&Effect> {
    effects
        .iter()
        .filter(|effect| effect.kind.aspect() == aspect || is_plan_with(effect, aspect))
        .max_by_key(|effect| (effect.settled_at, effect.id))
}
