//! The licenses of one order, as soon as they exist.

use std::sync::Arc;
use std::time::Duration;

use actix_web::web::{Data, Json};
use serde::{Deserialize, Serialize};
use serde_json::json;
use tokio::time::{Instant, sleep_until};
use utoipa::{IntoParams, ToSchema};

use crate::accounts::scope::ApiScope;
use crate::config::Length;
use crate::domain::act::Act;
use crate::domain::effect::EventState;
use crate::domain::id::{LicenseId, TenantId};
use crate::domain::license::LicenseState;
use crate::domain::search_text::SearchText;
use crate::domain::time::Timestamp;
use crate::store::events::{About, EventFilter};
use crate::store::licenses::{LicenseFilter, Row};
use crate::store::{Db, Scope, StoreError, events, licenses, orders};
use crate::vault::{Field, TenantKeys};
use crate::web::api::extract::At;
use crate::web::api::listing::Listing;
use crate::web::auth::{Caller, LicensesRead};
use crate::web::error::Problem;
use crate::web::event_words::is_planned;
use crate::web::state::State;

/// The longest that a call waits; proxies give up after a minute.
const LONGEST_WAIT: Duration = Duration::from_secs(30);
/// How often is looked, each time with a connection for as long as the look takes.
const LOOK_EVERY: Duration = Duration::from_millis(250);
/// More licenses, and messages, than an order has.
const MOST: i64 = 2_000;

/// How long to wait.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Wait {
    /// How long to wait for licenses that do not exist yet, such as `20s`; at most 30 seconds.
    wait: Option<String>,
}

/// The licenses of an order.
#[derive(Serialize, ToSchema)]
pub struct OrderLicenses {
    order_id: Option<String>,
    /// The receipt number.
    reference: Option<String>,
    state: OrderState,
    licenses: Vec<OrderLicense>,
}

/// How far the licenses of an order are.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum OrderState {
    /// They are being made.
    Pending,
    /// All are there.
    Ready,
    /// A person must act.
    NeedsYou,
    /// It gives no license.
    None,
}

/// One license of an order.
#[derive(Serialize, ToSchema)]
pub struct OrderLicense {
    id: LicenseId,
    /// Its id at the licensing service; `null` until it is made.
    remote_license_id: Option<String>,
    #[schema(value_type = LicenseState, example = "active")]
    state: &'static str,
    product_path: String,
    /// Which of the bought units, from 1.
    unit: i32,
    /// The key, for tokens with the scope `licenses:keys`, once the license is made.
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<String>,
}

/// What one look at the database finds.
struct Found {
    order_id: Option<String>,
    reference: Option<String>,
    rows: Vec<Row>,
    is_moving: bool,
    needs_you: bool,
}

/// The licenses of an order, by its id or receipt number; waits for them if asked to.
#[utoipa::path(get, path = "/orders/{id}/licenses", tag = "Licenses", params(("id" = String, Path, description = "The order's id or receipt number"), Wait), responses((status = 200, body = OrderLicenses)))]
pub async fn show_licenses(
    caller: Caller<LicensesRead>,
    state: Data<State>,
    At(id): At<SearchText>,
    listing: Listing<Wait>,
) -> Result<Json<OrderLicenses>, Problem> {
    let tenant = caller.tenant;
    let until = Instant::now() + wait(listing.filter.wait.as_deref())?;
    let id = String::from(id);
    let found = loop {
        let name = id.clone();
        let found = state
            .store
            .read(Scope::Tenant(tenant), move |db| look(db, tenant, &name))
            .await?;
        let is_over = Instant::now() + LOOK_EVERY > until;
        match found {
            Some(found) if is_over || !found.is_moving => break found,
            None if is_over => return Err(Problem::not_found()),
            _ => sleep_until(Instant::now() + LOOK_EVERY).await,
        }
    };
    let keys = match caller.token.may(ApiScope::LicensesKeys) {
        true => Some(shown(&caller, &state, &found, &id).await?),
        false => None,
    };
    let now = state.clock.now();
    Ok(Json(view(found, keys.as_deref(), now)?))
}

fn wait(text: Option<&str>) -> Result<Duration, Problem> {
    let Some(text) = text else {
        return Ok(Duration::ZERO);
    };
    match text.parse::<Length>() {
        Ok(Length(length)) => Ok(length.min(LONGEST_WAIT)),
        Err(_no_length) => Err(Problem::invalid("wait", "write a time such as 20s")),
    }
}

