//! Somebody who looks at pages, and how long each took to come.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use reqwest::redirect::Policy;
use reqwest::{Client, Response};

use crate::vendor::{EMAIL, PASSWORD};

/// A browser in which the vendor's owner is signed in.
pub struct Person {
    http: Client,
    base_url: String,
    cookies: String,
}

impl Person {
    /// Signs in.
    pub async fn sign_in(address: SocketAddr) -> Result<Self> {
        let mut person = Self {
            http: Client::builder().redirect(Policy::none()).build()?,
            base_url: format!("http://{address}"),
            cookies: String::new(),
        };
        let form = person.get("/sign-in").await?;
        person.cookies = cookies(&form);
        let text = form.text().await?;
        let csrf = between(&text, "name=\"csrf\" value=\"").context("a form token")?;
        let body = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs([("email", EMAIL), ("password", PASSWORD), ("csrf", csrf)])
            .finish();
        let request = person.http.post(format!("{}/sign-in", person.base_url));
        let answer = request
            .header("cookie", &person.cookies)
            .header("content-type", "application/x-www-form-urlencoded")
            .body(body)
            .send()
            .await?;
        ensure!(answer.status().is_redirection(), "the sign-in was refused");
        person.cookies = cookies(&answer);
        Ok(person)
    }

    /// A page, and how long it took to its last byte.
    pub async fn look(&self, path: &str) -> Result<(String, Duration)> {
        let begun = Instant::now();
        let answer = self.get(path).await?;
        let status = answer.status();
        let text = answer.text().await?;
        let time = begun.elapsed();
        ensure!(
            !status.is_client_error() && !status.is_server_error(),
            "{path} was answered {status}"
        );
        Ok((text, time))
    }

    async fn get(&self, path: &str) -> Result<Response> {
        let request = self.http.get(format!("{}{path}", self.base_url));
        Ok(request.header("cookie", &self.cookies).send().await?)
    }
}

/// The first address on a page that begins so and names something.
pub fn link(text: &str, begin: &str) -> Option<String> {
    let links = text.split("href=\"").skip(1);
    let mut paths = links.filter_map(|link| link.split(['"', '?', '#']).next());
    let found = paths.find(|path| {
        path.strip_prefix(begin)
            .is_some_and(|name| !name.is_empty() && name != "new")
    });
    found.map(str::to_owned)
}

fn cookies(answer: &Response) -> String {
    let set = answer.headers().get_all("set-cookie").iter();
    let pairs = set.filter_map(|cookie| cookie.to_str().ok()?.split(';').next());
    pairs.collect::<Vec<_>>().join("; ")
}

fn between<'a>(text: &'a str, begin: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(begin)?;
    rest.split('"').next()
}
