//! Customers: everybody who bought, or those whom a search may mean; and the search box of every page.

use std::sync::Arc;

use askama::Template;

use crate::domain::id::TenantId;
use crate::domain::time::Timestamp;
use crate::store::customers::{self, Customer, CustomerCursor};
use crate::store::{Db, StoreError};
use crate::vault::TenantKeys;
use crate::web::answer::{Answer, page, see};
use crate::web::pages::failure::PageError;
use crate::web::pages::shell::{Area, Shell};
use crate::web::partials::{Empty, FormField, Icon, Moment, Pager, Way};
use crate::web::query::Query;
use crate::web::visitor::Visitor;
use crate::web::{assets, buyer, names};

/// People on one page.
const PAGE: i64 = 50;

/// The list.
#[derive(Debug, Clone, Template)]
#[template(path = "customers/list.html")]
pub struct Customers {
    /// The frame.
    pub shell: Shell,
    /// Search, by anything a buyer may name.
    pub search: FormField,
    /// The people, those known last first.
    pub rows: Vec<ListedCustomer>,
    /// In place of rows when there are none.
    pub empty: Empty,
    /// Further pages.
    pub pager: Pager,
}

/// One person.
#[derive(Debug, Clone)]
pub struct ListedCustomer {
    /// What they are called.
    pub name: String,
    /// Their company; may be empty.
    pub company: String,
    /// Their address; may be empty.
    pub email: String,
    /// Since when they are known.
    pub since: Moment,
    /// Their page.
    pub href: String,
}

/// `GET /customers`.
pub async fn show(visitor: Visitor) -> Answer {
    let asked = visitor.query.clone().only(&["q"]);
    let is_later = visitor.query.get("cursor").is_some();
    let (rows, next) = list(&visitor).await?;
    page(&Customers {
        search: FormField {
            kind: "search",
            ..FormField::text("q", "Name, address, order, subscription or key")
                .optional()
                .value(asked.get("q").unwrap_or_default())
        },
        rows,
        empty: empty(&asked),
        pager: Pager {
            first: is_later.then(|| asked.at("/customers")),
            next: next.map(|cursor| asked.clone().with("cursor", cursor).at("/customers")),
        },
        shell: visitor.shell("Customers", Area::Customers).await?,
    })
}

/// `GET /find`: the search box. One buyer's page where only one is meant, else the list that fits.
pub async fn find(visitor: Visitor) -> Answer {
    let Some(text) = visitor.query.get("q").map(str::to_owned) else {
        return Ok(see("/customers"));
    };
    let (tenant, keys, now) = (visitor.tenant, visitor.keys().await?, visitor.now);
    let wanted = text.clone();
    let found = visitor
        .read(move |db| buyer::search(db, (tenant, &keys), &wanted, now))
        .await?;
    let asked = Query::default().with("q", text);
    Ok(match found.as_slice() {
        [] => see(&asked.at("/activity")),
        [one] => see(&asked.at(&format!("/customers/{one}"))),
        _ => see(&asked.at("/customers")),
    })
}

async fn list(visitor: &Visitor) -> Result<(Vec<ListedCustomer>, Option<String>), PageError> {
    let text = visitor.query.get("q").map(str::to_owned);
    let after = visitor.query.get("cursor").and_then(cursor);
    let (tenant, keys, now) = (visitor.tenant, visitor.keys().await?, visitor.now);
    let opened = Arc::clone(&keys);
    let mut found = visitor
        .read(move |db| read(db, (tenant, &opened), (text, after), now))
        .await?;
    let has_more = found.len() as i64 > PAGE;
    found.truncate(usize::try_from(PAGE).unwrap_or(usize::MAX));
    let last = found.last().filter(|_| has_more);
    let next =
        last.map(|customer| format!("{}.{}", customer.created_at.as_microsecond(), customer.id));
    let rows = found
        .iter()
        .map(|customer| row(customer, &keys, now))
        .collect::<Result<_, StoreError>>()?;
    Ok((rows, next))
}

fn read(
    db: &mut Db,
    (tenant, keys): (TenantId, &TenantKeys),
    (text, after): (Option<String>, Option<CustomerCursor>),
    now: Timestamp,
) -> Result<Vec<Customer>, StoreError> {
    let found = match text {
        Some(text) => Some(buyer::search(db, (tenant, keys), &text, now)?),
        None => None,
    };
    customers::list_page(db, tenant, found.as_deref(), after, PAGE + 1)
}

fn row(
    customer: &Customer,
    keys: &TenantKeys,
    now: Timestamp,
) -> Result<ListedCustomer, StoreError> {
    let person = names::person(keys, customer)?;
    Ok(ListedCustomer {
        name: names::called(&person).unwrap_or_else(|| "Without a name".to_owned()),
        company: person.company.unwrap_or_default(),
        email: person.email.unwrap_or_default(),
        since: Moment::relative(customer.created_at, now),
        href: format!("/customers/{}", customer.id),
    })
}

/// The end of a page, as the next page's address carries it; anything else begins at the first page.
fn cursor(text: &str) -> Option<CustomerCursor> {
    let (created_at, id) = text.split_once('.')?;
    Some(CustomerCursor {
        created_at: Timestamp::from_microsecond(created_at.parse().ok()?),
        id: id.parse().ok()?,
    })
}

fn empty(asked: &Query) -> Empty {
    if asked.is_empty() {
        return Empty {
            title: "Nobody has bought yet.".to_owned(),
            text: "Buyers appear here with their first order.".to_owned(),
            way: None,
        };
    }
    Empty {
        title: "We know no one by that.".to_owned(),
        text: "Buyers often use another address. Try the order number on the receipt, the whole key, or the company's name.".to_owned(),
        way: Some(Way::link("Look through the activity", asked.at("/activity")).button()),
    }
}
