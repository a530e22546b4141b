//! What needs a person, in words with a way out; for the overview, the page *To fix*, and the navigation's number.

use crate::domain::effect::EventState;
use crate::domain::id::TenantId;
use crate::domain::kind::LicenseServerKind;
use crate::domain::reason::{Reason, ReasonCode};
use crate::domain::time::Timestamp;
use crate::store::problems::{self, ProblemCause as Row};
use crate::store::{Db, StoreError, cause_counts, storefronts};
use crate::vault::TenantKeys;
use crate::web::asked::{self, AskingEvent};
use crate::web::findings::{self, ProductFinding};
use crate::web::mend;
use crate::web::names::Names;
use crate::web::partials::{Item, Moment, ProblemItem, Way};
use crate::web::query::Query;
use crate::web::words::counted;

/// Events that wait for these wait for a person, although they go on by themselves afterwards.
pub const HELD: [ReasonCode; 2] = [
    ReasonCode::LicenseServerUnauthorized,
    ReasonCode::ShopApiUnauthorized,
];

/// Everything that needs a person.
#[derive(Debug, Clone, Default)]
pub struct ToFix {
    /// What messages wait for, longest wait first.
    pub causes: Vec<Row>,
    /// What is wrong with products and no message has met yet.
    pub findings: Vec<ProductFinding>,
}

impl ToFix {
    /// How much it is.
    pub fn count(&self) -> u64 {
        (self.causes.len() + self.findings.len()) as u64
    }

    /// The first so many.
    #[must_use]
    pub fn first(mut self, most: usize) -> Self {
        self.causes.truncate(most);
        self.findings.truncate(most - self.causes.len());
        self
    }
}

/// How much needs a person, for the frame of every page: without reading what it is.
pub fn count(db: &mut Db, tenant: TenantId) -> Result<u64, StoreError> {
    let mut causes = cause_counts::list(db, tenant)?;
    causes.retain(|cause| problems::is_problem(cause, &HELD));
    let mut findings = all_findings(db, tenant)?;
    findings.retain(|found| {
        let mut causes = causes.iter();
        !causes.any(|cause| {
            let subject = cause.reason_subject.as_deref();
            found.is_told_by(cause.storefront_id, cause.reason_code, subject)
        })
    });
    Ok((causes.len() + findings.len()) as u64)
}

/// What needs a person, as the pages count it.
pub fn list(db: &mut Db, tenant: TenantId) -> Result<ToFix, StoreError> {
    let mut to_fix = list_with(db, tenant, &HELD)?;
    to_fix.causes.sort_by_key(|row| row.first_at);
    Ok(to_fix)
}

/// What needs a person, where messages that wait for one of `waiting` do: the latest first, then what no message has met.
pub fn list_with(
    db: &mut Db,
    tenant: TenantId,
    waiting: &[ReasonCode],
) -> Result<ToFix, StoreError> {
    let causes = problems::list(db, tenant, waiting)?;
    let mut findings = all_findings(db, tenant)?;
    findings.retain(|found| {
        let mut causes = causes.iter();
        !causes.any(|cause| {
            let subject = cause.reason_subject.as_deref();
            found.is_told_by(cause.storefront_id, Some(cause.reason_code), subject)
        })
    });
    Ok(ToFix { causes, findings })
}

fn all_findings(db: &mut Db, tenant: TenantId) -> Result<Vec<ProductFinding>, StoreError> {
    let mut findings = Vec::new();
    for store in storefronts::list(db, tenant)? {
        findings.extend(findings::of_store(db, &store)?);
    }
    Ok(findings)
}

/// The same as people read it.
pub fn problems(
    db: &mut Db,
    (tenant, keys): (TenantId, &TenantKeys),
    to_fix: &ToFix,
    csrf: &str,
    now: Timestamp,
) -> Result<Vec<ProblemItem>, StoreError> {
    let mut rows = to_fix.causes.clone();
    for row in &mut rows {
        row.latest.open_words(keys)?;
    }
    let asking = asked::list(db, tenant, &rows)?;
    let people = asking.iter().filter_map(|asking| asking.event.customer_id);
    let names = Names::look_up(db, (tenant, keys), people)?;
    let causes = rows.iter().map(|row| {
        let of_row = asking.iter().filter(|asking| asking.problem == row.id);
        let of_row: Vec<&AskingEvent> = of_row.collect();
        problem(row, &of_row, &names, csrf, now)
    });
    let findings = to_fix.findings.iter().map(|found| found.problem(now));
    Ok(causes.chain(findings).collect())
}

/// A cause as people read it; what it asks message by message, where it asks.
fn problem(
    row: &Row,
    asking: &[&AskingEvent],
    names: &Names,
    csrf: &str,
    now: Timestamp,
) -> ProblemItem {
    let (reason, kind) = (reason(row, names), names.service(row.storefront_id));
    let question = |asking: &AskingEvent| asked::question(&asking.event, &asking.effects, names);
    let (title, items) = match asking {
        [] => (title(row, &reason, names), Vec::new()),
        [only] => (question(only), Vec::new()),
        several => (
            asked_of_all(row, &reason, kind),
            several
                .iter()
                .map(|asking| Item {
                    text: question(asking),
                    preview: asked::preview(&asking.effects),
                    way: Way::link("Look at it", format!("/activity/{}", asking.event.id)),
                })
                .collect(),
        ),
    };
    ProblemItem {
        key: row.id.to_string(),
        title,
        text: text(row, &reason, kind),
        since: Moment::waiting(row.first_at, now),
        ways: ways(row, csrf),
        more: u64::try_from(row.count)
            .unwrap_or(0)
            .saturating_sub(items.len() as u64)
            .min(if items.is_empty() { 0 } else { u64::MAX }),
        items,
    }
}

