//! Making an account for oneself; there only where the operator allows it.

use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use secrecy::ExposeSecret as _;

use crate::accounts::email::EmailAddress;
use crate::accounts::password::PasswordError;
use crate::accounts::sessions::SignInError;
use crate::accounts::sign_up::SignUpError;
use crate::accounts::tenants::{CreateTenantError, NewTenant};
use crate::vault::random_token;
use crate::web::answer::{Answer, page_as, see};
use crate::web::client_address::client_address;
use crate::web::cookies::{self, SecretCookie};
use crate::web::error::Problem;
use crate::web::pages::failure::PageError;
use crate::web::pages::shell::Theme;
use crate::web::partials::{FormField, Icon, PageNotice};
use crate::web::sent::{SentByStranger, is_same};
use crate::web::state::State;
use crate::web::{assets, event_words};

/// The sign-up page.
#[derive(Debug, Clone, Template)]
#[template(path = "sign_up.html")]
pub struct SignUp {
    /// The company's name.
    pub company: FormField,
    /// The e-mail address to sign in with.
    pub email: FormField,
    /// The password.
    pub password: FormField,
    /// Why it did not work.
    pub notice: Option<PageNotice>,
    /// The form token of the session that does not exist yet.
    pub csrf: String,
    /// Colors as chosen before; `None` follows the system.
    pub theme: Option<Theme>,
}

impl SignUp {
    /// An empty form.
    pub fn new(csrf: &str) -> Self {
        Self {
            company: FormField {
                autocomplete: "organization",
                ..FormField::text("company", "Company")
            },
            email: FormField {
                kind: "email",
                autocomplete: "username",
                ..FormField::text("email", "E-mail address")
            },
            password: FormField {
                autocomplete: "new-password",
                ..FormField::secret("password", "Password").hint("At least 10 characters.")
            },
            notice: None,
            csrf: csrf.to_owned(),
            theme: None,
        }
    }
}

/// `GET /sign-up`.
pub async fn show(state: Data<State>, http: HttpRequest) -> Answer {
    only_where_open(&state)?;
    form(&state, &http, StatusCode::OK, |form| form)
}

/// `POST /sign-up`.
pub async fn send(state: Data<State>, http: HttpRequest, sent: SentByStranger) -> Answer {
    only_where_open(&state)?;
    let text = |name: &str| sent.fields.get(name).unwrap_or_default().trim().to_owned();
    let filled = |form: SignUp| SignUp {
        company: form.company.clone().value(text("company")),
        email: form.email.clone().value(text("email")),
        ..form
    };
    let token = SecretCookie::SignInForm.read(&http, &state);
    if !token.is_some_and(|token| is_same(token.expose_secret(), &text("csrf"))) {
        return form(&state, &http, StatusCode::FORBIDDEN, |form| SignUp {
            notice: Some(PageNotice::failed(
                "This page was open for too long, or your browser keeps no cookies for it. Send it once more.",
            )),
            ..filled(form)
        });
    }
    let Ok(email) = text("email").parse::<EmailAddress>() else {
        let error = "E-mail address: write it like ana@example.com.".to_owned();
        return form(&state, &http, StatusCode::UNPROCESSABLE_ENTITY, |form| {
            let form = filled(form);
            SignUp {
                email: form.email.clone().error(Some(error)),
                ..form
            }
        });
    };
    let new = NewTenant {
        name: text("company"),
        email,
        // Blanks at the ends of a password belong to it.
        password: sent
            .fields
            .get("password")
            .unwrap_or_default()
            .to_owned()
            .into(),
    };
    let (address, now) = (client_address(&http), state.clock.now());
    match state.sessions.sign_up(new, address, now).await {
        Ok(()) => Ok(see("/sign-in?done=signed-up")),
        Err(error) => refused(&state, &http, error, filled),
    }
}

fn refused(
    state: &State,
    http: &HttpRequest,
    error: SignUpError,
    filled: impl FnOnce(SignUp) -> SignUp,
) -> Answer {
    let wrong = StatusCode::UNPROCESSABLE_ENTITY;
    match error {
        SignUpError::Tenant(CreateTenantError::Name) => form(state, http, wrong, |form| {
            let form = filled(form);
            let error = "Company: write a name of 1 to 200 characters.".to_owned();
            SignUp {
                company: form.company.clone().error(Some(error)),
                ..form
            }
        }),
        SignUpError::Tenant(CreateTenantError::Password(PasswordError::Length)) => {
            form(state, http, wrong, |form| {
                let form = filled(form);
                let error = "Password: choose one of 10 to 200 characters.".to_owned();
                SignUp {
                    password: form.password.clone().error(Some(error)),
                    ..form
                }
            })
        }
        SignUpError::TooMany(too_many) => {
            let sentence = format!(
                "Too many attempts. To keep strangers out, we pause until {} UTC.",
                event_words::clock(too_many.until.plus_minutes(1))
            );
            form(state, http, StatusCode::TOO_MANY_REQUESTS, |form| SignUp {
                notice: Some(PageNotice::failed(sentence)),
                ..filled(form)
            })
        }
        SignUpError::Store(error) | SignUpError::Tenant(CreateTenantError::Store(error)) => {
            Err(error.into())
        }
        SignUpError::Tenant(CreateTenantError::Password(error))
        | SignUpError::Compare(SignInError::Password(error)) => Err(Problem::from(error).into()),
        // Whoever signs up joins nothing, so nothing is asked of their address.
        error @ (SignUpError::Compare(_) | SignUpError::Tenant(CreateTenantError::NotProved)) => {
            Err(Problem::internal(&error).into())
        }
    }
}

fn only_where_open(state: &State) -> Result<(), PageError> {
    match state.is_signup_open {
        true => Ok(()),
        false => Err(PageError::not_found()),
    }
}

fn form(
    state: &State,
    http: &HttpRequest,
    status: StatusCode,
    fill: impl FnOnce(SignUp) -> SignUp,
) -> Answer {
    let token = SecretCookie::SignInForm
        .read(http, state)
        .unwrap_or_else(|| random_token().into());
    let form = SignUp {
        theme: cookies::theme(http),
        ..SignUp::new(token.expose_secret())
    };
    let mut answer: HttpResponse = page_as(status, &fill(form))?;
    answer
        .add_cookie(&SecretCookie::SignInForm.set(state, &token))
        .map_err(|error| PageError::from(Problem::internal(&error)))?;
    Ok(answer)
}
