//! Buyers: who they are, what they hold, what happened.

use std::sync::Arc;

use actix_web::web::{Data, Json};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::domain::effect::EventState;
use crate::domain::fact::Person;
use crate::domain::id::{CustomerId, EventId};
use crate::domain::search_text::SearchText;
use crate::domain::time::Timestamp;
use crate::store::customers::{self, Customer, CustomerCursor};
use crate::store::{Scope, StoreError};
use crate::web::api::extract::At;
use crate::web::api::license_view::{self, LicenseView};
use crate::web::api::listing::{Cursor, Listing, Page, PageParameters};
use crate::web::auth::{Caller, LicensesRead};
use crate::web::buyer::answer::AnswerKind;
use crate::web::buyer::story::{Chapter, chapters};
use crate::web::buyer::{self, Buyer};
use crate::web::error::Problem;
use crate::web::names;
use crate::web::state::State;

/// Which buyers.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct CustomerQuery {
    /// E-mail, words of a name, order id, receipt number, subscription id or license key.
    q: Option<SearchText>,
}

/// A buyer.
#[derive(Serialize, ToSchema)]
#[schema(as = Customer)]
pub struct CustomerView {
    id: CustomerId,
    email: Option<String>,
    first_name: Option<String>,
    last_name: Option<String>,
    company: Option<String>,
    /// When the first message about them came.
    created_at: Timestamp,
}

/// A buyer with everything that is known of them.
#[derive(Serialize, ToSchema)]
pub struct CustomerDetail {
    #[serde(flatten)]
    customer: CustomerView,
    answer: AnswerView,
    /// Their licenses, the newest first.
    licenses: Vec<LicenseView>,
    /// What the shop says of their orders.
    orders: Vec<OrderView>,
    /// What the shop says of their subscriptions.
    subscriptions: Vec<SubscriptionView>,
    /// What happened, the newest first.
    story: Vec<ChapterView>,
}

/// Whether they have a working license.
#[derive(Serialize, ToSchema)]
pub struct AnswerView {
    works: bool,
    /// `works`, `works_until`, `works_and_needs_vendor`, `being_made`, `needs_vendor`, `rightly_not`, `stopped_by_hand` or `no_license`.
    #[schema(value_type = AnswerKind, example = "works")]
    kind: &'static str,
    /// The same in words.
    text: String,
}

/// An order as the shop tells it.
#[derive(Serialize, ToSchema)]
pub struct OrderView {
    /// Its id at the shop.
    id: String,
    /// The number on the receipt.
    reference: Option<String>,
    /// What was bought; empty where only a return was seen.
    product_paths: Vec<String>,
    /// Whether some or all of the money went back to the buyer.
    is_returned: bool,
    /// Whether the buyer's bank took the money back.
    is_charged_back: bool,
}

/// A subscription as the shop tells it.
#[derive(Serialize, ToSchema)]
pub struct SubscriptionView {
    /// Its id at the shop.
    id: String,
    product_path: Option<String>,
    /// The end of the time that was paid for.
    paid_until: Option<Timestamp>,
    /// When it ended for good; `null` while it runs.
    ended_at: Option<Timestamp>,
    /// Whether a payment failed and none came since.
    has_missed_payment: bool,
}

/// One message in plain words.
#[derive(Serialize, ToSchema)]
pub struct ChapterView {
    at: Timestamp,
    event_id: EventId,
    /// What happened.
    title: String,
    /// What it did, or why nothing was to do.
    text: String,
    #[schema(value_type = EventState, example = "done")]
    state: &'static str,
    /// Whether what it did was read back and found as it should be.
    checked: bool,
}

