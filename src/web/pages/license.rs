//! One license: what it is now, and its whole history.

use actix_web::web::Path;
use askama::Template;

use crate::domain::by_hand;
use crate::domain::id::{LicenseId, TenantId};
use crate::domain::license::{License, LicenseState, Seats};
use crate::domain::record::OrderRecord;
use crate::domain::time::Timestamp;
use crate::store::effects::Effect;
use crate::store::events::{Event, EventFilter};
use crate::store::licenses::Row;
use crate::store::{Db, StoreError, effects, events, license_servers, licenses};
use crate::vault::TenantKeys;
use crate::web::answer::{Answer, page};
use crate::web::buyer::story::{Chapter, Said, chapters, said};
use crate::web::license_names::{ending, reference};
use crate::web::names::Names;
use crate::web::pages::failure::PageError;
use crate::web::pages::shell::{Area, Shell};
use crate::web::partials::{Badge, CopyableId, Headline, Icon, Moment, Tone, Way};
use crate::web::query::Query;
use crate::web::visitor::Visitor;
use crate::web::wishes::{RefusedWish, WishSubject};
use crate::web::{assets, buyer, event_words, wishes, words};

/// Messages that the history looks back on.
const HISTORY: i64 = 500;

/// The page.
#[derive(Debug, Clone, Template)]
#[template(path = "licenses/license.html")]
pub struct LicensePage {
    /// The frame.
    pub shell: Shell,
    /// The product's name, and which of several.
    pub title: String,
    /// Whether it works, until when, and why.
    pub answer: Headline,
    /// What else is known of it.
    pub facts: Vec<LicenseFact>,
    /// The ids, to copy.
    pub ids: Vec<(String, CopyableId)>,
    /// Everything that concerned it, newest first.
    pub history: Vec<LicenseEntry>,
    /// Where to go from here.
    pub ways: Vec<Way>,
}

/// A name and a value in words.
#[derive(Debug, Clone)]
pub struct LicenseFact {
    /// The name.
    pub label: String,
    /// The value.
    pub text: String,
}

/// One entry of the history.
#[derive(Debug, Clone)]
pub struct LicenseEntry {
    /// When.
    pub at: Moment,
    /// What happened.
    pub title: String,
    /// What it did to the license; may be empty.
    pub text: String,
    /// How it went.
    pub state: Badge,
    /// The message behind it.
    pub href: String,
}

/// `GET /licenses/{license}`.
pub async fn show(visitor: Visitor, id: Path<String>) -> Answer {
    let id: LicenseId = id.parse().map_err(|_no_id| PageError::not_found())?;
    let found = find(&visitor, id).await?;
    page(&whole(&visitor, &found, None).await?)
}

/// The license of that id with all that its page tells; not found when it is another company's.
pub async fn find(visitor: &Visitor, id: LicenseId) -> Result<FoundLicense, PageError> {
    let (tenant, keys) = (visitor.tenant, visitor.keys().await?);
    visitor
        .read(move |db| read(db, (tenant, &keys), id))
        .await?
        .ok_or_else(PageError::not_found)
}

/// The page, with a wish on it that has to be set right.
pub async fn whole(
    visitor: &Visitor,
    found: &FoundLicense,
    refused: Option<RefusedWish>,
) -> Result<LicensePage, PageError> {
    let (row, license, now) = (&found.row, &found.license, visitor.now);
    let title = title(row, &found.names);
    let mut asked = wishes::ways(&found.subject(), &visitor.session.csrf_token, now);
    if let Some(refused) = refused {
        wishes::refuse(&mut asked, &refused);
    }
    Ok(LicensePage {
        shell: visitor.shell(title.clone(), Area::Licenses).await?,
        title,
        answer: asked
            .into_iter()
            .fold(answer((row, license), found.service, now), Headline::way),
        facts: facts(found, now),
        ids: ids(found, &*visitor.keys().await?)?,
        history: history(found, now)?,
        ways: ways(row),
    })
}

