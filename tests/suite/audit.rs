//! Who did what: every change of a person or program is on record, and the record cannot be altered unseen.

use std::sync::Arc;

use latchkey::accounts::audit::{chain_older, missing, verify};
use latchkey::accounts::scope::ApiScope;
use latchkey::store::audit::{ChainEnd, Fault, FaultKind, find_end};
use latchkey::store::{Scope, StoreError};
use reqwest::Method;
use serde_json::{Value, json};

use crate::shop::order;
use crate::world::{Vendor, World};

on_both! {
    every_change_of_a_token_is_on_record,
    a_change_of_the_rules_says_from_what_to_what,
    secrets_are_not_on_record,
    what_was_refused_is_not_on_record,
    licenses_that_are_made_are_nobodys_act,
    acts_are_filtered_and_paged,
    a_token_without_the_scope_sees_no_acts,
    an_untouched_chain_is_whole,
    an_altered_act_is_the_first_bad_link,
    a_removed_act_is_the_first_bad_link,
    a_chain_that_was_cut_short_is_noticed,
    an_act_that_was_put_in_is_noticed,
    an_end_that_was_set_back_is_noticed,
    an_act_of_another_company_does_not_fit,
    acts_at_once_are_one_chain,
    acts_from_before_the_chain_are_taken_in_once,
    acts_after_a_lost_end_do_not_seal_what_is_left,
    a_company_without_its_first_act_is_noticed,
    an_end_of_an_earlier_day_is_noticed_by_what_was_kept,
    the_page_shows_where_the_record_ends,
}

#[expect(clippy::too_many_lines, reason = "a table of changes")]
async fn every_change_of_a_token_is_on_record(world: &World) {
    let vendor = world.vendor().await;
    let event = order("A").line("reverb", 1).completed();
    vendor.post(&event).await;
    world.work().await;
    let (server, store) = (&vendor.license_server_id, &vendor.storefront_id);
    let license = id(&vendor.licenses().await[0]);

    let rename = json!({ "name": "Other" });
    for (method, path, body) in [
        (
            Method::PATCH,
            format!("/license-servers/{server}"),
            rename.clone(),
        ),
        (Method::PATCH, format!("/storefronts/{store}"), rename),
        (
            Method::POST,
            format!("/storefronts/{store}/rotate-secret"),
            json!({}),
        ),
        (
            Method::DELETE,
            format!("/storefronts/{store}/mappings/studio-lite"),
            Value::Null,
        ),
        (Method::GET, format!("/licenses/{license}/key"), Value::Null),
    ] {
        let body = (!body.is_null()).then_some(body);
        let answer = vendor.send(method, &path, body.as_ref()).await;
        assert!(answer.status.is_success(), "{path}: {}", answer.text);
    }
    vendor.act(&event, "discard", &json!({})).await.expect(202);
    vendor.act(&event, "replay", &json!({})).await.expect(202);
    let all = json!({ "filter": { "order_id": "A" } });
    vendor.post_json("/events/replay", &all).await.expect(202);
    world.work().await;
    let acts = acts(&vendor).await;
    let done: Vec<&str> = acts.iter().rev().map(|act| text(&act["action"])).collect();

    assert_eq!(
        done,
        [
            "tenant.create",
            "license_server.create",
            "storefront.create",
            "mapping.put",
            "mapping.put",
            "mapping.put",
            "mapping.put",
            "license_server.change",
            "storefront.change",
            "storefront.rotate_secret",
            "mapping.delete",
            "license_key.show",
            "event.discard",
            "event.replay",
            "events.replay",
        ]
    );
    assert_eq!(acts[14]["actor"]["kind"], "operator");
    assert_eq!(acts[0]["actor"]["kind"], "token");
    assert_eq!(acts[0]["actor"]["name"], "First token");
    assert_eq!(acts[3]["target"], license.as_str());
}

async fn a_change_of_the_rules_says_from_what_to_what(world: &World) {
    let vendor = world.vendor().await;
    let change = json!({ "policy": { "grace_hours": 48, "refund": "revoke" } });
    let path = format!("/storefronts/{}", vendor.storefront_id);

    vendor
        .send(Method::PATCH, &path, Some(&change))
        .await
        .expect(200);

    let act = &acts(&vendor).await[0];
    assert_eq!(
        act["details"],
        json!({
            "policy.grace_hours": { "from": 0, "to": 48 },
            "policy.refund": { "from": "suspend", "to": "revoke" },
        })
    );
}

