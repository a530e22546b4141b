//! Setup: the Cryptlex accounts and the stores, and what is still missing.

use askama::Template;

use crate::web::assets;
use crate::web::pages::shell::{Area, Shell};
use crate::web::partials::{Badge, Icon, Moment, Tone, Way};

/// The page.
#[derive(Debug, Clone, Template)]
#[template(path = "setup/setup.html")]
pub struct Setup {
    /// The frame.
    pub shell: Shell,
    /// The steps from nothing to the first license; empty when all are done.
    pub steps: Vec<SetupStep>,
    /// The Cryptlex accounts.
    pub accounts: Vec<Row>,
    /// The stores.
    pub stores: Vec<Row>,
}

/// One step of the set-up.
#[derive(Debug, Clone)]
pub struct SetupStep {
    /// Whether it is done.
    pub is_done: bool,
    /// What it is.
    pub title: &'static str,
    /// What it is for, or what is known of it.
    pub text: String,
    /// Does it; `None` when it is done or its turn has not come.
    pub way: Option<Way>,
}

/// A store or an account.
#[derive(Debug, Clone)]
pub struct Row {
    /// Its name.
    pub name: String,
    /// Its address, or which account it uses.
    pub detail: String,
    /// Whether it works.
    pub state: Badge,
    /// When it was last checked or heard of; `None` when never.
    pub last: Option<Moment>,
    /// Its page.
    pub href: String,
}
