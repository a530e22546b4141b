//! A delivery in every way that HTTP has to carry one: what is signed are the bytes of the body as they came.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::shop::{body, key_request, order, sign};
use crate::world::{PRIVATE_KEY, Vendor, World};

on_both! {
    what_is_signed_is_what_came,
    a_body_may_come_in_pieces_and_be_announced,
    what_is_framed_in_two_ways_is_not_taken,
    a_request_for_keys_is_held_to_the_same,
}

/// FastSpring compresses nothing. A compressed body is never opened: neither signature makes it a delivery.
async fn what_is_signed_is_what_came(world: &World) {
    let vendor = world.vendor().await;
    let plain = delivery("A");
    let packed = packed(&plain);

    for (sent, signed, encoding, answered) in [
        (&packed, &packed, "gzip", "400 malformed"),
        (&packed, &plain, "gzip", "401 signature_mismatch"),
        (&packed, &packed, "", "400 malformed"),
        // A label alone changes nothing about bytes that are signed and can be read.
        (&plain, &plain, "gzip", "200 order.completed-A"),
        (&plain, &packed, "identity", "401 signature_mismatch"),
    ] {
        let encoding = match encoding {
            "" => String::new(),
            encoding => format!("content-encoding: {encoding}\r\n"),
        };
        let head = head(&vendor, "", &sign(&vendor.secret, signed));
        let length = format!("content-length: {}\r\n\r\n", sent.len());
        let answer = ask(world, &[(head + &encoding + &length).as_bytes(), sent]).await;
        assert_eq!(answer, [answered], "{encoding}");
    }

    assert_eq!(vendor.events().await.len(), 1);
    world.work().await;
}

async fn a_body_may_come_in_pieces_and_be_announced(world: &World) {
    let vendor = world.vendor().await;
    let chunked = "transfer-encoding: chunked\r\n\r\n";

    let sent = delivery("A");
    let signed = head(&vendor, "", &sign(&vendor.secret, &sent));
    let answer = ask(
        world,
        &[(signed.clone() + chunked).as_bytes(), &in_chunks(&sent)],
    )
    .await;
    assert_eq!(answer, ["200 order.completed-A"]);
    let mut changed = sent.clone();
    changed.push(b' ');
    let answer = ask(
        world,
        &[(signed + chunked).as_bytes(), &in_chunks(&changed)],
    )
    .await;
    assert_eq!(answer, ["401 signature_mismatch"]);

    let sent = delivery("B");
    for (secret, answered) in [
        (vendor.secret.as_str(), "200 order.completed-B"),
        ("another", "401 signature_mismatch"),
    ] {
        let head = head(&vendor, "", &sign(secret, &sent));
        let announced = format!(
            "expect: 100-continue\r\ncontent-length: {}\r\n\r\n",
            sent.len()
        );
        let answer = ask(world, &[(head + &announced).as_bytes(), &sent]).await;
        assert_eq!(
            answer.last().map(String::as_str),
            Some(answered),
            "{answer:?}"
        );
    }

    assert_eq!(vendor.events().await.len(), 2);
    world.work().await;
}