fn asked_of_all(row: &Row, reason: &Reason, kind: LicenseServerKind) -> String {
    match row.reason_code {
        ReasonCode::Brake => reason.text(kind),
        ReasonCode::KeyWithoutOrder => format!(
            "Keys were given out in {} receipts and no order followed for a day. Shall they be suspended?",
            row.count
        ),
        ReasonCode::TooManyLicenses => format!(
            "{} orders ask for very many licenses. Shall they all be made?",
            row.count
        ),
        _ => format!(
            "{} licenses or purchases would lose access. Shall they?",
            row.count
        ),
    }
}

/// The messages of a cause, as a list's filter.
pub fn messages(row: &Row) -> Query {
    let query = Query::default()
        .with("state", row.state.as_str())
        .with("reason", row.reason_code.as_str())
        .with("store", row.storefront_id.to_string());
    match &row.reason_subject {
        Some(subject) => query.with("about", subject),
        None => query,
    }
}

fn reason(row: &Row, names: &Names) -> Reason {
    let mut reason = Reason::new(row.reason_code);
    // Details that cannot be read only leave gaps in a sentence.
    if let Some(details) = row.latest.reason_details.as_deref() {
        reason.details = serde_json::from_str(details).unwrap_or_default();
    }
    if let Some(path) = reason.details.get("product") {
        let product = names.product(row.storefront_id, path).to_owned();
        reason.details.insert("product".to_owned(), product);
    }
    reason.with("n", row.count)
}

fn title(row: &Row, reason: &Reason, names: &Names) -> String {
    let count = u64::try_from(row.count).unwrap_or(0);
    match (row.reason_code, &row.reason_subject) {
        (ReasonCode::ProductNotMapped, Some(path)) => format!(
            "{} of “{}” {} no license.",
            counted(count, "paid order", "paid orders"),
            names.product(row.storefront_id, path),
            if count == 1 { "has" } else { "have" }
        ),
        _ => reason.text(names.service(row.storefront_id)),
    }
}

fn text(row: &Row, reason: &Reason, kind: LicenseServerKind) -> String {
    let count = u64::try_from(row.count).unwrap_or(0);
    let messages = counted(count, "message waits", "messages wait");
    match (row.reason_code, row.state) {
        _ if asked::is_asked(row) => asked_text(row.reason_code).to_owned(),
        (ReasonCode::ProductNotMapped, _) => format!(
            "The product is new in your store and nobody has said which license it gives. Choose it once; {} then served at once, oldest first.",
            counted(count, "the order is", "orders are").trim_start_matches("1 ")
        ),
        (_, EventState::Waiting) => {
            format!(
                "{messages} safely and {} by themselves afterwards.",
                if count == 1 { "runs" } else { "run" }
            )
        }
        _ => format!("{} {messages}.", reason.fix(kind))
            .trim()
            .to_owned(),
    }
}

fn asked_text(code: ReasonCode) -> &'static str {
    match code {
        ReasonCode::Brake => {
            "More endings than usual came within an hour. Perhaps that is right, perhaps a setting went wrong; until you answer, the licenses keep working."
        }
        ReasonCode::KeyWithoutOrder => {
            "FastSpring asked for the keys and then never said that they were paid for. Until you answer, the licenses work."
        }
        ReasonCode::TooManyLicenses => asked::TOO_MANY,
        ReasonCode::RefundBeforeChange => {
            "Perhaps all was to be given back, perhaps only the plan before. Until you answer, the license keeps working."
        }
        ReasonCode::WhichLicense => {
            "FastSpring names the product, not the one of them that was given back. Until you answer, all of them keep working."
        }
        ReasonCode::ChangedByHand => {
            "Somebody at your company moved the license's end to a later date. Until you answer, the license keeps working."
        }
        _ => {
            "You asked to be asked before access is taken away. Until you answer, the license keeps working."
        }
    }
}

fn ways(row: &Row, csrf: &str) -> Vec<Way> {
    let list = messages(row);
    let count = u64::try_from(row.count).unwrap_or(0);
    let mut see = Way::link(
        format!(
            "See {}",
            counted(count, "the message", "messages").trim_start_matches("1 ")
        ),
        list.at("/activity"),
    );
    let mut again = Way::post(
        if count == 1 {
            "Run it again".to_owned()
        } else {
            format!("Run these {count} again")
        },
        "/activity/run-again",
        csrf,
    );
    for (name, value) in list.pairs() {
        again = again.with(name, value);
    }
    let subject = row.reason_subject.as_deref();
    let mend = mend::way(row.storefront_id, row.reason_code, subject);
    if row.reason_code == ReasonCode::WhichLicense {
        see.label = "Choose the license".to_owned();
        return vec![see.primary()];
    }
    if asked::is_asked(row) {
        let [yes, no] = asked::answers_to_all(row, csrf);
        return [yes, no].into_iter().chain(mend).chain([see]).collect();
    }
    match (row.reason_code, mend) {
        (ReasonCode::LicenseNotFound, _) => {
            see.label = if count == 1 {
                "Pick the license".to_owned()
            } else {
                "Pick their licenses".to_owned()
            };
            vec![see.primary(), again.quiet()]
        }
        (_, None) => vec![again.primary(), see],
        (ReasonCode::ProductNotMapped, Some(choose)) => vec![
            choose.primary(),
            Way::post("Never license this product", never(row), csrf)
                .with("product_path", subject.unwrap_or_default())
                .quiet(),
            see,
        ],
        (code, Some(mend)) if mend::runs_by_itself(code) => vec![mend.primary(), see],
        (_, Some(mend)) => vec![mend.primary(), again.quiet(), see],
    }
}

fn never(row: &Row) -> String {
    format!("/products/{}/never", row.storefront_id)
}
