//! Taking a webhook body apart: `{"events":[…]}`, any number of events, of any types.

use crate::domain::lane::Lane;
use crate::domain::time::Timestamp;
use crate::storefronts::fastspring::payload::{Object, Value};
use crate::storefronts::{Envelope, EnvelopeError, RawEvent};

/// Splits a body; an event without id or type is counted and left out.
pub fn split(body: &[u8]) -> Result<Envelope<'_>, EnvelopeError> {
    let text = std::str::from_utf8(body).map_err(|_not_text| EnvelopeError::Malformed)?;
    let events = Object::parse(text)
        .and_then(|body| body.get("events"))
        .filter(|events| events.as_json().starts_with('['))
        .ok_or(EnvelopeError::Malformed)?
        .list();

    let mut envelope = Envelope::default();
    for value in events {
        match raw_event(value) {
            Some(event) => envelope.events.push(event),
            None => envelope.malformed += 1,
        }
    }
    Ok(envelope)
}

fn raw_event(value: Value<'_>) -> Option<RawEvent<'_>> {
    let event = value.object()?;
    let name = |key| {
        event
            .get(key)?
            .exact_text()
            .filter(|text| !text.trim().is_empty() && !text.contains('\0'))
    };
    let source_id = name("id")?;
    let event_type = name("type")?;
    let data = event.object("data");
    let named = data
        .as_ref()
        .map(|data| named(&event_type, data))
        .unwrap_or_default();
    let created = event.date("created");
    Some(RawEvent {
        live: event
            .flag("live")
            .or_else(|| data.as_ref()?.flag("live"))
            .unwrap_or(true),
        created,
        occurred_at: data.as_ref().and_then(changed).or(created),
        lane: lane(&event_type),
        subject: named
            .subscription
            .clone()
            .or_else(|| named.order.clone())
            .or(named.account),
        order_id: named.order,
        order_reference: named.order_reference,
        subscription_id: named.subscription,
        source_id,
        event_type,
        payload: value.as_json(),
    })
}

/// A buyer waits for what was bought; nobody waits for notices and for types that are unknown.
fn lane(event_type: &str) -> Lane {
    match event_type {
        "order.completed" => Lane::Purchase,
        "return.created" | "chargeback.created" => Lane::Change,
        _ if event_type.ends_with(".reminder") => Lane::Quiet,
        _ if event_type.starts_with("subscription.") => Lane::Change,
        _ => Lane::Quiet,
    }
}

fn changed(data: &Object<'_>) -> Option<Timestamp> {
    data.date("changed").or_else(|| data.date("timestamp"))
}

/// The ids that an event names.
#[derive(Debug, Default, PartialEq, Eq)]
struct Named {
    order: Option<String>,
    order_reference: Option<String>,
    subscription: Option<String>,
    account: Option<String>,
}

fn named(event_type: &str, data: &Object<'_>) -> Named {
    let family = event_type.split('.').next().unwrap_or_default();
    let account = data.reference("account");
    match family {
        "order" => named_by_order(data, account),
        "subscription" if event_type.starts_with("subscription.group.") => Named {
            order: data
                .text("cotermGroupOrderId")
                .or_else(|| data.reference("order")),
            order_reference: data.text("cotermGroupOrderReference"),
            subscription: data
                .reference("cotermGroupPrimarySubscription")
                .or_else(|| first_reference(data, "subscriptions", "subscription")),
            account,
        },
        "subscription" if event_type.starts_with("subscription.charge.") => Named {
            order: data.reference("order"),
            order_reference: data
                .object("order")
                .and_then(|order| order.text("reference")),
            subscription: data.reference("subscription"),
            account,
        },
        "subscription" => Named {
            order: data.text("initialOrderId"),
            order_reference: data.text("initialOrderReference"),
            subscription: data.text("id").or_else(|| data.reference("subscription")),
            account,
        },
        "return" => named_by_return(data, account),
        "account" => Named {
            account: data.text("id").or(account),
            ..Named::default()
        },
        _ => Named {
            order: data.reference("order").or_else(|| data.text("orderId")),
            order_reference: data.text("reference"),
            subscription: data
                .reference("subscription")
                .or_else(|| first_reference(data, "subscriptions", "subscription")),
            account,
        },
    }
}

fn named_by_order(order: &Object<'_>, account: Option<String>) -> Named {
    let items: Vec<_> = order
        .list("items")
        .into_iter()
        .filter_map(Value::object)
        .collect();
    let first = |name: &str| items.iter().find_map(|item| item.reference(name));
    Named {
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

fn named_by_return(data: &Object<'_>, account: Option<String>) -> Named {
    let original = data.object("original");
    Named {
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

    #[test]
    fn a_bad_event_does_not_spoil_the_others() {
        let body = br#"{"events":[
            {"id":"E1","type":"order.completed"}, {"id":"E2"}, {"type":"order.completed"},
            {"id":"","type":"x"}, {"id":7,"type":"x"}, {"id":"a\u0000b","type":"x"}, null, [], "x",
            {"id":"E3","type":"whatever.happened","data":null}
        ]}"#;

        let envelope = split(body).unwrap();

        let ids: Vec<_> = envelope
            .events
            .iter()
            .map(|event| &*event.source_id)
            .collect();
        assert_eq!(ids, ["E1", "E3"]);
        assert_eq!(envelope.malformed, 8);
    }

    #[test]
    fn a_body_without_a_list_of_events_is_malformed() {
        for body in [
            "",
            "null",
            "[]",
            "{}",
            r#"{"events":null}"#,
            r#"{"events":{}}"#,
            r#"{"events":"[]"}"#,
            r#"{"events":[}"#,
            r#"{"events":[]} trailing"#,
        ] {
            assert_eq!(
                split(body.as_bytes()).err(),
                Some(EnvelopeError::Malformed),
                "{body}"
            );
        }
        assert!(split(b"{\"events\":[\xff]}").is_err());
    }

    #[test]
    fn an_empty_list_is_an_empty_envelope() {
        let envelope = split(br#"{"events":[]}"#).unwrap();

        assert!(envelope.events.is_empty());
        assert_eq!(envelope.malformed, 0);
    }

    #[test]
    fn an_event_is_live_unless_it_says_otherwise() {
        for (event, live) in [
            (r#"{"id":"E","type":"t"}"#, true),
            (r#"{"id":"E","type":"t","live":false}"#, false),
            (r#"{"id":"E","type":"t","data":{"live":false}}"#, false),
            (
                r#"{"id":"E","type":"t","live":true,"data":{"live":false}}"#,
                true,
            ),
            (r#"{"id":"E","type":"t","live":null,"data":{}}"#, true),
        ] {
            let body = format!(r#"{{"events":[{event}]}}"#);

            assert_eq!(
                split(body.as_bytes()).unwrap().events[0].live,
                live,
                "{event}"
            );
        }
    }

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
            let event = format!(r#"{{"id":"E","type":"{event_type}","data":{data}}}"#);
            let body = format!(r#"{{"events":[{event}]}}"#);

            let envelope = split(body.as_bytes()).unwrap();

            assert_eq!(envelope.events[0].subject.as_deref(), *subject, "{event}");
        }
    }

    #[test]
    fn an_event_happened_when_its_thing_changed() {
        for (data, microsecond) in [
            (
                r#"{"changed":1700000000002,"timestamp":1700000000003}"#,
                1_700_000_000_002_000,
            ),
            (r#"{"timestamp":1700000000003}"#, 1_700_000_000_003_000),
            ("{}", 1_700_000_000_001_000),
        ] {
            let body = format!(
                r#"{{"events":[{{"id":"E","type":"t","created":1700000000001,"data":{data}}}]}}"#
            );

            let envelope = split(body.as_bytes()).unwrap();

            let occurred_at = envelope.events[0].occurred_at.unwrap();
            assert_eq!(occurred_at.as_microsecond(), microsecond, "{data}");
        }
    }
}
