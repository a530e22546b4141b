//! The license server's socket: performs for real the delays and cuts that the sandbox orders.

use std::io;
use std::net::TcpListener;
use std::sync::Arc;
use std::time::{Duration, Instant};

use actix_web::body::SizedStream;
use actix_web::dev::Server;
use actix_web::http::StatusCode;
use actix_web::http::header::AUTHORIZATION;
use actix_web::web::{self, Bytes, Data};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer};
use futures::stream;
use jiff::Timestamp;

use crate::message::{Ending, Request, Response};
use crate::shared::SharedSandbox;

/// Tells the time to the sandbox.
pub type SandboxClock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// Longer than callers keep a connection, so that none closes under a request.
const KEEP_ALIVE: Duration = Duration::from_secs(120);
const MOST_BODY_BYTES: usize = 1024 * 1024;

/// Serves the sandbox on the listener until the server is stopped; the caller handles signals.
pub fn serve(
    sandbox: SharedSandbox,
    listener: TcpListener,
    clock: SandboxClock,
) -> io::Result<Server> {
    let socket = Data::new(Socket {
        sandbox,
        clock,
        opened: Instant::now(),
    });
    let server = HttpServer::new(move || {
        App::new()
            .app_data(Data::clone(&socket))
            .app_data(web::PayloadConfig::new(MOST_BODY_BYTES))
            .default_service(web::to(answer))
    });
    let server = server
        .workers(2)
        .keep_alive(KEEP_ALIVE)
        .shutdown_timeout(1)
        .disable_signals()
        .listen(listener)?;
    Ok(server.run())
}

struct Socket {
    sandbox: SharedSandbox,
    clock: SandboxClock,
    opened: Instant,
}

async fn answer(socket: Data<Socket>, http: HttpRequest, body: Bytes) -> HttpResponse {
    let began = socket.opened.elapsed();
    let outcome = socket
        .sandbox
        .handle((socket.clock)(), &request(&http, &body));
    let span = outcome.number.map(|number| {
        socket.sandbox.begin(number, began);
        Span {
            socket: Data::clone(&socket),
            number,
        }
    });
    if let Some(delay) = outcome.delay {
        tokio::time::sleep(delay).await;
    }
    match outcome.ending {
        Ending::Whole => whole(outcome.response),
        Ending::Dropped => dropped(),
        Ending::SlowBytes(pause) => slow(outcome.response, pause, span),
    }
}

/// A call under way; its end is noted however it ends, even when the caller hangs up.
struct Span {
    socket: Data<Socket>,
    number: u64,
}

impl Drop for Span {
    fn drop(&mut self) {
        let now = self.socket.opened.elapsed();
        self.socket.sandbox.end(self.number, now);
    }
}

fn request(http: &HttpRequest, body: &Bytes) -> Request {
    let authorization = http.headers().get(AUTHORIZATION);
    let authorization = authorization.and_then(|value| value.to_str().ok());
    let credential = |wanted: &str| {
        let (scheme, text) = authorization?.split_once(' ')?;
        (scheme.eq_ignore_ascii_case(wanted)).then(|| text.to_owned())
    };
    let address = http.peer_addr().map(|address| address.ip().to_string());
    Request {
        method: http.method().as_str().to_owned(),
        path: http.path().to_owned(),
        query: url::form_urlencoded::parse(http.query_string().as_bytes())
            .into_owned()
            .collect(),
        bearer: credential("bearer"),
        api_key: credential("api-key"),
        source_address: address.unwrap_or_default(),
        body: body.to_vec(),
    }
}

fn whole(response: Response) -> HttpResponse {
    head(&response).body(response.body)
}

/// Promises a body and breaks off before its first byte, which closes the connection.
fn dropped() -> HttpResponse {
    let error = io::Error::from(io::ErrorKind::ConnectionAborted);
    let body = stream::once(async { Err::<Bytes, io::Error>(error) });
    HttpResponse::Ok().body(SizedStream::new(1, body))
}

fn slow(response: Response, pause: Duration, span: Option<Span>) -> HttpResponse {
    let length = response.body.len() as u64;
    let mut head = head(&response);
    let state = (response.body.into_iter(), span);
    let body = stream::unfold(state, move |(mut bytes, span)| async move {
        let byte = bytes.next()?;
        tokio::time::sleep(pause).await;
        let piece = Ok::<_, io::Error>(Bytes::from(vec![byte]));
        Some((piece, (bytes, span)))
    });
    head.body(SizedStream::new(length, Box::pin(body)))
}

