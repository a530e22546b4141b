//! What an address answers to methods and times that make no sense: what would.

use std::collections::{BTreeMap, BTreeSet};

use reqwest::Method;
use serde_json::Value;

use super::routes;
use crate::world::{Answer, World};

on_both! {
    a_method_that_an_address_lacks_is_told_which_it_has,
    a_wrong_time_in_a_filter_is_told_what_a_right_one_looks_like,
}

const METHODS: [&str; 7] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

async fn a_method_that_an_address_lacks_is_told_which_it_has(world: &World) {
    for (address, methods) in addresses() {
        let path = address.replace(['{', '}'], "");
        for method in METHODS.iter().filter(|method| !methods.contains(**method)) {
            let sent = Method::from_bytes(method.as_bytes()).unwrap();
            let request = world.http.request(sent, format!("{}{path}", world.app.url));

            let answer = Answer::to(request).await;

            assert_eq!(answer.status, 405, "{method} {address}: {}", answer.text);
            let allowed = answer.header("allow").split(", ").map(str::to_owned);
            assert_eq!(allowed.collect::<BTreeSet<_>>(), methods, "{address}");
            let said = match (*method, address.split('/').nth(1)) {
                ("HEAD", _) => "",
                (_, Some("api")) => "\"code\":\"method_not_allowed\"",
                (_, Some("hooks")) => "method_not_allowed",
                (_, Some("healthz" | "readyz")) => "",
                _ => "This address is not for looking at.",
            };
            assert!(answer.text.contains(said), "{address}: {}", answer.text);
        }
    }
}

/// Every address with the methods that it has. What people and probes read, they may ask for the head of.
fn addresses() -> BTreeMap<String, BTreeSet<String>> {
    let mut addresses: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for route in routes::read() {
        let (method, address) = route.split_once(' ').expect("a method and an address");
        let methods = addresses.entry(address.to_owned()).or_default();
        methods.insert(method.to_owned());
        if method == "GET" && !address.starts_with("/api/v1") {
            methods.insert("HEAD".to_owned());
        }
    }
    addresses
}

async fn a_wrong_time_in_a_filter_is_told_what_a_right_one_looks_like(world: &World) {
    let vendor = world.vendor().await;
    let document = vendor.get("/../openapi.json").await.expect(200).json();
    let mut asked = 0;

    for (path, item) in document["paths"].as_object().unwrap() {
        for name in times(&item["get"]) {
            let answer = vendor.get(&format!("{path}?{name}=yesterday")).await;

            let errors = answer.expect(422).json()["errors"].clone();
            let sentence = errors[&name].as_str().unwrap_or_default();
            assert!(
                sentence.contains("2026-12-03T09:30:00Z"),
                "{path}: {errors}"
            );
            asked += 1;
        }
    }
    assert!(asked >= 6, "only {asked} filters are times");
}

/// The filters of a list that are times.
fn times(operation: &Value) -> Vec<String> {
    let parameters = operation["parameters"].as_array().into_iter().flatten();
    let is_time = |parameter: &&Value| {
        let schema = parameter["schema"].to_string();
        schema.contains("schemas/Timestamp") || schema.contains("date-time")
    };
    parameters
        .filter(is_time)
        .map(|parameter| parameter["name"].as_str().unwrap_or_default().to_owned())
        .collect()
}
