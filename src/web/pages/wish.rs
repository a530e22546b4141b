//! What a person asks for one license from its page or its buyer's; it becomes a message of our own.

use actix_web::web::Path;

use crate::domain::id::{CustomerId, LicenseId};
use crate::domain::wish::WishKind;
use crate::pipeline::support::license_requests::{self, LicenseRequest, RequestOutcome};
use crate::web::answer::{Answer, page_to_mend, see};
use crate::web::pages::failure::PageError;
use crate::web::pages::license::{find, whole};
use crate::web::sent::Sent;
use crate::web::wishes::{RefusedWish, reason_error};

/// `POST /licenses/{license}/more-days`.
pub async fn more_days(sent: Sent, id: Path<String>) -> Answer {
    ask(sent, &id, WishKind::MoreDays).await
}

/// `POST /licenses/{license}/lift`: lifts a suspension of ours, for a reason.
pub async fn lift(sent: Sent, id: Path<String>) -> Answer {
    ask(sent, &id, WishKind::Lift).await
}

async fn ask(sent: Sent, id: &str, kind: WishKind) -> Answer {
    let id: LicenseId = id.parse().map_err(|_no_id| PageError::not_found())?;
    let (visitor, reason) = (&sent.visitor, sent.text("reason"));
    let found = find(visitor, id).await?;
    if let Some(error) = reason_error(kind, &found.subject(), reason, visitor.now) {
        let refused = RefusedWish {
            kind,
            reason: reason.to_owned(),
            error,
        };
        return page_to_mend(&whole(visitor, &found, Some(refused)).await?);
    }
    let request = LicenseRequest {
        kind,
        standing: sent.text("standing").to_owned(),
        reason: (!reason.is_empty()).then(|| reason.to_owned()),
    };
    let (state, author) = (&visitor.state, visitor.author().await?);
    let done = match (
        license_requests::submit(&state.store, author, id, request).await?,
        kind,
    ) {
        (RequestOutcome::Queued, WishKind::MoreDays) => "more-days",
        (RequestOutcome::Queued, WishKind::Lift) => "lifted",
        (RequestOutcome::Stale, _) => "overtaken",
    };
    state.wake.notify_one();
    let page = match sent.text("customer").parse::<CustomerId>() {
        Ok(customer) => format!("/customers/{customer}"),
        Err(_asked_on_the_license) => format!("/licenses/{id}"),
    };
    Ok(see(&format!("{page}?done={done}")))
}
