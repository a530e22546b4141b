//! What happened, message by message, with what it did: for a buyer's page, a license's page and their histories.

use std::collections::BTreeMap;

use crate::domain::effect::{EffectState, EventState};
use crate::domain::id::EventId;
use crate::domain::reason::ReasonCode;
use crate::store::StoreError;
use crate::store::effects::Effect;
use crate::store::events::Event;
use crate::web::change_words::told;
use crate::web::event_words;
use crate::web::names::Names;

/// One message in plain words.
pub struct Chapter<'a> {
    /// The message.
    pub event: &'a Event,
    /// What happened: `Renewal paid · Studio Pro`.
    pub title: String,
    /// What it did, or why nothing was to do; may be empty.
    pub text: String,
    /// Whether every change was read back and found as it should be; false where nothing was changed.
    pub is_checked: bool,
}

/// Messages that told of licenses, and those that did not.
pub struct Chapters<'a> {
    /// What concerned licenses, in the order of the messages.
    pub told: Vec<Chapter<'a>>,
    /// How many only informed of something else.
    pub notices: Vec<Chapter<'a>>,
}

/// Tells the messages in their order; dates of our own that have not come are left out.
pub fn chapters<'a>(
    events: &'a [Event],
    effects: &[Effect],
    names: &Names,
) -> Result<Chapters<'a>, StoreError> {
    let mut of_event: BTreeMap<EventId, Vec<&Effect>> = BTreeMap::new();
    for effect in effects {
        of_event.entry(effect.event_id).or_default().push(effect);
    }
    let mut chapters = Chapters {
        told: Vec::new(),
        notices: Vec::new(),
    };
    for event in events {
        if event_words::is_planned(event) {
            continue;
        }
        let effects = of_event.get(&event.id).map_or(&[][..], Vec::as_slice);
        let chapter = chapter(event, effects, names)?;
        if event.state == EventState::Ignored && event.reason_code == Some(ReasonCode::NoticeOnly) {
            chapters.notices.push(chapter);
        } else {
            chapters.told.push(chapter);
        }
    }
    Ok(chapters)
}

/// One message with the effects that matter here.
pub fn chapter<'a>(
    event: &'a Event,
    effects: &[&Effect],
    names: &Names,
) -> Result<Chapter<'a>, StoreError> {
    let mut sentences: Vec<String> = Vec::new();
    for effect in effects {
        let sentence = told(effect);
        if !sentences.contains(&sentence) {
            sentences.push(sentence);
        }
    }
    let reason = event_words::reason(event)?;
    if !reason.is_empty() {
        sentences.push(reason);
    }
    let product = event_words::about_product(event, names);
    let title = event_words::title(event);
    Ok(Chapter {
        event,
        title: match product {
            Some(product) => format!("{title} · {product}"),
            None => title,
        },
        text: sentences.join(" "),
        is_checked: are_checked(effects),
    })
}

fn are_checked(effects: &[&Effect]) -> bool {
    let is_done = |effect: &&Effect| effect.state == EffectState::Done;
    let is_over = |effect: &&Effect| match effect.state {
        EffectState::Done => effect.verified_at.is_some(),
        EffectState::Skipped => true,
        EffectState::Planned | EffectState::Sent | EffectState::Failed => false,
    };
    effects.iter().any(is_done) && effects.iter().all(is_over)
}
