//! Sign in: the only page for people who are not signed in, errors aside.

use askama::Template;

use crate::web::assets;
use crate::web::partials::{Field, Icon, Notice};

/// The sign-in page.
#[derive(Debug, Clone, Template)]
#[template(path = "sign_in.html")]
pub struct SignIn {
    /// The e-mail address as written before; never the password.
    pub email: Field,
    /// The password.
    pub password: Field,
    /// Why it did not work; the same for a wrong address and a wrong password.
    pub notice: Option<Notice>,
    /// The form token of the session that does not exist yet.
    pub csrf: String,
    /// The page to go on to; a path of ours only.
    pub next: String,
}

impl SignIn {
    /// An empty form.
    pub fn new(csrf: &str, next: &str) -> Self {
        Self {
            email: Field {
                kind: "email",
                autocomplete: "username",
                ..Field::text("email", "E-mail address")
            },
            password: Field {
                autocomplete: "current-password",
                ..Field::secret("password", "Password")
            },
            notice: None,
            csrf: csrf.to_owned(),
            next: next.to_owned(),
        }
    }
}
