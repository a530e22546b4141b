//! The client against servers on the loopback that misbehave.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use crate::outbound::{
    Leave, Lost, Method, NotSent, Origin, Outbound, Request, Response, SendError, UrlRefused,
};

/// Answers one connection with these bytes and closes it; returns the address and what was asked.
async fn serve(answer: &'static [u8]) -> (String, tokio::task::JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let asked = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut bytes = vec![0; 4096];
        let length = stream.read(&mut bytes).await.unwrap();
        stream.write_all(answer).await.unwrap();
        String::from_utf8_lossy(&bytes[..length]).into_owned()
    });
    (address, asked)
}

async fn get(address: &str, change: impl FnOnce(&mut Request)) -> Result<Response, SendError> {
    let outbound = Outbound::new(vec![address.parse().unwrap()]).unwrap();
    let url = format!("http://{address}/v3/licenses").parse().unwrap();
    let mut request = Request::new(Method::GET, url);
    change(&mut request);
    let leave = Leave::grant(Origin::of(&request.url));
    outbound.send(leave, request).await
}

#[tokio::test]
async fn an_answer_comes_back_whole() {
    let (address, asked) =
        serve(b"HTTP/1.1 429 Slow\r\nRetry-After: 5\r\nContent-Length: 4\r\n\r\nwait").await;

    let response = get(&address, |request| {
        request
            .headers
            .push(("authorization", "Bearer token".to_owned()));
    })
    .await
    .unwrap();
    let asked = asked.await.unwrap().to_lowercase();

    assert_eq!(response.status, 429);
    assert_eq!(response.header("retry-after"), Some("5"));
    assert_eq!(response.body, b"wait");
    assert!(
        asked.starts_with("get /v3/licenses http/1.1\r\n"),
        "{asked}"
    );
    assert!(asked.contains("authorization: bearer token\r\n"), "{asked}");
    assert!(asked.contains("user-agent: latchkey/"), "{asked}");
}

#[test]
fn a_wait_is_asked_for_in_seconds_or_until_a_date() {
    let now = "Fri, 20 Nov 2026 10:00:00 GMT";
    for (asked, date, seconds) in [
        ("5", "", Some(5)),
        (" 120 ", now, Some(120)),
        ("Fri, 20 Nov 2026 10:01:30 GMT", now, Some(90)),
        ("Fri, 20 Nov 2026 09:00:00 GMT", now, None),
        ("Fri, 20 Nov 2026 10:01:30 GMT", "", None),
        ("soon", now, None),
        ("-1", now, None),
    ] {
        let header = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let response = Response {
            status: 503,
            headers: vec![header("retry-after", asked), header("date", date)],
            body: Vec::new(),
        };

        let wait = response.retry_after();

        assert_eq!(wait, seconds.map(Duration::from_secs), "{asked} {date}");
    }
}

#[tokio::test]
async fn a_redirect_is_an_answer_and_not_followed() {
    let (address, _asked) =
        serve(b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n")
            .await;

    let response = get(&address, |_| {}).await.unwrap();

    assert_eq!(response.status, 302);
}

#[tokio::test]
async fn a_refused_connection_was_not_sent() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    drop(listener);

    let error = get(&address, |_| {}).await.err().unwrap();

    assert_eq!(error, SendError::NotSent(NotSent::ConnectFailed));
    assert!(!error.may_have_arrived());
}

#[tokio::test]
async fn a_connection_that_breaks_may_have_arrived() {
    for answer in [
        &b""[..],
        b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf",
        b"not http at all\r\n\r\n",
    ] {
        let (address, _asked) = serve(answer).await;

        let error = get(&address, |_| {}).await.err().unwrap();

        assert_eq!(error, SendError::Lost(Lost::Broken));
    }
}

#[tokio::test]
async fn silence_may_have_arrived() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();

    let error = get(&address, |request| {
        request.timeout = Duration::from_millis(50)
    })
    .await;

    assert_eq!(error.err(), Some(SendError::Lost(Lost::Timeout)));
}

#[tokio::test]
async fn an_answer_beyond_the_limit_is_not_read() {
    let (address, _asked) = serve(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n123456").await;

    let error = get(&address, |request| request.max_body_bytes = 5).await;

    assert_eq!(error.err(), Some(SendError::Lost(Lost::TooLarge(5))));
}

#[tokio::test]
async fn a_header_that_cannot_be_written_is_not_sent() {
    let error = get("127.0.0.1:9", |request| {
        request
            .headers
            .push(("authorization", "two\nlines".to_owned()));
    })
    .await;

    assert_eq!(error.err(), Some(SendError::NotSent(NotSent::Malformed)));
}

#[tokio::test]
async fn a_name_that_points_inside_is_not_called() {
    let outbound = Outbound::new(Vec::new()).unwrap();
    let request = Request::new(Method::GET, "https://localhost:9/".parse().unwrap());

    let leave = Leave::grant(Origin::of(&request.url));
    let error = outbound.send(leave, request).await.err();

    assert_eq!(
        error,
        Some(SendError::NotSent(NotSent::Refused(UrlRefused::Private(
            "localhost".to_owned()
        ))))
    );
}

#[tokio::test]
async fn leave_for_another_origin_is_none() {
    let elsewhere = "http://127.0.0.1:1/".parse().unwrap();
    let request = Request::new(Method::GET, "http://127.0.0.1:2/".parse().unwrap());
    let outbound = Outbound::new(vec!["127.0.0.1:2".parse().unwrap()]).unwrap();

    let leave = Leave::grant(Origin::of(&elsewhere));
    let error = outbound.send(leave, request).await.err();

    assert_eq!(error, Some(SendError::NotSent(NotSent::WithoutLeave)));
}
