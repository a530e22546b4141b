//! What a person asks for one license from its page or its buyer's; it becomes a message of our own.

use actix_web::web::Path;

use crate::domain::id::{CustomerId, LicenseId};
use crate::domain::wish::WishKind;
use crate::pipeline::wishes::{self, Asked};
use crate::web::answer::{Answer, see};
use crate::web::pages::failure::PageError;
use crate::web::sent::Sent;

/// `POST /licenses/{license}/more-days`.
pub async fn more_days(sent: Sent, id: Path<String>) -> Answer {
    ask(sent, &id, WishKind::MoreDays).await
}

/// `POST /licenses/{license}/lift`: lifts a suspension of ours.
pub async fn lift(sent: Sent, id: Path<String>) -> Answer {
    ask(sent, &id, WishKind::Lift).await
}

async fn ask(sent: Sent, id: &str, kind: WishKind) -> Answer {
    let id: LicenseId = id.parse().map_err(|_no_id| PageError::not_found())?;
    let author = sent.visitor.author().await?;
    let state = &sent.visitor.state;
    let wish = (kind, sent.text("standing").to_owned());
    let done = match (wishes::ask(&state.store, author, id, wish).await?, kind) {
        (Asked::InLine, WishKind::MoreDays) => "more-days",
        (Asked::InLine, WishKind::Lift) => "lifted",
        (Asked::Overtaken, _) => "overtaken",
    };
    state.wake.notify_one();
    let page = match sent.text("customer").parse::<CustomerId>() {
        Ok(customer) => format!("/customers/{customer}"),
        Err(_asked_on_the_license) => format!("/licenses/{id}"),
    };
    Ok(see(&format!("{page}?done={done}")))
}