fn ways(row: &Row) -> Vec<Way> {
    let buyer = row
        .customer_id
        .map(|id| Way::link("Its buyer", format!("/customers/{id}")));
    let is_made = row.remote_id.is_some() && row.deleted_at.is_none();
    let machines =
        is_made.then(|| Way::link("Its machines", format!("/licenses/{}/machines", row.id)));
    let messages = Way::link("All messages about it", list_of(row).at("/activity"));
    buyer
        .into_iter()
        .chain(machines)
        .chain([messages])
        .collect()
}

/// A license with all that its page tells.
pub struct FoundLicense {
    row: Row,
    license: License,
    order: Option<OrderRecord>,
    effects: Vec<Effect>,
    events: Vec<Event>,
    said: Said,
    account: Option<String>,
    service: &'static str,
    names: Names,
}

impl FoundLicense {
    /// What may be asked of it.
    pub fn subject(&self) -> WishSubject<'_> {
        WishSubject {
            row: &self.row,
            license: &self.license,
            order: self.order.as_ref(),
            name: None,
        }
    }
}

fn read(
    db: &mut Db,
    (tenant, keys): (TenantId, &TenantKeys),
    id: LicenseId,
) -> Result<Option<FoundLicense>, StoreError> {
    let Some(row) = licenses::find(db, tenant, id)? else {
        return Ok(None);
    };
    let filter = EventFilter {
        about: Some(buyer::about_license(&row)),
        ..EventFilter::default()
    };
    let events = events::list(db, tenant, &filter, None, HISTORY)?;
    let account = license_servers::find(db, tenant, row.license_server_id)?;
    let effects = effects::list_of_license(db, tenant, id)?;
    let order = buyer::orders(db, tenant, row.storefront_id, row.order_id.as_slice())?;
    Ok(Some(FoundLicense {
        license: row.license()?,
        order: order.into_values().next(),
        said: said(db, tenant, (&events, &effects))?,
        effects,
        events,
        account: account.map(|server| server.name),
        service: license_servers::kind(db, tenant, row.license_server_id)?.name(),
        names: Names::look_up(db, (tenant, keys), row.customer_id)?,
        row,
    }))
}

fn title(row: &Row, names: &Names) -> String {
    let product = names.product(row.storefront_id, &row.product_path);
    let unit = match row.unit {
        1 => String::new(),
        unit => format!(", number {unit}"),
    };
    match names.person(row.customer_id) {
        Some(person) => format!("{product}{unit}: {person}"),
        None => format!("{product}{unit}"),
    }
}

/// Whether it works, and until when.
fn answer((row, license): (&Row, &License), service: &str, now: Timestamp) -> Headline {
    let badge = words::license_state(license.state(now));
    let causes: Vec<&str> = license
        .given
        .causes
        .iter()
        .map(|cause| words::cause(*cause))
        .collect();
    let because = match causes.as_slice() {
        [] => String::new(),
        causes => format!("Because {}.", causes.join("; ")),
    };
    let ends = match (license.shown.as_ref(), row.expires_at) {
        (Some(shown), None) if shown.is_perpetual => "It never ends.".to_owned(),
        (Some(_), None) => "Its time begins when it is first activated.".to_owned(),
        (_, Some(end)) if end <= now => format!("It ended on {}.", end.long_day()),
        (_, Some(end)) => format!("It ends on {}.", end.long_day()),
        (None, None) => format!("It is being made at {service}."),
    };
    match license.state(now) {
        LicenseState::Active => Headline::new(badge.tone, "It works.", ends),
        LicenseState::Pending => Headline::new(badge.tone, "It is being made.", ends),
        LicenseState::Expired => Headline::new(badge.tone, "It has ended.", ends),
        LicenseState::Suspended | LicenseState::Revoked | LicenseState::Deleted => {
            Headline::new(badge.tone, format!("{}.", badge.text), because)
        }
    }
}

