//! One store: its webhook, whether it is on, and its rules.

use askama::Template;

use crate::web::assets;
use crate::web::pages::shell::{Area, Shell};
use crate::web::partials::{Choices, CopyField, Field, Headline, Icon, Moment, Select, Way};

/// The form for a new store.
#[derive(Debug, Clone, Template)]
#[template(path = "setup/store_new.html")]
pub struct NewStore {
    /// The frame.
    pub shell: Shell,
    /// Its name.
    pub name: Field,
    /// Which Cryptlex account its licenses are made in.
    pub account: Select,
    /// The starting set of rules.
    pub preset: Choices,
    /// On, watch only, hold.
    pub mode: Choices,
    /// FastSpring's secret, when one exists; empty = one is made.
    pub webhook_secret: Field,
}

/// A store's page.
#[derive(Debug, Clone, Template)]
#[template(path = "setup/store.html")]
pub struct StorePage {
    /// The frame.
    pub shell: Shell,
    /// Its name.
    pub title: String,
    /// Whether it works.
    pub standing: Headline,
    /// Its URL, what its forms post to below.
    pub href: String,
    /// The address to paste at FastSpring.
    pub webhook_url: CopyField,
    /// The address for keys in the receipt.
    pub fulfillment_url: CopyField,
    /// The secret, shown once after it was made.
    pub new_secret: Option<CopyField>,
    /// Until when the previous secret is still accepted.
    pub previous_until: Option<Moment>,
    /// The account its licenses are made in, and its page.
    pub account: (String, String),
    /// On, watch only, hold.
    pub mode: Choices,
    /// The starting set of rules.
    pub preset: Choices,
    /// Every rule in words.
    pub rules: Vec<Rule>,
    /// FastSpring's secret, when it is to be theirs; empty = one is made.
    pub webhook_secret: Field,
    /// The person's password, asked before a secret is changed.
    pub password: Field,
    /// Where to see its calls and products.
    pub ways: Vec<Way>,
}

/// One rule in words.
#[derive(Debug, Clone)]
pub struct Rule {
    /// When it speaks: `A payment is overdue`.
    pub label: String,
    /// What it does.
    pub text: String,
}
