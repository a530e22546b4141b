//! One message from FastSpring, told as a timeline: what came, what it means, what was done, the proof.

use actix_web::web::Path;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use askama::filters::HtmlSafe;

use crate::domain::consent::Answer as Consent;
use crate::domain::effect::EventState;
use crate::domain::id::{EventId, TenantId};
use crate::domain::policy::Policy;
use crate::domain::time::Timestamp;
use crate::pipeline::consent::{NotAnswered, answer_event, is_asking};
use crate::pipeline::run_again;
use crate::store::events::{Event, EventFilter};
use crate::store::storefronts::Storefront;
use crate::store::{
    Db, StoreError, calls, deliveries, effects, events, licenses, payloads, storefronts,
};
use crate::vault::{Field, TenantKeys};
use crate::web::answer::{Answer, fragment, page, see};
use crate::web::names::Names;
use crate::web::pages::event_outcome::{outcome, why};
use crate::web::pages::event_story::{Story, is_moving, pretty, steps};
use crate::web::pages::failure::PageError;
use crate::web::pages::shell::{Area, Shell};
use crate::web::partials::{Badge, Headline, Icon, Id, Moment, Step, Way};
use crate::web::query::Query;
use crate::web::sent::Sent;
use crate::web::visitor::Visitor;
use crate::web::{asked, assets, event_words};

/// Other messages about the same purchase that are shown.
const RELATED: i64 = 20;

/// The page.
#[derive(Debug, Clone, Template)]
#[template(path = "activity/event.html")]
pub struct EventPage {
    /// The frame.
    pub shell: Shell,
    /// What happened, to whom, how much.
    pub title: String,
    /// What came of it, and whose move it is.
    pub outcome: Headline,
    /// The license, order and subscription it is about.
    pub subjects: Vec<Subject>,
    /// Whether it is a test order.
    pub is_test: bool,
    /// Run again, set aside: what may be done about it now.
    pub ways: Vec<Way>,
    /// What happened, step by step.
    pub steps: Vec<Step>,
    /// Where the steps refresh from while it is not settled; `None` afterwards.
    pub live_url: Option<String>,
    /// Why it was done so: sentences.
    pub why: Vec<String>,
    /// The rules that decided.
    pub rules: Option<Way>,
    /// Other messages about the same purchase, oldest first.
    pub related: Vec<Related>,
    /// FastSpring's type and id.
    pub source: Vec<Fact>,
    /// What FastSpring sent, pretty-printed; `None` after the retention time.
    pub payload: Option<String>,
}

