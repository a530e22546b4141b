//! How much of it: requests of one token, bodies of strangers, connections of one address.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use jiff::SignedDuration;
use latchkey::accounts::scope::ApiScope;
use latchkey::config::Budget;
use reqwest::Client;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};

use crate::world::{Answer, Browser, World, WorldOptions};

on_both! {
    in with_low_limits:
    a_token_that_asks_for_too_much_is_told_when_to_come_again,
    a_form_of_strangers_is_small,
    a_body_that_is_announced_too_large_is_refused,
    one_address_opens_only_so_many_connections,
    every_answer_says_that_it_is_what_it_is,
}

/// Somebody who opens connections by hand.
const STRANGER: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 9);
const CONNECTIONS: usize = 40;

fn with_low_limits() -> WorldOptions {
    WorldOptions {
        connections_per_address: CONNECTIONS,
        api_limit: Some(Budget {
            calls: 30,
            window: Duration::from_secs(60),
        }),
        ..WorldOptions::default()
    }
}

async fn a_token_that_asks_for_too_much_is_told_when_to_come_again(world: &World) {
    let vendor = world.vendor().await;
    let mut other = vendor.clone();
    let scopes = [ApiScope::EventsRead];
    other.api_token = world.app.create_token(&vendor.tenant_id, &scopes).await;

    let first = other.get("/events").await.expect(200);
    for _ in 1..30 {
        other.get("/me").await.expect(200);
    }
    let refused = other.get("/events").await.expect(429);
    world.clock.advance(SignedDuration::from_secs(2));
    let one_more = other.get("/events").await.expect(200);

    assert_eq!(first.header("ratelimit-policy"), "\"token\";q=30;w=60");
    assert_eq!(first.header("ratelimit"), "\"token\";r=29;t=2");
    assert_eq!(refused.json()["code"], "rate_limit");
    assert_eq!(refused.header("retry-after"), "2");
    assert_eq!(refused.header("ratelimit"), "\"token\";r=0;t=60");
    assert_eq!(one_more.header("ratelimit"), "\"token\";r=0;t=60");
    other.get("/events").await.expect(429);
    vendor.get("/events").await.expect(200);
    world.clock.advance(SignedDuration::from_mins(5));
}

async fn a_form_of_strangers_is_small(world: &World) {
    world.vendor().await;
    let mut stranger = Browser::new(world);
    let mut browser = world.signed_in().await;
    let (small, large) = ("x".repeat(7_000), "x".repeat(9_000));

    for path in ["/sign-in", "/sign-up"] {
        stranger.get(path).await.expect(200);
        stranger.post(path, &[("email", &small)]).await.expect(422);
        stranger.post(path, &[("email", &large)]).await.expect(413);
    }
    for path in ["/theme", "/company", "/sign-out", "/activity/run-again"] {
        Browser::new(world)
            .post(path, &[("a", &large)])
            .await
            .expect(303);
    }
    browser.get("/setup/tokens").await.expect(200);
    let mine = browser.post("/setup/tokens", &[("name", &large)]).await;
    mine.expect(422);
}

async fn a_body_that_is_announced_too_large_is_refused(world: &World) {
    let vendor = world.vendor().await;
    let hook = vendor.webhook_url.strip_prefix(&world.app.url).unwrap();

    for (path, body_bytes, answer) in [
        ("/sign-in", 64 * 1024, "HTTP/1.1 413"),
        (hook, 9 * 1024 * 1024, "HTTP/1.1 413"),
        ("/hooks/unknown", 9 * 1024 * 1024, "HTTP/1.1 404"),
        ("/theme", 64 * 1024, "HTTP/1.1 303"),
    ] {
        let mut stream = connect(world).await;
        let head =
            format!("POST {path} HTTP/1.1\r\nhost: a\r\ncontent-length: {body_bytes}\r\n\r\n");
        stream.write_all(head.as_bytes()).await.unwrap();
        // Whoever sends more than is taken may find that nobody listens any more.
        drop(stream.write_all(&vec![b'x'; body_bytes]).await);

        assert!(read(stream).await.starts_with(answer), "{path}");
    }
}

async fn one_address_opens_only_so_many_connections(world: &World) {
    let mut open = Vec::new();
    for _ in 0..CONNECTIONS {
        let mut stream = connect(world).await;
        assert_eq!(answers(&mut stream).await, 1);
        open.push(stream);
    }

    let one_too_many = answers(&mut connect(world).await).await;
    let neighbor = Answer::to(Client::new().get(format!("{}/healthz", world.app.url))).await;
    open.pop();

    assert_eq!(one_too_many, 0);
    neighbor.expect(200);
    while answers(&mut connect(world).await).await == 0 {
        tokio::task::yield_now().await;
    }
}

async fn every_answer_says_that_it_is_what_it_is(world: &World) {
    let vendor = world.vendor().await;
    let hook = &vendor.webhook_url;
    let unknown = format!("{}/hooks/unknown", world.app.url);

    for request in [
        world.http.post(hook).body("{}"),
        world.http.post(format!("{hook}/license")),
        world.http.post(unknown),
        world.http.get(format!("{}/healthz", world.app.url)),
        world.http.get(format!("{}/readyz", world.app.url)),
        world.http.get(format!("{}/sign-in", world.app.url)),
        world.http.get(format!("{}/api/v1/me", world.app.url)),
    ] {
        let answer = Answer::to(request).await;
        assert_eq!(
            answer.header("x-content-type-options"),
            "nosniff",
            "{answer:?}"
        );
    }
}

/// How many answers a request over this connection gets: one, or none where nobody listens.
async fn answers(stream: &mut TcpStream) -> usize {
    let asked = stream
        .write_all(b"GET /healthz HTTP/1.1\r\nhost: a\r\n\r\n")
        .await;
    let mut begin = [0; 12];
    match (asked, stream.read_exact(&mut begin).await) {
        (Ok(()), Ok(_)) => usize::from(&begin == b"HTTP/1.1 200"),
        _ => 0,
    }
}

async fn read(mut stream: TcpStream) -> String {
    let mut answer = vec![0; 12];
    drop(stream.read_exact(&mut answer).await);
    String::from_utf8_lossy(&answer).into_owned()
}

async fn connect(world: &World) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    let from = SocketAddr::new(IpAddr::V4(STRANGER), 0);
    socket.bind(from).unwrap();
    socket.connect(world.app.address).await.unwrap()
}
