//! What a person is asked before access is taken away, or very many licenses are made: the question in a sentence, what
//! would be done, and two buttons.

use crate::domain::action::Action;
use crate::domain::effect::EventState;
use crate::domain::id::{ProblemId, TenantId};
use crate::domain::license::{Cause, Identity};
use crate::domain::reason::ReasonCode;
use crate::pipeline::planning::approvals::{is_answerable, is_choice, pending_approval};
use crate::store::effects::Effect;
use crate::store::events::{Event, EventFilter};
use crate::store::problems::ProblemCause as Row;
use crate::store::{Db, StoreError, effects, events};
use crate::web::names::Names;
use crate::web::partials::Way;
use crate::web::words::counted;

/// Messages of one problem that are shown one by one.
const SHOWN: i64 = 10;

/// A message that asks, with what it would do.
#[derive(Debug, Clone)]
pub struct AskingEvent {
    /// The problem that it is a part of.
    pub problem: ProblemId,
    /// The message.
    pub event: Event,
    /// What it would do, among what it did.
    pub effects: Vec<Effect>,
}

/// The first messages of each problem that asks; none of the others.
pub fn list(db: &mut Db, tenant: TenantId, rows: &[Row]) -> Result<Vec<AskingEvent>, StoreError> {
    let mut asking = Vec::new();
    for row in rows.iter().filter(|row| is_asked(row)) {
        let filter = EventFilter {
            storefront_id: Some(row.storefront_id),
            states: vec![EventState::Parked],
            reason_code: Some(row.reason_code),
            reason_subject: row.reason_subject.clone(),
            ..EventFilter::default()
        };
        for event in events::list(db, tenant, &filter, None, SHOWN)? {
            asking.push(AskingEvent {
                problem: row.id,
                effects: effects::list_shown_of_event(db, tenant, event.id)?,
                event,
            });
        }
    }
    Ok(asking)
}

/// Whether a problem waits for a yes or a no.
pub fn is_asked(row: &Row) -> bool {
    let details = row.latest.reason_details.as_deref();
    row.state == EventState::Parked && is_answerable(row.reason_code, details)
}

/// What is asked about one message: `Mark Weber was refunded in full. Shall the license end?`
pub fn question(event: &Event, effects: &[Effect], names: &Names) -> String {
    let who = names.person(event.customer_id);
    let buyer = who.unwrap_or("The buyer").to_owned();
    let of_buyer = who.unwrap_or("the buyer");
    match event.reason_code {
        Some(ReasonCode::TooManyLicenses) => many(event, &buyer, names),
        Some(ReasonCode::RefundBeforeChange) => format!(
            "The first payment of {of_buyer} was refunded, a later one for another plan was not. Shall the license end?"
        ),
        Some(ReasonCode::WhichLicense) => format!(
            "{buyer} was refunded for one of several licenses of the same product. Which one shall end?"
        ),
        Some(ReasonCode::ChangedByHand) => format!(
            "Someone gave the license of {of_buyer} more time at {}. Shall it end all the same?",
            names.service(event.storefront_id).name()
        ),
        _ => ending(effects, &buyer, of_buyer),
    }
}

/// The question about what takes something away, by its cause.
fn ending(effects: &[Effect], buyer: &str, of_buyer: &str) -> String {
    match effects.iter().find_map(|effect| action(effect)?.cause()) {
        Some(Cause::Refund) => format!("{buyer} was refunded in full. Shall the license end?"),
        Some(Cause::Chargeback) => {
            format!("The bank took back what {of_buyer} paid. Shall the license end?")
        }
        Some(Cause::Overdue) => {
            format!("{buyer} has not paid in time. Shall the license be suspended?")
        }
        Some(Cause::Pause) => {
            format!("The subscription of {of_buyer} is paused. Shall the license be suspended?")
        }
        Some(Cause::FewerUnits) => {
            format!("{buyer} pays for fewer licenses now. Shall the others end?")
        }
        Some(Cause::Replaced) => {
            format!("{buyer} changed to another product. Shall the old license end?")
        }
        Some(Cause::NoOrder) => {
            format!(
                "Keys were given out in a receipt for {of_buyer}, and no order followed for a day. Shall they be suspended?"
            )
        }
        Some(Cause::Ended | Cause::ByHand) => {
            format!("The subscription of {of_buyer} has ended. Shall the license end?")
        }
        None => format!("The license of {of_buyer} would end earlier than it does now. Shall it?"),
    }
}

