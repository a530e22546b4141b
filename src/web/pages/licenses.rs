//! Licenses: everything that was made or taken over, filtered by the URL.

use askama::Template;

use crate::domain::id::TenantId;
use crate::domain::kind::ServiceNames;
use crate::domain::license::LicenseState;
use crate::domain::time::Timestamp;
use crate::store::licenses::{self, LicenseCursor};
use crate::store::{Db, StoreError};
use crate::vault::TenantKeys;
use crate::web::answer::{Answer, page};
use crate::web::filter::LicenseQuery;
use crate::web::license_names::{ending, reference};
use crate::web::names::Names;
use crate::web::pages::failure::PageError;
use crate::web::pages::shell::{Area, Shell};
use crate::web::partials::{Badge, Empty, FormField, Icon, Moment, Pager, Tab, Way};
use crate::web::query::Query;
use crate::web::visitor::Visitor;
use crate::web::{assets, words};

/// Licenses on one page.
const PAGE: i64 = 50;
/// The names that an address of the list may use, beside the cursor.
const NAMES: [&str; 3] = ["q", "state", "product"];
/// The prepared filters: what they are called, and the state they show.
const TABS: [(&str, &str); 6] = [
    ("All", ""),
    ("Active", "active"),
    ("Suspended", "suspended"),
    ("Ended", "expired"),
    ("Revoked", "revoked"),
    ("Deleted", "deleted"),
];

/// The list.
#[derive(Debug, Clone, Template)]
#[template(path = "licenses/list.html")]
pub struct Licenses {
    /// The frame.
    pub shell: Shell,
    /// Prepared filters by state.
    pub tabs: Vec<Tab>,
    /// Search, by anything a buyer may name.
    pub search: FormField,
    /// The state of the current tab, kept when the form is sent; empty for all.
    pub state: String,
    /// The licenses, latest first.
    pub rows: Vec<ListedLicense>,
    /// In place of rows when there are none.
    pub empty: Empty,
    /// Further pages.
    pub pager: Pager,
    /// The license servers that they are at.
    pub services: ServiceNames,
}

/// One license.
#[derive(Debug, Clone)]
pub struct ListedLicense {
    /// The product's name at the shop, else its path.
    pub product: String,
    /// The end of the key, or the id at the license server.
    pub ending: String,
    /// Its state.
    pub state: Badge,
    /// When it ends; `None` for never.
    pub ends: Option<Moment>,
    /// The order's number or the subscription's id.
    pub reference: String,
    /// When it was last checked there; `None` before the first time.
    pub checked: Option<Moment>,
    /// Whether it is a test order's.
    pub is_test: bool,
    /// Its page.
    pub href: String,
}

/// Licenses, where the next page begins, and the license servers that they are at.
type FoundLicenses = (Vec<ListedLicense>, Option<String>, ServiceNames);

/// `GET /licenses`.
pub async fn show(visitor: Visitor) -> Answer {
    let asked = visitor.query.clone().only(&NAMES);
    let is_later = visitor.query.get("cursor").is_some();
    let (rows, next, services) = find(&visitor).await?;
    page(&Licenses {
        tabs: tabs(&asked),
        search: FormField {
            kind: "search",
            ..FormField::text("q", "Buyer, order, subscription or key")
                .optional()
                .value(asked.get("q").unwrap_or_default())
        },
        state: asked.get("state").unwrap_or_default().to_owned(),
        rows,
        services,
        empty: empty(&asked),
        pager: Pager {
            first: is_later.then(|| asked.at("/licenses")),
            next: next.map(|cursor| asked.clone().with("cursor", cursor).at("/licenses")),
        },
        shell: visitor.shell("Licenses", Area::Licenses).await?,
    })
}

async fn find(visitor: &Visitor) -> Result<FoundLicenses, PageError> {
    let asked = &visitor.query;
    let text = |name: &str| {
        asked
            .get(name)
            .and_then(|text| text.to_owned().try_into().ok())
    };
    let query = LicenseQuery {
        state: asked.get("state").and_then(LicenseState::parse),
        product_path: text("product"),
        q: text("q"),
        ..LicenseQuery::default()
    };
    let after = asked.get("cursor").and_then(cursor);
    let (tenant, keys, now) = (visitor.tenant, visitor.keys().await?, visitor.now);
    visitor
        .read(move |db| read(db, (tenant, &keys), query, after, now))
        .await
}

fn read(
    db: &mut Db,
    (tenant, keys): (TenantId, &TenantKeys),
    query: LicenseQuery,
    after: Option<LicenseCursor>,
    now: Timestamp,
) -> Result<FoundLicenses, StoreError> {
    let filter = query.look_up(db, (tenant, keys))?;
    let mut found = licenses::list(db, tenant, (&filter, now), after, PAGE + 1)?;
    let has_more = found.len() as i64 > PAGE;
    found.truncate(usize::try_from(PAGE).unwrap_or(usize::MAX));
    let people = found.iter().filter_map(|license| license.customer_id);
    let names = Names::look_up(db, (tenant, keys), people)?;
    let last = found.last().filter(|_| has_more);
    let next =
        last.map(|license| format!("{}.{}", license.created_at.as_microsecond(), license.id));
    let rows = found
        .iter()
        .map(|license| row(license, &names, keys, now))
        .collect::<Result<_, StoreError>>()?;
    Ok((rows, next, names.services()))
}

fn row(
    license: &licenses::Row,
    names: &Names,
    keys: &TenantKeys,
    now: Timestamp,
) -> Result<ListedLicense, StoreError> {
    let product = names.product(license.storefront_id, &license.product_path);
    let holder = names.person(license.customer_id);
    Ok(ListedLicense {
        product: holder.map_or_else(
            || product.to_owned(),
            |holder| format!("{product} · {holder}"),
        ),
        ending: ending(license, keys)?,
        state: words::license_state(license.license()?.state(now)),
        ends: license.expires_at.map(Moment::day),
        reference: reference(license),
        checked: license.verified_at.map(|at| Moment::relative(at, now)),
        is_test: !license.live,
        href: format!("/licenses/{}", license.id),
    })
}

/// The end of a page, as the next page's address carries it; anything else begins at the first page.
fn cursor(text: &str) -> Option<LicenseCursor> {
    let (created_at, id) = text.split_once('.')?;
    Some(LicenseCursor {
        created_at: Timestamp::from_microsecond(created_at.parse().ok()?),
        id: id.parse().ok()?,
    })
}

fn tabs(asked: &Query) -> Vec<Tab> {
    let current = asked.get("state").unwrap_or_default();
    TABS.map(|(label, state)| Tab {
        label: label.to_owned(),
        href: match state {
            "" => asked.clone().without(&["state"]),
            state => asked.clone().with("state", state),
        }
        .at("/licenses"),
        is_current: state == current,
    })
    .into()
}

fn empty(asked: &Query) -> Empty {
    if asked.is_empty() {
        return Empty {
            title: "No license yet.".to_owned(),
            text: "The first one is made when a product is bought that gives a license.".to_owned(),
            way: Some(Way::link("What each product gives", "/products").button()),
        };
    }
    Empty {
        title: "No license fits this filter.".to_owned(),
        text: "Buyers often use another address. Try the order number on the receipt, or the whole key.".to_owned(),
        way: Some(Way::link("Show all licenses", "/licenses").button()),
    }
}
