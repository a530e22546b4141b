//! Sign in: the only page for people who are not signed in, errors aside.

use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use secrecy::{ExposeSecret as _, SecretString};

use crate::accounts::email::EmailAddress;
use crate::accounts::sessions::{Credentials, NewSession, SignInError};
use crate::domain::id::TenantId;
use crate::vault::random_token;
use crate::web::answer::{Answer, page_as, see};
use crate::web::client_address::client_address;
use crate::web::cookies::{self, SecretCookie};
use crate::web::error::Problem;
use crate::web::pages::failure::PageError;
use crate::web::pages::shell::Theme;
use crate::web::partials::{FormField, Icon, PageNotice};
use crate::web::query::Query;
use crate::web::sent::{Sent, SentByStranger, is_same};
use crate::web::state::State;
use crate::web::{assets, event_words, notices};

/// The sign-in page.
#[derive(Debug, Clone, Template)]
#[template(path = "sign_in.html")]
pub struct SignIn {
    /// The e-mail address as written before; never the password.
    pub email: FormField,
    /// The password.
    pub password: FormField,
    /// Why it did not work; the same for a wrong address and a wrong password.
    pub notice: Option<PageNotice>,
    /// The form token of the session that does not exist yet.
    pub csrf: String,
    /// The page to go on to; a path of ours only.
    pub next: String,
    /// Whether one may make an account for oneself.
    pub is_signup_open: bool,
    /// Colors as chosen before; `None` follows the system.
    pub theme: Option<Theme>,
}

impl SignIn {
    /// An empty form.
    pub fn new(csrf: &str, next: &str) -> Self {
        Self {
            email: FormField {
                kind: "email",
                autocomplete: "username",
                ..FormField::text("email", "E-mail address")
            },
            password: FormField {
                autocomplete: "current-password",
                ..FormField::secret("password", "Password")
            },
            notice: None,
            csrf: csrf.to_owned(),
            next: next.to_owned(),
            is_signup_open: false,
            theme: None,
        }
    }
}

/// `GET /sign-in`.
pub async fn show(state: Data<State>, http: HttpRequest) -> Answer {
    let query = Query::of(&http);
    let next = ours(query.get("next"));
    let notice = query.get("done").and_then(notices::done);
    form(&state, &http, &next, StatusCode::OK, |form| SignIn {
        notice,
        ..form
    })
}

/// `POST /sign-in`.
pub async fn send(state: Data<State>, http: HttpRequest, sent: SentByStranger) -> Answer {
    let text = |name: &str| sent.fields.get(name).unwrap_or_default().to_owned();
    let next = ours(sent.fields.get("next"));
    let token = SecretCookie::SignInForm.read(&http, &state);
    if !token.is_some_and(|token| is_same(token.expose_secret(), &text("csrf"))) {
        return form(&state, &http, &next, StatusCode::FORBIDDEN, |form| SignIn {
            email: form.email.clone().value(text("email")),
            notice: Some(PageNotice::failed(
                "This page was open for too long, or your browser keeps no cookies for it. Send it once more.",
            )),
            ..form
        });
    }
    let (email, password) = match credentials(&text("email"), &text("password")) {
        Ok(credentials) => credentials,
        Err((email, password)) => {
            return form(
                &state,
                &http,
                &next,
                StatusCode::UNPROCESSABLE_ENTITY,
                |form| SignIn {
                    email: form.email.clone().value(text("email")).error(email),
                    password: form.password.clone().error(password),
                    ..form
                },
            );
        }
    };
    let credentials = Credentials {
        email,
        password,
        address: client_address(&http),
        device: SecretCookie::Device.read(&http, &state),
        previous: SecretCookie::Session.read(&http, &state),
    };
    match state.sessions.sign_in(credentials, state.clock.now()).await {
        Ok(session) => signed_in(&state, &session, &next),
        Err(error) => {
            let (status, sentence) = refusal(error)?;
            form(&state, &http, &next, status, |form| SignIn {
                email: form.email.clone().value(text("email")),
                notice: Some(PageNotice::failed(sentence)),
                ..form
            })
        }
    }
}

/// `POST /sign-out`.
pub async fn sign_out(sent: Sent) -> Answer {
    let visitor = &sent.visitor;
    let state = &visitor.state;
    state
        .sessions
        .sign_out(
            visitor.secret.expose_secret(),
            &visitor.session,
            visitor.now,
        )
        .await?;
    let mut answer = see("/sign-in");
    add_cookie(&mut answer, &SecretCookie::Session.unset(state))?;
    Ok(answer)
}

