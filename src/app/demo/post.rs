//! Posts what the demo's shop says to our own webhook URL, signed as the real shop signs.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use rand::RngExt as _;
use secrecy::{ExposeSecret as _, SecretString};
use tokio::time::sleep;
use url::Url;

use crate::app::demo::shop::Shop;
use crate::domain::kind::StorefrontKind;
use crate::outbound::{Leave, Method, Origin, Outbound, Request};
use crate::pipeline::clock::Clock;
use crate::storefronts;

/// Between two posts of the history, so that the license server's budget is not used up at once.
const HISTORY_PAUSE: Duration = Duration::from_millis(150);
/// Between two posts later on.
const PAUSE_SECONDS: std::ops::Range<f64> = 2.0..6.0;

/// Posts to one URL.
pub struct Poster {
    outbound: Outbound,
    hook_url: Url,
    secret: SecretString,
}

impl Poster {
    /// A client that may reach our own address.
    pub fn new(address: SocketAddr, hook_url: &str, secret: SecretString) -> Result<Self> {
        let own = address
            .to_string()
            .parse()
            .context("allowing our own address")?;
        Ok(Self {
            outbound: Outbound::new(vec![own])?,
            hook_url: hook_url.parse().context("reading our own webhook URL")?,
            secret,
        })
    }

    /// Tells the past, then what happens every few seconds, for as long as it is let.
    pub async fn keep_selling(self, clock: Clock) {
        let mut shop = Shop::new(rand::rng().random());
        for body in shop.history(clock.now()) {
            self.post(body).await;
            sleep(HISTORY_PAUSE).await;
        }
        loop {
            let seconds = rand::rng().random_range(PAUSE_SECONDS);
            sleep(Duration::from_secs_f64(seconds)).await;
            self.post(shop.next(clock.now())).await;
        }
    }

    async fn post(&self, body: String) {
        if let Err(error) = self.send(body).await {
            tracing::warn!(error = %format_args!("{error:#}"), "the demo's shop could not post");
        }
    }

    async fn send(&self, body: String) -> Result<()> {
        let shop = storefronts::of(StorefrontKind::Fastspring);
        let mut headers = shop.sign(body.as_bytes(), self.secret.expose_secret().as_bytes());
        headers.push(("content-type", "application/json".to_owned()));
        let request = Request {
            headers,
            body: Some(body.into_bytes()),
            ..Request::new(Method::POST, self.hook_url.clone())
        };
        // The demo's shop is somebody else, whom no budget of ours holds.
        let leave = Leave::grant(Origin::of(&request.url));
        let response = self.outbound.send(leave, request).await?;
        ensure!(response.status == 200, "answered {}", response.status);
        Ok(())
    }
}