/// `None` while nothing was heard of the order.
fn look(db: &mut Db, tenant: TenantId, name: &str) -> Result<Option<Found>, StoreError> {
    let known = orders::list_named(db, tenant, name)?;
    let mut subjects = vec![name.to_owned()];
    let mut rows = Vec::new();
    let by_name = LicenseFilter {
        order: Some(name.to_owned()),
        ..LicenseFilter::default()
    };
    add(db, tenant, &by_name, &mut rows)?;
    for order in &known {
        subjects.push(order.order_id.to_string());
        for id in orders::list_subscriptions(db, tenant, order.storefront_id, &order.order_id)? {
            let of_subscription = LicenseFilter {
                subscription_id: Some(id.to_string()),
                ..LicenseFilter::default()
            };
            add(db, tenant, &of_subscription, &mut rows)?;
            subjects.push(id.to_string());
        }
    }
    let filter = EventFilter {
        about: Some(About {
            license_ids: Vec::new(),
            subjects,
            customer_ids: Vec::new(),
        }),
        ..EventFilter::default()
    };
    let mut messages = events::list(db, tenant, &filter, None, MOST)?;
    let named = EventFilter {
        order: Some(name.to_owned()),
        ..EventFilter::default()
    };
    messages.extend(events::list(db, tenant, &named, None, MOST)?);
    if known.is_empty() && rows.is_empty() && messages.is_empty() {
        return Ok(None);
    }
    let is_pending = rows
        .iter()
        .any(|row| row.remote_id.is_none() && row.deleted_at.is_none());
    Ok(Some(Found {
        order_id: known.first().map(|order| order.order_id.to_string()),
        reference: known.first().and_then(|order| order.reference.clone()),
        needs_you: messages
            .iter()
            .any(|event| event.state == EventState::Parked),
        is_moving: messages
            .iter()
            .any(|event| !event.state.is_settled() && !is_planned(event))
            || (is_pending
                && !messages
                    .iter()
                    .any(|event| event.state == EventState::Parked)),
        rows,
    }))
}

fn add(
    db: &mut Db,
    tenant: TenantId,
    filter: &LicenseFilter,
    rows: &mut Vec<Row>,
) -> Result<(), StoreError> {
    // The time matters to filters by state only.
    let now = Timestamp::from_microsecond(0);
    for row in licenses::list(db, tenant, (filter, now), None, MOST)? {
        if !rows.iter().any(|known| known.id == row.id) {
            rows.push(row);
        }
    }
    Ok(())
}

/// The keys that will be shown; that they were is on record.
async fn shown(
    caller: &Caller<LicensesRead>,
    state: &State,
    found: &Found,
    name: &str,
) -> Result<Arc<TenantKeys>, Problem> {
    let author = caller.author(state).await?;
    let keys = Arc::clone(&author.keys);
    let ids: Vec<LicenseId> = found
        .rows
        .iter()
        .filter(|row| row.remote_id.is_some() && row.key_sealed.is_some())
        .map(|row| row.id)
        .collect();
    if ids.is_empty() {
        return Ok(keys);
    }
    let details = json!({ "license_ids": ids });
    let target = name.to_owned();
    state
        .store
        .write(Scope::Tenant(caller.tenant), move |db| {
            author.record(db, Act::LicenseKeyShow, &target, &details)
        })
        .await?;
    Ok(keys)
}

fn view(found: Found, keys: Option<&TenantKeys>, now: Timestamp) -> Result<OrderLicenses, Problem> {
    let state = match () {
        () if found.needs_you => OrderState::NeedsYou,
        () if found.is_moving => OrderState::Pending,
        () if found.rows.is_empty() => OrderState::None,
        () => OrderState::Ready,
    };
    let mut licenses = Vec::new();
    for row in &found.rows {
        let key = match (keys, &row.key_sealed, &row.remote_id) {
            (Some(keys), Some(sealed), Some(_)) => {
                let key = keys.open(Field::LicenseKey(row.id).place(), sealed)?;
                Some(String::from_utf8_lossy(&key).into_owned())
            }
            _ => None,
        };
        licenses.push(OrderLicense {
            id: row.id,
            remote_license_id: row.remote_id.clone(),
            state: row.license()?.state(now).as_str(),
            product_path: row.product_path.clone(),
            unit: row.unit,
            key,
        });
    }
    licenses.sort_by(|left, right| {
        (&left.product_path, left.unit).cmp(&(&right.product_path, right.unit))
    });
    Ok(OrderLicenses {
        order_id: found.order_id,
        reference: found.reference,
        state,
        licenses,
    })
}
