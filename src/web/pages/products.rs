//! Products: what each product of the shop gives.

use askama::Template;

use crate::web::assets;
use crate::web::pages::shell::{Area, Shell};
use crate::web::partials::{Badge, Empty, Icon, Moment, Tab, Way};

/// The list.
#[derive(Debug, Clone, Template)]
#[template(path = "products/list.html")]
pub struct Products {
    /// The frame.
    pub shell: Shell,
    /// One per store; empty with a single store.
    pub stores: Vec<Tab>,
    /// The products that were seen or named, those that need a choice first.
    pub rows: Vec<Row>,
    /// In place of rows when there are none.
    pub empty: Empty,
    /// Names a product before it is sold for the first time; `None` before there is a store.
    pub add: Option<Way>,
}

/// One product.
#[derive(Debug, Clone)]
pub struct Row {
    /// Its name at the shop, else its path.
    pub name: String,
    /// Its path.
    pub path: String,
    /// What it gives, or that this is not known.
    pub gives: Badge,
    /// Where that is said: here, or in the product's attributes at FastSpring; may be empty.
    pub source: String,
    /// When it was last sold; `None` when never.
    pub last_seen: Option<Moment>,
    /// The page to choose on.
    pub choose: Way,
}
