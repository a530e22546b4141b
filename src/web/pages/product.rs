//! One product: choose the license it gives.

use askama::Template;

use crate::web::assets;
use crate::web::pages::shell::{Area, Shell};
use crate::web::partials::{Choices, Field, Icon, Id, Notice, Select, Way};

/// The form.
#[derive(Debug, Clone, Template)]
#[template(path = "products/product.html")]
pub struct ProductPage {
    /// The frame.
    pub shell: Shell,
    /// Its name at the shop, or that it is a new one.
    pub title: String,
    /// What waits for this choice; `None` when nothing does.
    pub waiting: Option<Notice>,
    /// What the form posts to.
    pub action: String,
    /// The product's path; fixed once it was sold.
    pub path: PathField,
    /// Products of the Cryptlex account with their templates.
    pub license: Select,
    /// What the bought quantity becomes.
    pub quantity: Choices,
    /// The period of a subscription, where it differs from the template's.
    pub interval: Field,
    /// The product's own secret for keys in the receipt.
    pub fulfillment_key: Field,
    /// Attributes beyond these, one `name = value` per line.
    pub attributes: String,
    /// What is wrong with them.
    pub attributes_error: Option<String>,
    /// Never license this product; `None` when that is so already.
    pub never: Option<Way>,
    /// Back to what the attributes at FastSpring say; `None` when that is so already.
    pub forget: Option<Way>,
    /// What the attributes at FastSpring say, without the prefix.
    pub seen: Vec<(String, String)>,
}

/// A path that is known or to be written.
#[derive(Debug, Clone)]
pub enum PathField {
    /// Sold before.
    Known(String),
    /// To be named.
    New(Field),
}
