//! Activity: everything FastSpring sent, one sentence per message, filtered by the URL.

use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use strum::VariantArray as _;

use crate::domain::id::{JobId, TenantId};
use crate::domain::news::News;
use crate::domain::time::Timestamp;
use crate::pipeline::support::replay;
use crate::store::events::{Event, EventCursor};
use crate::store::{Db, StoreError, events};
use crate::vault::TenantKeys;
use crate::web::activity_filter::{ActivityFilter, NAMES};
use crate::web::answer::{Answer, fragment, page, see};
use crate::web::error::Problem;
use crate::web::names::Names;
use crate::web::pages::failure::PageError;
use crate::web::pages::shell::{Area, Shell};
use crate::web::partials::{
    Badge, Empty, FieldChoice, FormField, Icon, Moment, Pager, Select, Tab, Way,
};
use crate::web::query::Query;
use crate::web::sent::Sent;
use crate::web::visitor::Visitor;
use crate::web::{assets, event_words};

/// Messages on one page.
const PAGE: i64 = 50;
/// What the form does not ask for.
const KEPT: [&str; 5] = ["state", "reason", "about", "order", "subscription"];
/// The prepared filters: what they are called, and the states they show.
const TABS: [(&str, &str); 6] = [
    ("All", ""),
    ("Needs you", "parked"),
    ("Trying again", "retrying"),
    ("Waiting", "waiting,received,working"),
    ("Done", "done"),
    ("Nothing to do", "ignored,discarded"),
];

/// The list.
#[derive(Debug, Clone, Template)]
#[template(path = "activity/list.html")]
pub struct Activity {
    /// The frame.
    pub shell: Shell,
    /// Prepared filters: all, needs you, trying again, waiting, done, nothing to do.
    pub tabs: Vec<Tab>,
    /// Search, by anything a buyer may name.
    pub search: FormField,
    /// Which store, which type, live or test.
    pub selects: Vec<Select>,
    /// Received from this day on.
    pub after: FormField,
    /// Received until this day.
    pub before: FormField,
    /// What the form does not ask for and keeps: the tab, a reason, an order.
    pub kept: Vec<(String, String)>,
    /// The messages, latest first.
    pub rows: Vec<ListedEvent>,
    /// In place of rows when there are none.
    pub empty: Empty,
    /// Runs everything that the filter finds again; `None` where that makes no sense.
    pub run_again: Option<Way>,
    /// Further pages.
    pub pager: Pager,
    /// Where the rows refresh from; `None` on later pages.
    pub live_url: Option<String>,
}

/// The list alone, as it refreshes itself; served at `/activity/live`.
#[derive(Debug, Clone, Template)]
#[template(path = "activity/rows.html")]
pub struct ActivityRows {
    /// The messages, latest first.
    pub rows: Vec<ListedEvent>,
    /// In place of messages when there are none: the first one comes to an open page too.
    pub empty: Empty,
}

/// One message.
#[derive(Debug, Clone)]
pub struct ListedEvent {
    /// The event's id.
    pub key: String,
    /// When it came.
    pub at: Moment,
    /// What happened: `Renewal paid`.
    pub title: String,
    /// About whom or what: buyer, product; may be empty.
    pub subject: String,
    /// Its state, with the time of the next try.
    pub state: Badge,
    /// Why it is not done; may be empty.
    pub reason: String,
    /// The order's number or the subscription's id; may be empty.
    pub reference: String,
    /// Whether it is a test order.
    pub is_test: bool,
    /// Its page.
    pub href: String,
}

