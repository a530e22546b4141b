//! Counts over a span of time: messages by outcome, waits, calls, the budget.

use std::collections::BTreeMap;

use actix_web::web::{Data, Json};
use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::config::Budgets;
use crate::domain::id::{LicenseServerId, TenantId};
use crate::domain::news::News;
use crate::domain::time::Timestamp;
use crate::store::stats::{self, CallCount, EventCount};
use crate::store::tallies::{self, Span, Waits};
use crate::store::{Db, Scope, StoreError, license_servers};
use crate::web::api::listing::Listing;
use crate::web::auth::{Caller, EventsRead};
use crate::web::budget_use::{in_use, origin_of};
use crate::web::error::Problem;
use crate::web::state::State;

/// Messages whose waits are looked at, the latest ones.
const COUNTED: i64 = 20_000;
/// The longest span, and the most parts of one.
const LONGEST_DAYS: i64 = 366;
const MOST_BUCKETS: i64 = 1_000;

/// Which span, and into which parts it is cut.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct StatsQuery {
    /// Where the span begins; a day before its end when left out.
    from: Option<Timestamp>,
    /// Where it ends; now when left out.
    to: Option<Timestamp>,
    /// `hour` or `day`; `hour` when left out.
    bucket: Option<String>,
}

/// Counts over a span.
#[derive(Serialize, ToSchema)]
pub struct Stats {
    from: Timestamp,
    to: Timestamp,
    /// The shop's events by where they stand now.
    events: BTreeMap<String, i64>,
    /// The same, part by part; parts without events are left out.
    buckets: Vec<Bucket>,
    /// From payment to license; `null` when no purchase was carried out.
    latency: Option<Latency>,
    calls: Calls,
    /// The calls allowed by each licensing account's address, now.
    budgets: Vec<BudgetUse>,
}

/// One part of the span.
#[derive(Serialize, ToSchema)]
pub struct Bucket {
    /// When it begins.
    from: Timestamp,
    events: BTreeMap<String, i64>,
}

/// How long buyers waited from payment to license.
#[derive(Serialize, ToSchema)]
pub struct Latency {
    /// Purchases that were looked at, the latest 20,000 messages at most.
    count: i64,
    p50_ms: i64,
    p95_ms: i64,
    p99_ms: i64,
    max_ms: i64,
}

/// Calls to licensing accounts; those that retention has dropped are not counted.
#[derive(Serialize, ToSchema)]
pub struct Calls {
    count: i64,
    /// By HTTP status; `none` without an answer.
    by_status: BTreeMap<String, i64>,
    /// `null` without calls.
    mean_ms: Option<i64>,
    max_ms: Option<i64>,
}

/// How many calls an account's address allows, and how many are taken now, by everybody who calls it.
#[derive(Serialize, ToSchema)]
pub struct BudgetUse {
    license_server_id: LicenseServerId,
    used: u32,
    /// `null` = without a limit.
    allowed: Option<u32>,
    window_seconds: Option<u64>,
}

/// What one read of the database brings.
struct Loaded {
    counts: Vec<EventCount>,
    waits: Option<Waits>,
    calls: Vec<CallCount>,
    budgets: Vec<BudgetUse>,
}

/// Counts by outcome, waits, calls, use of the budget.
#[utoipa::path(get, path = "/stats", tag = "Events", params(StatsQuery), responses((status = 200, body = Stats)))]
pub async fn show(
    caller: Caller<EventsRead>,
    state: Data<State>,
    listing: Listing<StatsQuery>,
) -> Result<Json<Stats>, Problem> {
    let (tenant, now) = (caller.tenant, state.clock.now());
    let query = listing.filter;
    let to = query.to.unwrap_or(now);
    let from = query.from.unwrap_or_else(|| to.plus_hours(-24));
    let seconds = bucket_seconds(query.bucket.as_deref())?;
    check(from, to, seconds)?;
    let span = Span {
        from,
        to,
        most: COUNTED,
    };
    let budgets = std::sync::Arc::clone(&state.budgets);
    let loaded = state
        .store
        .read(Scope::Tenant(tenant), move |db| {
            Ok::<_, StoreError>(Loaded {
                counts: stats::count_events(db, tenant, (from, to), seconds)?,
                waits: tallies::waits(db, tenant, span, News::Purchases)?,
                calls: stats::count_calls(db, tenant, (from, to))?,
                budgets: budget_use(db, tenant, &budgets, now)?,
            })
        })
        .await?;
    Ok(Json(Stats {
        from,
        to,
        events: by_state(&loaded.counts),
        buckets: buckets(&loaded.counts, seconds),
        latency: loaded.waits.map(latency),
        calls: calls(&loaded.calls),
        budgets: loaded.budgets,
    }))
}

