//! What happened to one message, step by step: from its rows to a timeline.

use jiff::SignedDuration;

use crate::domain::action::ActionKind;
use crate::domain::effect::{EffectState, EventState};
use crate::domain::license::Shown;
use crate::domain::time::Timestamp;
use crate::domain::wish::WishKind;
use crate::store::calls::Call as CallRow;
use crate::store::deliveries::{Delivery, Outcome};
use crate::store::effects::Effect;
use crate::store::events::Event;
use crate::vault::{TenantKeys, VaultError};
use crate::web::bodies::Keys;
use crate::web::event_words;
use crate::web::pages::event_calls::asked;
use crate::web::partials::{Change, StoryStep, Tone};
use crate::web::words::{action, counted};

/// Everything that is known of a message.
pub struct Story {
    /// The message.
    pub event: Event,
    /// The POST that brought it.
    pub delivery: Option<Delivery>,
    /// What was decided, in its order.
    pub effects: Vec<Effect>,
    /// The license server that its store speaks to.
    pub service: &'static str,
    /// What was asked of the account, the oldest first.
    pub calls: Vec<CallRow>,
}

/// A step and when it happened.
type Timed = (Timestamp, StoryStep);

/// The timeline, the oldest step first.
pub fn steps(story: &Story, keys: &TenantKeys, shown: Keys) -> Result<Vec<StoryStep>, VaultError> {
    let mut timed: Vec<Timed> = vec![came(story)];
    timed.extend(decided(story));
    for (position, call) in story.calls.iter().enumerate() {
        let step = asked(
            call,
            (position, story.calls.len()),
            (keys, shown),
            story.service,
        )?;
        timed.push((call.at, step));
    }
    timed.extend(
        story
            .effects
            .iter()
            .filter_map(|effect| checked(effect, story.service)),
    );
    timed.extend(ended(&story.event));
    // Steps of the same moment stay in the order of the story.
    timed.sort_by_key(|(at, _)| *at);
    let begin = story.event.received_at;
    Ok(timed
        .into_iter()
        .map(|(at, step)| StoryStep {
            when: offset(begin, at),
            exact: at.to_string(),
            ..step
        })
        .collect())
}

/// The steps of a message that is not settled are watched as they come.
pub fn is_moving(event: &Event) -> bool {
    matches!(
        event.state,
        EventState::Received | EventState::Working | EventState::Retrying | EventState::Waiting
    )
}

fn came(story: &Story) -> Timed {
    let event = &story.event;
    let (title, text) = match (&event.source_event_id, &story.delivery) {
        (None, _) if WishKind::of_event(&event.event_type).is_some() => (
            "Somebody at your company asked".to_owned(),
            "On a page of Latchkey; “Who did what” under Setup says who.".to_owned(),
        ),
        (None, _) => (
            "A date came".to_owned(),
            "Latchkey had noted it from an earlier message, and looks again now.".to_owned(),
        ),
        (Some(_), Some(delivery)) if delivery.outcome == Outcome::Fetched => (
            "Fetched from FastSpring".to_owned(),
            "FastSpring had not brought it, so Latchkey asked for what was missing and stored it."
                .to_owned(),
        ),
        (Some(_), Some(delivery)) => ("FastSpring called".to_owned(), delivered(delivery)),
        (Some(_), None) => (
            "FastSpring called".to_owned(),
            "Signed with your secret. Stored on disk, then answered.".to_owned(),
        ),
    };
    (event.received_at, StoryStep::new(Tone::Good, title, text))
}

fn delivered(delivery: &Delivery) -> String {
    let events = match delivery.events {
        1 => "1 message".to_owned(),
        count => format!("{count} messages in one call"),
    };
    format!(
        "{}, {events}, signed with your secret. Stored on disk, then answered.",
        size(delivery.body_bytes)
    )
}

fn decided(story: &Story) -> Vec<Timed> {
    let Some(first) = story.effects.first() else {
        return Vec::new();
    };
    let count = story.effects.len() as u64;
    let what = event_words::title(&story.event);
    let mut steps = vec![(
        first.created_at,
        StoryStep::new(
            Tone::Good,
            format!("Decided: {}", counted(count, "change", "changes")),
            format!("Understood as “{what}”, and compared with the licenses."),
        ),
    )];
    steps.extend(story.effects.iter().map(|effect| {
        (
            effect.created_at,
            StoryStep {
                change: change(effect),
                ..StoryStep::new(tone(effect), action(effect.kind), effect.summary.clone())
            },
        )
    }));
    steps
}

