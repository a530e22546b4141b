//! One Cryptlex account: its access token, and what the token may do.

use askama::Template;

use crate::web::assets;
use crate::web::pages::shell::{Area, Shell};
use crate::web::partials::{Field, Headline, Icon, Moment, Tone, Way};

/// The form for a new account.
#[derive(Debug, Clone, Template)]
#[template(path = "setup/account_new.html")]
pub struct NewAccount {
    /// The frame.
    pub shell: Shell,
    /// Its name.
    pub name: Field,
    /// The address of its web API.
    pub base_url: Field,
    /// The access token.
    pub access_token: Field,
}

/// An account's page.
#[derive(Debug, Clone, Template)]
#[template(path = "setup/account.html")]
pub struct AccountPage {
    /// The frame.
    pub shell: Shell,
    /// Its name.
    pub title: String,
    /// Whether Cryptlex accepts the token.
    pub standing: Headline,
    /// Its URL, what its forms post to below.
    pub href: String,
    /// The address of its web API.
    pub base_url: String,
    /// When the token was last checked; `None` when never.
    pub checked: Option<Moment>,
    /// What the token may and may not do.
    pub scopes: Vec<Scope>,
    /// Asks Cryptlex now.
    pub check: Way,
    /// The new token.
    pub access_token: Field,
    /// The person's password, asked before a secret is changed.
    pub password: Field,
    /// The stores that use it, and their pages.
    pub stores: Vec<(String, String)>,
}

/// One permission of a token.
#[derive(Debug, Clone)]
pub struct Scope {
    /// As Cryptlex's page spells it.
    pub name: String,
    /// What it is needed for.
    pub text: &'static str,
    /// Whether the token has it.
    pub is_granted: bool,
}
