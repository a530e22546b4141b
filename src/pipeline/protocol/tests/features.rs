//! Features: what is set is looked at first, and only what differs is sent.

use super::*;
use crate::license_servers::remote::{CatalogItem, FeatureValue, Page};

fn asking(features: &[(&str, &str)]) -> Conversation {
    let text = |text: &&str| (*text).to_owned();
    let action = Action::SetEntitlements {
        entitlement_set_id: None,
        features: features
            .iter()
            .map(|(name, value)| (text(name), text(value)))
            .collect(),
    };
    let given = Given {
        features: [("old".to_owned(), "1".to_owned())].into(),
        ..Given::default()
    };
    Conversation::new(action, given, None, None, now())
}

fn set(names: &[(&str, &str)]) -> Answer {
    let value = |(name, value): &(&str, &str)| FeatureValue {
        id: format!("value of {name}"),
        feature_id: format!("id of {name}"),
        feature_name: (*name).to_owned(),
        value: Some((*value).to_owned()),
    };
    Ok(Response::FeatureValues(Page {
        items: names.iter().map(value).collect(),
        is_last: true,
    }))
}

fn offered(names: &[&str], is_last: bool) -> Answer {
    let item = |name: &&str| CatalogItem {
        is_key_mailed: None,
        id: format!("id of {name}"),
        name: (*name).to_owned(),
        display_name: (*name).to_owned(),
    };
    Ok(Response::Features(Page {
        items: names.iter().map(item).collect(),
        is_last,
    }))
}

fn made() -> Answer {
    Ok(Response::Nothing)
}

const LIST: &str = "ListFeatureValues { page: 1 }";

#[test]
fn only_what_differs_is_sent_and_what_others_set_stays() {
    for (asked, answers, expected) in [
        (
            vec![("export", "pdf")],
            vec![set(&[("export", "pdf"), ("theirs", "1")])],
            vec![LIST, "already so"],
        ),
        (
            vec![("export", "pdf")],
            vec![set(&[("export", "png")]), made()],
            vec![
                LIST,
                "ChangeFeature { value_id: \"value of export\", value: \"pdf\" }",
                "done",
            ],
        ),
        (
            vec![],
            vec![set(&[("old", "1"), ("theirs", "1")]), made()],
            vec![LIST, "RemoveFeature { value_id: \"value of old\" }", "done"],
        ),
        (
            vec![],
            vec![set(&[("old", "1")]), fails(FailureClass::NotFound)],
            vec![LIST, "RemoveFeature { value_id: \"value of old\" }", "done"],
        ),
    ] {
        assert_eq!(transcript(asking(&asked), answers), expected);
    }
}

#[test]
fn a_new_feature_is_looked_up_by_its_name() {
    let add = "AddFeature { feature_id: \"id of export\", value: \"pdf\" }";
    for (answers, expected) in [
        (
            vec![
                set(&[]),
                offered(&["other"], false),
                offered(&["export"], true),
                made(),
            ],
            vec![
                LIST,
                "ListFeatures { page: 1 }",
                "ListFeatures { page: 2 }",
                add,
                "done",
            ],
        ),
        (
            vec![set(&[]), offered(&["other"], true)],
            vec![
                LIST,
                "ListFeatures { page: 1 }",
                "failed: rejected, not applied",
            ],
        ),
        (
            vec![
                set(&[]),
                offered(&["export"], true),
                fails(FailureClass::Conflict),
                set(&[("export", "pdf")]),
            ],
            vec![LIST, "ListFeatures { page: 1 }", add, LIST, "already so"],
        ),
    ] {
        assert_eq!(transcript(asking(&[("export", "pdf")]), answers), expected);
    }
}

#[test]
fn a_license_that_is_gone_is_looked_for_by_its_key() {
    let answers = vec![
        fails(FailureClass::NotFound),
        Ok(Response::Found(Some(ending("2027-01-13")))),
        set(&[("export", "pdf")]),
    ];

    assert_eq!(
        transcript(asking(&[("export", "pdf")]), answers),
        [LIST, "FindByKey", LIST, "already so"]
    );
}
