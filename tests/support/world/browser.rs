//! Somebody at a browser: keeps cookies, follows no redirects by itself, and sends the forms of the last page.

use std::collections::BTreeMap;
use std::net::IpAddr;

use reqwest::redirect::Policy;
use reqwest::{Client, RequestBuilder};

use super::{Answer, World};

/// A browser of one person.
#[derive(Clone)]
pub struct Browser {
    http: Client,
    base_url: String,
    forwarded_for: Option<String>,
    cookies: BTreeMap<String, String>,
    csrf: String,
}

impl Browser {
    /// Nobody is signed in.
    pub fn new(world: &World) -> Self {
        Self::at(world, None)
    }

    /// A browser behind the proxy of this address, which says for whom it asks.
    pub fn behind(world: &World, proxy: IpAddr, forwarded_for: &str) -> Self {
        Self {
            forwarded_for: Some(forwarded_for.to_owned()),
            ..Self::at(world, Some(proxy))
        }
    }

    fn at(world: &World, address: Option<IpAddr>) -> Self {
        let http = Client::builder().redirect(Policy::none());
        let http = http.local_address(address).build();
        Self {
            http: http.expect("a client can be made"),
            base_url: world.app.url.clone(),
            forwarded_for: None,
            cookies: BTreeMap::new(),
            csrf: String::new(),
        }
    }

    /// Holds a cookie that somebody else put there.
    pub fn hold(&mut self, name: &str, value: &str) {
        self.cookies.insert(name.to_owned(), value.to_owned());
    }

    /// The text of the last page without its form token.
    pub fn without_token(&self, text: &str) -> String {
        text.replace(&self.csrf, "")
    }

    /// Opens a page.
    pub async fn get(&mut self, path: &str) -> Answer {
        let request = self.http.get(format!("{}{path}", self.base_url));
        self.send(request).await
    }

    /// Sends a form with the token that the last page held.
    pub async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let csrf = self.csrf.clone();
        let mut fields = fields.to_vec();
        fields.push(("csrf", &csrf));
        self.post_without_token(path, &fields).await
    }

    /// Sends a form, and opens the page that its answer leads to; the address of that page, and the page.
    pub async fn send_and_see(&mut self, path: &str, fields: &[(&str, &str)]) -> (String, Answer) {
        let sent = self.post(path, fields).await.expect(303);
        let address = sent.header("location").to_owned();
        let page = self.get(&address).await.expect(200);
        (address, page)
    }

    /// The same browser, whom another process serves from now on.
    #[must_use]
    pub fn served_at(mut self, url: &str) -> Self {
        url.clone_into(&mut self.base_url);
        self
    }

    /// Sends a form as another site would make a browser send it.
    pub async fn post_without_token(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let body = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(fields)
            .finish();
        let request = self
            .http
            .post(format!("{}{path}", self.base_url))
            .header("content-type", "application/x-www-form-urlencoded")
            .body(body);
        self.send(request).await
    }

    /// What the forms of the last page carry.
    pub fn form_token(&self) -> &str {
        &self.csrf
    }

    /// Signs in; the answer says whether it worked.
    pub async fn sign_in(&mut self, email: &str, password: &str) -> Answer {
        self.get("/sign-in").await.expect(200);
        let fields = [("email", email), ("password", password), ("next", "/")];
        self.post("/sign-in", &fields).await
    }

    async fn send(&mut self, mut request: RequestBuilder) -> Answer {
        if let Some(named) = &self.forwarded_for {
            request = request.header("x-forwarded-for", named);
        }
        let cookies: Vec<String> = self
            .cookies
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let answer = Answer::to(request.header("cookie", cookies.join("; "))).await;
        for cookie in answer.headers.get_all("set-cookie") {
            let text = cookie.to_str().expect("cookies are text");
            let pair = text.split(';').next().unwrap_or_default();
            if let Some((name, value)) = pair.split_once('=') {
                match value {
                    // Taken away.
                    "" => self.cookies.remove(name),
                    _ => self.cookies.insert(name.to_owned(), value.to_owned()),
                };
            }
        }
        if let Some((_, rest)) = answer.text.split_once("name=\"csrf\" value=\"") {
            rest.split('"')
                .next()
                .unwrap_or_default()
                .clone_into(&mut self.csrf);
        }
        answer
    }
}
