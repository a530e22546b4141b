//! What a person does about one message: runs it again, sets it aside, answers what it asks.

use actix_web::HttpResponse;
use actix_web::web::Path;

use crate::domain::consent::Answer as Consent;
use crate::pipeline::consent::{NotAnswered, answer_event};
use crate::pipeline::run_again;
use crate::web::answer::see;
use crate::web::pages::event_found::event_id;
use crate::web::pages::failure::PageError;
use crate::web::sent::Sent;

/// `POST /activity/{event}/run-again`.
pub async fn send_again(sent: Sent, id: Path<String>) -> Result<HttpResponse, PageError> {
    let (id, author) = (event_id(&id)?, sent.visitor.author().await?);
    run_again::replay(&sent.visitor.state.store, author, id).await?;
    sent.visitor.state.wake.notify_one();
    Ok(see(&format!("/activity/{id}?done=run-again")))
}

/// `POST /activity/{event}/set-aside`.
pub async fn set_aside(sent: Sent, id: Path<String>) -> Result<HttpResponse, PageError> {
    let (id, author) = (event_id(&id)?, sent.visitor.author().await?);
    run_again::discard(&sent.visitor.state.store, author, id).await?;
    Ok(see(&format!("/activity/{id}?done=set-aside")))
}

/// `POST /activity/{event}/approve`: does what the message asks.
pub async fn approve(sent: Sent, id: Path<String>) -> Result<HttpResponse, PageError> {
    answer(sent, &id, Consent::Approved).await
}

/// `POST /activity/{event}/drop`: leaves its license as it is.
pub async fn drop(sent: Sent, id: Path<String>) -> Result<HttpResponse, PageError> {
    answer(sent, &id, Consent::Dropped).await
}

async fn answer(sent: Sent, id: &str, answer: Consent) -> Result<HttpResponse, PageError> {
    let id = event_id(id)?;
    let author = sent.visitor.author().await?;
    match answer_event(&sent.visitor.state.store, author, id, answer).await {
        Ok(()) => sent.visitor.state.wake.notify_one(),
        // Someone else was faster: the page shows what came of it.
        Err(NotAnswered::NotAsked) => return Ok(see(&format!("/activity/{id}"))),
        Err(NotAnswered::Store(error)) => return Err(error.into()),
    }
    Ok(see(&format!("/activity/{id}?done={}", answer.as_str())))
}
