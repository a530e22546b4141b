//! A store's shop, asked by its own API: for what an event left out, and for events that never came.

pub mod check;
pub(in crate::pipeline) mod detail_lookup;
mod fetch_details;
pub mod missed_events;
pub(in crate::pipeline) mod outcome;

use std::time::Instant;

use url::Url;

use crate::domain::kind::StorefrontKind;
use crate::license_servers::reply::Exchange;
use crate::outbound::{Leave, Origin, Outbound, Request, Response};
use crate::store::storefronts::Storefront;
use crate::storefronts::shop_api::{ShopApi, ShopCredentials, ShopFailure, ShopQuestion};
use crate::storefronts::{self as kinds};
use crate::vault::{Field, TenantKeys, VaultError};

/// What the record keeps of an answer.
const RECORDED_BYTES: usize = 64 * 1024;

/// Asks shops. Cheap to clone.
#[derive(Clone)]
pub struct Shops {
    outbound: Outbound,
    base_url: Url,
    origin: Origin,
}

/// A store's account at its shop.
#[derive(Clone)]
pub struct ShopAccount {
    kind: StorefrontKind,
    credentials: ShopCredentials,
}

/// What came of one question.
pub struct ShopReply {
    /// What went over the wire, without the credentials.
    pub exchange: Exchange,
    /// The whole answer, or why there is none.
    pub result: Result<Response, ShopFailure>,
}

impl Shops {
    /// Shops whose API is at that address.
    pub fn new(outbound: Outbound, base_url: Url) -> Self {
        Self {
            outbound,
            origin: Origin::of(&base_url),
            base_url,
        }
    }

    /// The key of their budget.
    pub fn origin(&self) -> &Origin {
        &self.origin
    }

    /// Sends one request.
    pub async fn call(
        &self,
        leave: Leave,
        account: &ShopAccount,
        question: &ShopQuestion,
    ) -> ShopReply {
        let api = account.api();
        let request = api.request(&self.base_url, &account.credentials, question);
        let mut exchange = exchange_of(&request);
        let begin = Instant::now();
        let sent = self.outbound.send(leave, request).await;
        exchange.duration = begin.elapsed();
        let result = match sent {
            Ok(response) => {
                exchange.status = Some(response.status);
                exchange.response = recorded(&response.body);
                api.judge(&response).map(|()| response)
            }
            Err(error) => {
                exchange.error = Some(error.to_string());
                Err(ShopFailure::Transient)
            }
        };
        ShopReply { exchange, result }
    }
}

impl ShopAccount {
    /// The account of a store; `None` when it has no credentials.
    pub fn of(keys: &TenantKeys, storefront: &Storefront) -> Result<Option<Self>, VaultError> {
        let (Some(username), Some(password)) = (
            &storefront.api_username_sealed,
            &storefront.api_password_sealed,
        ) else {
            return Ok(None);
        };
        let open = |field: Field, sealed: &[u8]| {
            let text = keys.open(field.place(), sealed)?;
            Ok::<_, VaultError>(String::from_utf8_lossy(&text).into_owned().into())
        };
        Ok(Some(Self {
            kind: storefront.kind,
            credentials: ShopCredentials {
                username: open(Field::ApiUsername(storefront.id), username)?,
                password: open(Field::ApiPassword(storefront.id), password)?,
            },
        }))
    }

    /// How its kind of shop is asked and understood.
    pub fn api(&self) -> &'static dyn ShopApi {
        kinds::of(self.kind).api()
    }
}

/// The whole address, so that it is told from calls to the license server.
fn exchange_of(request: &Request) -> Exchange {
    Exchange {
        method: if request.body.is_some() {
            "POST"
        } else {
            "GET"
        },
        url: request.url.to_string(),
        status: None,
        duration: std::time::Duration::ZERO,
        request: request
            .body
            .as_ref()
            .map(|body| String::from_utf8_lossy(body).into_owned()),
        response: None,
        error: None,
    }
}

/// `None` for an empty body; cut where it is long, never inside a character.
fn recorded(body: &[u8]) -> Option<String> {
    if body.is_empty() {
        return None;
    }
    let text = String::from_utf8_lossy(body);
    if text.len() <= RECORDED_BYTES {
        return Some(text.into_owned());
    }
    let kept = text.get(..text.floor_char_boundary(RECORDED_BYTES))?;
    Some(format!("{kept} … (cut)"))
}
