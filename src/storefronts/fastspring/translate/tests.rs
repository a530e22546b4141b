//! The rules that whole bodies do not show one by one.

use super::translate;
use crate::domain::fact::{Amount, Fact, Notice, OrderLine, SubscriptionSnapshot, Trial};
use crate::storefronts::{Missing, TranslateError, Translation};

fn translated(event_type: &str, data: &str) -> Result<Translation, TranslateError> {
    let event = format!(r#"{{"id":"E","type":"{event_type}","data":{data}}}"#);
    translate(event_type, event.as_bytes())
}

fn lines(items: &str) -> Vec<OrderLine> {
    let data = format!(r#"{{"order":"O","items":[{items}]}}"#);
    match translated("order.completed", &data).unwrap().fact {
        Fact::OrderCompleted(order) => order.lines,
        other => panic!("{other:?}"),
    }
}

fn snapshot(event_type: &str, data: &str) -> SubscriptionSnapshot {
    match translated(event_type, data).unwrap().fact {
        Fact::Subscription(_, snapshot) => *snapshot,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_paid_order_without_readable_lines_is_no_order() {
    for items in [r#""no list""#, "[]", "{}", "null", "[1]"] {
        let data = format!(r#"{{"order":"O","items":{items}}}"#);

        let error = translated("order.completed", &data).err();

        let expected = TranslateError::Invalid { what: "items" };
        assert_eq!(error, Some(expected), "{items}");
    }
}

#[test]
fn a_line_is_what_its_driver_and_parent_make_it() {
    for (item, bundle, parent) in [
        (r#"{"product":"a","isAddon":true}"#, None, None),
        (
            r#"{"product":"a","driver":{"type":"cross-sell","path":"b"}}"#,
            None,
            None,
        ),
        (
            r#"{"product":"a","driver":{"type":"bundle","path":"b"}}"#,
            Some("b"),
            None,
        ),
        (
            r#"{"product":"a","driver":{"type":"bundle","path":"b"},"parentSubscription":"P"}"#,
            Some("b"),
            None,
        ),
        (
            r#"{"product":"a","parentSubscription":"P"}"#,
            None,
            Some("P"),
        ),
        (
            r#"{"product":"a","parentSubscription":{"id":"P"}}"#,
            None,
            Some("P"),
        ),
        (
            r#"{"product":"a","subscription":"P","parentSubscription":"P"}"#,
            None,
            None,
        ),
        (
            r#"{"product":"a","driver":{"type":"addon","path":"main"}}"#,
            None,
            Some("M"),
        ),
        (
            r#"{"product":"a","driver":{"type":"addon","path":"other"}}"#,
            None,
            None,
        ),
    ] {
        let main = r#"{"product":"main","subscription":"M"}"#;

        let lines = lines(&format!("{item},{main}"));

        assert_eq!(lines[0].bundle.as_deref(), bundle, "{item}");
        let parent_subscription = lines[0].parent_subscription.as_ref();
        assert_eq!(parent_subscription.map(|id| id.as_str()), parent, "{item}");
    }
}

#[test]
fn a_line_that_cannot_be_read_fails_the_event() {
    for (item, what) in [
        (r#"{"quantity":1}"#, "items[].product"),
        (r#"{"product":"a","quantity":"many"}"#, "items[].quantity"),
        (r#"{"product":"a","quantity":-1}"#, "items[].quantity"),
        (r#"{"product":"a","quantity":1e400}"#, "items[].quantity"),
    ] {
        let data = format!(r#"{{"order":"O","items":[{item}]}}"#);

        let error = translated("order.completed", &data).err();

        assert_eq!(error, Some(TranslateError::Invalid { what }), "{item}");
    }
}

#[test]
fn attributes_come_from_the_line_else_from_its_subscription() {
    for (item, value) in [
        (
            r#"{"product":"a","attributes":{"x":1},"subscription":{"id":"S","product":"a","attributes":{"x":"2"}}}"#,
            Some("1"),
        ),
        (
            r#"{"product":"a","attributes":{},"subscription":{"id":"S","product":"a","attributes":{"x":"2"}}}"#,
            Some("2"),
        ),
        (
            r#"{"product":"a","subscription":{"id":"S","product":{"product":"a","attributes":{"x":true}}}}"#,
            Some("true"),
        ),
        (
            r#"{"product":"a","subscription":{"id":"S","product":"b","attributes":{"x":"2"}}}"#,
            None,
        ),
        (r#"{"product":"a","attributes":{"x":null}}"#, None),
    ] {
        let lines = lines(item);

        let attributes = lines[0].product.attributes.as_ref();
        assert_eq!(attributes.map(|known| known["x"].as_str()), value, "{item}");
    }
}

#[test]
fn what_is_not_paid_yet_is_a_notice() {
    for (event_type, data) in [
        (
            "order.completed",
            r#"{"order":"O","completed":false,"items":[]}"#,
        ),
        (
            "subscription.charge.completed",
            r#"{"status":"pending","subscription":"S"}"#,
        ),
        (
            "subscription.group.charge.completed",
            r#"{"status":"failed","subscriptions":["S"]}"#,
        ),
    ] {
        let fact = translated(event_type, data).unwrap().fact;

        assert_eq!(fact, Fact::Notice(Notice::PaymentPending), "{event_type}");
    }
}

#[test]
fn a_charge_that_names_no_subscription_stays_without_one() {
    let data =
        r#"{"order":{"id":"O","items":[{"product":"a","subscription":"S"}]},"subscription":{}}"#;

    let translation = translated("subscription.charge.completed", data).unwrap();

    let Fact::Charged(charge) = translation.fact else {
        panic!("{:?}", translation.fact);
    };
    assert_eq!(charge.subscription_id, None);
    assert_eq!(charge.subscription, None);
    assert_eq!(translation.missing, []);
}

#[test]
fn a_subscription_that_is_no_more_than_an_id_is_missing() {
    for subscription in [
        r#""S""#,
        r#"{"id":"S"}"#,
        r#"{"subscription":"S","live":true}"#,
    ] {
        let data = format!(r#"{{"order":"O","subscription":{subscription}}}"#);

        let translation = translated("subscription.charge.failed", &data).unwrap();

        assert!(
            matches!(&translation.missing[..], [Missing::Subscription(id)] if id.as_str() == "S"),
            "{subscription}"
        );
    }
}

#[test]
fn a_trial_is_free_unless_its_phase_says_paid() {
    for (data, trial) in [
        (r#"{"id":"S","state":"active"}"#, None),
        (r#"{"id":"S","state":"trial"}"#, Some(Trial::Free)),
        (
            r#"{"id":"S","state":"TRIAL","instructions":[{"trialType":"FREE_WITHOUT_PAYMENT"}]}"#,
            Some(Trial::Free),
        ),
        (
            r#"{"id":"S","state":"trial","instructions":[{"trialType":"PAID"},{}]}"#,
            Some(Trial::Paid),
        ),
        (
            r#"{"id":"S","state":"active","instructions":[{"trialType":"PAID"},{}]}"#,
            None,
        ),
    ] {
        assert_eq!(
            snapshot("subscription.activated", data).trial,
            trial,
            "{data}"
        );
    }
}

#[test]
fn an_edit_without_add_ons_says_that_there_are_none() {
    let data = r#"{"id":"S","addons":null}"#;

    assert_eq!(
        snapshot("subscription.updated", data).addons,
        Some(Vec::new())
    );
    assert_eq!(snapshot("subscription.canceled", data).addons, None);
}

#[test]
fn amounts_are_before_tax() {
    for (data, total) in [
        (
            r#"{"order":"O","total":119.0,"tax":19,"subtotal":99,"items":[{"product":"a"}]}"#,
            Some(100_000_000),
        ),
        (
            r#"{"order":"O","total":119.0,"subtotal":"99.99","items":[{"product":"a"}]}"#,
            Some(99_990_000),
        ),
        (
            r#"{"order":"O","total":119.0,"items":[{"product":"a"}]}"#,
            None,
        ),
    ] {
        let Fact::OrderCompleted(order) = translated("order.completed", data).unwrap().fact else {
            panic!("{data}");
        };

        assert_eq!(order.total, total.map(Amount), "{data}");
    }
}

#[test]
fn everyone_is_named_once_by_address() {
    let data = r#"{
        "order":"O", "account":{"id":"A","contact":{"first":"Anna","email":"Anna@example.com"}},
        "customer":{"first":"Anna","email":"anna@example.com"}, "items":[{"product":"a"}],
        "recipients":[{"recipient":{"email":"tom@example.com"}},{"recipient":{"first":"Nobody"}}]
    }"#;

    let people = translated("order.completed", data).unwrap().people;

    let addresses: Vec<_> = people
        .iter()
        .filter_map(|person| person.email.as_deref())
        .collect();
    assert_eq!(addresses, ["anna@example.com", "tom@example.com"]);
    assert_eq!(people[0].account_id.as_deref(), Some("A"));
}
