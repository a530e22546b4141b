//! Facts in, records out: any repetition, and nothing older, changes anything.

use crate::domain::compare::tests::shop;
use crate::domain::compare::tests::world::{at, order_id, subscription_id};
use crate::domain::fact::{Fact, ShopState, SubscriptionNews};
use crate::domain::fold::fold;
use crate::domain::record::{OrderKind, Records};

fn told(facts: &[shop::Told]) -> Records {
    facts
        .iter()
        .fold(Records::default(), |records, (fact, at)| {
            fold(records, fact, *at)
        })
}

#[test]
fn a_repeated_fact_changes_nothing() {
    let life = [
        shop::activated(),
        shop::subscribed("studio-pro", 2),
        shop::charged("order-2", "2026-12-03T08:00:00Z", "2027-01-03"),
        shop::overdue("2027-01-04T08:00:00Z"),
        shop::ended("2027-01-20T08:00:00Z"),
    ];
    let once = told(&life);

    let mut twice = life.to_vec();
    twice.extend(life);

    assert_eq!(told(&twice), once);
}

#[test]
fn an_older_edit_does_not_overwrite_a_newer_one() {
    let newer = shop::updated("2026-11-20T08:00:00Z", "studio-pro", 2);
    let older = shop::updated("2026-11-10T08:00:00Z", "studio-max", 7);

    let records = told(&[newer, older]);

    let record = &records.subscriptions[&subscription_id("sub-1")];
    assert_eq!(record.quantity.get(), Some(&2));
    assert_eq!(
        record.product_path.get().map(String::as_str),
        Some("studio-pro")
    );
}

#[test]
fn the_next_date_of_an_unpaid_state_is_not_paid_time() {
    for state in [
        ShopState::Overdue,
        ShopState::Deactivated,
        ShopState::Paused,
    ] {
        let snapshot = shop::snapshot("2027-01-04T08:00:00Z", state, Some("2027-02-03"));

        let records = told(&[
            shop::activated(),
            shop::news(SubscriptionNews::Updated, snapshot),
        ]);

        let record = &records.subscriptions[&subscription_id("sub-1")];
        assert_eq!(record.moved.get(), None, "{state:?}");
        assert_eq!(
            record.paid.get().map(|paid| paid.next),
            Some(at("2026-12-03"))
        );
    }
}

#[test]
fn a_charge_for_the_first_order_leaves_it_a_purchase() {
    for facts in [
        [
            shop::subscribed("studio-pro", 1),
            shop::charged("order-1", "2026-11-03T10:15:00Z", "2026-12-03"),
        ],
        [
            shop::charged("order-1", "2026-11-03T10:15:00Z", "2026-12-03"),
            shop::subscribed("studio-pro", 1),
        ],
    ] {
        let records = told(&facts);

        assert_eq!(records.orders[&order_id("order-1")].kind, OrderKind::First);
    }
}

#[test]
fn records_survive_their_stored_form_and_older_forms_are_read() {
    let records = told(&[shop::activated(), shop::subscribed("studio-pro", 1)]);
    let stored = serde_json::to_string(&records).unwrap();

    assert_eq!(serde_json::from_str::<Records>(&stored).unwrap(), records);
    assert_eq!(
        serde_json::from_str::<Records>(r#"{"orders":{"o":{}},"subscriptions":{"s":{}}}"#)
            .unwrap()
            .orders
            .len(),
        1
    );
}

#[test]
fn what_only_informs_folds_to_nothing() {
    let records = told(&[(Fact::Unknown, at("2026-11-03"))]);

    assert_eq!(records, Records::default());
}
