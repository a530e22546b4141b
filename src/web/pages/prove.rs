//! Where the link of a mail leads: its reader says that the address is theirs, and what the account's password is.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use secrecy::ExposeSecret as _;

use crate::accounts::password::PasswordError;
use crate::accounts::proofs::{ProofNotSent, ProveError};
use crate::vault::random_token;
use crate::web::answer::{Answer, page_as, see};
use crate::web::assets;
use crate::web::cookies::{self, SecretCookie};
use crate::web::error::Problem;
use crate::web::pages::failure::PageError;
use crate::web::pages::shell::Theme;
use crate::web::partials::{FormField, Icon, PageNotice};
use crate::web::sent::{Sent, SentByStranger, is_same};
use crate::web::state::State;

/// The page; it says nothing of the account, which whoever holds the link need not know.
#[derive(Debug, Clone, Template)]
#[template(path = "prove.html")]
pub struct Prove {
    /// The account's password from now on.
    pub password: FormField,
    /// Why it did not work.
    pub notice: Option<PageNotice>,
    /// The form token of the session that does not exist yet.
    pub csrf: String,
    /// Colors as chosen before; `None` follows the system.
    pub theme: Option<Theme>,
}

impl Prove {
    /// An empty form.
    pub fn new(csrf: &str) -> Self {
        Self {
            password: FormField {
                autocomplete: "current-password",
                ..FormField::secret("password", "Password of the account").hint(
                    "The one you chose when you made it, or a new one of at least 10 characters.",
                )
            },
            notice: None,
            csrf: csrf.to_owned(),
            theme: None,
        }
    }
}

/// `GET /prove/{secret}`: changes nothing, for programs that read mail open links too.
pub async fn show(state: Data<State>, http: HttpRequest) -> Answer {
    form(&state, &http, StatusCode::OK, |form| form)
}

/// `POST /prove/{secret}`.
pub async fn send(
    state: Data<State>,
    http: HttpRequest,
    secret: Path<String>,
    sent: SentByStranger,
) -> Answer {
    let text = |name: &str| sent.fields.get(name).unwrap_or_default().to_owned();
    let wrong = StatusCode::UNPROCESSABLE_ENTITY;
    let token = SecretCookie::SignInForm.read(&http, &state);
    if !token.is_some_and(|token| is_same(token.expose_secret(), &text("csrf"))) {
        return form(&state, &http, StatusCode::FORBIDDEN, |form| Prove {
            notice: Some(PageNotice::failed(
                "This page was open for too long, or your browser keeps no cookies for it. Send it once more.",
            )),
            ..form
        });
    }
    let now = state.clock.now();
    match state
        .sessions
        .prove(&secret, text("password").into(), now)
        .await
    {
        Ok(()) => {
            state.api_tokens.forget();
            Ok(see("/sign-in?done=proved"))
        }
        Err(ProveError::Password(PasswordError::Length)) => {
            form(&state, &http, wrong, |form| Prove {
                password: form.password.clone().error(Some(
                    "Password: choose one of 10 to 200 characters.".to_owned(),
                )),
                ..form
            })
        }
        Err(ProveError::Void) => form(&state, &http, wrong, |form| Prove {
            notice: Some(PageNotice::failed(
                "This link was used before, or is too old. Sign in and have another one sent from Setup.",
            )),
            ..form
        }),
        Err(ProveError::Password(error)) => Err(Problem::from(error).into()),
        Err(ProveError::Store(error)) => Err(error.into()),
    }
}

/// `POST /setup/prove`: has the link sent once more.
pub async fn send_again(sent: Sent) -> Answer {
    let visitor = &sent.visitor;
    let sessions = &visitor.state.sessions;
    match sessions.send_proof(&visitor.session, visitor.now).await {
        Ok(()) | Err(ProofNotSent::TooMany(_)) => Ok(see("/setup?done=proof-sent")),
        Err(ProofNotSent::Store(error)) => Err(error.into()),
    }
}

fn form(
    state: &State,
    http: &HttpRequest,
    status: StatusCode,
    fill: impl FnOnce(Prove) -> Prove,
) -> Answer {
    let token = SecretCookie::SignInForm
        .read(http, state)
        .unwrap_or_else(|| random_token().into());
    let form = Prove {
        theme: cookies::theme(http),
        ..Prove::new(token.expose_secret())
    };
    let mut answer: HttpResponse = page_as(status, &fill(form))?;
    answer
        .add_cookie(&SecretCookie::SignInForm.set(state, &token))
        .map_err(|error| PageError::from(Problem::internal(&error)))?;
    Ok(answer)
}
