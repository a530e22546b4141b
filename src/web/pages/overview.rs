//! Overview: is all well, what needs you, today in numbers, just now.

use actix_web::HttpRequest;
use askama::Template;
use askama::filters::HtmlSafe;

use crate::config::Budget;
use crate::domain::id::{LicenseServerId, TenantId};
use crate::domain::kind::ServiceNames;
use crate::domain::time::Timestamp;
use crate::store::events::{Event, EventFilter};
use crate::store::tallies::{self, Span};
use crate::store::{Db, StoreError, cause_counts, events, license_servers, storefronts};
use crate::vault::TenantKeys;
use crate::web::answer::{Answer, fragment, page};
use crate::web::budget_use::{in_use, origin_of};
use crate::web::names::Names;
use crate::web::pages::failure::PageError;
use crate::web::pages::overview_numbers::{self as numbers, Day, TodayRow, Usual};
use crate::web::pages::overview_standing::{Situation, standing};
use crate::web::pages::shell::{Area, Shell};
use crate::web::partials::{
    Badge, Empty, Headline, HourChart, Icon, Meter, Moment, ProblemItem, Way,
};
use crate::web::visitor::Visitor;
use crate::web::{assets, event_words, to_fix};

/// Problems and messages that the overview shows of longer lists.
const PROBLEMS: usize = 5;
const RECENT: usize = 8;
/// Planned dates among them are no news and left out.
const LOOKED_AT: i64 = 24;
/// Messages of one day that are counted; beyond it numbers are a little low.
const COUNTED: i64 = 20_000;
/// Weeks that say what is usual.
const WEEKS: i64 = 4;

/// The page.
#[derive(Debug, Clone, Template)]
#[template(path = "overview.html")]
pub struct Overview {
    /// The frame.
    pub shell: Shell,
    /// Everything on it, for it all changes by itself.
    pub live: Live,
}

/// The part that refreshes itself; served alone at `/overview/live`.
#[derive(Debug, Clone, Template)]
#[template(path = "overview/live.html")]
pub struct Live {
    /// The answer to "is all well?".
    pub headline: Headline,
    /// The first problems, longest wait first.
    pub problems: Vec<ProblemItem>,
    /// How many more there are on *To fix*.
    pub more_problems: u64,
    /// Today in numbers.
    pub today: Vec<TodayRow>,
    /// Messages per hour.
    pub chart: HourChart,
    /// From payment to license; `None` before the first license of the day.
    pub speed: Option<String>,
    /// The license server whose calls are counted.
    pub calls_at: String,
    /// Calls to it in use.
    pub calls: Meter,
    /// The latest activity.
    pub recent: Vec<Recent>,
    /// In place of the latest activity when there is none.
    pub empty: Empty,
}

impl HtmlSafe for Live {}

/// One line of *Just now*.
#[derive(Debug, Clone)]
pub struct Recent {
    /// Its event's id.
    pub key: String,
    /// When it came.
    pub at: Moment,
    /// What happened.
    pub title: String,
    /// What came of it; may be empty.
    pub text: String,
    /// Its state.
    pub state: Badge,
    /// Its page.
    pub href: String,
}

/// `GET /`.
pub async fn show(visitor: Visitor) -> Answer {
    let shell = visitor.shell("Overview", Area::Overview).await?;
    let live = gather(&visitor).await?;
    page(&Overview { shell, live })
}

/// `GET /overview/live`.
pub async fn live(http: HttpRequest, visitor: Visitor) -> Answer {
    fragment(&http, &gather(&visitor).await?)
}

async fn gather(visitor: &Visitor) -> Result<Live, PageError> {
    let keys = visitor.keys().await?;
    let (tenant, now) = (visitor.tenant, visitor.now);
    let csrf = visitor.session.csrf_token.clone();
    let usual = usual(visitor).await?;
    let (mut live, account) = visitor
        .read(move |db| read(db, (tenant, &keys), &usual, &csrf, now))
        .await?;
    live.calls = calls(visitor, account).await?;
    Ok(live)
}

