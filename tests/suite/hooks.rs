//! Every answer of the hook, and what is stored behind it.

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::shop::{body, order, sign};
use crate::world::{Answer, Vendor, World};

on_both! {
    accepted_ids_come_one_per_line,
    no_events_are_accepted_with_an_empty_body,
    good_members_of_a_bad_batch_are_stored_and_named,
    a_body_that_cannot_be_read_is_malformed,
    an_absent_or_empty_signature_is_missing,
    a_wrong_signature_stores_nothing_but_a_count,
    an_unknown_token_is_not_found,
    a_deleted_storefront_is_not_found,
    two_mebibytes_are_taken_and_one_byte_more_is_not,
    the_header_may_be_written_in_any_case,
    both_secrets_are_believed_until_the_overlap_ends,
    every_secret_is_believed_until_its_overlap_ends,
    without_an_overlap_only_the_new_secret_is_believed,
    an_unknown_type_is_accepted_and_ignored,
    the_same_id_twice_is_one_event,
    numbers_may_be_written_in_any_form,
    a_nul_is_dropped_where_it_does_no_harm,
    while_the_database_is_away_nothing_is_acknowledged,
}

async fn accepted_ids_come_one_per_line(world: &World) {
    let vendor = world.vendor().await;
    let events = ["A", "B", "C"].map(|id| order(id).line("reverb", 1).completed());

    vendor.post_together(&events).await;

    assert_eq!(vendor.events().await.len(), 3);
    world.work().await;
}

async fn no_events_are_accepted_with_an_empty_body(world: &World) {
    let vendor = world.vendor().await;

    let answer = deliver(&vendor, json!({ "events": [] })).await.expect(200);

    assert_eq!(answer.text, "");
}

async fn good_members_of_a_bad_batch_are_stored_and_named(world: &World) {
    let vendor = world.vendor().await;
    let good = order("A").line("reverb", 1).completed();
    for (number, bad) in [
        json!({ "type": "order.completed", "data": {} }),
        json!({ "id": "without type", "data": {} }),
        json!({ "id": "nul\u{0}", "type": "order.completed", "data": {} }),
        json!("no object"),
    ]
    .into_iter()
    .enumerate()
    {
        let good = good.resent_as(&format!("good {number}"));

        let answer = deliver(&vendor, json!({ "events": [bad, good.json()] })).await;

        assert_eq!(answer.expect(202).text.trim_end(), good.id);
    }
    world.work().await;
    assert_eq!(vendor.events().await.len(), 4);
    assert_eq!(world.license_server.licenses().len(), 1);
}

async fn a_body_that_cannot_be_read_is_malformed(world: &World) {
    let vendor = world.vendor().await;

    for bytes in [
        &b""[..],
        b"order=A",
        b"[]",
        b"{}",
        br#"{"events":{}}"#,
        br#"{"events":[{"type":"order.completed"}]}"#,
        b"{\"events\":[\xff\xfe]}",
    ] {
        let answer = vendor.deliver(bytes.to_vec()).await;

        let body = String::from_utf8_lossy(bytes);
        assert_eq!(
            (answer.status.as_u16(), answer.text.as_str()),
            (400, "malformed"),
            "{body}"
        );
    }
    assert_eq!(vendor.events().await, Vec::<Value>::new());
}

async fn an_absent_or_empty_signature_is_missing(world: &World) {
    let vendor = world.vendor().await;
    let bytes = body(&[order("A").line("reverb", 1).completed()]);

    let empty = vendor.deliver_signed(bytes.clone(), "").await.expect(401);
    let absent = world.http.post(&vendor.webhook_url).body(bytes);
    let absent = Answer::to(absent).await.expect(401);

    assert_eq!(empty.text, "signature_missing");
    assert_eq!(absent.text, "signature_missing");
    assert_eq!(vendor.events().await, Vec::<Value>::new());
}

async fn a_wrong_signature_stores_nothing_but_a_count(world: &World) {
    let vendor = world.vendor().await;
    let bytes = body(&[order("A").line("reverb", 1).completed()]);
    let right = sign(&vendor.secret, &bytes);

    for wrong in [
        sign("another secret", &bytes),
        sign(&vendor.secret, b"another body"),
        right.trim_end_matches('=').to_owned(),
        "not base64".to_owned(),
    ] {
        let answer = vendor
            .deliver_signed(bytes.clone(), &wrong)
            .await
            .expect(401);
        assert_eq!(answer.text, "signature_mismatch", "{wrong}");
    }

    assert_eq!(vendor.events().await, Vec::<Value>::new());
    world.app.write_refusals().await;
    assert_eq!(vendor.list("/deliveries").await.len(), 1);
}