/// What an effect changes, as far as it can be told from what the license showed before and after.
fn change(effect: &Effect) -> Option<Change> {
    let shown =
        |json: &Option<String>| -> Option<Shown> { serde_json::from_str(json.as_deref()?).ok() };
    let before = shown(&effect.before);
    let after = shown(&effect.after)?;
    let (label, say): (&str, fn(&Shown) -> String) = match effect.kind {
        ActionKind::Issue | ActionKind::Renew | ActionKind::SetTerm => ("End", end),
        ActionKind::Suspend | ActionKind::Reinstate | ActionKind::Revoke => ("State", standing),
        ActionKind::SetSeats => ("Seats", seats),
        _ => return None,
    };
    let change = Change {
        label: label.to_owned(),
        before: before.as_ref().map(say).unwrap_or_default(),
        after: say(&after),
    };
    (change.before != change.after).then_some(change)
}

fn end(shown: &Shown) -> String {
    match shown.expires_at {
        Some(end) => end.long_day(),
        None if shown.is_perpetual => "never".to_owned(),
        None => "once activated".to_owned(),
    }
}

fn standing(shown: &Shown) -> String {
    let text = match (shown.is_revoked, shown.is_suspended) {
        (true, _) => "revoked",
        (false, true) => "suspended",
        (false, false) => "running",
    };
    text.to_owned()
}

fn seats(shown: &Shown) -> String {
    let count = shown.allowed_activations.or(shown.allowed_floating_clients);
    match count {
        Some(count @ 1..) => count.to_string(),
        _ => "unlimited".to_owned(),
    }
}

const fn tone(effect: &Effect) -> Tone {
    match effect.state {
        EffectState::Done => Tone::Good,
        EffectState::Planned => Tone::Wait,
        EffectState::Sent => Tone::Work,
        EffectState::Skipped => Tone::Quiet,
        EffectState::Failed => Tone::Bad,
    }
}

fn checked(effect: &Effect, service: &str) -> Option<Timed> {
    let at = effect.verified_at?;
    let shown: Option<Shown> = effect
        .after
        .as_deref()
        .and_then(|json| serde_json::from_str(json).ok());
    let text = shown.map_or_else(
        || "As intended.".to_owned(),
        |shown| {
            let suspended = if shown.is_suspended {
                "suspended"
            } else {
                "not suspended"
            };
            let revoked = if shown.is_revoked {
                "revoked"
            } else {
                "not revoked"
            };
            format!(
                "{service} says: ends {}, {suspended}, {revoked}. As intended.",
                end(&shown)
            )
        },
    );
    Some((
        at,
        StoryStep::new(Tone::Good, format!("Checked at {service}"), text),
    ))
}

fn ended(event: &Event) -> Option<Timed> {
    let badge = event_words::state(event);
    match (event.settled_at, event.due_at) {
        (Some(at), _) => Some((at, StoryStep::new(badge.tone, badge.text, String::new()))),
        (None, Some(at)) if event.state == EventState::Retrying => {
            let text = format!("Attempt {} failed; this is the next.", event.attempts);
            Some((at, StoryStep::new(Tone::Wait, badge.text, text)))
        }
        _ => None,
    }
}

fn size(bytes: i64) -> String {
    match bytes {
        ..1_024 => format!("{bytes} bytes"),
        _ => format!("{}.{} KB", bytes / 1_024, bytes % 1_024 * 10 / 1_024),
    }
}

/// The clock time of the beginning, then how much later: `+23 ms`, `+5.2 s`, `+3 min`.
fn offset(begin: Timestamp, at: Timestamp) -> String {
    let later = at.since(begin);
    if later <= SignedDuration::ZERO {
        return at.as_jiff().strftime("%H:%M:%S%.3f").to_string();
    }
    let millis = later.as_millis();
    match millis {
        0..1_000 => format!("+{millis} ms"),
        1_000..60_000 => format!("+{}.{:02} s", millis / 1_000, millis % 1_000 / 10),
        60_000..7_200_000 => format!("+{} min", millis / 60_000),
        7_200_000..172_800_000 => format!("+{} h", millis / 3_600_000),
        _ => format!("+{} days", millis / 86_400_000),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_count_from_the_beginning() {
        let begin: Timestamp = "2026-12-03T08:14:02.118Z".parse().unwrap();
        for (later, text) in [
            (0, "08:14:02.118"),
            (23, "+23 ms"),
            (5_240, "+5.24 s"),
            (180_000, "+3 min"),
            (259_200_000, "+3 days"),
        ] {
            let at = begin.plus(SignedDuration::from_millis(later));

            assert_eq!(offset(begin, at), text);
        }
    }

    #[test]
    fn sizes_are_told_in_short() {
        assert_eq!(size(6_246), "6.0 KB");
    }
}
