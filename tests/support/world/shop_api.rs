//! The shop's own API, as small as tests need it: subscriptions, accounts, and events that nobody acknowledged.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};

use crate::shop::Event;

/// Events of one answer, as the vendor's pages say.
const PAGE: usize = 25;

/// A server on a loopback port. Clones are the same one.
#[derive(Clone)]
pub struct ShopApi {
    /// Where it listens.
    pub url: String,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    password: String,
    things: BTreeMap<String, Value>,
    events: Vec<Value>,
    troubles: VecDeque<(u16, &'static str)>,
    requests: Vec<String>,
}

impl ShopApi {
    /// Starts one that knows nothing and accepts the password `right`.
    pub fn start() -> Self {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
        listener.set_nonblocking(true).expect("it is a socket");
        let address = listener.local_addr().expect("it is bound");
        let listener = TcpListener::from_std(listener).expect("inside the runtime");
        let state = State {
            password: "right".to_owned(),
            ..State::default()
        };
        let api = Self {
            url: format!("http://{address}"),
            state: Arc::new(Mutex::new(state)),
        };
        let serving = api.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let api = serving.clone();
                tokio::spawn(async move { api.serve(stream).await });
            }
        });
        api
    }

    /// What there is at a path such as `/subscriptions/S`.
    pub fn put(&self, path: &str, thing: Value) {
        self.state().things.insert(path.to_owned(), thing);
    }

    /// An event happened that no webhook has brought yet.
    pub fn happened(&self, event: &Event) {
        let mut json = event.json();
        json["event"] = json["id"].clone();
        self.state().events.push(json);
    }

    /// The ids of events that nobody has acknowledged.
    pub fn unacknowledged(&self) -> Vec<String> {
        let state = self.state();
        let ids = state.events.iter().map(|event| event["id"].as_str());
        ids.map(|id| id.unwrap_or_default().to_owned()).collect()
    }

    /// A webhook brought this event and was answered with 200.
    pub fn acknowledge(&self, id: &str) {
        self.state().events.retain(|event| event["id"] != id);
    }

    /// Only this password is accepted from now on.
    pub fn accept(&self, password: &str) {
        password.clone_into(&mut self.state().password);
    }

    /// The next requests are answered so, one each: a status, and a `Retry-After` where that is not empty.
    pub fn trouble(&self, troubles: &[(u16, &'static str)]) {
        self.state().troubles = troubles.iter().copied().collect();
    }

    /// Every request so far: `GET /subscriptions/S`.
    pub fn requests(&self) -> Vec<String> {
        self.state().requests.clone()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    async fn serve(&self, stream: TcpStream) {
        let mut stream = BufReader::new(stream);
        let mut lines: Vec<String> = Vec::new();
        loop {
            let mut line = String::new();
            match stream.read_line(&mut line).await {
                Ok(2..) if line != "\r\n" => lines.push(line.trim_end().to_owned()),
                _ => break,
            }
        }
        let Some(first) = lines.first() else { return };
        let header = |name: &str| {
            let found = lines.iter().find_map(|line| {
                let (key, value) = line.split_once(':')?;
                key.eq_ignore_ascii_case(name).then(|| value.trim())
            });
            found.unwrap_or_default()
        };
        let length: usize = header("content-length").parse().unwrap_or_default();
        let mut body = vec![0; length];
        stream.read_exact(&mut body).await.expect("the whole body");
        let line = first.trim_end_matches(" HTTP/1.1");
        let (status, after, answer) = self.answer(line, header("authorization"), &body);
        let text = format!(
            "HTTP/1.1 {status} Said\r\ncontent-type: application/json\r\nretry-after: {after}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{answer}",
            answer.len()
        );
        stream.write_all(text.as_bytes()).await.unwrap_or_default();
    }

    fn answer(&self, line: &str, authorization: &str, body: &[u8]) -> (u16, &'static str, String) {
        let mut state = self.state();
        state.requests.push(line.to_owned());
        if let Some((status, after)) = state.troubles.pop_front() {
            return (status, after, String::new());
        }
        let right = STANDARD.encode(format!("shop:{}", state.password));
        if authorization != format!("Basic {right}") {
            return (401, "", "{}".to_owned());
        }
        if line.starts_with("GET /events/unprocessed?days=") {
            let page: Vec<&Value> = state.events.iter().take(PAGE).collect();
            let more = state.events.len() > PAGE;
            let page = json!({ "action": "events.get", "result": "success", "events": page, "more": more });
            return (200, "", page.to_string());
        }
        if let Some(id) = line.strip_prefix("POST /events/") {
            assert_eq!(body, br#"{"processed":true}"#);
            state.events.retain(|event| event["id"] != id);
            return (200, "", json!({ "id": id, "processed": true }).to_string());
        }
        let thing = line
            .strip_prefix("GET ")
            .and_then(|path| state.things.get(path));
        match thing {
            Some(thing) => (200, "", thing.to_string()),
            None => (400, "", r#"{"result":"error","error":{}}"#.to_owned()),
        }
    }
}
