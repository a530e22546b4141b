//! To fix: every cause that needs a person, longest wait first.

use actix_web::web::Path;
use askama::Template;

use crate::domain::consent::Answer as Consent;
use crate::domain::id::ProblemId;
use crate::pipeline::planning::approvals::{ApprovalError, answer_problem};
use crate::store::StoreError;
use crate::web::answer::{Answer, page, see};
use crate::web::pages::failure::PageError;
use crate::web::pages::shell::{Area, Shell};
use crate::web::partials::{Empty, Icon, ProblemItem, Way};
use crate::web::sent::Sent;
use crate::web::visitor::Visitor;
use crate::web::{assets, to_fix};

/// The page.
#[derive(Debug, Clone, Template)]
#[template(path = "to_fix.html")]
pub struct ToFixPage {
    /// The frame.
    pub shell: Shell,
    /// The problems.
    pub problems: Vec<ProblemItem>,
    /// In their place when there are none.
    pub empty: Empty,
}

/// `GET /to-fix`.
pub async fn show(visitor: Visitor) -> Answer {
    let (tenant, keys, now) = (visitor.tenant, visitor.keys().await?, visitor.now);
    let csrf = visitor.session.csrf_token.clone();
    let problems = visitor
        .read(move |db| {
            let all = to_fix::list(db, tenant)?;
            to_fix::problems(db, (tenant, &keys), &all, &csrf, now)
        })
        .await?;
    page(&ToFixPage {
        shell: visitor.shell("To fix", Area::ToFix).await?,
        problems,
        empty: Empty {
            title: "Nothing needs you.".to_owned(),
            text: "When only you can decide something, it waits here with one button to settle it."
                .to_owned(),
            way: Some(Way::link("To the overview", "/")),
        },
    })
}

/// `POST /to-fix/{problem}/approve`: does what the problem's messages ask.
pub async fn approve(sent: Sent, id: Path<String>) -> Answer {
    answer(sent, &id, Consent::Approved).await
}

/// `POST /to-fix/{problem}/drop`: leaves their licenses as they are.
pub async fn drop(sent: Sent, id: Path<String>) -> Answer {
    answer(sent, &id, Consent::Dropped).await
}

async fn answer(sent: Sent, id: &str, answer: Consent) -> Answer {
    let id: ProblemId = id.parse().map_err(|_no_id| PageError::not_found())?;
    let author = sent.visitor.author().await?;
    match answer_problem(&sent.visitor.state.store, author, id, answer).await {
        Ok(_) => sent.visitor.state.wake.notify_one(),
        // Someone else was faster: the page shows what is left.
        Err(
            ApprovalError::NotAsked
            | ApprovalError::WhichLicense
            | ApprovalError::Store(StoreError::NotFound),
        ) => {
            return Ok(see("/to-fix"));
        }
        Err(ApprovalError::Store(error)) => return Err(error.into()),
    }
    Ok(see(&format!("/to-fix?done={}", answer.as_str())))
}
