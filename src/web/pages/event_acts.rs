//! What a person does about one message: runs it again, sets it aside, names its license, answers what it asks.

use actix_web::web::Path;
use serde_json::json;

use crate::domain::act::Act;
use crate::domain::consent::Answer as Consent;
use crate::pipeline::planning::approvals::{ApprovalError, answer_event};
use crate::pipeline::support::link::link;
use crate::pipeline::support::replay;
use crate::store::{Scope, StoreError, events, shown_once};
use crate::web::answer::{Answer, page_to_mend, see};
use crate::web::bodies::Keys;
use crate::web::error::{Problem, ProblemCode};
use crate::web::once;
use crate::web::pages::event;
use crate::web::pages::event_found::event_id;
use crate::web::pages::event_ways::is_license_missing;
use crate::web::pages::failure::PageError;
use crate::web::sent::Sent;

/// `POST /activity/{event}/run-again`.
pub async fn send_again(sent: Sent, id: Path<String>) -> Answer {
    let (id, author) = (event_id(&id)?, sent.visitor.author().await?);
    replay::replay(&sent.visitor.state.store, author, id).await?;
    sent.visitor.state.wake.notify_one();
    Ok(see(&format!("/activity/{id}?done=run-again")))
}

/// `POST /activity/{event}/set-aside`.
pub async fn set_aside(sent: Sent, id: Path<String>) -> Answer {
    let (id, author) = (event_id(&id)?, sent.visitor.author().await?);
    replay::discard(&sent.visitor.state.store, author, id).await?;
    Ok(see(&format!("/activity/{id}?done=set-aside")))
}

/// `POST /activity/{event}/keys`: the page shows license keys whole this once; that they were looked at is on record first.
pub async fn show_keys(sent: Sent, id: Path<String>) -> Answer {
    let (visitor, event) = (&sent.visitor, event_id(&id)?);
    let (tenant, author) = (visitor.tenant, visitor.author().await?);
    let page = event::address(event);
    // That they may be shown is all that is kept; the keys are in the message.
    let (once, query) = once::on(visitor, &*visitor.keys().await?, &page, "");
    let store = &visitor.state.store;
    store
        .write(Scope::Tenant(tenant), move |db| {
            events::find(db, tenant, event)?.ok_or(StoreError::NotFound)?;
            shown_once::create(db, &once)?;
            author.record(db, Act::EventKeysShow, event, &json!({}))
        })
        .await?;
    Ok(see(&query.at(&page)))
}

/// `POST /activity/{event}/pick`: names the license that the message is about.
pub async fn pick(sent: Sent, id: Path<String>) -> Answer {
    let (visitor, named) = (&sent.visitor, sent.text("license"));
    let (tenant, event) = (visitor.tenant, event_id(&id)?);
    let found = visitor.read(move |db| events::find(db, tenant, event));
    if !is_license_missing(&found.await?.ok_or_else(PageError::not_found)?) {
        // Somebody was faster.
        return Ok(see(&format!("/activity/{event}?done=overtaken")));
    }
    let (vendor, state) = (visitor.vendor().await?, &visitor.state);
    let caller = state.caller(&vendor);
    let problem = match link(caller, vendor.author(), event, named).await {
        Ok(()) => {
            state.wake.notify_one();
            return Ok(see(&format!("/activity/{event}?done=picked")));
        }
        Err(error) => Problem::from(error),
    };
    if matches!(problem.code, ProblemCode::NotFound | ProblemCode::Internal) {
        return Err(PageError::Problem(problem));
    }
    let error = match problem.errors.values().next() {
        Some(error) => format!("License: {error}."),
        None => problem.detail,
    };
    let refused = Some((named, error));
    page_to_mend(&event::whole(visitor, &id, Keys::Cut, refused).await?)
}

/// `POST /activity/{event}/approve`: does what the message asks.
pub async fn approve(sent: Sent, id: Path<String>) -> Answer {
    answer(sent, &id, Consent::Approved).await
}

/// `POST /activity/{event}/drop`: leaves its license as it is.
pub async fn drop(sent: Sent, id: Path<String>) -> Answer {
    answer(sent, &id, Consent::Dropped).await
}

async fn answer(sent: Sent, id: &str, answer: Consent) -> Answer {
    let id = event_id(id)?;
    let author = sent.visitor.author().await?;
    let ends = sent.text("license").parse().ok();
    match answer_event(&sent.visitor.state.store, author, id, answer, ends).await {
        Ok(()) => sent.visitor.state.wake.notify_one(),
        // Someone else was faster: the page shows what came of it.
        Err(ApprovalError::NotAsked | ApprovalError::WhichLicense) => {
            return Ok(see(&format!("/activity/{id}")));
        }
        Err(ApprovalError::Store(error)) => return Err(error.into()),
    }
    Ok(see(&format!("/activity/{id}?done={}", answer.as_str())))
}