/// `Mark Weber bought 20,000 licenses of Studio at once. Shall they all be made?`
fn many(event: &Event, buyer: &str, names: &Names) -> String {
    // Details that cannot be read only leave gaps in a sentence.
    let reason = event.reason().ok().flatten();
    let detail = |name| reason.as_ref().and_then(|reason| reason.details.get(name));
    let quantity = detail("quantity").and_then(|quantity| quantity.parse().ok());
    let path = detail("product").map_or("", String::as_str);
    format!(
        "{buyer} bought {} of “{}” at once. Shall they all be made?",
        counted(quantity.unwrap_or_default(), "license", "licenses"),
        names.product(event.storefront_id, path)
    )
}

/// What the question means, and what becomes of it meanwhile.
pub fn explanation(code: ReasonCode, effects: &[Effect]) -> String {
    match code {
        ReasonCode::TooManyLicenses => TOO_MANY.to_owned(),
        _ => format!(
            "What would be done: {}. Until you answer, the license keeps working.",
            preview(effects)
        ),
    }
}

/// What to think of before very many licenses are made.
pub const TOO_MANY: &str = "Perhaps seats are meant: let the product give one license with so many seats, and this goes on by itself. Made one by one, they come in pieces, so that nobody else has to wait. The rest of the order was carried out.";

/// What would be done, in a few words: `Deletes the license of studio-pro`.
pub fn preview(effects: &[Effect]) -> String {
    let mut summaries: Vec<&str> = effects
        .iter()
        .filter(|effect| action(effect).is_some())
        .map(|effect| effect.summary.as_str())
        .collect();
    summaries.dedup();
    summaries.join(", ")
}

/// Yes and no, and what is posted to say so.
pub fn answers(code: ReasonCode, address: &str, csrf: &str) -> [Way; 2] {
    let (yes, no) = match code {
        ReasonCode::Brake => ("Do them", "Keep them all"),
        ReasonCode::KeyWithoutOrder => ("Suspend them", "Keep them"),
        ReasonCode::TooManyLicenses => ("Make them all", "Set aside"),
        _ => ("End it", "Keep it"),
    };
    [
        Way::post(yes, format!("{address}/approve"), csrf).primary(),
        Way::post(no, format!("{address}/drop"), csrf),
    ]
}

/// One button for each line whose license may be the one that ends, and one to keep them all.
pub fn choices(
    event: &Event,
    effects: &[Effect],
    names: &Names,
    address: &str,
    csrf: &str,
) -> Vec<Way> {
    let mut ways = Vec::new();
    let mut lines: Vec<Identity> = Vec::new();
    let asked = effects.iter().filter_map(pending_approval);
    for (effect, planned) in asked.filter(|(_, planned)| is_choice(planned)) {
        let is_same = |line: &&Identity| {
            line.root == planned.license.root && line.slot == planned.license.slot
        };
        if lines.iter().any(|line| is_same(&line)) {
            continue;
        }
        let label = match planned.license.slot.split_once('/') {
            Some((bundle, _)) => {
                let bundle = names.product(event.storefront_id, bundle);
                format!("End the one in “{bundle}”")
            }
            None => "End the one bought alone".to_owned(),
        };
        let approve = Way::post(label, format!("{address}/approve"), csrf);
        ways.push(approve.with("license", effect.license_id.to_string()));
        lines.push(planned.license);
    }
    ways.push(Way::post("Keep them all", format!("{address}/drop"), csrf));
    ways
}

/// The same for several messages at once.
pub fn answers_to_all(row: &Row, csrf: &str) -> [Way; 2] {
    let [mut yes, mut no] = answers(row.reason_code, &format!("/to-fix/{}", row.id), csrf);
    let has_words = matches!(
        row.reason_code,
        ReasonCode::Brake | ReasonCode::KeyWithoutOrder | ReasonCode::TooManyLicenses
    );
    if row.count > 1 && !has_words {
        "End them".clone_into(&mut yes.label);
        "Keep them all".clone_into(&mut no.label);
    }
    [yes, no]
}

/// An action that waits for an answer; `None` for what is done or takes nothing away.
fn action(effect: &Effect) -> Option<Action> {
    pending_approval(effect).map(|(_, planned)| planned.action)
}
