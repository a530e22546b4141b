//! One buyer: whether they have a working license, what to reply, what happened, what they hold.

use std::sync::Arc;

use actix_web::web::Path;
use askama::Template;

use crate::domain::id::CustomerId;
use crate::domain::license::License;
use crate::domain::time::Timestamp;
use crate::store::StoreError;
use crate::store::licenses::Row;
use crate::vault::TenantKeys;
use crate::web::answer::{Answer, page};
use crate::web::buyer::reply::reply;
use crate::web::buyer::story::{Chapter, chapters};
use crate::web::buyer::{self, Buyer};
use crate::web::license_names::{ending, reference};
use crate::web::pages::failure::PageError;
use crate::web::pages::shell::{Area, Shell};
use crate::web::partials::{Badge, CopyField, Headline, Icon, Moment, Tone, Way};
use crate::web::visitor::Visitor;
use crate::web::wishes::WishSubject;
use crate::web::words::counted;
use crate::web::{assets, event_words, wishes, words};

/// Buttons about single licenses; who has more of them goes by the list.
const MOST_WAYS: usize = 4;

/// The page.
#[derive(Debug, Clone, Template)]
#[template(path = "customers/customer.html")]
pub struct CustomerPage {
    /// The frame.
    pub shell: Shell,
    /// What they are called.
    pub name: String,
    /// Company, address, since when, how many licenses.
    pub about: Vec<String>,
    /// Whether they have a working license.
    pub answer: Headline,
    /// What support can send them; `None` where it has to find its own words.
    pub reply: Option<CopyField>,
    /// What happened, the newest first.
    pub story: Vec<CustomerEntry>,
    /// What was not about licenses.
    pub notices: Vec<CustomerEntry>,
    /// What they hold.
    pub licenses: Vec<HeldLicense>,
}

/// One message in plain words.
#[derive(Debug, Clone)]
pub struct CustomerEntry {
    /// When it came.
    pub at: Moment,
    /// What happened.
    pub title: String,
    /// What it did; may be empty.
    pub text: String,
    /// How it stands.
    pub state: Badge,
    /// The message behind it.
    pub href: String,
}

/// One license.
#[derive(Debug, Clone)]
pub struct HeldLicense {
    /// The product's name.
    pub product: String,
    /// The end of its key.
    pub ending: String,
    /// Its state.
    pub state: Badge,
    /// When it ends; `None` for never.
    pub ends: Option<Moment>,
    /// The purchase it came from.
    pub reference: String,
    /// Its page.
    pub href: String,
}

/// `GET /customers/{customer}`.
pub async fn show(visitor: Visitor, id: Path<String>) -> Answer {
    let id: CustomerId = id.parse().map_err(|_no_id| PageError::not_found())?;
    let (tenant, keys, now) = (visitor.tenant, visitor.keys().await?, visitor.now);
    let opened = Arc::clone(&keys);
    let buyer = visitor
        .read(move |db| buyer::find(db, (tenant, &opened), id, now))
        .await?
        .ok_or_else(PageError::not_found)?;
    let name = match buyer.name().as_str() {
        "" => "Somebody without a name".to_owned(),
        name => name.to_owned(),
    };
    let (answer, held) = buyer.answer(now)?;
    let reply = reply(&buyer.first_name(), &answer, &held, buyer.paid_at());
    let chapters = chapters((&buyer.events, &buyer.effects), &buyer.names, &buyer.said)?;
    page(&CustomerPage {
        about: about(&buyer),
        answer: wishes(&buyer, &visitor.session.csrf_token, now)
            .into_iter()
            .fold(
                answer.headline(&format!("Does {name} have a working license?")),
                Headline::way,
            ),
        reply: reply.map(|text| CopyField {
            label: "A reply".to_owned(),
            text,
        }),
        story: entries(&chapters.told, now),
        notices: entries(&chapters.notices, now),
        licenses: licenses(&buyer, &keys, now)?,
        shell: visitor.shell(name.clone(), Area::Customers).await?,
        name,
    })
}

fn about(buyer: &Buyer) -> Vec<String> {
    let person = &buyer.person;
    let known = [&person.company, &person.email];
    let mut about: Vec<String> = known.into_iter().flatten().cloned().collect();
    about.retain(|text| !text.trim().is_empty());
    about.push(format!(
        "buyer since {}",
        buyer.customer.created_at.long_day()
    ));
    about.push(counted(buyer.licenses.len() as u64, "license", "licenses"));
    about
}

/// What may be asked of the licenses; of those of a reseller on their own pages.
fn wishes(buyer: &Buyer, csrf: &str, now: Timestamp) -> Vec<Way> {
    let is_one = buyer.licenses.len() == 1;
    let of_license = |(row, license): &(Row, License)| {
        let subject = WishSubject {
            row,
            license,
            order: row.order_id.as_ref().and_then(|id| buyer.orders.get(id)),
            name: buyer
                .called
                .get(&row.id)
                .filter(|_| !is_one)
                .map(String::as_str),
        };
        wishes::ways(&subject, csrf, now)
    };
    let ways = buyer.licenses.iter().flat_map(of_license);
    ways.take(MOST_WAYS)
        .map(|way| way.with("customer", buyer.customer.id.to_string()))
        .collect()
}

fn entries(chapters: &[Chapter<'_>], now: Timestamp) -> Vec<CustomerEntry> {
    let entry = |chapter: &Chapter<'_>| CustomerEntry {
        at: Moment::relative(chapter.event.received_at, now),
        title: chapter.title.clone(),
        text: chapter.text.clone(),
        state: match chapter.is_checked {
            true => Badge::new(Tone::Good, "Done and checked"),
            false => event_words::state(chapter.event),
        },
        href: format!("/activity/{}", chapter.event.id),
    };
    chapters.iter().map(entry).collect()
}

/// Its name, and which of several of its line.
fn product(row: &Row, buyer: &Buyer) -> String {
    let product = buyer.names.product(row.storefront_id, &row.product_path);
    match row.unit {
        1 => product.to_owned(),
        unit => format!("{product}, number {unit}"),
    }
}

fn licenses(
    buyer: &Buyer,
    keys: &TenantKeys,
    now: Timestamp,
) -> Result<Vec<HeldLicense>, StoreError> {
    buyer
        .licenses
        .iter()
        .map(|(row, license)| {
            Ok(HeldLicense {
                product: product(row, buyer),
                ending: ending(row, keys)?,
                state: words::license_state(license.state(now)),
                ends: row.expires_at.map(Moment::day),
                reference: reference(row),
                href: format!("/licenses/{}", row.id),
            })
        })
        .collect()
}
