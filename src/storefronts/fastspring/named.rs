//! The ids that an event names, looked up without translating it.

use crate::domain::search_text;
use crate::storefronts::fastspring::payload::{Object, Value};

/// The ids that an event names.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct NamedIds {
    /// The order; of a return the one that is refunded.
    pub order: Option<String>,
    /// That order's receipt number.
    pub order_reference: Option<String>,
    /// The subscription; for add-ons that are bought later the one they add to.
    pub subscription: Option<String>,
    /// The buyer's account.
    pub account: Option<String>,
}

impl NamedIds {
    /// Whether all of them can be looked for.
    pub fn can_be_found(&self) -> bool {
        let ids = [
            &self.order,
            &self.order_reference,
            &self.subscription,
            &self.account,
        ];
        let mut ids = ids.into_iter().flatten();
        ids.all(|id| search_text::check(id).is_ok())
    }

    /// What must be worked one at a time: the subscription, else the order, else the account.
    pub fn subject(&self) -> Option<String> {
        [&self.subscription, &self.order, &self.account]
            .into_iter()
            .find_map(Clone::clone)
    }
}

/// Looks the ids up where events of that type have them; what is absent stays so.
pub fn named(event_type: &str, data: &Object<'_>) -> NamedIds {
    let family = event_type.split('.').next().unwrap_or_default();
    let account = data.reference("account");
    match family {
        "order" => named_by_order(data, account),
        "subscription" if event_type.starts_with("subscription.group.") => NamedIds {
            order: data
                .text("cotermGroupOrderId")
                .or_else(|| data.reference("order")),
            order_reference: data.text("cotermGroupOrderReference"),
            subscription: data
                .reference("cotermGroupPrimarySubscription")
                .or_else(|| first_reference(data, "subscriptions", "subscription")),
            account,
        },
        "subscription" if event_type.starts_with("subscription.charge.") => NamedIds {
            order: data.reference("order"),
            order_reference: data
                .object("order")
                .and_then(|order| order.text("reference")),
            subscription: data.reference("subscription"),
            account,
        },
        "subscription" => NamedIds {
            order: data.text("initialOrderId"),
            order_reference: data.text("initialOrderReference"),
            subscription: data.text("id").or_else(|| data.reference("subscription")),
            account,
        },
        "return" => named_by_return(data, account),
        "account" => NamedIds {
            account: data.text("id").or(account),
            ..NamedIds::default()
        },
        _ => NamedIds {
            order: data.reference("order").or_else(|| data.text("orderId")),
            order_reference: data.text("reference"),
            subscription: data
                .reference("subscription")
                .or_else(|| first_reference(data, "subscriptions", "subscription")),
            account,
        },
    }
}

fn named_by_order(order: &Object<'_>, account: Option<String>) -> NamedIds {
    let items: Vec<_> = order
        .list("items")
        .into_iter()
        .filter_map(Value::object)
        .collect();
    let first = |name: &str| items.iter().find_map(|item| item.reference(name));
    NamedIds {
        order: order.text("id").or_else(|| order.reference("order")),
        order_reference: order.text("reference"),
        subscription: first("subscription").or_else(|| {
            items
                .iter()
                .find_map(|item| item.get("parentSubscription")?.reference("subscription"))
        }),
        account,
    }
}

fn named_by_return(data: &Object<'_>, account: Option<String>) -> NamedIds {
    let original = data.object("original");
    NamedIds {
        order: original
            .as_ref()
            .and_then(|original| original.text("id").or_else(|| original.reference("order"))),
        order_reference: original
            .as_ref()
            .and_then(|original| original.text("reference")),
        subscription: data
            .list("items")
            .into_iter()
            .find_map(|item| item.object()?.reference("subscription"))
            .or_else(|| first_reference(original.as_ref()?, "subscriptions", "subscription")),
        account,
    }
}

fn first_reference(object: &Object<'_>, list: &str, name: &str) -> Option<String> {
    object
        .list(list)
        .into_iter()
        .find_map(|member| member.reference(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SUBJECTS: &[(&str, &str, Option<&str>)] = &[
        ("order.completed", r#"{"id":"O","items":[{}]}"#, Some("O")),
        (
            "order.completed",
            r#"{"order":"O","items":[{"product":"a"},{"subscription":{"id":"S"}}]}"#,
            Some("S"),
        ),
        (
            "order.completed",
            r#"{"id":"O","items":[{"parentSubscription":"P"}]}"#,
            Some("P"),
        ),
        (
            "subscription.updated",
            r#"{"id":"S","initialOrderId":"O"}"#,
            Some("S"),
        ),
        (
            "subscription.charge.completed",
            r#"{"order":"O","subscription":"S"}"#,
            Some("S"),
        ),
        (
            "subscription.charge.failed",
            r#"{"subscription":{"id":"S"}}"#,
            Some("S"),
        ),
        (
            "subscription.group.deactivated",
            r#"{"subscriptions":["S","T"]}"#,
            Some("S"),
        ),
        (
            "return.created",
            r#"{"return":"R","original":{"order":"O"},"items":[{}]}"#,
            Some("O"),
        ),
        (
            "return.created",
            r#"{"original":{"id":"O","subscriptions":["S"]}}"#,
            Some("S"),
        ),
        ("chargeback.created", r#"{"id":"O","order":"O"}"#, Some("O")),
        (
            "fulfillment.failed",
            r#"{"order":"O","subscription":"S"}"#,
            Some("S"),
        ),
        ("account.updated", r#"{"id":"A"}"#, Some("A")),
        (
            "payoutEntry.created",
            r#"{"orderId":"O","subscriptions":[]}"#,
            Some("O"),
        ),
        ("new.thing", "{}", None),
    ];

    #[test]
    fn the_subject_is_the_subscription_else_the_order_else_the_account() {
        for (event_type, data, subject) in SUBJECTS {
            let named = named(event_type, &Object::parse(data).unwrap());

            assert_eq!(named.subject().as_deref(), *subject, "{event_type} {data}");
        }
    }
}