fn read(
    db: &mut Db,
    (tenant, keys): (TenantId, &TenantKeys),
    usual: &Usual,
    csrf: &str,
    now: Timestamp,
) -> Result<(Live, Option<LicenseServerId>), StoreError> {
    let stores = storefronts::list(db, tenant)?;
    let accounts = license_servers::list(db, tenant)?;
    let to_fix = to_fix::list(db, tenant)?;
    let mut recent = events::list(db, tenant, &EventFilter::default(), None, LOOKED_AT)?;
    recent.retain(|event| !event_words::is_planned(event));
    recent.truncate(RECENT);
    for event in &mut recent {
        event.open_words(keys)?;
    }
    let today = Day::read(db, tenant, since_midnight(now))?;
    let names = Names::look_up(
        db,
        (tenant, keys),
        recent.iter().filter_map(|event| event.customer_id),
    )?;
    let situation = Situation {
        stores: &stores,
        accounts: &accounts,
        to_fix: &to_fix,
        still: &cause_counts::list(db, tenant)?,
        today: today.messages(),
        last_at: recent.first().map(|event| event.received_at),
        usual: usual.messages,
        now,
    };
    let services = ServiceNames::and(accounts.iter().map(|server| server.kind));
    let headline = standing(db, tenant, &situation)?.headline(&services);
    // The budget that is shown is that of the first account.
    let budget_of = ServiceNames::and(accounts.first().map(|server| server.kind));
    let live = Live {
        headline,
        more_problems: to_fix.count().saturating_sub(PROBLEMS as u64),
        problems: to_fix::problems(db, (tenant, keys), &to_fix.first(PROBLEMS), csrf, now)?,
        today: numbers::rows(&today, usual, now),
        chart: HourChart {
            label: format!("Messages per hour today; {} in all.", today.all()),
            hours: today.hours(now),
        },
        speed: today.speed(),
        calls_at: budget_of.to_string(),
        calls: meter(0, None),
        recent: recent
            .iter()
            .map(|event| line(event, &names, now))
            .collect::<Result<_, StoreError>>()?,
        empty: nothing_yet(
            stores
                .first()
                .map(|store| format!("/setup/stores/{}", store.id)),
        ),
    };
    Ok((live, accounts.first().map(|server| server.id)))
}

fn line(event: &Event, names: &Names, now: Timestamp) -> Result<Recent, StoreError> {
    let title = event_words::title(event);
    let subject = event_words::subject(event, names);
    Ok(Recent {
        key: event.id.to_string(),
        at: Moment::relative(event.received_at, now),
        title: match subject.as_str() {
            "" => title,
            subject => format!("{title} · {subject}"),
        },
        text: event_words::reason(event, names.service(event.storefront_id))?,
        state: event_words::state(event),
        href: format!("/activity/{}", event.id),
    })
}

fn nothing_yet(store_url: Option<String>) -> Empty {
    let (text, way) = match store_url {
        Some(url) => (
            "What FastSpring sends appears here by itself, a moment after it came.",
            Way::link("How to set up the webhook", url),
        ),
        None => (
            "What FastSpring sends will appear here once your store is set up.",
            Way::link("Begin the set-up", "/setup").button(),
        ),
    };
    Empty {
        title: "Nothing has come yet.".to_owned(),
        text: text.to_owned(),
        way: Some(way),
    }
}

/// What is usual by now; remembered for a while, since last month does not change.
async fn usual(visitor: &Visitor) -> Result<Usual, PageError> {
    if let Some(usual) = visitor.remembered.usual.get(&visitor.tenant) {
        return Ok(usual);
    }
    let (tenant, now) = (visitor.tenant, visitor.now);
    let days = visitor
        .read(move |db| {
            (1..=WEEKS)
                .map(|week| {
                    let until = now.plus_hours(-week * 7 * 24);
                    tallies::list(db, tenant, since_midnight(until))
                })
                .collect::<Result<Vec<_>, StoreError>>()
        })
        .await?;
    let usual = Usual::of(&days);
    visitor.remembered.usual.insert(tenant, usual.clone());
    Ok(usual)
}

/// That day until then.
fn since_midnight(until: Timestamp) -> Span {
    Span {
        from: numbers::midnight(until),
        to: until,
        most: COUNTED,
    }
}

/// How much of the account's budget is in use.
async fn calls(visitor: &Visitor, account: Option<LicenseServerId>) -> Result<Meter, PageError> {
    let tenant = visitor.tenant;
    let Some(account) = account else {
        return Ok(meter(0, None));
    };
    let server = visitor
        .read(move |db| license_servers::find(db, tenant, account))
        .await?;
    let origin = server.as_ref().and_then(origin_of);
    let budget = origin.and_then(|origin| Some((visitor.state.budgets.of(&origin)?, origin)));
    let Some((budget, origin)) = budget else {
        return Ok(meter(0, None));
    };
    let now = visitor.now;
    let used = visitor
        .read(move |db| in_use(db, &origin, budget, now))
        .await?;
    Ok(meter(used, Some(budget)))
}

fn meter(used: u32, budget: Option<Budget>) -> Meter {
    let text = budget.map_or_else(
        || "Without a limit.".to_owned(),
        |budget| {
            let seconds = budget.window.as_secs();
            format!("{used} of {} in {seconds} s in use now.", budget.calls)
        },
    );
    Meter {
        used: used.into(),
        allowed: budget.map_or(0, |budget| budget.calls.into()),
        text,
    }
}