/// `GET /activity`.
pub async fn show(visitor: Visitor) -> Answer {
    let filter = ActivityFilter::read(&visitor.query);
    let (after_error, before_error) = (filter.after_error.clone(), filter.before_error.clone());
    let found = find(&visitor, filter).await?;
    let asked = visitor.query.clone().only(&NAMES);
    let is_later = visitor.query.get("cursor").is_some();
    page(&Activity {
        tabs: tabs(&asked),
        search: search(asked.get("q").unwrap_or_default()),
        selects: selects(&asked, &found.names),
        after: date("after", "From", &asked, after_error),
        before: date("before", "Until", &asked, before_error),
        kept: asked
            .clone()
            .only(&KEPT)
            .pairs()
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect(),
        empty: empty(&asked),
        run_again: run_all_again(&asked, &found.rows, &visitor.session.csrf_token),
        pager: Pager {
            first: is_later.then(|| asked.at("/activity")),
            next: found
                .next
                .map(|cursor| asked.clone().with("cursor", cursor).at("/activity")),
        },
        live_url: (!is_later).then(|| asked.at("/activity/live")),
        rows: found.rows,
        shell: visitor.shell("Activity", Area::Activity).await?,
    })
}

/// `GET /activity/live`.
pub async fn live(http: HttpRequest, visitor: Visitor) -> Answer {
    let filter = ActivityFilter::read(&visitor.query);
    let rows = find(&visitor, filter).await?.rows;
    let asked = visitor.query.clone().only(&NAMES);
    let empty = empty(&asked);
    fragment(&http, &ActivityRows { rows, empty })
}

/// `POST /activity/run-again`: everything that the filter finds, the oldest first.
pub async fn run_many_again(sent: Sent) -> Result<HttpResponse, PageError> {
    let asked = sent.query().only(&NAMES);
    asked.check().map_err(Problem::not_searchable)?;
    let filter = ActivityFilter::read(&asked);
    // What makes no sense in an address is left out of its filter, which may leave nothing of it.
    if filter.is_empty() {
        return Err(PageError::not_found());
    }
    let visitor = &sent.visitor;
    let keys = visitor.keys().await?;
    let (tenant, now) = (visitor.tenant, visitor.now);
    let ids = visitor
        .read(move |db| {
            let filter = filter.look_up(db, (tenant, &keys), now)?;
            replay::choose(db, tenant, &filter)
        })
        .await?;
    let job = JobId::from_uuid(visitor.state.clock.id());
    replay::replay_many(&visitor.state.store, visitor.author().await?, job, ids).await?;
    visitor.state.wake.notify_one();
    let list = asked.without(&["state", "reason", "about"]);
    Ok(see(&list.with("done", "run-many-again").at("/activity")))
}

struct Found {
    rows: Vec<ListedEvent>,
    next: Option<String>,
    names: Names,
}

async fn find(visitor: &Visitor, filter: ActivityFilter) -> Result<Found, PageError> {
    let keys = visitor.keys().await?;
    let (tenant, now) = (visitor.tenant, visitor.now);
    let after = visitor.query.get("cursor").and_then(cursor);
    let found = visitor
        .read(move |db| read(db, (tenant, &keys), filter, after, now))
        .await?;
    Ok(found)
}

fn read(
    db: &mut Db,
    (tenant, keys): (TenantId, &TenantKeys),
    filter: ActivityFilter,
    after: Option<EventCursor>,
    now: Timestamp,
) -> Result<Found, StoreError> {
    let filter = filter.look_up(db, (tenant, keys), now)?;
    let mut found = events::list(db, tenant, &filter, after, PAGE + 1)?;
    for event in &mut found {
        event.open_words(keys)?;
    }
    let has_more = found.len() as i64 > PAGE;
    found.truncate(usize::try_from(PAGE).unwrap_or(usize::MAX));
    let people = found.iter().filter_map(|event| event.customer_id);
    let names = Names::look_up(db, (tenant, keys), people)?;
    let last = found.last().filter(|_| has_more);
    Ok(Found {
        next: last.map(|event| format!("{}.{}", event.received_at.as_microsecond(), event.id)),
        rows: found
            .iter()
            .map(|event| row(event, &names, now))
            .collect::<Result<_, StoreError>>()?,
        names,
    })
}

