//! From FastSpring's events to facts: every event type, with webhook expansion on or off.

mod charge;
mod gather;
mod ids;
mod money_back;
mod named_things;
mod order;
mod person;
mod product;
mod subscription;

use crate::domain::fact::{
    Amount, Fact, GroupNews, Notice, Person, ProductReference, SubscriptionNews,
    SubscriptionSnapshot,
};
use crate::domain::time::Timestamp;
use crate::storefronts::fastspring::payload::{Object, Value};
use crate::storefronts::{TranslateError, Translation};

/// Translates one event object; a type that nobody knows yet is [`Fact::Unknown`].
pub fn translate(event_type: &str, payload: &[u8]) -> Result<Translation, TranslateError> {
    let event = std::str::from_utf8(payload)
        .ok()
        .and_then(Object::parse)
        .ok_or(TranslateError::Invalid { what: "event" })?;
    let data = event.object("data").unwrap_or_default();
    named_things::check(&data)?;
    let fact = fact(event_type, &data)?;
    Ok(Translation {
        products: gather::products(&fact, &data),
        missing: gather::missing(&fact),
        people: gather::people(&fact, &data),
        fact,
    })
}

/// A subscription as the shop's API shows it, alone or in a list of one, with the products that it names.
pub fn found_subscription(
    body: &Object<'_>,
) -> Option<(SubscriptionSnapshot, Vec<ProductReference>)> {
    let listed = body.list("subscriptions").into_iter().next();
    let listed = listed.and_then(Value::object);
    let object = listed.as_ref().unwrap_or(body);
    let snapshot = subscription::nested(object).ok()??;
    let products = gather::of_subscription(&snapshot).collect();
    Some((snapshot, products))
}

/// A product as the shop's API shows it, bare or as the only one of a list; `None` for anything else.
pub fn found_product(body: &Object<'_>) -> Option<ProductReference> {
    let listed = body.list("products").into_iter().next();
    let listed = listed.and_then(Value::object);
    let object = listed.as_ref().unwrap_or(body);
    if object.text("result").as_deref() == Some("error") {
        return None;
    }
    product::of(object)
}

/// An account as the shop's API shows it.
pub fn found_account(body: &Object<'_>) -> Person {
    person::account_object(body)
}

fn fact(event_type: &str, data: &Object<'_>) -> Result<Fact, TranslateError> {
    Ok(match event_type {
        "order.completed" => order::completed(data)?,
        "return.created" => money_back::returned(data)?,
        "chargeback.created" => money_back::charged_back(data)?,
        "subscription.charge.completed" => charge::completed(data)?,
        "subscription.charge.failed" => charge::failed(data)?,
        "fulfillment.failed" => order::fulfillment_failed(data),
        "account.updated" => person::changed(data)?,
        _ => match (notice(event_type), news(event_type), group_news(event_type)) {
            (Some(notice), _, _) => Fact::Notice(notice),
            (_, Some(news), _) => subscription::news(news, data)?,
            (_, _, Some(news)) => charge::group(news, data)?,
            (None, None, None) => Fact::Unknown,
        },
    })
}

fn notice(event_type: &str) -> Option<Notice> {
    Some(match event_type {
        "order.failed" => Notice::OrderFailed,
        "order.canceled" => Notice::OrderCanceled,
        "order.payment.pending" => Notice::PaymentPending,
        "order.approval.pending" => Notice::ApprovalPending,
        "payoutEntry.created" => Notice::Payout,
        "subscription.payment.reminder" => Notice::PaymentReminder,
        "subscription.trial.reminder" => Notice::TrialReminder,
        "subscription.group.payment.reminder" => Notice::GroupPaymentReminder,
        "account.created" => Notice::AccountCreated,
        "quote.created" | "quote.updated" => Notice::Quote,
        "mailingListEntry.updated" | "mailingListEntry.removed" | "mailingListEntry.abandoned" => {
            Notice::MailingList
        }
        "invoice.reminder.email" => Notice::InvoiceReminder,
        _ => return None,
    })
}

fn news(event_type: &str) -> Option<SubscriptionNews> {
    Some(match event_type {
        "subscription.activated" => SubscriptionNews::Activated,
        "subscription.updated" => SubscriptionNews::Updated,
        "subscription.canceled" => SubscriptionNews::Canceled,
        "subscription.uncanceled" => SubscriptionNews::Uncanceled,
        "subscription.paused" => SubscriptionNews::Paused,
        "subscription.resumed" => SubscriptionNews::Resumed,
        "subscription.payment.overdue" => SubscriptionNews::Overdue,
        "subscription.deactivated" => SubscriptionNews::Ended,
        _ => return None,
    })
}

/// The vendor's pages spell the group charges with and without `payment`.
fn group_news(event_type: &str) -> Option<GroupNews> {
    Some(match event_type {
        "subscription.group.created"
        | "subscription.group.prorated"
        | "subscription.group.updated" => GroupNews::Updated,
        "subscription.group.payment.charge.completed" | "subscription.group.charge.completed" => {
            GroupNews::Charged
        }
        "subscription.group.payment.charge.failed" | "subscription.group.charge.failed" => {
            GroupNews::ChargeFailed
        }
        "subscription.group.payment.overdue" | "subscription.group.overdue" => GroupNews::Overdue,
        "subscription.group.deactivated" => GroupNews::Ended,
        _ => return None,
    })
}

/// The amount called `total` less the tax; the subtotal where the two are not both there.
fn before_tax(object: &Object<'_>, total: &str) -> Option<Amount> {
    object
        .amount(total)
        .zip(object.amount("tax"))
        .and_then(|(total, tax)| total.0.checked_sub(tax.0).map(Amount))
        .or_else(|| object.amount("subtotal"))
}

/// A whole number that must be readable where it is given at all.
fn readable_count(
    object: &Object<'_>,
    name: &str,
    what: &'static str,
) -> Result<Option<u32>, TranslateError> {
    if object.text(name).is_none() {
        return Ok(None);
    }
    object
        .count(name)
        .map(Some)
        .ok_or(TranslateError::Invalid { what })
}

/// A date that may be left out, but not be something else.
fn readable_date(
    object: &Object<'_>,
    name: &'static str,
) -> Result<Option<Timestamp>, TranslateError> {
    match object.date(name) {
        None if object.says_date(name) => Err(TranslateError::Invalid { what: name }),
        date => Ok(date),
    }
}

#[cfg(test)]
mod tests;