async fn secrets_are_not_on_record(world: &World) {
    let vendor = world.vendor().await;
    let (server, store) = (&vendor.license_server_id, &vendor.storefront_id);
    let token = json!({ "access_token": "secret-7f3a" });
    let keys = json!({ "fulfillment_key": "secret-7f3a", "api_password": "secret-7f3a" });
    let secret = json!({ "webhook_secret": "secret-7f3a" });

    let path = format!("/license-servers/{server}");
    vendor
        .send(Method::PATCH, &path, Some(&token))
        .await
        .expect(200);
    let path = format!("/storefronts/{store}");
    vendor
        .send(Method::PATCH, &path, Some(&keys))
        .await
        .expect(200);
    let path = format!("/storefronts/{store}/rotate-secret");
    vendor.post_json(&path, &secret).await.expect(200);

    let acts = acts(&vendor).await;
    assert_eq!(acts[2]["details"]["access_token"], "replaced");
    assert_eq!(acts[1]["details"]["fulfillment_key"], "replaced");
    assert_eq!(acts[1]["details"]["api_password"], "replaced");
    assert!(!json!(acts).to_string().contains("7f3a"));
}

async fn what_was_refused_is_not_on_record(world: &World) {
    let vendor = world.vendor().await;
    let before = acts(&vendor).await.len();
    let (server, store) = (&vendor.license_server_id, &vendor.storefront_id);

    let nonsense = json!({ "policy": { "refund": "shrug" } });
    let path = format!("/storefronts/{store}");
    vendor
        .send(Method::PATCH, &path, Some(&nonsense))
        .await
        .expect(422);
    let path = format!("/license-servers/{server}");
    vendor.send(Method::DELETE, &path, None).await.expect(409);
    let path = format!("/storefronts/{store}/mappings/nothing");
    vendor.send(Method::DELETE, &path, None).await.expect(404);

    assert_eq!(acts(&vendor).await.len(), before);
}

async fn licenses_that_are_made_are_nobodys_act(world: &World) {
    let vendor = world.vendor().await;
    let before = acts(&vendor).await.len();

    vendor.post(&order("A").line("reverb", 3).completed()).await;
    world.work().await;

    assert_eq!(vendor.licenses().await.len(), 3);
    assert_eq!(acts(&vendor).await.len(), before);
}

async fn acts_are_filtered_and_paged(world: &World) {
    let vendor = world.vendor().await;
    let store = &vendor.storefront_id;

    for (query, count) in [
        ("action=mapping.put".to_owned(), 4),
        (format!("target={store}"), 5),
        (format!("target={store}&action=storefront.create"), 1),
        ("after=2027-01-15T10:00:00Z".to_owned(), 7),
        ("before=2027-01-15T10:00:00Z".to_owned(), 0),
        ("user_id=usr_00000000000000000000000000000000".to_owned(), 0),
    ] {
        assert_eq!(
            vendor.list(&format!("/audit?{query}")).await.len(),
            count,
            "{query}"
        );
    }
    let first = vendor.get("/audit?limit=3").await.expect(200).json();
    let next = text(&first["next_cursor"]).to_owned();
    let second = vendor
        .get(&format!("/audit?limit=3&cursor={next}"))
        .await
        .expect(200)
        .json();
    let numbers = [&first, &second].map(|page| {
        let items = page["items"].as_array().unwrap();
        items
            .iter()
            .map(|act| act["number"].as_i64().unwrap())
            .collect::<Vec<_>>()
    });
    assert_eq!(numbers, [vec![7, 6, 5], vec![4, 3, 2]]);
    vendor.get("/audit?who=ana").await.expect(422);
}

async fn a_token_without_the_scope_sees_no_acts(world: &World) {
    let mut vendor = world.vendor().await;
    let scopes = [ApiScope::EventsRead, ApiScope::ConfigWrite];
    vendor.api_token = world.app.create_token(&vendor.tenant_id, &scopes).await;

    let answer = vendor.get("/audit").await.expect(403);

    assert_eq!(answer.json()["code"], "missing_scope");
    assert!(answer.text.contains("audit:read"), "{}", answer.text);
}

async fn an_untouched_chain_is_whole(world: &World) {
    let vendor = world.vendor().await;
    let other = world.vendor().await;

    assert_eq!(fault(world, &vendor).await, None);
    assert_eq!(fault(world, &other).await, None);
    let all = verify(&world.app.store, world.app.vaults.master_keys(), None).await;
    assert_eq!(all.unwrap().len(), 2);
}

async fn an_altered_act_is_the_first_bad_link(world: &World) {
    for (column, value) in [
        ("details", "'{}'"),
        ("action", "'storefront.delete'"),
        ("target", "'stf_0'"),
        ("api_token_id", "NULL"),
        ("user_id", "tenant_id"),
        (
            "link",
            "(SELECT seal FROM audit_heads WHERE audit_heads.tenant_id = audit.tenant_id)",
        ),
    ] {
        let vendor = world.vendor().await;
        let tenant = world.literal(&vendor.tenant_id);

        world.tamper(&format!(
            "UPDATE audit SET {column} = {value} WHERE number = 3 AND tenant_id = {tenant}"
        ));

        let fault = fault(world, &vendor).await.expect(column);
        assert_eq!(
            (fault.number, fault.kind),
            (3, FaultKind::Altered),
            "{column}"
        );
        assert!(fault.at.is_some());
    }
}

