//! Who did what: every change by people, programs and the operator.

use askama::Template;
use serde_json::{Map, Value as Json};

use crate::domain::act::Act;
use crate::domain::kind::ServiceNames;
use crate::store::StoreError;
use crate::store::audit::{self, ActRow, AuditFilter};
use crate::web::actor_names::ActorNames;
use crate::web::answer::{Answer, page};
use crate::web::assets;
use crate::web::pages::shell::{Area, Shell};
use crate::web::partials::{CopyField, Icon, Moment, Pager};
use crate::web::query::Query;
use crate::web::services;
use crate::web::visitor::Visitor;

/// Acts on one page.
const PAGE: i64 = 50;

/// The page.
#[derive(Debug, Clone, Template)]
#[template(path = "setup/audit.html")]
pub struct AuditPage {
    /// The frame.
    pub shell: Shell,
    /// The acts, the latest first.
    pub rows: Vec<ListedAct>,
    /// Further pages.
    pub pager: Pager,
    /// The last act and its link, to be kept elsewhere; `None` when the end of the record is gone.
    pub end: Option<CopyField>,
}

/// One act.
#[derive(Debug, Clone)]
pub struct ListedAct {
    /// When.
    pub at: Moment,
    /// Who.
    pub who: String,
    /// What.
    pub what: String,
    /// What it was done to.
    pub target: String,
    /// What changed, in a line each.
    pub details: Vec<String>,
}

/// `GET /setup/who-did-what`.
pub async fn show(visitor: Visitor) -> Answer {
    let tenant = visitor.tenant;
    let below = visitor
        .query
        .get("cursor")
        .and_then(|text| text.parse().ok());
    let (mut rows, names, end, services) = visitor
        .read(move |db| {
            let rows = audit::list(db, tenant, &AuditFilter::default(), below, PAGE + 1)?;
            let end = audit::find_end(db, tenant)?;
            let services = ServiceNames::or(services::of_accounts(db, tenant)?);
            Ok::<_, StoreError>((rows, ActorNames::look_up(db, tenant)?, end, services))
        })
        .await?;
    let has_more = rows.len() as i64 > PAGE;
    rows.truncate(usize::try_from(PAGE).unwrap_or(usize::MAX));
    let next = rows
        .last()
        .filter(|_| has_more)
        .map(|row| row.number.to_string());
    const HERE: &str = "/setup/who-did-what";
    page(&AuditPage {
        rows: rows
            .iter()
            .map(|act| row(act, (&names, &services), &visitor))
            .collect(),
        pager: Pager {
            first: below.is_some().then(|| HERE.to_owned()),
            next: next.map(|cursor| Query::default().with("cursor", cursor).at(HERE)),
        },
        end: end.map(|end| CopyField {
            label: "The last act and its link".to_owned(),
            text: end.to_string(),
        }),
        shell: visitor.shell("Who did what", Area::Setup).await?,
    })
}

fn row(
    act: &ActRow,
    (names, services): (&ActorNames, &ServiceNames),
    visitor: &Visitor,
) -> ListedAct {
    let who = match (names.of(act), act.user_id, act.api_token_id) {
        (Some(name), None, Some(_)) => format!("The token “{name}”"),
        (Some(name), ..) => name.to_owned(),
        (None, Some(_), _) => "Somebody who has left".to_owned(),
        (None, None, Some(_)) => "A token that is gone".to_owned(),
        (None, None, None) => "Whoever runs Latchkey".to_owned(),
    };
    ListedAct {
        at: Moment::relative(act.at, visitor.now),
        who,
        what: Act::parse(&act.action).map_or_else(|| act.action.clone(), |act| act.text(services)),
        target: act.target.clone(),
        details: serde_json::from_str(&act.details)
            .map(|details| lines(&details))
            .unwrap_or_default(),
    }
}

/// `policy.refund: suspend → revoke`; fields that say nothing are left out.
fn lines(details: &Map<String, Json>) -> Vec<String> {
    let text = |value: &Json| match value {
        Json::String(text) => text.clone(),
        Json::Null => "nothing".to_owned(),
        other => other.to_string(),
    };
    details
        .iter()
        .filter(|(_, value)| !value.is_null())
        .map(|(name, value)| match (value.get("from"), value.get("to")) {
            (Some(from), Some(to)) => format!("{name}: {} → {}", text(from), text(to)),
            _ => format!("{name}: {}", text(value)),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn details_are_told_line_by_line() {
        let details = json!({"access_token": "replaced", "base_url": null, "mode": {"from": "live", "to": "paused"}});
        let Json::Object(details) = details else {
            unreachable!()
        };

        assert_eq!(
            lines(&details),
            ["access_token: replaced", "mode: live → paused"]
        );
    }
}
