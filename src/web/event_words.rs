//! One event in a merchant's words: what happened, where it stands, why.

use crate::domain::effect::EventState;
use crate::domain::kind::LicenseServerKind;
use crate::domain::reason::ReasonCode;
use crate::domain::time::Timestamp;
use crate::store::StoreError;
use crate::store::events::Event;
use crate::web::names::Names;
use crate::web::partials::{Badge, Tone};

/// What happened: `Renewal paid`.
pub fn title(event: &Event) -> String {
    let Some(headline) = &event.headline else {
        return "New message".to_owned();
    };
    let what = headline
        .split_once(" · ")
        .map_or(headline.as_str(), |(what, _)| what);
    what.to_owned()
}

/// About whom and what: buyer, product; the type of the message while nothing is known of it.
pub fn subject(event: &Event, names: &Names) -> String {
    let mut parts: Vec<String> = Vec::new();
    parts.extend(names.person(event.customer_id).map(str::to_owned));
    match &event.headline {
        Some(headline) => parts.extend(about(event, headline, names)),
        None => parts.push(event.event_type.clone()),
    }
    parts.join(" · ")
}

/// What it is about, the product by its name; `None` where it is about nothing that is sold.
pub fn about_product(event: &Event, names: &Names) -> Option<String> {
    about(event, event.headline.as_deref()?, names)
}

/// What a headline is about, the product by its name.
fn about(event: &Event, headline: &str, names: &Names) -> Option<String> {
    let (_, about) = headline.split_once(" · ")?;
    let (path, rest) = match about.find(" × ").or_else(|| about.find(" and ")) {
        Some(end) => about.split_at(end),
        None => (about, ""),
    };
    Some(format!(
        "{}{rest}",
        names.product(event.storefront_id, path)
    ))
}

/// Where it stands, and whose move it is.
pub fn state(event: &Event) -> Badge {
    let reason = event.reason_code;
    match event.state {
        EventState::Received => Badge::new(Tone::Work, "In line"),
        EventState::Working => Badge::new(Tone::Work, "Working"),
        EventState::Waiting => {
            Badge::new(Tone::Wait, waiting(reason, event.due_at, event.received_at))
        }
        EventState::Retrying => Badge::new(Tone::Work, trying_again(event.due_at)),
        EventState::Done => Badge::new(Tone::Good, done(reason)),
        EventState::Ignored => Badge::new(Tone::Quiet, ignored(reason)),
        EventState::Parked => Badge::new(Tone::Act, "Needs you"),
        EventState::Discarded => Badge::new(Tone::Quiet, "Set aside"),
    }
}

/// Why it stands there, in one sentence with that license server's name; empty when it is done or merely in line.
pub fn reason(event: &Event, kind: LicenseServerKind) -> Result<String, StoreError> {
    let is_shown = !matches!(
        event.state,
        EventState::Received | EventState::Working | EventState::Discarded
    );
    // The state says already when it is due.
    let is_said = event.reason_code == Some(ReasonCode::NotDueYet);
    let reason = event.reason()?.filter(|_| is_shown && !is_said);
    Ok(reason.map(|reason| reason.text(kind)).unwrap_or_default())
}

/// Whether it is a date of our own that has not come: planned, not news.
pub fn is_planned(event: &Event) -> bool {
    event.source_event_id.is_none() && event.reason_code == Some(ReasonCode::NotDueYet)
}

/// The number that people know the purchase by: the receipt's, else the subscription's or the order's id.
pub fn reference(event: &Event) -> String {
    event
        .order_reference
        .clone()
        .or_else(|| event.subscription_id.clone())
        .or_else(|| event.order_id.clone())
        .unwrap_or_default()
}

/// `14:32`, in UTC.
pub fn clock(at: Timestamp) -> String {
    at.as_jiff().strftime("%H:%M").to_string()
}

/// When a token that is refused is tried again, as a sentence that ends in a space; empty where no time is set.
pub fn tried_again(at: Option<Timestamp>) -> String {
    at.map_or_else(String::new, |at| {
        format!("The one in use is tried again at {}. ", clock(at))
    })
}

fn trying_again(at: Option<Timestamp>) -> String {
    at.map_or_else(
        || "Trying again".to_owned(),
        |at| format!("Trying again at {}", clock(at)),
    )
}

fn waiting(reason: Option<ReasonCode>, due_at: Option<Timestamp>, since: Timestamp) -> String {
    let text = match reason {
        Some(ReasonCode::WaitingForOrder) => "Waiting for its order",
        Some(ReasonCode::LicenseServerUnauthorized) => "Waiting for a new token",
        Some(ReasonCode::LicenseServerUnreachable | ReasonCode::ShopApiUnreachable) => {
            "Waiting for an answer"
        }
        Some(ReasonCode::RateBudget) => "Waiting for our turn",
        Some(ReasonCode::StorefrontPaused) => "On hold",
        Some(ReasonCode::NotDueYet) => {
            return due_at.map_or_else(|| "Not due yet".to_owned(), |at| due(at, since));
        }
        _ => "Waiting",
    };
    text.to_owned()
}

/// Within a day it is a time, later a day.
fn due(at: Timestamp, since: Timestamp) -> String {
    if at <= since.plus_hours(24) {
        return format!("Due at {}", clock(at));
    }
    format!("Due on {}", at.long_day())
}

const fn done(reason: Option<ReasonCode>) -> &'static str {
    match reason {
        Some(ReasonCode::AlreadyApplied) => "Already done",
        Some(ReasonCode::ChangedByHand) => "Kept as you set it",
        Some(ReasonCode::UserNotCreated) => "Done, without the user",
        _ => "Done and checked",
    }
}

const fn ignored(reason: Option<ReasonCode>) -> &'static str {
    match reason {
        Some(ReasonCode::AlreadyApplied) => "Already done",
        Some(ReasonCode::ChangedByHand) => "Kept as you set it",
        Some(ReasonCode::ShadowMode) => "Watch only",
        Some(ReasonCode::Stale) => "Overtaken",
        _ => "Nothing to do",
    }
}
