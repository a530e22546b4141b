//! The record of who did what cannot be altered unseen, and what no check can see is seen by what was kept elsewhere.

use std::sync::Arc;

use latchkey::accounts::audit::{chain_older, missing, verify};
use latchkey::store::audit::{ChainEnd, ChainFault, FaultKind, find_end};
use latchkey::store::{Scope, StoreError};
use serde_json::json;

use crate::audit::acts;
use crate::world::{Vendor, World};

on_both! {
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

async fn an_untouched_chain_is_whole(world: &World) {
    let vendor = world.vendor().await;
    let other = world.vendor().await;

    assert_eq!(fault(world, &vendor).await, None);
    assert_eq!(fault(world, &other).await, None);
    let all = verify(&world.app.store, world.app.tenant_keys.master_keys(), None).await;
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
    let keys = world.app.tenant_keys.master_keys();
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
    assert_eq!(missing().await, std::slice::from_ref(&later));
    vendor.map("reverb", &json!({ "ignore": true })).await;
    assert_eq!(end(world, &vendor).await.number, later.number);
    assert_eq!(missing().await, std::slice::from_ref(&later));
}

async fn the_page_shows_where_the_record_ends(world: &World) {
    let vendor = world.vendor().await;
    let mut browser = world.signed_in().await;

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
async fn fault(world: &World, vendor: &Vendor) -> Option<ChainFault> {
    let tenant = vendor.tenant_id.parse().unwrap();
    let keys: &Arc<_> = world.app.tenant_keys.master_keys();
    let verdicts: Result<Vec<_>, StoreError> = verify(&world.app.store, keys, Some(tenant)).await;
    let (_, verdict) = verdicts.unwrap().remove(0);
    verdict.fault
}