/// Buyers, those known last first; with `q` those whom it may mean.
#[utoipa::path(get, path = "/customers", tag = "Licenses", params(CustomerQuery, PageParameters), responses((status = 200, body = Page<CustomerView>)))]
pub async fn list(
    caller: Caller<LicensesRead>,
    state: Data<State>,
    listing: Listing<CustomerQuery>,
) -> Result<Json<Page<CustomerView>>, Problem> {
    let (tenant, now) = (caller.tenant, state.clock.now());
    let keys = state.tenant_keys.of(tenant).await?;
    let after = listing.after_time(|created_at, id| CustomerCursor {
        created_at,
        id: CustomerId::from_uuid(id),
    })?;
    let (text, fetch, opened) = (listing.filter.q.clone(), listing.fetch(), Arc::clone(&keys));
    let rows = state
        .store
        .read(Scope::Tenant(tenant), move |db| {
            let found = match &text {
                Some(text) => Some(buyer::search(db, (tenant, &opened), text.as_str(), now)?),
                None => None,
            };
            customers::list_page(db, tenant, found.as_deref(), after, fetch)
        })
        .await?;
    let cursor = |row: &Customer| Cursor::of_time(row.created_at, row.id.as_uuid());
    Ok(Json(listing.try_page(rows, cursor, |row| {
        let person = names::person(&keys, &row)?;
        Ok::<_, StoreError>(view(&row, person))
    })?))
}

/// One buyer: whether they have a working license, their licenses and their story.
#[utoipa::path(get, path = "/customers/{id}", tag = "Licenses", params(("id" = CustomerId, Path)), responses((status = 200, body = CustomerDetail)))]
pub async fn show(
    caller: Caller<LicensesRead>,
    state: Data<State>,
    At(id): At<CustomerId>,
) -> Result<Json<CustomerDetail>, Problem> {
    let (tenant, now) = (caller.tenant, state.clock.now());
    let keys = state.tenant_keys.of(tenant).await?;
    let buyer = state
        .store
        .read(Scope::Tenant(tenant), move |db| {
            buyer::find(db, (tenant, &keys), id, now)?.ok_or(StoreError::NotFound)
        })
        .await?;
    Ok(Json(detail(buyer, now)?))
}

fn detail(buyer: Buyer, now: Timestamp) -> Result<CustomerDetail, StoreError> {
    let (answer, _) = buyer.answer(now)?;
    let chapters = chapters((&buyer.events, &buyer.effects), &buyer.names, &buyer.said)?;
    let story = chapters.told.iter().chain(&chapters.notices);
    let mut story: Vec<ChapterView> = story.map(chapter).collect();
    story.sort_by_key(|chapter| std::cmp::Reverse(chapter.at));
    Ok(CustomerDetail {
        answer: AnswerView {
            works: answer.works,
            kind: answer.kind.as_str(),
            text: format!("{} {}", answer.title, answer.text),
        },
        orders: buyer
            .orders
            .iter()
            .map(|(id, record)| OrderView {
                id: id.to_string(),
                reference: record.reference.clone(),
                product_paths: record
                    .lines
                    .iter()
                    .map(|line| line.product_path.clone())
                    .collect(),
                is_returned: !record.returns.is_empty(),
                is_charged_back: record.is_charged_back,
            })
            .collect(),
        subscriptions: buyer
            .subscriptions
            .iter()
            .map(|(id, record)| SubscriptionView {
                id: id.to_string(),
                product_path: record.product_path.get().cloned(),
                paid_until: record.paid.get().map(|paid| paid.next),
                ended_at: record.ended(),
                has_missed_payment: record.has_missed_payment(),
            })
            .collect(),
        story,
        customer: view(&buyer.customer, buyer.person),
        licenses: buyer
            .licenses
            .into_iter()
            .map(|(row, _)| license_view::view(row, now))
            .collect::<Result<_, _>>()?,
    })
}

fn view(row: &Customer, person: Person) -> CustomerView {
    CustomerView {
        id: row.id,
        email: person.email,
        first_name: person.first_name,
        last_name: person.last_name,
        company: person.company,
        created_at: row.created_at,
    }
}

fn chapter(chapter: &Chapter<'_>) -> ChapterView {
    ChapterView {
        at: chapter.event.received_at,
        event_id: chapter.event.id,
        title: chapter.title.clone(),
        text: chapter.text.clone(),
        state: chapter.event.state.as_str(),
        checked: chapter.is_checked,
    }
}
