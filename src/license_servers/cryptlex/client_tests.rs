//! Tests over a loopback socket: what really goes out, and what is made of broken answers.

use std::time::Duration;

use secrecy::SecretString;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::domain::fact::Person;
use crate::domain::kind::LicenseServerKind;
use crate::domain::license::PurchaseId;
use crate::domain::shop_id::OrderId;
use crate::license_servers::base_url::BaseUrl;
use crate::license_servers::order::NewLicense;
use crate::license_servers::order::NewUser;
use crate::license_servers::remote::TokenState;
use crate::license_servers::reply::FailureClass;
use crate::license_servers::{Account, LicenseServer};
use crate::outbound::{Leave, Outbound};

/// A server that gives one answer, then closes; gives back what it was asked.
async fn server_answering(answer: &str) -> (Box<dyn LicenseServer>, JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let answer = answer.to_owned();
    let asked = tokio::spawn(async move {
        let (mut socket, _peer) = listener.accept().await.unwrap();
        let mut asked = Vec::new();
        while !is_whole(&asked) {
            let read = socket.read_buf(&mut asked).await.unwrap();
            assert_ne!(read, 0, "the request ended early");
        }
        socket.write_all(answer.as_bytes()).await.unwrap();
        String::from_utf8(asked).unwrap()
    });
    (server_at(&address, "secret-token"), asked)
}

fn server_at(address: &str, token: &str) -> Box<dyn LicenseServer> {
    let outbound = Outbound::new(vec![address.parse().unwrap()]).unwrap();
    let base_url = BaseUrl::parse(&format!("http://{address}/v3/")).unwrap();
    let leave = Leave::grant(base_url.origin().clone());
    let token = SecretString::from(token);
    Account::new(LicenseServerKind::Cryptlex, base_url, token, outbound).ask(leave)
}

fn is_whole(asked: &[u8]) -> bool {
    let text = String::from_utf8_lossy(asked).to_lowercase();
    let Some((head, body)) = text.split_once("\r\n\r\n") else {
        return false;
    };
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "))
        .map_or(0, |length| length.parse().unwrap());
    body.len() >= length
}

fn http(status: &str, headers: &str, body: &str) -> String {
    let length = body.len();
    format!(
        "HTTP/1.1 {status}\r\n{headers}content-length: {length}\r\nconnection: close\r\n\r\n{body}"
    )
}

const LICENSE: &str = r#"{"id":"l1","key":"KEY","suspended":false,"revoked":false}"#;

#[tokio::test]
async fn a_renewal_is_a_post_without_body_and_its_answer_is_read() {
    let (server, asked) = server_answering(&http("200 OK", "", LICENSE)).await;

    let reply = server.renew("l1").await;

    let asked = asked.await.unwrap();
    assert!(asked.starts_with("POST /v3/licenses/l1/renew HTTP/1.1\r\n"));
    assert!(asked.contains("authorization: Bearer secret-token\r\n"));
    assert!(asked.contains("content-length: 0\r\n"));
    assert_eq!(reply.result.unwrap().id, "l1");
    assert_eq!(reply.exchange.url, "/v3/licenses/l1/renew");
    assert_eq!(reply.exchange.status, Some(200));
    assert_eq!(reply.exchange.response.as_deref(), Some(LICENSE));
}

#[tokio::test]
async fn a_password_is_sent_but_not_recorded() {
    let user = r#"{"id":"u1","email":"Ada@example.com"}"#;
    let (server, asked) = server_answering(&http("201 Created", "", user)).await;
    let new = NewUser {
        administers: None,
        person: Person {
            email: Some("ada@example.com".to_owned()),
            ..Person::default()
        },
        password: SecretString::from("opensesame"),
    };

    let reply = server.create_user(&new).await;

    assert!(asked.await.unwrap().contains("opensesame"));
    assert!(!reply.exchange.request.unwrap().contains("opensesame"));
    assert_eq!(reply.result.map(|user| user.id), Ok("u1".to_owned()));
}

