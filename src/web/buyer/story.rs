//! What happened, message by message, with what it did: for a buyer's page, a license's page and their histories.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use crate::domain::effect::{EffectState, EventState};
use crate::domain::id::{EventId, LicenseId, TenantId};
use crate::domain::reason::ReasonCode;
use crate::domain::wish::WishKind;
use crate::store::audit::{self, AuditFilter};
use crate::store::effects::Effect;
use crate::store::events::Event;
use crate::store::{Db, StoreError};
use crate::web::actor_names::ActorNames;
use crate::web::change_words::told;
use crate::web::event_words;
use crate::web::names::Names;

/// Acts about one license that are looked through; a person does few things to one.
const MOST_ACTS: i64 = 200;

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

/// What people said when they asked for something: a sentence for each message that came of it.
pub type Said = BTreeMap<EventId, String>;

/// Who asked for these messages, and why, as it is on record; most messages are nobody's.
pub fn said(
    db: &mut Db,
    tenant: TenantId,
    (events, effects): (&[Event], &[Effect]),
) -> Result<Said, StoreError> {
    let asked: BTreeSet<EventId> = events
        .iter()
        .filter(|event| WishKind::of_event(&event.event_type).is_some())
        .map(|event| event.id)
        .collect();
    if asked.is_empty() {
        return Ok(Said::new());
    }
    let its = effects
        .iter()
        .filter(|effect| asked.contains(&effect.event_id));
    let licenses: BTreeSet<LicenseId> = its.map(|effect| effect.license_id).collect();
    let names = ActorNames::look_up(db, tenant)?;
    let mut said = Said::new();
    for license in licenses {
        let filter = AuditFilter {
            target: Some(license.to_string()),
            ..AuditFilter::default()
        };
        for act in audit::list(db, tenant, &filter, None, MOST_ACTS)? {
            let reason: Option<Reason> = serde_json::from_str(&act.details).ok();
            if let Some(reason) = reason {
                let who = names.of(&act).unwrap_or("Somebody");
                let words = format!("{who} asked for it: “{}”.", reason.reason);
                said.insert(reason.event_id, words);
            }
        }
    }
    Ok(said)
}

/// What an act on record says of a wish.
#[derive(Deserialize)]
struct Reason {
    event_id: EventId,
    reason: String,
}

/// Tells the messages in their order; dates of our own that have not come are left out.
pub fn chapters<'a>(
    (events, effects): (&'a [Event], &[Effect]),
    names: &Names,
    said: &Said,
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
        let mut chapter = chapter(event, effects, names)?;
        if let Some(words) = said.get(&event.id) {
            chapter.text = format!("{words} {}", chapter.text).trim_end().to_owned();
        }
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
    let kind = names.service(event.storefront_id);
    for effect in effects {
        let sentence = told(effect, kind);
        if !sentences.contains(&sentence) {
            sentences.push(sentence);
        }
    }
    let reason = event_words::reason(event, kind)?;
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
