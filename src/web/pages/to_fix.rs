//! To fix: every cause that needs a person, longest wait first.

use askama::Template;

use crate::web::assets;
use crate::web::pages::shell::{Area, Shell};
use crate::web::partials::{Empty, Icon, Problem};

/// The page.
#[derive(Debug, Clone, Template)]
#[template(path = "to_fix.html")]
pub struct ToFix {
    /// The frame.
    pub shell: Shell,
    /// The problems.
    pub problems: Vec<Problem>,
    /// In their place when there are none.
    pub empty: Empty,
}