#[tokio::test]
async fn an_address_is_asked_for_but_not_recorded() {
    let users = r#"[{"id":"u1","email":"Ada@Example.com"}]"#;
    let (server, asked) = server_answering(&http("200 OK", "", users)).await;

    let reply = server.find_user(" ada@example.com").await;

    let line = "GET /v3/users?email[eq]=ada%40example.com&page=1&limit=100 HTTP/1.1\r\n";
    assert!(asked.await.unwrap().starts_with(line));
    assert_eq!(
        reply.exchange.url,
        "/v3/users?email[eq]=***&page=1&limit=100"
    );
    assert!(matches!(reply.result, Ok(Some(user)) if user.id == "u1"));
}

#[tokio::test]
async fn rows_that_do_not_match_are_not_believed() {
    let other = r#"[{"id":"l1","key":"KEY","suspended":false,"revoked":false,
        "metadata":[{"key":"fastspring_order_id","value":"2"},{"key":"b","value":"1"}]}]"#;
    let (server, asked) = server_answering(&http("200 OK", "", other)).await;

    let purchase = PurchaseId::Order(OrderId::new("1").unwrap());
    let page = server.list_of_purchase(&purchase, 1).await.result.unwrap();

    asked.await.unwrap();
    assert!(page.items.is_empty() && page.is_last);
}

#[tokio::test]
async fn an_answer_that_never_came_leaves_a_change_in_doubt() {
    let (server, asked) = server_answering("").await;

    let reply = server.renew("l1").await;

    asked.await.unwrap();
    let failure = reply.result.unwrap_err();
    assert_eq!(failure.class, FailureClass::Transient);
    assert!(failure.may_have_applied);
    assert_eq!(reply.exchange.status, None);
    assert!(reply.exchange.error.is_some());
}

#[tokio::test]
async fn a_good_answer_that_cannot_be_read_leaves_a_change_in_doubt() {
    let (server, asked) = server_answering(&http("200 OK", "", "<html></html>")).await;

    let failure = server.renew("l1").await.result.unwrap_err();

    asked.await.unwrap();
    assert_eq!(failure.class, FailureClass::Transient);
    assert!(failure.may_have_applied);
}

#[tokio::test]
async fn a_rate_limit_is_read_from_its_header() {
    let answer = http(
        "429 Too Many Requests",
        "Retry-After: 3\r\n",
        "quota exceeded",
    );
    let (server, asked) = server_answering(&answer).await;

    let failure = server.delete("l1").await.result.unwrap_err();

    asked.await.unwrap();
    assert_eq!(failure.class, FailureClass::RateLimited);
    assert_eq!(failure.after, Some(Duration::from_secs(3)));
    assert!(!failure.may_have_applied);
}

#[tokio::test]
async fn what_makes_no_sense_is_refused_without_a_request() {
    let server = || server_at("127.0.0.1:1", "token");

    let nothing = server().read_many(&[]).await;
    let too_many = server().read_many(&vec!["l1".to_owned(); 51]).await;
    let no_value = server().find_user(" ").await;
    let no_key = server().issue(&NewLicense::default()).await;

    for (exchange, failure) in [
        (nothing.exchange, nothing.result.err()),
        (too_many.exchange, too_many.result.err()),
        (no_value.exchange, no_value.result.err()),
        (no_key.exchange, no_key.result.err()),
    ] {
        assert_eq!(failure.unwrap().class, FailureClass::Rejected);
        assert_eq!(exchange.status, None);
        assert!(exchange.error.unwrap().starts_with("not sent: "));
    }
}

#[tokio::test]
async fn a_token_check_tells_refused_from_unreachable() {
    let (server, asked) = server_answering(&http("401 Unauthorized", "", "")).await;
    let refused = server.check().await;
    asked.await.unwrap();
    let nobody = server_at("127.0.0.1:1", "token").check().await;
    let senseless = server_at("127.0.0.1:1", "to\nken").check().await;

    assert_eq!(TokenState::of(&refused.result), TokenState::Unauthorized);
    assert_eq!(TokenState::of(&nobody.result), TokenState::Unreachable);
    assert_eq!(TokenState::of(&senseless.result), TokenState::Unauthorized);
    assert!(!nobody.result.unwrap_err().may_have_applied);
}
