//! Licenses: everything that was made or taken over, filtered by the URL.

use askama::Template;

use crate::web::assets;
use crate::web::pages::shell::{Area, Shell};
use crate::web::partials::{Badge, Empty, Field, Icon, Moment, Pager, Tab};

/// The list.
#[derive(Debug, Clone, Template)]
#[template(path = "licenses/list.html")]
pub struct Licenses {
    /// The frame.
    pub shell: Shell,
    /// Prepared filters by state.
    pub tabs: Vec<Tab>,
    /// Search, by anything a buyer may name.
    pub search: Field,
    /// The state of the current tab, kept when the form is sent; empty for all.
    pub state: String,
    /// The licenses, latest first.
    pub rows: Vec<Row>,
    /// In place of rows when there are none.
    pub empty: Empty,
    /// Further pages.
    pub pager: Pager,
}

/// One license.
#[derive(Debug, Clone)]
pub struct Row {
    /// The product's name at the shop, else its path.
    pub product: String,
    /// The end of the key, or the id at Cryptlex.
    pub ending: String,
    /// Its state.
    pub state: Badge,
    /// When it ends; `None` for never.
    pub ends: Option<Moment>,
    /// The order's number or the subscription's id.
    pub reference: String,
    /// When it was last checked at Cryptlex; `None` before the first time.
    pub checked: Option<Moment>,
    /// Whether it is a test order's.
    pub is_test: bool,
    /// Its page.
    pub href: String,
}
