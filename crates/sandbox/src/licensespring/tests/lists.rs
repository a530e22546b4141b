//! Lists: filters that filter nothing, pages, and what the ledger says of them.

use super::*;

/// Three licenses with the keys A, B and C, made one after the other.
fn three() -> Caller {
    let caller = caller();
    for (key, order, subscription, product) in [
        ("A", "O-1", "S1", codes::REVERB),
        ("B", "O-2", "S2", codes::REVERB),
        ("C", "P-3", "S2", codes::STUDIO),
    ] {
        let item = json!({
            "product_code": product, "subscription_id": subscription, "licenses": [{ "key": key }],
        });
        caller.done(
            "POST",
            "orders/create_order/",
            json!({ "id": order, "items": [item] }),
        );
    }
    caller
}

fn keys(page: &Value) -> String {
    let results = page["results"].as_array().unwrap().iter();
    results
        .map(|license| license["license_key"].as_str().unwrap())
        .collect()
}

#[test]
fn filters_that_are_known_filter_and_all_others_filter_nothing() {
    let caller = three();
    let ids = caller
        .sandbox
        .licenses()
        .into_iter()
        .map(|license| license.id);
    let ids: Vec<String> = ids.collect();
    for (query, expected, is_unfiltered) in [
        (String::new(), "CBA", true),
        (format!("id__in={},{}", ids[0], ids[2]), "CA", false),
        (format!("id__in={}", ids[1]), "B", false),
        ("license_key=B".to_owned(), "B", false),
        ("license_key=b".to_owned(), "", false),
        ("order__store_id=O-2".to_owned(), "B", false),
        ("subscription_id=S2".to_owned(), "CB", false),
        (
            "product_short_code=reverb&order_by=created_at".to_owned(),
            "BA",
            false,
        ),
        (
            "product_short_code=reverb&subscription_id=S2".to_owned(),
            "B",
            false,
        ),
        ("subscription_id=".to_owned(), "CBA", true),
        ("product__short_code=reverb".to_owned(), "CBA", true),
        ("license_key=B&colour=red".to_owned(), "B", true),
        ("id__in=".to_owned(), "CBA", true),
    ] {
        let page = caller.done("GET", &format!("licenses/?{query}"), Value::Null);

        let ledger = caller.sandbox.ledger();
        let entry = ledger.entries().last().unwrap();
        assert_eq!(keys(&page), expected, "{query}");
        assert_eq!(entry.is_unfiltered, is_unfiltered, "{query}");
    }
}

#[test]
fn lists_of_what_belongs_to_buyers_are_marked_without_a_filter() {
    let caller = three();
    for (url, is_unfiltered) in [
        ("orders/", true),
        ("orders/?store_id=O-1", false),
        ("orders/?store_id__startswith=O-", false),
        ("customers/", true),
        ("customers/?email=ada@example.com", false),
        ("devices/", true),
        ("devices/?license=5", false),
        ("license-users/", true),
        ("products/", false),
        ("license-templates/", false),
    ] {
        caller.done("GET", url, Value::Null);

        let ledger = caller.sandbox.ledger();
        let entry = ledger.entries().last().unwrap();
        assert_eq!(entry.is_unfiltered, is_unfiltered, "{url}");
    }
    let begins = caller.done("GET", "orders/?store_id__startswith=O-", Value::Null);
    assert_eq!(begins["count"], 2);
}

#[test]
fn a_page_holds_twenty_or_at_most_a_hundred_and_nobody_is_told() {
    let caller = caller();
    let units: Value = (0..130).map(|_| json!({})).collect();
    let item = json!({ "product_code": codes::REVERB, "licenses": units });
    caller.done(
        "POST",
        "orders/create_order/",
        json!({ "id": "O", "items": [item] }),
    );
    for (query, length, has_next, has_previous) in [
        ("", 20, true, false),
        ("&limit=1000", 100, true, false),
        ("&limit=100&offset=100", 30, false, true),
        ("&limit=0", 20, true, false),
        ("&limit=many", 20, true, false),
        ("&offset=200", 0, false, true),
    ] {
        let page = caller.done(
            "GET",
            &format!("licenses/?order__store_id=O{query}"),
            Value::Null,
        );

        assert_eq!(page["count"], 130);
        assert_eq!(page["results"].as_array().unwrap().len(), length, "{query}");
        assert_eq!(page["next"].is_string(), has_next, "{query}");
        assert_eq!(page["previous"].is_string(), has_previous, "{query}");
    }
}

#[test]
fn a_stale_search_misses_what_is_new() {
    let caller = three();
    caller
        .sandbox
        .set_faults(vec!["stale-search=2s,on=list".parse().unwrap()]);

    let early = caller.done("GET", "licenses/?license_key=A", Value::Null);
    let later = Caller {
        now: caller.now + SignedDuration::from_secs(2),
        ..caller
    };
    let late = later.done("GET", "licenses/?license_key=A", Value::Null);

    assert_eq!((&early["count"], &late["count"]), (&json!(0), &json!(1)));
}
