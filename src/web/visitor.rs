//! Who looks at a page: handlers of pages have a tenant only through this extractor.

use std::pin::Pin;
use std::sync::Arc;

use actix_web::dev::Payload;
use actix_web::web::Data;
use actix_web::{FromRequest, HttpRequest};
use secrecy::{ExposeSecret as _, SecretString};

use crate::accounts::sessions::Session;
use crate::accounts::setup::Vendor;
use crate::domain::id::TenantId;
use crate::domain::time::Timestamp;
use crate::store::audit::{Actor, Author};
use crate::store::{Db, Scope, StoreError};
use crate::vault::TenantKeys;
use crate::web::answer::is_live;
use crate::web::cookies::{self, SecretCookie};
use crate::web::error::Problem;
use crate::web::notices;
use crate::web::pages::failure::PageError;
use crate::web::pages::shell::{Area, Shell, Theme};
use crate::web::query::Query;
use crate::web::remembered::PageCaches;
use crate::web::state::State;
use crate::web::to_fix;

/// A signed-in person who acts for a tenant.
pub struct Visitor {
    /// For whom they act.
    pub tenant: TenantId,
    /// The company's name.
    pub company: String,
    /// Who they are.
    pub session: Session,
    /// The session's secret, to end it.
    pub secret: SecretString,
    /// The time of the request.
    pub now: Timestamp,
    /// What handlers share.
    pub state: Data<State>,
    /// What pages remember.
    pub remembered: Data<PageCaches>,
    /// What the URL asks for.
    pub query: Query,
    theme: Option<Theme>,
}

impl Visitor {
    /// The frame around one of their pages.
    pub async fn shell(&self, title: impl Into<String>, area: Area) -> Result<Shell, PageError> {
        let tenant = self.tenant;
        let to_fix = self.read(move |db| to_fix::count(db, tenant)).await?;
        let state = &self.state;
        Ok(Shell {
            title: title.into(),
            area,
            company: self.company.clone(),
            others: self.others(),
            person: self.session.email.clone(),
            csrf: self.session.csrf_token.clone(),
            to_fix,
            theme: self.theme,
            query: self.query.get("q").unwrap_or_default().to_owned(),
            notice: self.query.get("done").and_then(notices::done),
            region: state.region.as_deref().map(str::to_owned),
            support_url: state.support_url.as_deref().map(str::to_owned),
        })
    }

    /// The companies that they may act for instead.
    fn others(&self) -> Vec<(String, String)> {
        let seats = self.session.seats.iter();
        seats
            .filter(|seat| seat.tenant != self.tenant)
            .map(|seat| (seat.tenant.to_string(), seat.name.clone()))
            .collect()
    }

    /// Reads what belongs to their company.
    pub async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Db) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, PageError> {
        Ok(self
            .state
            .store
            .read(Scope::Tenant(self.tenant), work)
            .await?)
    }

    /// Their company's keys.
    pub async fn keys(&self) -> Result<Arc<TenantKeys>, PageError> {
        Ok(self.state.tenant_keys.of(self.tenant).await?)
    }

    /// Their company, as the set-up knows it.
    pub async fn vendor(&self) -> Result<Vendor, PageError> {
        Ok(Vendor {
            tenant: self.tenant,
            keys: self.keys().await?,
            store: self.state.store.clone(),
            outbound: self.state.outbound.clone(),
            actor: Actor::Person(self.session.user),
            now: self.now,
        })
    }

    /// Whoever puts on record what they change.
    pub async fn author(&self) -> Result<Author, PageError> {
        Ok(self.vendor().await?.author())
    }
}

impl FromRequest for Visitor {
    type Error = PageError;
    type Future = Pin<Box<dyn Future<Output = Result<Self, PageError>>>>;

    fn from_request(http: &HttpRequest, _payload: &mut Payload) -> Self::Future {
        let http = http.clone();
        Box::pin(async move { find(&http).await })
    }
}

async fn find(http: &HttpRequest) -> Result<Visitor, PageError> {
    let sign_in = || PageError::NotSignedIn {
        next: http.uri().path().to_owned(),
    };
    let state = http
        .app_data::<Data<State>>()
        .cloned()
        .ok_or_else(sign_in)?;
    let remembered = http.app_data::<Data<PageCaches>>().cloned();
    let secret = SecretCookie::Session
        .read(http, &state)
        .ok_or_else(sign_in)?;
    let query = Query::of(http);
    let now = state.clock.now();
    // A page that refreshes itself is nobody's presence: it must not keep a session alive.
    let found = match is_live(http) {
        true => state.sessions.peek(secret.expose_secret(), now).await?,
        false => state.sessions.find(secret.expose_secret(), now).await?,
    };
    let session = found.ok_or_else(sign_in)?;
    let seat = session.tenant.clone().ok_or(PageError::NoCompany)?;
    query.check().map_err(Problem::not_searchable)?;
    Ok(Visitor {
        tenant: seat.tenant,
        company: seat.name,
        session,
        secret,
        now,
        theme: cookies::theme(http),
        query,
        remembered: remembered.unwrap_or_else(|| Data::new(PageCaches::default())),
        state,
    })
}