async fn a_removed_act_is_the_first_bad_link(world: &World) {
    let vendor = world.vendor().await;

    world.tamper("DELETE FROM audit WHERE number = 4");
    let gap = fault(world, &vendor).await.unwrap();
    world.tamper("UPDATE audit SET number = 4 WHERE number = 5");
    let closed_up = fault(world, &vendor).await.unwrap();

    assert_eq!((gap.number, gap.kind), (4, FaultKind::Missing));
    assert_eq!((closed_up.number, closed_up.kind), (4, FaultKind::Altered));
}

async fn a_chain_that_was_cut_short_is_noticed(world: &World) {
    let vendor = world.vendor().await;

    world.tamper("DELETE FROM audit WHERE number > 5");
    let cut = fault(world, &vendor).await.unwrap();
    world.tamper(
        "UPDATE audit_heads SET number = 5, link = (SELECT link FROM audit WHERE number = 5)",
    );
    let with_end = fault(world, &vendor).await.unwrap();
    world.tamper("DELETE FROM audit_heads");
    let without_end = fault(world, &vendor).await.unwrap();

    assert_eq!((cut.number, cut.kind), (6, FaultKind::CutShort));
    assert_eq!(with_end.kind, FaultKind::EndForged);
    assert_eq!(without_end.kind, FaultKind::EndForged);
}

async fn an_act_that_was_put_in_is_noticed(world: &World) {
    let vendor = world.vendor().await;
    let columns = "tenant_id, id, at, user_id, api_token_id, action, target, details";

    world.tamper(&format!(
            "INSERT INTO audit ({columns}, number, link) \
             SELECT tenant_id, tenant_id, at, user_id, api_token_id, action, target, details, 0, link \
             FROM audit WHERE number = 2"
        ));
    let unchained = fault(world, &vendor).await.unwrap();
    world.tamper("UPDATE audit SET number = 8 WHERE number = 0");
    let appended = fault(world, &vendor).await.unwrap();

    assert_eq!(unchained.kind, FaultKind::Unchained);
    assert_eq!((appended.number, appended.kind), (8, FaultKind::Altered));
}

async fn an_end_that_was_set_back_is_noticed(world: &World) {
    let vendor = world.vendor().await;
    world.tamper("CREATE TABLE kept AS SELECT number, link, seal FROM audit_heads");
    vendor.map("delay", &json!({ "ignore": true })).await;

    world.tamper(
        "UPDATE audit_heads SET number = (SELECT number FROM kept), \
             link = (SELECT link FROM kept), seal = (SELECT seal FROM kept)",
    );

    assert_eq!(
        fault(world, &vendor).await.unwrap().kind,
        FaultKind::EndForged
    );
}

async fn an_act_of_another_company_does_not_fit(world: &World) {
    let first = world.vendor().await;
    let second = world.vendor().await;
    let [one, other] = [&first, &second].map(|vendor| world.literal(&vendor.tenant_id));

    // Both did the same at the same time.
    world.tamper(&format!(
        "UPDATE audit SET link = (SELECT link FROM audit WHERE number = 2 AND tenant_id = {other}) \
         WHERE number = 2 AND tenant_id = {one}"
    ));

    let faults = [fault(world, &first).await, fault(world, &second).await];
    let numbers: Vec<i64> = faults.iter().flatten().map(|fault| fault.number).collect();
    assert_eq!(numbers, [2]);
}

async fn acts_at_once_are_one_chain(world: &World) {
    let vendor = world.vendor().await;
    let names: Vec<String> = (0..12).map(|number| format!("product-{number}")).collect();

    let mapping = json!({ "ignore": true });
    futures::future::join_all(names.iter().map(|name| vendor.map(name, &mapping))).await;

    assert_eq!(fault(world, &vendor).await, None);
    assert_eq!(acts(&vendor).await.len(), 7 + 12);
}

async fn acts_from_before_the_chain_are_taken_in_once(world: &World) {
    let vendor = world.vendor().await;
    let mark = "INSERT INTO audit_to_chain (tenant_id) SELECT DISTINCT tenant_id FROM audit";
    world.tamper("UPDATE audit SET number = 0; DELETE FROM audit_heads");
    world.tamper(mark);
    let keys = world.app.vaults.master_keys();
    let take_in = || chain_older(&world.app.store, keys, world.clock.now());

    take_in().await.unwrap();

    assert_eq!(fault(world, &vendor).await, None);
    let now = acts(&vendor).await;
    let numbers = now.iter().map(|act| act["number"].as_i64().unwrap());
    assert_eq!(numbers.collect::<Vec<_>>(), [8, 7, 6, 5, 4, 3, 2, 1]);
    assert_eq!(now[0]["action"], "audit.chain");
    world.tamper("UPDATE audit SET number = 0; DELETE FROM audit_heads");
    take_in().await.unwrap();
    assert!(fault(world, &vendor).await.is_some(), "there was no mark");
}

