//! API tokens: a handler has a tenant only through the extractor that names the scope it needs.

use std::cell::Cell;
use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;

use actix_web::dev::Payload;
use actix_web::http::header::AUTHORIZATION;
use actix_web::web::Data;
use actix_web::{FromRequest, HttpMessage as _, HttpRequest};
use futures::FutureExt as _;
use futures::future::{LocalBoxFuture, Shared};

use crate::accounts::api_tokens::ApiToken;
use crate::accounts::request_limit::Standing;
use crate::accounts::scope::ApiScope;
use crate::accounts::setup::Vendor;
use crate::domain::id::TenantId;
use crate::store::audit::{Actor, Author};
use crate::web::error::{Problem, ProblemCode};
use crate::web::state::State;

/// A program with a token that has the scope `S`.
pub struct Caller<S> {
    /// For whom it acts.
    pub tenant: TenantId,
    /// Its token.
    pub token: Arc<ApiToken>,
    scope: PhantomData<S>,
}

/// The scope that a handler asks for.
pub trait Needs {
    /// `None` = any token will do.
    const SCOPE: Option<ApiScope>;
}

/// Any token.
pub struct AnyToken;
/// See events, their payloads and calls.
pub struct EventsRead;
/// Run events again, set them aside, link licenses.
pub struct EventsWrite;
/// See licenses, without their keys.
pub struct LicensesRead;
/// See license keys.
pub struct LicensesKeys;
/// See what is set up.
pub struct ConfigRead;
/// Change what is set up.
pub struct ConfigWrite;
/// See who did what.
pub struct AuditRead;

impl Needs for AnyToken {
    const SCOPE: Option<ApiScope> = None;
}
impl Needs for EventsRead {
    const SCOPE: Option<ApiScope> = Some(ApiScope::EventsRead);
}
impl Needs for EventsWrite {
    const SCOPE: Option<ApiScope> = Some(ApiScope::EventsWrite);
}
impl Needs for LicensesRead {
    const SCOPE: Option<ApiScope> = Some(ApiScope::LicensesRead);
}
impl Needs for LicensesKeys {
    const SCOPE: Option<ApiScope> = Some(ApiScope::LicensesKeys);
}
impl Needs for ConfigRead {
    const SCOPE: Option<ApiScope> = Some(ApiScope::ConfigRead);
}
impl Needs for AuditRead {
    const SCOPE: Option<ApiScope> = Some(ApiScope::AuditRead);
}
impl Needs for ConfigWrite {
    const SCOPE: Option<ApiScope> = Some(ApiScope::ConfigWrite);
}

impl<S: Needs> FromRequest for Caller<S> {
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Problem>>>>;

    fn from_request(http: &HttpRequest, _payload: &mut Payload) -> Self::Future {
        let bearer = bearer(http).map(str::to_owned);
        let state = http.app_data::<Data<State>>().cloned();
        let told = Told::default();
        let verdict = judge((bearer, S::SCOPE), state, Rc::clone(&told));
        let verdict: Verdict = verdict.boxed_local().shared();
        http.extensions_mut().insert(told);
        http.extensions_mut().insert(verdict.clone());
        Box::pin(async move {
            let token = verdict.await?;
            Ok(Self {
                tenant: token.tenant,
                token,
                scope: PhantomData,
            })
        })
    }
}

/// Whether the caller may call at all, for everything else that a handler takes from the request.
type Verdict = Shared<LocalBoxFuture<'static, Result<Arc<ApiToken>, Problem>>>;

/// Comes back once the handler's [`Caller`], which stands first among its arguments, may call: nobody is told what is
/// wrong with a request that they may not make.
pub fn admitted(http: &HttpRequest) -> impl Future<Output = Result<(), Problem>> + use<> {
    let verdict = http.extensions().get::<Verdict>().cloned();
    async move {
        match verdict {
            Some(verdict) => verdict.await.map(drop),
            None => Ok(()),
        }
    }
}

/// What the token may still ask for, once that is known; told with the answer.
pub type Told = Rc<Cell<Option<Standing>>>;

async fn judge(
    (bearer, scope): (Option<String>, Option<ApiScope>),
    state: Option<Data<State>>,
    told: Told,
) -> Result<Arc<ApiToken>, Problem> {
    let (Some(bearer), Some(state)) = (bearer, state) else {
        return Err(unauthorized());
    };
    let now = state.clock.now();
    let found = state.api_tokens.find(&bearer, now).await?;
    let token = found.ok_or_else(unauthorized)?;
    match state.request_limit.take(token.id, now) {
        None => {}
        Some(Ok(standing)) => told.set(Some(standing)),
        Some(Err(too_many)) => {
            told.set(Some(too_many.standing));
            return Err(Problem::too_many_requests(too_many.next_in));
        }
    }
    match scope {
        Some(scope) if !token.may(scope) => Err(Problem::missing_scope(scope)),
        _ => Ok(token),
    }
}

impl<S> Caller<S> {
    /// The caller's company, as set-up knows it.
    pub async fn vendor(&self, state: &State) -> Result<Vendor, Problem> {
        Ok(Vendor {
            tenant: self.tenant,
            keys: state.tenant_keys.of(self.tenant).await?,
            store: state.store.clone(),
            outbound: state.outbound.clone(),
            actor: Actor::Token(self.token.id),
            now: state.clock.now(),
        })
    }

    /// Whoever puts on record what the token changes.
    pub async fn author(&self, state: &State) -> Result<Author, Problem> {
        Ok(Author {
            tenant: self.tenant,
            keys: state.tenant_keys.of(self.tenant).await?,
            actor: Actor::Token(self.token.id),
            now: state.clock.now(),
        })
    }
}

fn bearer(http: &HttpRequest) -> Option<&str> {
    let header = http.headers().get(AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = header.split_once(' ')?;
    scheme
        .eq_ignore_ascii_case("bearer")
        .then_some(token.trim())
}

fn unauthorized() -> Problem {
    Problem::new(
        ProblemCode::Unauthorized,
        "Send a token of this company in the header: Authorization: Bearer lk_…",
    )
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn the_scheme_is_read_in_any_case() {
        for (header, token) in [
            ("Bearer lk_a", Some("lk_a")),
            ("bearer lk_a ", Some("lk_a")),
            ("Basic lk_a", None),
            ("lk_a", None),
        ] {
            let http = TestRequest::default()
                .insert_header((AUTHORIZATION, header))
                .to_http_request();

            assert_eq!(bearer(&http), token, "{header}");
        }
    }
}