async fn an_unknown_token_is_not_found(world: &World) {
    let vendor = world.vendor().await;
    let (hooks, _token) = vendor.webhook_url.rsplit_once('/').unwrap();

    for token in [
        "A".repeat(43),
        "short".to_owned(),
        "ü".to_owned(),
        "A".repeat(5_000),
    ] {
        let url = format!("{hooks}/{token}");
        let answer = Answer::to(world.http.post(url).body("{}"))
            .await
            .expect(404);
        assert_eq!(answer.text, "unknown_hook");
    }
}

async fn a_deleted_storefront_is_not_found(world: &World) {
    let vendor = world.vendor().await;
    let path = format!("/storefronts/{}", vendor.storefront_id);
    vendor
        .send(reqwest::Method::DELETE, &path, None)
        .await
        .expect(204);

    let answer = deliver(&vendor, json!({ "events": [] })).await.expect(404);

    assert_eq!(answer.text, "unknown_hook");
}

async fn two_mebibytes_are_taken_and_one_byte_more_is_not(world: &World) {
    let vendor = world.vendor().await;
    let mut bytes = body(&[order("A").line("reverb", 1).completed()]);
    bytes.resize(2 * 1024 * 1024, b' ');

    vendor.deliver(bytes.clone()).await.expect(200);
    bytes.push(b' ');
    let answer = vendor.deliver(bytes).await.expect(413);

    assert_eq!(answer.text, "too_large");
    world.work().await;
}

async fn the_header_may_be_written_in_any_case(world: &World) {
    let vendor = world.vendor().await;
    let address = world.app.address.to_string();
    let path = vendor
        .webhook_url
        .split_once(&address)
        .unwrap()
        .1
        .to_owned();

    for name in ["x-fs-signature", "X-FS-SIGNATURE", "X-Fs-Signature"] {
        let bytes = body(&[]);
        let signature = sign(&vendor.secret, &bytes);
        let mut stream = TcpStream::connect(&address).await.unwrap();
        let head = format!(
            "POST {path} HTTP/1.1\r\nhost: shop\r\n{name}: {signature}\r\nconnection: close\r\ncontent-length: {}\r\n\r\n",
            bytes.len()
        );
        stream.write_all(head.as_bytes()).await.unwrap();
        stream.write_all(&bytes).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 200"), "{name}: {answer}");
    }
}

async fn both_secrets_are_believed_until_the_overlap_ends(world: &World) {
    let mut vendor = world.vendor().await;
    let old = vendor.clone();
    let path = format!("/storefronts/{}/rotate-secret", vendor.storefront_id);
    let rotation = json!({ "webhook_secret": "a-new-secret", "overlap_hours": 1 });
    vendor.post_json(&path, &rotation).await.expect(200);
    vendor.secret = "a-new-secret".to_owned();

    deliver(&old, json!({ "events": [] })).await.expect(200);
    deliver(&vendor, json!({ "events": [] })).await.expect(200);
    world.clock.advance(jiff::SignedDuration::from_mins(61));

    let answer = deliver(&old, json!({ "events": [] })).await.expect(401);
    assert_eq!(answer.text, "signature_mismatch");
    deliver(&vendor, json!({ "events": [] })).await.expect(200);
}

async fn every_secret_is_believed_until_its_overlap_ends(world: &World) {
    let first = world.vendor().await;
    let path = format!("/storefronts/{}/rotate-secret", first.storefront_id);
    let mut generations = vec![first.clone()];
    // FastSpring signs with the first one while somebody makes new ones.
    for (name, hours) in [("second", 24), ("third", 2), ("fourth", 24)] {
        let rotation = json!({ "webhook_secret": name, "overlap_hours": hours });
        first.post_json(&path, &rotation).await.expect(200);
        let mut vendor = first.clone();
        vendor.secret = name.to_owned();
        generations.push(vendor);
    }
    let believed = async || {
        let mut answers = Vec::new();
        for vendor in &generations {
            let answer = deliver(vendor, json!({ "events": [] })).await;
            answers.push(answer.status.as_u16());
        }
        answers
    };

    assert_eq!(believed().await, [200, 200, 200, 200]);
    world.clock.advance(jiff::SignedDuration::from_hours(3));
    assert_eq!(believed().await, [200, 401, 200, 200]);
    world.clock.advance(jiff::SignedDuration::from_hours(22));
    assert_eq!(believed().await, [401, 401, 401, 200]);
}

