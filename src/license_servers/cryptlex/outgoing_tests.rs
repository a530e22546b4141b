//! Tests of what is sent.

use secrecy::SecretString;
use serde_json::{Value, json};

use super::*;
use crate::domain::license::Cause;

fn sent(issue: Issue, user_id: Option<&str>) -> Value {
    let new = NewLicense {
        key: Some(SecretString::from("AAAAAA-BBBBBB-CCCCCC")),
        issue: Issue {
            license_product_id: "product".to_owned(),
            ..issue
        },
        user_id: user_id.map(str::to_owned),
    };
    serde_json::to_value(license(&new)).unwrap()
}

fn sent_user(person: Person) -> Value {
    let new = NewUser {
        administers: None,
        person,
        password: SecretString::from("123456789012345678901234"),
    };
    serde_json::to_value(user(&new)).unwrap()
}

#[test]
fn what_is_not_said_is_left_to_the_template() {
    assert_eq!(
        sent(Issue::default(), None),
        json!({"productId": "product", "key": "AAAAAA-BBBBBB-CCCCCC"})
    );
}

#[test]
fn a_full_license_is_written_in_the_vendors_words() {
    let issue = Issue {
        license_template_id: Some("template".to_owned()),
        term: Term::Period("P1M".parse().unwrap()),
        seats: Some(Seats::Activations(5)),
        license_type: Some("node-locked".to_owned()),
        start_trigger: Some(StartTrigger::Activation),
        max_allowed_release_version: Some("2.0".to_owned()),
        maintenance_policy_id: Some("maintenance".to_owned()),
        entitlement_set_id: Some("set".to_owned()),
        metadata: vec![Metadata {
            key: "fastspring_order_id".to_owned(),
            value: "order".to_owned(),
            is_visible: false,
        }],
        note: Some("Latchkey: ours".to_owned()),
        meters: vec![("exports".to_owned(), 10)],
        suspended_for: vec![Cause::Overdue],
        ..Issue::default()
    };

    assert_eq!(
        sent(issue, Some("user")),
        json!({
            "productId": "product",
            "key": "AAAAAA-BBBBBB-CCCCCC",
            "licenseTemplateId": "template",
            "userId": "user",
            "type": "node-locked",
            "subscriptionInterval": "P1M",
            "subscriptionStartTrigger": "activation",
            "allowedActivations": 5,
            "maxAllowedReleaseVersion": "2.0",
            "maintenancePolicyId": "maintenance",
            "entitlementSetId": "set",
            "metadata": [{"key": "fastspring_order_id", "value": "order", "viewPermissions": []}],
            "notes": "Latchkey: ours",
            "meterAttributes": [{"name": "exports", "allowedUses": 10}],
            "suspended": true,
        })
    );
}

#[test]
fn each_term_is_said_in_its_own_way() {
    let end = "2027-01-13T00:00:00Z".parse().unwrap();
    let period = "PT24H".parse().unwrap();
    for (term, interval, expires_at) in [
        (Term::Template, Value::Null, Value::Null),
        (Term::Perpetual, json!(""), Value::Null),
        (Term::Period(period), json!("PT24H"), Value::Null),
        (
            Term::Until { end, period: None },
            Value::Null,
            json!("2027-01-13T00:00:00Z"),
        ),
        (
            Term::Until {
                end,
                period: Some(period),
            },
            json!("PT24H"),
            json!("2027-01-13T00:00:00Z"),
        ),
    ] {
        let body = sent(
            Issue {
                term,
                ..Issue::default()
            },
            None,
        );

        assert_eq!(body["subscriptionInterval"], interval, "{term:?}");
        assert_eq!(body["expiresAt"], expires_at, "{term:?}");
    }
}

#[test]
fn floating_clients_have_a_count_of_their_own() {
    let body = serde_json::to_value(seats(Seats::FloatingClients(u32::MAX))).unwrap();

    assert_eq!(body, json!({"allowedFloatingClients": 2_147_483_647}));
    assert!(seats_refusal(Some(Seats::FloatingClients(0))).is_some());
    assert!(seats_refusal(Some(Seats::Activations(1))).is_none());
}

#[test]
fn metadata_says_who_may_see_it_and_is_cut_to_size() {
    let row = |key: &str, value: &str, is_visible| Metadata {
        key: key.to_owned(),
        value: value.to_owned(),
        is_visible,
    };
    let mut rows = vec![
        row("", "no key", true),
        row("seen", "a\0b", true),
        row(&"k".repeat(300), &"😀".repeat(3000), false),
    ];
    rows.extend((0..60).map(|number| row(&format!("row{number}"), "", false)));

    let body = serde_json::to_value(metadata(&rows)).unwrap();

    assert_eq!(
        body[0],
        json!({"key": "seen", "value": "ab", "viewPermissions": ["activation", "user"]})
    );
    assert_eq!(body[1]["key"].as_str().unwrap().len(), 256);
    assert_eq!(body[1]["value"].as_str().unwrap().chars().count(), 2048);
    assert_eq!(body.as_array().unwrap().len(), 50);
}

#[test]
fn a_missing_first_name_falls_back() {
    let person = |first: &str, last: &str, company: &str, email: &str| Person {
        account_id: None,
        email: Some(email.to_owned()),
        first_name: Some(first.to_owned()),
        last_name: Some(last.to_owned()),
        company: Some(company.to_owned()),
    };
    for (person, first, last) in [
        (
            person("Ada", "Lovelace", "", "ada@example.com"),
            "Ada",
            json!("Lovelace"),
        ),
        (
            person(" ", "Lovelace", "Engines", "ada@example.com"),
            "Lovelace",
            Value::Null,
        ),
        (
            person("", "", "Engines", "ada@example.com"),
            "Engines",
            Value::Null,
        ),
        (person("", "", "", "ada@example.com"), "ada", Value::Null),
        (person("", "", "", "@example.com"), "Customer", Value::Null),
    ] {
        let body = sent_user(person);

        assert_eq!(body["firstName"], first);
        assert_eq!(body["lastName"], last);
        assert_eq!(body["role"], "user");
    }
}

#[test]
fn names_are_cut_and_addresses_are_not() {
    let email = format!("{}@example.com", "a".repeat(300));

    let body = sent_user(Person {
        email: Some(email.clone()),
        first_name: Some("ß".repeat(300)),
        ..Person::default()
    });

    assert_eq!(body["firstName"].as_str().unwrap().chars().count(), 256);
    assert_eq!(body["email"], email);
}

#[test]
fn a_change_of_a_user_says_only_what_changes() {
    let change = UserChange {
        first_name: Some(" ".to_owned()),
        company: Some(String::new()),
        ..UserChange::default()
    };

    let body = serde_json::to_value(user_change(&change)).unwrap();

    assert_eq!(body, json!({"company": ""}));
}