fn bucket_seconds(text: Option<&str>) -> Result<i64, Problem> {
    match text {
        None | Some("hour" | "1h") => Ok(3_600),
        Some("day" | "1d" | "24h") => Ok(86_400),
        Some(_) => Err(Problem::invalid("bucket", "write hour or day")),
    }
}

fn check(from: Timestamp, to: Timestamp, seconds: i64) -> Result<(), Problem> {
    let length = to.since(from);
    if length <= SignedDuration::ZERO {
        return Err(Problem::invalid("to", "a span ends after it begins"));
    }
    if length > SignedDuration::from_hours(24 * LONGEST_DAYS) {
        return Err(Problem::invalid("from", "a span has at most 366 days"));
    }
    if length.as_secs() / seconds > MOST_BUCKETS {
        let sentence = "this many days are counted by day";
        return Err(Problem::invalid("bucket", sentence));
    }
    Ok(())
}

fn by_state(counts: &[EventCount]) -> BTreeMap<String, i64> {
    let mut by_state = BTreeMap::new();
    for row in counts {
        *by_state.entry(row.state.as_str().to_owned()).or_default() += row.count;
    }
    by_state
}

fn buckets(counts: &[EventCount], seconds: i64) -> Vec<Bucket> {
    let mut buckets: BTreeMap<i64, BTreeMap<String, i64>> = BTreeMap::new();
    for row in counts {
        let bucket = buckets.entry(row.bucket).or_default();
        bucket.insert(row.state.as_str().to_owned(), row.count);
    }
    buckets
        .into_iter()
        .map(|(number, events)| Bucket {
            from: Timestamp::from_microsecond(number * seconds * 1_000_000),
            events,
        })
        .collect()
}

const fn latency(waits: Waits) -> Latency {
    Latency {
        count: waits.count,
        p50_ms: waits.p50 / 1_000,
        p95_ms: waits.p95 / 1_000,
        p99_ms: waits.p99 / 1_000,
        max_ms: waits.longest / 1_000,
    }
}

fn calls(rows: &[CallCount]) -> Calls {
    let count: i64 = rows.iter().map(|row| row.count).sum();
    let total: i64 = rows.iter().filter_map(|row| row.total_ms).sum();
    let name = |row: &CallCount| {
        row.status
            .map_or_else(|| "none".to_owned(), |status| status.to_string())
    };
    Calls {
        count,
        by_status: rows.iter().map(|row| (name(row), row.count)).collect(),
        mean_ms: total.checked_div(count),
        max_ms: rows.iter().filter_map(|row| row.longest_ms).max(),
    }
}

fn budget_use(
    db: &mut Db,
    tenant: TenantId,
    budgets: &Budgets,
    now: Timestamp,
) -> Result<Vec<BudgetUse>, StoreError> {
    let mut uses = Vec::new();
    for server in license_servers::list(db, tenant)? {
        let origin = origin_of(&server);
        let limited = origin.and_then(|origin| Some((budgets.of(&origin)?, origin)));
        let budget = limited.as_ref().map(|(budget, _)| *budget);
        uses.push(BudgetUse {
            license_server_id: server.id,
            used: match &limited {
                Some((budget, origin)) => in_use(db, origin, *budget, now)?,
                None => 0,
            },
            allowed: budget.map(|budget| budget.calls),
            window_seconds: budget.map(|budget| budget.window.as_secs()),
        });
    }
    Ok(uses)
}
