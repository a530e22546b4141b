//! Whoever asks the process for something; all that they are answered is kept.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::net::SocketAddr;
use std::path::PathBuf;

use reqwest::redirect::Policy;
use reqwest::{Client, Method, RequestBuilder};
use serde_json::Value;

/// Letters of an address in the name of a file.
const LONGEST_NAME: usize = 100;

/// Somebody at a browser, or a program.
pub struct Visitor {
    http: Client,
    address: SocketAddr,
    cookies: BTreeMap<String, String>,
    /// What the last form had to be sent with.
    csrf: String,
    /// Where the last answer led.
    location: String,
    /// What is sent as the token of the API.
    pub token: String,
    /// Every answer is a file here, but for those that tell something once.
    told: PathBuf,
    answers: usize,
}

impl Visitor {
    /// Nobody yet.
    pub fn new(address: SocketAddr, told: PathBuf) -> Self {
        fs::create_dir(&told).expect("the folder is ours");
        let http = Client::builder().redirect(Policy::none()).no_proxy();
        Self {
            http: http.build().expect("a client"),
            address,
            cookies: BTreeMap::new(),
            csrf: String::new(),
            location: String::new(),
            token: String::new(),
            told,
            answers: 0,
        }
    }

    /// A request that is to be sent.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let url = format!("http://{}{path}", self.address);
        self.http.request(method, url)
    }

    /// A request to the API.
    pub fn api(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.request(method, &format!("/api/v1{path}"));
        request.bearer_auth(&self.token)
    }

    /// Sends it, and keeps the answer.
    pub async fn send(&mut self, request: RequestBuilder) -> String {
        let (name, head, text) = self.ask(request).await;
        self.keep(&name, &format!("{head}\n{text}"));
        text
    }

    /// Sends it; the answer tells what may be told this once.
    pub async fn ask_once(&mut self, request: RequestBuilder) -> String {
        self.ask(request).await.2
    }

    /// A request for the page to which the last answer led.
    pub fn next_page(&self) -> RequestBuilder {
        self.request(Method::GET, &self.location)
    }

    /// Opens a page or what is loaded into one.
    pub async fn open(&mut self, path: &str) -> String {
        let request = self.request(Method::GET, path);
        self.send(request).await
    }

    /// Sends a form as the last page would.
    pub async fn fill_in(&mut self, action: &str, fields: &[(String, String)]) -> String {
        let body = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(fields.iter().filter(|(name, _)| name != "csrf"))
            .append_pair("csrf", &self.csrf)
            .finish();
        let request = self.request(Method::POST, action);
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        self.send(request.body(body)).await
    }

    /// Calls the API; what is no JSON is null.
    pub async fn call(&mut self, method: Method, path: &str, body: &Value) -> Value {
        let mut request = self.api(method, path);
        if !body.is_null() {
            request = request.json(body);
        }
        let text = self.send(request).await;
        serde_json::from_str(&text).unwrap_or_default()
    }

    /// Asks the API for something.
    pub async fn get(&mut self, path: &str) -> Value {
        self.call(Method::GET, path, &Value::Null).await
    }

    /// The ids of a list of the API.
    pub async fn ids(&mut self, list: &str) -> Vec<String> {
        let page = self.get(list).await;
        let items = page["items"].as_array().cloned().unwrap_or_default();
        let ids = items.iter().filter_map(|item| item["id"].as_str());
        ids.map(str::to_owned).collect()
    }

    /// Every page that can be reached from these, a few of each kind, and what is loaded into them.
    pub async fn crawl(&mut self, begin: &[&str]) -> Vec<String> {
        let mut paths: Vec<String> = begin.iter().map(|path| (*path).to_owned()).collect();
        let (mut pages, mut of_kind) = (Vec::new(), BTreeMap::<String, usize>::new());
        while let Some(path) = paths.get(pages.len()).cloned() {
            let page = self.open(&path).await;
            for link in links(&page) {
                let count = of_kind.entry(kind(&link)).or_default();
                if *count < MOST_OF_A_KIND && !paths.contains(&link) {
                    *count += 1;
                    paths.push(link);
                }
            }
            pages.push(page);
        }
        pages
    }

    /// The value of a cookie that was set.
    pub fn cookie(&self, name: &str) -> Option<&str> {
        self.cookies.get(name).map(String::as_str)
    }

    /// Keeps something else that was told.
    pub fn keep(&mut self, name: &str, told: &str) {
        self.answers += 1;
        let name: String = name.replace('/', " ").chars().take(LONGEST_NAME).collect();
        let file = self.told.join(format!("{} {name}", self.answers));
        fs::write(file, told).expect("the folder is ours");
    }

    async fn ask(&mut self, request: RequestBuilder) -> (String, String, String) {
        let cookies = self.cookies.iter();
        let cookies: Vec<String> = cookies
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let request = request.header("cookie", cookies.join("; "));
        let request = request.build().expect("it is well formed");
        let name = format!("{} {}", request.method(), request.url().path());
        let answer = self.http.execute(request).await;
        let answer = answer.expect("the process answers");
        let mut head = answer.status().to_string();
        for (name, value) in answer.headers() {
            let value = value.to_str().unwrap_or_default();
            if name == "location" {
                value.clone_into(&mut self.location);
            }
            if name == "set-cookie" {
                let pair = value
                    .split(';')
                    .next()
                    .and_then(|pair| pair.split_once('='));
                let (name, value) = pair.expect("a name and a value");
                self.cookies.insert(name.to_owned(), value.to_owned());
            } else {
                head.push_str(&format!("\n{name}: {value}"));
            }
        }
        let text = answer.text().await.expect("a whole answer");
        let csrf = between(&text, "name=\"csrf\" value=\"");
        if let Some(csrf) = csrf.filter(|csrf| !csrf.is_empty()) {
            csrf.clone_into(&mut self.csrf);
        }
        (name, head, text)
    }
}

/// Pages that differ only in what they are about.
const MOST_OF_A_KIND: usize = 12;

/// A path without what tells pages of one kind apart: ids, and the values of a query.
pub fn kind(path: &str) -> String {
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let pieces = path.split('/').filter(|piece| !piece.contains('_'));
    let names = query.split('&').filter_map(|pair| pair.split('=').next());
    let names = names.filter(|name| !name.is_empty());
    pieces.chain(names).collect::<Vec<_>>().join("/")
}

/// Addresses of this site on a page, and of what is loaded into it.
fn links(page: &str) -> BTreeSet<String> {
    let of = |name: &'static str| page.split(name).skip(1);
    let links = of(" href=\"").chain(of(" data-refresh=\""));
    let links = links.filter_map(|rest| rest.split(['"', '#']).next());
    let links = links.filter(|link| link.starts_with('/') && !link.starts_with("/static"));
    links.map(|link| link.replace("&amp;", "&")).collect()
}

/// What stands there until the next quotation mark.
pub fn between<'a>(text: &'a str, before: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(before)?;
    rest.split('"').next()
}