async fn without_an_overlap_only_the_new_secret_is_believed(world: &World) {
    let first = world.vendor().await;
    let path = format!("/storefronts/{}/rotate-secret", first.storefront_id);
    let mut vendor = first.clone();
    for (name, hours) in [("second", 24), ("third", 24), ("fourth", 0)] {
        let rotation = json!({ "webhook_secret": name, "overlap_hours": hours });
        first.post_json(&path, &rotation).await.expect(200);
    }
    vendor.secret = "fourth".to_owned();

    deliver(&vendor, json!({ "events": [] })).await.expect(200);
    for name in ["second", "third"] {
        vendor.secret = name.to_owned();
        deliver(&vendor, json!({ "events": [] })).await.expect(401);
    }
    deliver(&first, json!({ "events": [] })).await.expect(401);
}

async fn an_unknown_type_is_accepted_and_ignored(world: &World) {
    let vendor = world.vendor().await;
    let event =
        json!({ "id": "new", "type": "license.invented", "live": true, "created": 1, "data": {} });

    deliver(&vendor, json!({ "events": [event] }))
        .await
        .expect(200);
    world.work().await;

    let events = vendor.events().await;
    assert_eq!(
        crate::world::outcome(&events[0]),
        "ignored unknown_event_type"
    );
}

async fn the_same_id_twice_is_one_event(world: &World) {
    let vendor = world.vendor().await;
    let event = order("A").line("reverb", 1).completed();

    deliver(&vendor, json!({ "events": [event.json(), event.json()] }))
        .await
        .expect(200);
    world.work().await;

    assert_eq!(vendor.events().await.len(), 1);
    assert_eq!(world.license_server.licenses().len(), 1);
}

async fn numbers_may_be_written_in_any_form(world: &World) {
    let vendor = world.vendor().await;
    let plain = order("A").line("reverb", 2).completed().json().to_string();

    for (number, quantity) in ["2", "2.0", "0.2E+1", "\"2\""].into_iter().enumerate() {
        let text = plain
            .replace("\"quantity\":2", &format!("\"quantity\":{quantity}"))
            .replace("\"A\"", &format!("\"A-{number}\""))
            .replace("order.completed-A", &format!("order.completed-A-{number}"));
        vendor
            .deliver(format!("{{\"events\":[{text}]}}").into_bytes())
            .await
            .expect(200);
        world.work().await;
        assert_eq!(
            world.license_server.licenses().len(),
            2 * (number + 1),
            "{quantity}"
        );
    }
}

async fn a_nul_is_dropped_where_it_does_no_harm(world: &World) {
    let vendor = world.vendor().await;
    let event = order("A")
        .line("reverb", 1)
        .completed()
        .with("reference", json!("NWA\u{0}-A"));

    vendor.post(&event).await;
    world.work().await;

    assert_eq!(vendor.outcome(&event).await, "done");
    assert_eq!(vendor.list("/events?q=NWA-A").await.len(), 1);
}

async fn while_the_database_is_away_nothing_is_acknowledged(world: &World) {
    let vendor = world.vendor().await;
    deliver(&vendor, json!({ "events": [] })).await.expect(200);
    let event = order("A").line("reverb", 1).completed();

    let blocked = world.block_writes().await;
    let answer = vendor
        .deliver(body(std::slice::from_ref(&event)))
        .await
        .expect(503);
    drop(blocked);

    assert_eq!(answer.text, "unavailable");
    assert!(answer.header("retry-after").parse::<u32>().is_ok());
    vendor.post(&event).await;
    world.work().await;
    assert_eq!(world.license_server.licenses().len(), 1);
}

async fn deliver(vendor: &Vendor, body: Value) -> Answer {
    vendor.deliver(body.to_string().into_bytes()).await
}