/// Something the message is about.
#[derive(Debug, Clone)]
pub struct Subject {
    /// `Order`, `Subscription`, `License`.
    pub label: &'static str,
    /// Its id or number.
    pub id: Id,
    /// Its page or list.
    pub href: String,
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
pub struct Fact {
    /// The name.
    pub label: &'static str,
    /// The value.
    pub value: Id,
}

/// The steps alone, as they refresh themselves; served at `/activity/{event}/live`.
#[derive(Debug, Clone, Template)]
#[template(ext = "html", source = "{% for step in steps %}{{ step }}{% endfor %}")]
pub struct Steps {
    /// What happened, step by step.
    pub steps: Vec<Step>,
}

impl HtmlSafe for Steps {}

/// `GET /activity/{event}`.
pub async fn show(visitor: Visitor, id: Path<String>) -> Answer {
    let found = find(&visitor, &id).await?;
    let keys = visitor.keys().await?;
    let event = &found.story.event;
    let title = title(event, &found.names);
    let href = format!("/activity/{}", event.id);
    let policy = found
        .store
        .as_ref()
        .and_then(|store| serde_json::from_str::<Policy>(&store.policy).ok());
    page(&EventPage {
        shell: visitor.shell(title.clone(), Area::Activity).await?,
        outcome: headline(event, &found)?,
        subjects: found.subjects,
        is_test: !event.live,
        ways: ways(event, &href, &visitor.session.csrf_token),
        steps: steps(&found.story, &keys)?,
        live_url: is_moving(event).then(|| format!("{href}/live")),
        why: why(event, &found.story.effects, policy.as_ref())?,
        rules: found
            .store
            .as_ref()
            .map(|store| Way::link("See the rules", format!("/setup/stores/{}", store.id))),
        related: found
            .related
            .iter()
            .map(|other| related(other, event.id, visitor.now))
            .collect(),
        source: source(event, &found.names),
        payload: found.payload,
        title,
    })
}

/// `GET /activity/{event}/live`.
pub async fn live(http: HttpRequest, visitor: Visitor, id: Path<String>) -> Answer {
    let found = find(&visitor, &id).await?;
    let steps = steps(&found.story, &*visitor.keys().await?)?;
    fragment(&http, &Steps { steps })
}

/// `POST /activity/{event}/run-again`.
pub async fn send_again(sent: Sent, id: Path<String>) -> Result<HttpResponse, PageError> {
    let (id, author) = (event_id(&id)?, sent.visitor.author().await?);
    run_again::replay(&sent.visitor.state.store, author, id).await?;
    sent.visitor.state.wake.notify_one();
    Ok(see(&format!("/activity/{id}?done=run-again")))
}

/// `POST /activity/{event}/set-aside`.
pub async fn set_aside(sent: Sent, id: Path<String>) -> Result<HttpResponse, PageError> {
    let (id, author) = (event_id(&id)?, sent.visitor.author().await?);
    run_again::discard(&sent.visitor.state.store, author, id).await?;
    Ok(see(&format!("/activity/{id}?done=set-aside")))
}

/// `POST /activity/{event}/approve`: does what the message asks.
pub async fn approve(sent: Sent, id: Path<String>) -> Result<HttpResponse, PageError> {
    answer(sent, &id, Consent::Approved).await
}

/// `POST /activity/{event}/drop`: leaves its license as it is.
pub async fn drop(sent: Sent, id: Path<String>) -> Result<HttpResponse, PageError> {
    answer(sent, &id, Consent::Dropped).await
}

async fn answer(sent: Sent, id: &str, answer: Consent) -> Result<HttpResponse, PageError> {
    let id = event_id(id)?;
    let author = sent.visitor.author().await?;
    match answer_event(&sent.visitor.state.store, author, id, answer).await {
        Ok(()) => sent.visitor.state.wake.notify_one(),
        // Someone else was faster: the page shows what came of it.
        Err(NotAnswered::NotAsked) => return Ok(see(&format!("/activity/{id}"))),
        Err(NotAnswered::Store(error)) => return Err(error.into()),
    }
    Ok(see(&format!("/activity/{id}?done={}", answer.as_str())))
}

struct Found {
    story: Story,
    store: Option<Storefront>,
    subjects: Vec<Subject>,
    related: Vec<Event>,
    payload: Option<String>,
    names: Names,
}

fn event_id(text: &str) -> Result<EventId, PageError> {
    text.parse().map_err(|_no_id| PageError::not_found())
}

async fn find(visitor: &Visitor, id: &str) -> Result<Found, PageError> {
    let (id, tenant, keys) = (event_id(id)?, visitor.tenant, visitor.keys().await?);
    let found = visitor
        .read(move |db| read(db, (tenant, &keys), id))
        .await?;
    found.ok_or_else(PageError::not_found)
}

fn read(
    db: &mut Db,
    (tenant, keys): (TenantId, &TenantKeys),
    id: EventId,
) -> Result<Option<Found>, StoreError> {
    let Some(event) = events::find(db, tenant, id)? else {
        return Ok(None);
    };
    let delivery = match event.delivery_id {
        Some(delivery) => deliveries::find(db, tenant, delivery)?,
        None => None,
    };
    let effects = effects::list_of_event(db, tenant, id)?;
    let related = list_related(db, tenant, &event)?;
    let people = related
        .iter()
        .chain([&event])
        .filter_map(|event| event.customer_id);
    let names = Names::look_up(db, (tenant, keys), people)?;
    let license_ids: Vec<_> = effects.iter().map(|effect| effect.license_id).collect();
    let licenses = licenses::list_by_ids(db, tenant, &license_ids)?;
    let payload = payloads::find(db, tenant, id)?
        .map(|sealed| keys.open(Field::Payload(id).place(), &sealed))
        .transpose()
        .map_err(|error| StoreError::corrupt("payloads.sealed", error))?
        .map(|payload| pretty(&payload));
    Ok(Some(Found {
        store: storefronts::find(db, tenant, event.storefront_id)?,
        subjects: subjects(&event, &licenses),
        story: Story {
            calls: calls::list_of_event(db, tenant, id)?,
            event,
            delivery,
            effects,
        },
        related,
        payload,
        names,
    }))
}

/// Messages about the same subscription, else the same order, the oldest first.
fn list_related(db: &mut Db, tenant: TenantId, event: &Event) -> Result<Vec<Event>, StoreError> {
    let filter = match (&event.subscription_id, &event.order_id) {
        (Some(subscription), _) => EventFilter {
            subscription_id: Some(subscription.clone()),
            ..EventFilter::default()
        },
        (None, Some(order)) => EventFilter {
            order: Some(order.clone()),
            ..EventFilter::default()
        },
        (None, None) => return Ok(Vec::new()),
    };
    let mut related = events::list(db, tenant, &filter, None, RELATED)?;
    related.reverse();
    // Alone it is related to nothing.
    if related.len() == 1 {
        related.clear();
    }
    Ok(related)
}

/// The first line of the page: what is asked, else what came of it.
fn headline(event: &Event, found: &Found) -> Result<Headline, StoreError> {
    let effects = &found.story.effects;
    if !is_asking(event) {
        return outcome(event, effects);
    }
    let question = asked::question(event, effects, &found.names);
    Ok(Headline::new(
        event_words::state(event).tone,
        format!("Needs you: {question}"),
        format!(
            "What would be done: {}. Until you answer, the license keeps working.",
            asked::preview(effects)
        ),
    ))
}

fn title(event: &Event, names: &Names) -> String {
    let title = event_words::title(event);
    match event_words::subject(event, names)
        .replace(" · ", ", ")
        .as_str()
    {
        "" => title,
        subject => format!("{title}: {subject}"),
    }
}

fn subjects(event: &Event, licenses: &[licenses::Row]) -> Vec<Subject> {
    let mut subjects: Vec<Subject> = licenses
        .iter()
        .take(3)
        .map(|license| Subject {
            label: "License",
            id: Id::new(
                license
                    .remote_id
                    .clone()
                    .unwrap_or_else(|| license.id.to_string()),
            ),
            href: format!("/licenses/{}", license.id),
        })
        .collect();
    let order = event.order_reference.as_ref().or(event.order_id.as_ref());
    subjects.extend(order.map(|order| Subject {
        label: "Order",
        id: Id::new(order),
        href: Query::default().with("order", order).at("/activity"),
    }));
    subjects.extend(event.subscription_id.as_ref().map(|subscription| {
        Subject {
            label: "Subscription",
            id: Id::new(subscription),
            href: Query::default()
                .with("subscription", subscription)
                .at("/activity"),
        }
    }));
    subjects
}

fn ways(event: &Event, href: &str, csrf: &str) -> Vec<Way> {
    let mut ways = Vec::new();
    if is_asking(event)
        && let Some(code) = event.reason_code
    {
        ways.extend(asked::answers(code, href, csrf));
        return ways;
    }
    if event.state != EventState::Working {
        let again = Way::post("Run again", format!("{href}/run-again"), csrf);
        ways.push(match event.state {
            EventState::Parked => again.primary(),
            _ => again,
        });
    }
    if is_moving(event) || event.state == EventState::Parked {
        ways.push(Way::post("Set aside", format!("{href}/set-aside"), csrf).quiet());
    }
    ways
}

fn related(other: &Event, this: EventId, now: Timestamp) -> Related {
    Related {
        at: Moment::relative(other.received_at, now),
        title: event_words::title(other),
        state: event_words::state(other),
        href: (other.id != this).then(|| format!("/activity/{}", other.id)),
    }
}

fn source(event: &Event, names: &Names) -> Vec<Fact> {
    let mut facts = vec![Fact {
        label: "Type",
        value: Id::new(&event.event_type),
    }];
    facts.extend(event.source_event_id.as_ref().map(|id| Fact {
        label: "FastSpring's number",
        value: Id::new(id),
    }));
    facts.push(Fact {
        label: "Our number",
        value: Id::new(event.id.to_string()),
    });
    let store = names.store(event.storefront_id);
    if !store.is_empty() {
        facts.push(Fact {
            label: "Store",
            value: Id::new(store),
        });
    }
    facts
}
