//! What came of a message, whose move it is, and why it was done so.

use crate::domain::action::Action;
use crate::domain::effect::{EffectState, EventState};
use crate::domain::kind::LicenseServerKind;
use crate::domain::license::Cause;
use crate::domain::news::News;
use crate::domain::plan::Planned;
use crate::domain::policy::{FIELDS, Kind, Policy};
use crate::domain::reason::ReasonCode;
use crate::store::StoreError;
use crate::store::effects::Effect;
use crate::store::events::Event;
use crate::web::event_words;
use crate::web::pages::overview_numbers::length;
use crate::web::partials::Headline;

/// The first line of the page.
pub fn outcome(
    event: &Event,
    effects: &[Effect],
    kind: LicenseServerKind,
) -> Result<Headline, StoreError> {
    let badge = event_words::state(event);
    let reason = event.reason()?;
    let text = reason
        .as_ref()
        .map(|reason| reason.text(kind))
        .unwrap_or_default();
    let fix = reason
        .as_ref()
        .map(|reason| reason.fix(kind))
        .unwrap_or_default();
    Ok(match event.state {
        EventState::Received => Headline::new(
            badge.tone,
            "In line.",
            "It is on disk and will be worked on in a moment.",
        ),
        EventState::Working => Headline::new(badge.tone, "Working on it.", text),
        EventState::Done => {
            Headline::new(badge.tone, done(event, &badge.text), said(effects, &text))
        }
        EventState::Retrying => Headline::new(
            badge.tone,
            format!("{} (after {} of 13 attempts).", badge.text, event.attempts),
            format!(
                "{text} It is not your fault and not your buyer's; there is nothing to do for you."
            ),
        ),
        EventState::Waiting | EventState::Ignored => {
            Headline::new(badge.tone, format!("{}.", badge.text), text)
        }
        EventState::Parked => Headline::new(badge.tone, format!("Needs you: {text}"), fix),
        EventState::Discarded => Headline::new(
            badge.tone,
            "Set aside.",
            "Someone at your company decided that nothing is to be done about it. It can be run again.",
        ),
    })
}

/// Why it was done so, in sentences; never empty.
pub fn why(
    event: &Event,
    effects: &[Effect],
    kind: LicenseServerKind,
    policy: Option<&Policy>,
) -> Result<Vec<String>, StoreError> {
    let mut sentences: Vec<String> = Vec::new();
    for rule in effects.iter().filter_map(|effect| rule(effect)) {
        let sentence = policy.and_then(|policy| rule_sentence(policy, rule, kind));
        if let Some(sentence) = sentence.filter(|sentence| !sentences.contains(sentence)) {
            sentences.push(sentence);
        }
    }
    if effects
        .iter()
        .any(|effect| effect.state == EffectState::Skipped && !effect.is_crossed_out())
    {
        sentences.push("Some of it was so already, and nothing was done twice.".to_owned());
    }
    if let Some(reason) = event.reason()? {
        sentences.push(reason.text(kind));
    }
    if sentences.is_empty() {
        let sentence = match event.state {
            EventState::Received | EventState::Working => "Not decided yet.",
            _ if event.news == Some(News::Purchases) => {
                "A purchase gives the licenses that its products are set to give."
            }
            _ => {
                "What FastSpring says now was compared with the licenses, and they were brought in line."
            }
        };
        sentences.push(sentence.to_owned());
    }
    Ok(sentences)
}

fn done(event: &Event, badge: &str) -> String {
    match event.settled_at {
        Some(at) if event.reason_code != Some(ReasonCode::AlreadyApplied) => {
            format!("{badge}, in {}.", length(at.since(event.received_at)))
        }
        _ => format!("{badge}."),
    }
}

/// What was done, then what is to be said of it.
fn said(effects: &[Effect], reason: &str) -> String {
    let mut sentences: Vec<String> = effects
        .iter()
        .filter(|effect| effect.state == EffectState::Done)
        .map(|effect| format!("{}.", effect.summary))
        .collect();
    const SHOWN: usize = 3;
    let more = sentences.len().saturating_sub(SHOWN);
    sentences.truncate(SHOWN);
    if more > 0 {
        sentences.push(format!("And {more} more."));
    }
    if !reason.is_empty() {
        sentences.push(reason.to_owned());
    }
    sentences.join(" ")
}

/// The rule behind an effect, by its field.
fn rule(effect: &Effect) -> Option<&'static str> {
    // An action of a newer version has no rule that this one could name.
    let planned: Planned = serde_json::from_str(&effect.action).ok()?;
    match planned.action {
        Action::Renew { .. } | Action::SetTerm { .. } => Some("renewal"),
        Action::Reinstate { .. } => Some("payment_received"),
        Action::Suspend { cause } | Action::Revoke { cause } | Action::Delete { cause } => {
            match cause {
                Cause::Overdue => Some("overdue"),
                Cause::Pause => Some("pause"),
                Cause::Refund => Some("refund"),
                Cause::Chargeback => Some("chargeback"),
                Cause::Ended => Some("deactivation"),
                Cause::FewerUnits => Some("fewer_units"),
                Cause::Replaced | Cause::NoOrder | Cause::ByHand => None,
            }
        }
        _ => None,
    }
}

/// What a policy says about a field: `Your rule “Renewals”: The license ends …`.
fn rule_sentence(policy: &Policy, name: &str, kind: LicenseServerKind) -> Option<String> {
    let field = FIELDS.iter().find(|field| field.name == name)?;
    let Kind::Choice(values) = field.kind else {
        return None;
    };
    let json = policy.to_json();
    let chosen = json.get(name)?.as_str()?;
    let value = values.iter().find(|value| value.name == chosen)?;
    let sentence = kind.named_in(value.sentence);
    Some(format!("Your rule “{}”: {sentence}", field.label))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::policy::Preset;

    #[test]
    fn every_rule_behind_an_effect_is_a_field_with_a_sentence() {
        let policy = Policy::preset(Preset::Recommended);
        for name in [
            "renewal",
            "payment_received",
            "overdue",
            "pause",
            "refund",
            "chargeback",
            "deactivation",
            "fewer_units",
        ] {
            assert!(
                rule_sentence(&policy, name, LicenseServerKind::Cryptlex).is_some(),
                "{name}"
            );
        }
    }
}
