//! Taking a webhook body apart: `{"events":[…]}`, any number of events, of any types.

use crate::domain::lane::Lane;
use crate::domain::search_text;
use crate::domain::time::Timestamp;
use crate::storefronts::fastspring::named::named;
use crate::storefronts::fastspring::payload::{Object, Value};
use crate::storefronts::{Envelope, EnvelopeError, RawEvent};

/// Splits a body; an event without id or type, or with ids that no index holds, is counted and left out.
#[tracing::instrument(name = "split_delivery", level = "debug", skip_all)]
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
            .filter(|text| search_text::check(text).is_ok())
    };
    let source_id = name("id")?;
    let event_type = name("type")?;
    let data = event.object("data");
    let named = data
        .as_ref()
        .map(|data| named(&event_type, data))
        .unwrap_or_default();
    if !named.can_be_found() {
        return None;
    }
    let created = event.date("created");
    Some(RawEvent {
        live: event
            .flag("live")
            .or_else(|| data.as_ref()?.flag("live"))
            .unwrap_or(true),
        created,
        occurred_at: data.as_ref().and_then(changed).or(created),
        lane: lane(&event_type),
        subject: named.subject(),
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
    fn an_event_whose_ids_no_index_holds_is_left_out() {
        let long = "9".repeat(9_000);
        for event in [
            format!(r#"{{"id":"{long}","type":"order.completed"}}"#),
            format!(r#"{{"id":"E","type":"{long}"}}"#),
            format!(r#"{{"id":"E","type":"order.completed","data":{{"id":"{long}"}}}}"#),
            format!(r#"{{"id":"E","type":"order.completed","data":{{"reference":{long}}}}}"#),
            format!(r#"{{"id":"E","type":"subscription.updated","data":{{"id":"{long}"}}}}"#),
            format!(r#"{{"id":"E","type":"account.updated","data":{{"account":"{long}"}}}}"#),
        ] {
            let body = format!(r#"{{"events":[{event}]}}"#);

            let envelope = split(body.as_bytes()).unwrap();

            assert_eq!((envelope.events.len(), envelope.malformed), (0, 1));
        }
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