fn facts(found: &FoundLicense, now: Timestamp) -> Vec<LicenseFact> {
    let (row, license, service) = (&found.row, &found.license, found.service);
    let mut facts = vec![LicenseFact {
        label: "State".to_owned(),
        text: words::license_state(license.state(now)).text,
    }];
    let mut add = |label: &str, text: Option<String>| {
        let label = label.to_owned();
        facts.extend(text.map(|text| LicenseFact { label, text }));
    };
    add("Ends", row.expires_at.map(Timestamp::long_day));
    add(
        "Paid until",
        license.given.renewed_through.map(Timestamp::long_day),
    );
    add("Seats", license.given.seats.map(seats));
    add("Made", Some(row.created_at.long_day()));
    add(
        "Taken over",
        row.is_adopted
            .then(|| format!("found at {service}, not made by Latchkey")),
    );
    add("Changed by hand", by_hand(row, license));
    add(
        &format!("Checked at {service}"),
        Some(row.verified_at.map_or_else(
            || "not read back yet; its answers were as asked".to_owned(),
            |at| format!("{}, {} UTC", at.long_day(), event_words::clock(at)),
        )),
    );
    add(&format!("{service} account"), found.account.clone());
    add("Order", (!row.live).then(|| "a test order".to_owned()));
    facts
}

/// What people changed there, and whether it is so still.
fn by_hand(row: &Row, license: &License) -> Option<String> {
    let seen = row.changed_by_hand_at?.long_day();
    if license.deleted_at.is_some() {
        return Some(format!("seen on {seen}"));
    }
    let sides: Vec<&str> = by_hand::changed(license)
        .into_iter()
        .map(words::side)
        .collect();
    Some(match sides.as_slice() {
        [] => format!("seen on {seen}; changed again since"),
        sides => format!("{}; seen on {seen} and kept", sides.join(", ")),
    })
}

fn seats(seats: Seats) -> String {
    match seats {
        Seats::Activations(count) => words::counted(count.into(), "machine", "machines"),
        Seats::FloatingClients(count) => {
            words::counted(count.into(), "floating client", "floating clients")
        }
    }
}

fn ids(found: &FoundLicense, keys: &TenantKeys) -> Result<Vec<(String, CopyableId)>, StoreError> {
    let row = &found.row;
    let mut ids = Vec::new();
    let mut add = |label: &str, text: Option<String>| {
        ids.extend(
            text.filter(|text| !text.is_empty())
                .map(|text| (label.to_owned(), CopyableId::new(text))),
        );
    };
    add("Key ends in", Some(ending(row, keys)?));
    add(&format!("At {}", found.service), row.remote_id.clone());
    add("Order", row.order_id.as_ref().map(ToString::to_string));
    add("Receipt", row.reference.clone());
    add(
        "Subscription",
        row.subscription_id.as_ref().map(ToString::to_string),
    );
    add("Product path", Some(row.product_path.clone()));
    add("Our number", Some(row.id.to_string()));
    Ok(ids)
}

/// Every message about it, those without effect too, each with what it did.
fn history(found: &FoundLicense, now: Timestamp) -> Result<Vec<LicenseEntry>, StoreError> {
    let chapters = chapters((&found.events, &found.effects), &found.names, &found.said)?;
    let mut told: Vec<Chapter<'_>> = chapters.told.into_iter().chain(chapters.notices).collect();
    told.sort_by_key(|chapter| std::cmp::Reverse(chapter.event.received_at));
    Ok(told.iter().map(|chapter| entry(chapter, now)).collect())
}

fn entry(chapter: &Chapter<'_>, now: Timestamp) -> LicenseEntry {
    LicenseEntry {
        at: Moment::relative(chapter.event.received_at, now),
        title: chapter.title.clone(),
        text: chapter.text.clone(),
        state: match chapter.is_checked {
            true => Badge::new(Tone::Good, "Done and checked"),
            false => event_words::state(chapter.event),
        },
        href: format!("/activity/{}", chapter.event.id),
    }
}

fn list_of(row: &Row) -> Query {
    match &row.subscription_id {
        Some(subscription) => Query::default().with("subscription", subscription.to_string()),
        None => Query::default().with("q", reference(row)),
    }
}