/// Proxies and servers that read such a request differently would see two requests in it.
async fn what_is_framed_in_two_ways_is_not_taken(world: &World) {
    let vendor = world.vendor().await;
    let sent = delivery("A");
    let right = head(&vendor, "", &sign(&vendor.secret, &sent));
    let chunks = in_chunks(&sent);
    let length = sent.len();
    let smuggled = [
        &chunks[..],
        right.as_bytes(),
        format!("content-length: {length}\r\n\r\n").as_bytes(),
        &sent,
    ]
    .concat();

    for (framing, bytes) in [
        (
            format!("content-length: {length}\r\ncontent-length: {}", length - 1),
            &sent,
        ),
        (format!("content-length: {length}, {length}"), &sent),
        (format!("content-length: +{length}"), &sent),
        (format!("content-length: -{length}"), &sent),
        (
            "transfer-encoding: chunked\r\ntransfer-encoding: chunked".to_owned(),
            &chunks,
        ),
        (
            "transfer-encoding: chunked\r\ntransfer-encoding: identity".to_owned(),
            &chunks,
        ),
        (
            "transfer-encoding: gzip, chunked, chunked".to_owned(),
            &chunks,
        ),
        ("transfer-encoding: xchunked".to_owned(), &chunks),
        (
            format!("content-length: {length}\r\ntransfer-encoding: chunked"),
            &smuggled,
        ),
        (
            format!("transfer-encoding: chunked\r\ncontent-length: {length}"),
            &smuggled,
        ),
        (
            format!("transfer-encoding : chunked\r\ncontent-length: {length}"),
            &sent,
        ),
        ("transfer-encoding: chunked".to_owned(), &b"zz\r\n".to_vec()),
    ] {
        let answers = ask(
            world,
            &[(right.clone() + &framing + "\r\n\r\n").as_bytes(), bytes],
        )
        .await;
        let is_refused = |answer: &String| answer.starts_with("400") || answer.starts_with("401");
        assert!(answers.iter().all(is_refused), "{framing}: {answers:?}");
    }

    assert_eq!(vendor.events().await, [] as [serde_json::Value; 0]);
}

async fn a_request_for_keys_is_held_to_the_same(world: &World) {
    let vendor = world.vendor_with_receipts().await;
    let form = key_request("NWA-A", "reverb")
        .signed(PRIVATE_KEY)
        .into_bytes();
    let head = head(&vendor, "/license", "");
    let packed = packed(&form);

    let gzip = format!(
        "content-encoding: gzip\r\ncontent-length: {}\r\n\r\n",
        packed.len()
    );
    let of_packed = ask(world, &[(head.clone() + &gzip).as_bytes(), &packed]).await;
    let chunked = "transfer-encoding: chunked\r\n\r\n";
    let of_chunks = ask(world, &[(head + chunked).as_bytes(), &in_chunks(&form)]).await;

    assert!(
        of_packed.iter().all(|answer| answer.starts_with('4')),
        "{of_packed:?}"
    );
    assert!(of_chunks[0].starts_with("200"), "{of_chunks:?}");
}

fn delivery(id: &str) -> Vec<u8> {
    body(&[order(id).line("reverb", 1).completed()])
}

fn packed(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn in_chunks(bytes: &[u8]) -> Vec<u8> {
    let mut chunks = Vec::new();
    for chunk in bytes.chunks(100) {
        chunks.extend_from_slice(format!("{:x}\r\n", chunk.len()).as_bytes());
        chunks.extend_from_slice(chunk);
        chunks.extend_from_slice(b"\r\n");
    }
    chunks.extend_from_slice(b"0\r\n\r\n");
    chunks
}

/// What a delivery begins with, up to what says how long it is.
fn head(vendor: &Vendor, below: &str, signature: &str) -> String {
    let (_, path) = vendor.webhook_url.split_once("/hooks/").unwrap();
    format!(
        "POST /hooks/{path}{below} HTTP/1.1\r\nhost: shop\r\nconnection: close\r\nx-fs-signature: {signature}\r\n"
    )
}

/// Sends these bytes, and gives status and body of each answer until the connection is closed.
async fn ask(world: &World, pieces: &[&[u8]]) -> Vec<String> {
    let mut stream = TcpStream::connect(world.app.address).await.unwrap();
    for piece in pieces {
        // A server that refuses the head need not read the rest.
        drop(stream.write_all(piece).await);
    }
    let mut bytes = Vec::new();
    drop(stream.read_to_end(&mut bytes).await);
    let text = String::from_utf8_lossy(&bytes);
    let answers = text.split("HTTP/1.1 ").skip(1);
    answers
        .map(|answer| {
            let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((answer, ""));
            let status = head.get(..3).unwrap_or_default();
            // Events are named after their time too, which no test here is about.
            let body = body.split("-1800").next().unwrap_or_default();
            format!("{status} {body}").trim_end().to_owned()
        })
        .collect()
}