fn row(event: &Event, names: &Names, now: Timestamp) -> Result<ListedEvent, StoreError> {
    Ok(ListedEvent {
        key: event.id.to_string(),
        at: Moment::relative(event.received_at, now),
        title: event_words::title(event),
        subject: event_words::subject(event, names),
        state: event_words::state(event),
        reason: event_words::reason(event, names.service(event.storefront_id))?,
        reference: event_words::reference(event),
        is_test: !event.live,
        href: format!("/activity/{}", event.id),
    })
}

/// The end of a page, as the next page's address carries it; anything else begins at the first page.
fn cursor(text: &str) -> Option<EventCursor> {
    let (received_at, id) = text.split_once('.')?;
    Some(EventCursor {
        received_at: Timestamp::from_microsecond(received_at.parse().ok()?),
        id: id.parse().ok()?,
    })
}

fn tabs(asked: &Query) -> Vec<Tab> {
    let current = asked.get("state").unwrap_or_default();
    TABS.map(|(label, states)| Tab {
        label: label.to_owned(),
        href: match states {
            "" => asked.clone().without(&["state"]),
            states => asked.clone().with("state", states),
        }
        .at("/activity"),
        is_current: states == current,
    })
    .into()
}

fn search(text: &str) -> FormField {
    FormField {
        kind: "search",
        ..FormField::text("q", "Buyer, order, subscription or key")
            .optional()
            .value(text)
    }
}

fn selects(asked: &Query, names: &Names) -> Vec<Select> {
    let current = |name: &str| asked.get(name).unwrap_or_default().to_owned();
    let mut stores = vec![FieldChoice::new("", "All stores", "", &current("store"))];
    stores.extend(
        names
            .stores()
            .map(|(id, name)| FieldChoice::new(&id.to_string(), name, "", &current("store"))),
    );
    let live = [
        ("", "Live and test"),
        ("true", "Live orders"),
        ("false", "Test orders"),
    ];
    let kinds = News::VARIANTS
        .iter()
        .map(|kind| (kind.as_str(), kind.label()));
    let kinds: Vec<_> = [("", "Everything")].into_iter().chain(kinds).collect();
    let choices = |list: &[(&str, &str)], current: &str| {
        list.iter()
            .map(|(value, label)| FieldChoice::new(value, label, "", current))
            .collect()
    };
    let mut selects = vec![
        Select::plain("kind", "What", choices(&kinds, &current("kind"))),
        Select::plain("live", "Orders", choices(&live, &current("live"))),
    ];
    // One store needs no choice.
    if stores.len() > 2 {
        selects.insert(0, Select::plain("store", "Store", stores));
    }
    selects
}

fn date(
    name: &'static str,
    label: &'static str,
    asked: &Query,
    error: Option<String>,
) -> FormField {
    FormField {
        kind: "date",
        ..FormField::text(name, label)
            .optional()
            .value(asked.get(name).unwrap_or_default())
            .error(error)
    }
}

fn empty(asked: &Query) -> Empty {
    if asked.is_empty() {
        return Empty {
            title: "Nothing has come yet.".to_owned(),
            text:
                "What FastSpring sends appears here by itself once your store's webhook is set up."
                    .to_owned(),
            way: Some(Way::link("To the set-up", "/setup").button()),
        };
    }
    Empty {
        title: "No message fits this filter.".to_owned(),
        text: "Buyers often use another address. Try the order number on the receipt, the end of the subscription's id, or fewer words.".to_owned(),
        way: Some(Way::link("Show everything", "/activity").button()),
    }
}

/// Where something waits for a person or a reason is named; not for the whole list.
fn run_all_again(asked: &Query, rows: &[ListedEvent], csrf: &str) -> Option<Way> {
    let is_narrow = asked.get("state") == Some("parked") || asked.get("reason").is_some();
    if rows.is_empty() || !is_narrow {
        return None;
    }
    let mut way = Way::post("Run all of these again", "/activity/run-again", csrf);
    for (name, value) in asked.pairs() {
        way = way.with(name, value);
    }
    Some(way)
}