fn head(response: &Response) -> actix_web::HttpResponseBuilder {
    let status = StatusCode::from_u16(response.status);
    let mut head = HttpResponse::build(status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR));
    for (name, value) in &response.headers {
        head.insert_header((*name, value.as_str()));
    }
    head
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpStream;

    use super::*;
    use crate::Sandbox;
    use crate::options::{Kind, SandboxOptions};

    fn open(options: SandboxOptions) -> (SharedSandbox, SocketAddr) {
        open_sandbox(Sandbox::new(options))
    }

    fn now() -> Timestamp {
        "2027-01-13T00:00:00Z".parse().unwrap()
    }

    fn open_sandbox(sandbox: Sandbox) -> (SharedSandbox, SocketAddr) {
        let sandbox = SharedSandbox::new(sandbox);
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let clock: SandboxClock = Arc::new(now);
        actix_web::rt::spawn(serve(sandbox.clone(), listener, clock).unwrap());
        (sandbox, address)
    }

    fn faulty(fault: &str) -> SandboxOptions {
        SandboxOptions {
            faults: vec![fault.parse().unwrap()],
            ..SandboxOptions::default()
        }
    }

    async fn send(address: SocketAddr, method: &str, path: &str, body: &str) -> String {
        let mut stream = TcpStream::connect(address).await.unwrap();
        let scheme = match path.starts_with("/api/") {
            true => "Api-Key",
            false => "Bearer",
        };
        let request = format!(
            "{method} {path} HTTP/1.1\r\nhost: sandbox\r\nauthorization: {scheme} any\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        // A connection that is cut may well be reset: what came until then is the answer.
        while let Ok(count @ 1..) = stream.read_buf(&mut answer).await {
            debug_assert!(count > 0);
        }
        String::from_utf8(answer).unwrap()
    }

    #[actix_web::test]
    async fn a_license_is_made_and_found_over_the_wire() {
        let (sandbox, address) = open(SandboxOptions::default());
        let body = r#"{"productId":"p","metadata":[{"key":"order","value":"a+b c"}]}"#;

        let created = send(address, "POST", "/v3/licenses", body).await;
        let url = "/v3/licenses?metadata.key[eq]=order&metadata.value%5Beq%5D=a%2Bb+c&limit=100";
        let listed = send(address, "GET", url, "").await;

        let license = sandbox.licenses().remove(0);
        assert!(created.starts_with("HTTP/1.1 201"), "{created}");
        assert!(created.contains("x-rate-limit-remaining: 49"), "{created}");
        assert!(listed.contains(&license.id), "{listed}");
        let ledger = sandbox.ledger();
        assert!(
            ledger
                .entries()
                .all(|entry| entry.began <= entry.ended && entry.ended.is_some())
        );
        assert!(ledger.overlaps().is_empty());
    }

    #[actix_web::test]
    async fn an_order_is_made_with_a_key_and_a_path_without_its_slash_is_moved() {
        let options = SandboxOptions::of(Kind::LicenseSpring);
        let (sandbox, address) = open_sandbox(Sandbox::sample(options, now()));
        let body = r#"{"id":"A","items":[{"product_code":"reverb","licenses":[{}]}]}"#;

        let moved = send(address, "POST", "/api/v1/orders/create_order", body).await;
        let created = send(address, "POST", "/api/v1/orders/create_order/", body).await;

        assert!(moved.starts_with("HTTP/1.1 301"), "{moved}");
        let location = "location: /api/v1/orders/create_order/\r\n";
        assert!(moved.contains(location), "{moved}");
        assert!(created.starts_with("HTTP/1.1 201"), "{created}");
        assert_eq!(sandbox.licenses().len(), 1);
    }

    #[actix_web::test]
    async fn a_cut_connection_gives_no_whole_answer_though_the_work_is_done() {
        let (sandbox, address) = open(faulty("cut=after,times=1"));

        let answer = send(address, "POST", "/v3/licenses", r#"{"productId":"p"}"#).await;

        let body = answer.split_once("\r\n\r\n").map(|(_, body)| body);
        assert!(body.is_none_or(str::is_empty), "{answer}");
        assert_eq!(sandbox.licenses().len(), 1);
        assert_eq!(sandbox.ledger().entries().next().unwrap().status, None);
    }

    #[actix_web::test]
    async fn slow_bytes_arrive_all_the_same() {
        let (_, address) = open(faulty("slow-bytes=1ms"));

        let answer = send(address, "GET", "/v3/status", "").await;

        assert!(answer.ends_with(r#"{"status":"healthy"}"#), "{answer}");
    }
}