async fn acts_after_a_lost_end_do_not_seal_what_is_left(world: &World) {
    for (loss, number) in [
        // The end alone is gone.
        ("DELETE FROM audit_heads", 8),
        // All is rewritten as if from before there was a chain.
        (
            "DELETE FROM audit_heads; UPDATE audit SET number = 0, details = '{}'",
            1,
        ),
        // The newest acts are cut off, and the end says so.
        (
            "DELETE FROM audit WHERE number > 5; UPDATE audit_heads SET number = 5, \
             link = (SELECT link FROM audit WHERE number = 5 AND audit.tenant_id = audit_heads.tenant_id)",
            6,
        ),
    ] {
        let vendor = world.vendor().await;
        world.tamper(loss);

        vendor.map("delay", &json!({ "ignore": true })).await;
        vendor.map("reverb", &json!({ "ignore": true })).await;

        let fault = fault(world, &vendor).await.expect(loss);
        assert_eq!((fault.number, fault.kind), (number, FaultKind::EndLost));
        world.tamper("DELETE FROM audit; DELETE FROM audit_heads");
    }
}

async fn a_company_without_its_first_act_is_noticed(world: &World) {
    let vendor = world.vendor().await;

    world.tamper("DELETE FROM audit WHERE number = 1");
    let first = fault(world, &vendor).await.unwrap();
    world.tamper("DELETE FROM audit; DELETE FROM audit_heads");
    let all = fault(world, &vendor).await.unwrap();
    vendor.map("delay", &json!({ "ignore": true })).await;
    let begun_anew = fault(world, &vendor).await.unwrap();

    assert_eq!((first.number, first.kind), (1, FaultKind::Missing));
    assert_eq!((all.number, all.kind), (1, FaultKind::CutShort));
    assert_eq!(
        (begun_anew.number, begun_anew.kind),
        (1, FaultKind::EndLost)
    );
}

async fn an_end_of_an_earlier_day_is_noticed_by_what_was_kept(world: &World) {
    let vendor = world.vendor().await;
    world.tamper("CREATE TABLE kept AS SELECT number, link, seal FROM audit_heads");
    let earlier = end(world, &vendor).await;
    vendor.map("delay", &json!({ "ignore": true })).await;
    let later = end(world, &vendor).await;
    let missing = async || {
        let kept = vec![earlier.clone(), later.clone()];
        missing(&world.app.store, kept).await.unwrap()
    };
    assert_eq!(missing().await, []);

    world.tamper(
        "DELETE FROM audit WHERE number > 7; \
         UPDATE audit_heads SET number = (SELECT number FROM kept), \
             link = (SELECT link FROM kept), seal = (SELECT seal FROM kept)",
    );

    assert_eq!(
        fault(world, &vendor).await,
        None,
        "the database looks whole"
    );
    assert_eq!(missing().await, [later.clone()]);
    vendor.map("delay", &json!({ "ignore": false })).await;
    assert_eq!(end(world, &vendor).await.number, later.number);
    assert_eq!(missing().await, [later.clone()]);
}

async fn the_page_shows_where_the_record_ends(world: &World) {
    let vendor = world.vendor().await;
    let browser = world.signed_in().await;

    let page = browser.get("/setup/who-did-what").await.expect(200);

    let end = end(world, &vendor).await;
    assert!(page.text.contains(&end.to_string()), "{}", page.text);
}

/// Where the record of a company ends.
async fn end(world: &World, vendor: &Vendor) -> ChainEnd {
    let tenant = vendor.tenant_id.parse().unwrap();
    let found = world
        .app
        .store
        .read(Scope::Tenant(tenant), move |db| find_end(db, tenant));
    found.await.unwrap().expect("it has one")
}

/// What the verifier names first.
async fn fault(world: &World, vendor: &Vendor) -> Option<Fault> {
    let tenant = vendor.tenant_id.parse().unwrap();
    let keys: &Arc<_> = world.app.vaults.master_keys();
    let verdicts: Result<Vec<_>, StoreError> = verify(&world.app.store, keys, Some(tenant)).await;
    let (_, verdict) = verdicts.unwrap().remove(0);
    verdict.fault
}

async fn acts(vendor: &Vendor) -> Vec<Value> {
    vendor.list("/audit").await
}

fn id(thing: &Value) -> String {
    text(&thing["id"]).to_owned()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
