//! One message from FastSpring, told as a timeline: what came, what it means, what was done, the proof.

use actix_web::HttpRequest;
use actix_web::web::Path;
use askama::Template;
use askama::filters::HtmlSafe;

use crate::domain::id::EventId;
use crate::domain::policy::Policy;
use crate::domain::time::Timestamp;
use crate::store::events::Event;
use crate::web::answer::{Answer, fragment, page};
use crate::web::bodies::{self, Keys};
use crate::web::names::Names;
use crate::web::once;
use crate::web::pages::event_found::{event_id, find};
use crate::web::pages::event_head::{Head, head};
use crate::web::pages::event_keys::LeftKey;
use crate::web::pages::event_outcome::why;
use crate::web::pages::event_story::{is_moving, steps};
use crate::web::pages::event_ways::{LicensePick, pick};
use crate::web::pages::failure::PageError;
use crate::web::pages::shell::{Area, Shell};
use crate::web::partials::{Badge, CopyableId, Icon, Moment, StoryStep, Way};
use crate::web::visitor::Visitor;
use crate::web::{assets, event_words};

/// The page.
#[derive(Debug, Clone, Template)]
#[template(path = "activity/event.html")]
pub struct EventPage {
    /// The frame.
    pub shell: Shell,
    /// What it is, what came of it, what may be done.
    pub head: Head,
    /// Names the license that it is about; `None` where none is missing.
    pub pick: Option<LicensePick>,
    /// Keys of the shop's own generator that were not adopted.
    pub left_keys: Vec<LeftKey>,
    /// What happened, step by step.
    pub steps: Vec<StoryStep>,
    /// Where its parts refresh from while it is not settled, before their names; `None` afterwards.
    pub live_url: Option<String>,
    /// Why it was done so: sentences.
    pub why: Vec<String>,
    /// The rules that decided.
    pub rules: Option<Way>,
    /// Other messages about the same purchase, oldest first.
    pub related: Vec<Related>,
    /// The buyer's page; `None` where nobody is known.
    pub buyer: Option<Way>,
    /// FastSpring's type and id.
    pub source: Vec<EventFact>,
    /// What FastSpring sent, pretty-printed; `None` after the retention time.
    pub payload: Option<String>,
    /// Shows license keys whole; `None` where none is cut.
    pub show_keys: Option<Way>,
}

/// Another message about the same purchase.
#[derive(Debug, Clone)]
pub struct Related {
    /// When it came.
    pub at: Moment,
    /// What happened.
    pub title: String,
    /// Its state.
    pub state: Badge,
    /// Its page; `None` for the message itself.
    pub href: Option<String>,
}

/// A name and a value.
#[derive(Debug, Clone)]
pub struct EventFact {
    /// The name.
    pub label: &'static str,
    /// The value.
    pub value: CopyableId,
}

/// The steps alone, as they refresh themselves; served at `/activity/{event}/live/steps`.
#[derive(Debug, Clone, Template)]
#[template(ext = "html", source = "{% for step in steps %}{{ step }}{% endfor %}")]
pub struct Steps {
    /// What happened, step by step.
    pub steps: Vec<StoryStep>,
}

impl HtmlSafe for Steps {}

/// `GET /activity/{event}`.
pub async fn show(visitor: Visitor, id: Path<String>) -> Answer {
    let once = once::take(&visitor, &address(event_id(&id)?)).await?;
    let shown = match once.shown() {
        Some(_) => Keys::Whole,
        None => Keys::Cut,
    };
    let mut whole = whole(&visitor, &id, shown, None).await?;
    whole.shell.notice = once.notice().or(whole.shell.notice);
    page(&whole)
}

/// The page; with a license as it was named on it, and why it could not be that one.
pub async fn whole(
    visitor: &Visitor,
    id: &str,
    shown: Keys,
    refused: Option<(&str, String)>,
) -> Result<EventPage, PageError> {
    let found = find(visitor, id).await?;
    let keys = visitor.keys().await?;
    let show_keys = shown == Keys::Cut && found.holds_keys(&keys)?;
    let event = &found.story.event;
    let head = head(&found, &visitor.session.csrf_token)?;
    let (href, service) = (address(event.id), found.service());
    let policy = found
        .store
        .as_ref()
        .and_then(|store| serde_json::from_str::<Policy>(&store.policy).ok());
    Ok(EventPage {
        shell: visitor.shell(head.title.clone(), Area::Activity).await?,
        head,
        left_keys: found.left_keys,
        pick: pick(event, service.name(), &href, refused),
        steps: steps(&found.story, &keys, shown)?,
        live_url: is_moving(event).then(|| format!("{href}/live")),
        why: why(event, &found.story.effects, service, policy.as_ref())?,
        rules: found
            .store
            .as_ref()
            .map(|store| Way::link("See the rules", format!("/setup/stores/{}", store.id))),
        related: found
            .related
            .iter()
            .map(|other| related(other, event.id, visitor.now))
            .collect(),
        buyer: buyer(event, &found.names),
        source: source(event, &found.names),
        show_keys: show_keys.then(|| {
            let csrf = &visitor.session.csrf_token;
            Way::post("Show the license keys", format!("{href}/keys"), csrf)
        }),
        payload: found.payload.map(|payload| bodies::pretty(&payload, shown)),
    })
}

/// Where the page of a message is.
pub fn address(id: EventId) -> String {
    format!("/activity/{id}")
}

/// `GET /activity/{event}/live/steps`.
pub async fn live_steps(http: HttpRequest, visitor: Visitor, id: Path<String>) -> Answer {
    let found = find(&visitor, &id).await?;
    let steps = steps(&found.story, &*visitor.keys().await?, Keys::Cut)?;
    fragment(&http, &Steps { steps })
}

/// `GET /activity/{event}/live/head`.
pub async fn live_head(http: HttpRequest, visitor: Visitor, id: Path<String>) -> Answer {
    let found = find(&visitor, &id).await?;
    fragment(&http, &head(&found, &visitor.session.csrf_token)?)
}

fn buyer(event: &Event, names: &Names) -> Option<Way> {
    let customer = event.customer_id?;
    let name = names.person(Some(customer)).unwrap_or("The buyer");
    Some(Way::link(
        format!("{name}’s story"),
        format!("/customers/{customer}"),
    ))
}

fn related(other: &Event, this: EventId, now: Timestamp) -> Related {
    Related {
        at: Moment::relative(other.received_at, now),
        title: event_words::title(other),
        state: event_words::state(other),
        href: (other.id != this).then(|| address(other.id)),
    }
}

fn source(event: &Event, names: &Names) -> Vec<EventFact> {
    let mut facts = vec![EventFact {
        label: "Type",
        value: CopyableId::new(&event.event_type),
    }];
    facts.extend(event.source_event_id.as_ref().map(|id| EventFact {
        label: "FastSpring's number",
        value: CopyableId::new(id),
    }));
    facts.push(EventFact {
        label: "Our number",
        value: CopyableId::new(event.id.to_string()),
    });
    let store = names.store(event.storefront_id);
    if !store.is_empty() {
        facts.push(EventFact {
            label: "Store",
            value: CopyableId::new(store),
        });
    }
    facts
}