/// `POST /theme`.
pub async fn set_theme(http: HttpRequest, sent: Sent) -> Answer {
    let theme = Theme::parse(sent.text("theme"));
    let back = http
        .headers()
        .get("referer")
        .and_then(|value| value.to_str().ok())
        .and_then(|referer| referer.strip_prefix(sent.visitor.state.public_url.as_ref()));
    let mut answer = see(&ours(back));
    add_cookie(&mut answer, &cookies::set_theme(&sent.visitor.state, theme))?;
    Ok(answer)
}

/// `POST /company`: acts for another of one's companies.
pub async fn choose_company(sent: Sent) -> Answer {
    let tenant: TenantId = sent
        .text("company")
        .parse()
        .map_err(|_no_id| PageError::not_found())?;
    let visitor = &sent.visitor;
    let secret = visitor.secret.expose_secret();
    let sessions = &visitor.state.sessions;
    let chosen = sessions.choose(secret, &visitor.session, tenant, visitor.now);
    if !chosen.await? {
        return Err(PageError::not_found());
    }
    Ok(see("/?done=company"))
}

/// A path of ours; anything else leads to the overview, so that nobody is sent elsewhere.
fn ours(next: Option<&str>) -> String {
    let is_ours = |next: &&str| {
        next.starts_with('/')
            && !next.starts_with("//")
            && !next.contains('\\')
            && !next.contains(char::is_control)
    };
    next.filter(is_ours).unwrap_or("/").to_owned()
}

fn form(
    state: &State,
    http: &HttpRequest,
    next: &str,
    status: StatusCode,
    fill: impl FnOnce(SignIn) -> SignIn,
) -> Answer {
    let token = SecretCookie::SignInForm
        .read(http, state)
        .unwrap_or_else(|| random_token().into());
    let form = SignIn {
        theme: cookies::theme(http),
        is_signup_open: state.is_signup_open,
        ..SignIn::new(token.expose_secret(), next)
    };
    let mut answer = page_as(status, &fill(form))?;
    add_cookie(&mut answer, &SecretCookie::SignInForm.set(state, &token))?;
    Ok(answer)
}

/// What was filled in, or what is wrong with address and password.
fn credentials(
    email: &str,
    password: &str,
) -> Result<(EmailAddress, SecretString), (Option<String>, Option<String>)> {
    let address = email.parse::<EmailAddress>();
    let password_error = password
        .is_empty()
        .then(|| "Password: write the password of this address.".to_owned());
    match (address, password_error) {
        (Ok(address), None) => Ok((address, password.into())),
        (address, password_error) => {
            let email_error = address
                .err()
                .map(|_| "E-mail address: write it like ana@example.com.".to_owned());
            Err((email_error, password_error))
        }
    }
}

fn refusal(error: SignInError) -> Result<(StatusCode, String), PageError> {
    match error {
        SignInError::Wrong => Ok((
            StatusCode::UNPROCESSABLE_ENTITY,
            "This address and password do not belong together.".to_owned(),
        )),
        SignInError::TooMany(too_many) => Ok((
            StatusCode::TOO_MANY_REQUESTS,
            format!(
                "Too many attempts. To keep strangers out, we pause until {} UTC.",
                event_words::clock(too_many.until.plus_minutes(1))
            ),
        )),
        SignInError::Password(error) => Err(Problem::from(error).into()),
        SignInError::Store(error) => Err(error.into()),
    }
}

fn signed_in(state: &State, session: &NewSession, next: &str) -> Answer {
    let mut answer = see(next);
    add_cookie(
        &mut answer,
        &SecretCookie::Session.set(state, &session.secret),
    )?;
    add_cookie(
        &mut answer,
        &SecretCookie::Device.set(state, &session.device),
    )?;
    add_cookie(&mut answer, &SecretCookie::SignInForm.unset(state))?;
    Ok(answer)
}

fn add_cookie(
    answer: &mut HttpResponse,
    cookie: &actix_web::cookie::Cookie<'_>,
) -> Result<(), PageError> {
    answer
        .add_cookie(cookie)
        .map_err(|error| Problem::internal(&error).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_sent_elsewhere() {
        for (next, path) in [
            (Some("/licenses?q=a"), "/licenses?q=a"),
            (Some("https://evil.example/"), "/"),
            (Some("//evil.example/"), "/"),
            (Some("/\\evil.example"), "/"),
            (None, "/"),
        ] {
            assert_eq!(ours(next), path, "{next:?}");
        }
    }
}
