//! Charges for running subscriptions, one by one or as a co-term group.

use crate::domain::fact::{Charge, Fact, Group, GroupNews, Notice, SubscriptionSnapshot};
use crate::domain::shop_id::OrderId;
use crate::storefronts::TranslateError;
use crate::storefronts::fastspring::payload::Object;
use crate::storefronts::fastspring::translate::{before_tax, ids, person, subscription};

/// A charge that went through; one whose status says otherwise is only a notice.
pub fn completed(data: &Object<'_>) -> Result<Fact, TranslateError> {
    if !is_successful(data) {
        return Ok(Fact::Notice(Notice::PaymentPending));
    }
    Ok(Fact::Charged(Box::new(charge(data)?)))
}

/// A charge that did not go through.
pub fn failed(data: &Object<'_>) -> Result<Fact, TranslateError> {
    Ok(Fact::ChargeFailed(Box::new(charge(data)?)))
}

/// News about a co-term group; members that are given by id alone stand there with nothing else.
pub fn group(news: GroupNews, data: &Object<'_>) -> Result<Fact, TranslateError> {
    if news == GroupNews::Charged && !is_successful(data) {
        return Ok(Fact::Notice(Notice::PaymentPending));
    }
    let payer = person::buyer(data);
    let members = data
        .list("subscriptions")
        .into_iter()
        .filter_map(|value| subscription::listed(value).transpose())
        .map(|member| {
            let member = member?;
            let buyer = member.buyer.clone().or_else(|| payer.clone());
            Ok(SubscriptionSnapshot { buyer, ..member })
        })
        .collect::<Result<_, _>>()?;
    let full_order = data.object("order").unwrap_or_default();
    Ok(Fact::Group(
        news,
        Box::new(Group {
            members,
            order_id: data
                .text("cotermGroupOrderId")
                .or_else(|| data.reference("order"))
                .and_then(|id| OrderId::new(&id)),
            order_reference: data.text("cotermGroupOrderReference"),
            total: before_tax(&full_order, "total"),
        }),
    ))
}

fn is_successful(data: &Object<'_>) -> bool {
    data.text("status")
        .is_none_or(|status| status.eq_ignore_ascii_case("successful"))
}

/// The order of a charge is the renewal's or the proration's own, and with expansion off its bare id.
fn charge(data: &Object<'_>) -> Result<Charge, TranslateError> {
    let full_order = data.object("order").unwrap_or_default();
    let subscription = match data.object("subscription") {
        Some(object) => subscription::nested(&object)?,
        None => None,
    };
    Ok(Charge {
        subscription_id: ids::of_subscription(data, "subscription"),
        subscription,
        order_id: data
            .get("order")
            .and_then(|order| OrderId::new(&order.reference("order")?)),
        order_reference: full_order.text("reference"),
        charged_at: data
            .date("timestamp")
            .or_else(|| full_order.date("changed")),
        // Without the order nothing says how much of the charge is tax.
        total: before_tax(&full_order, "total"),
        reason: data.text("reason"),
    })
}
