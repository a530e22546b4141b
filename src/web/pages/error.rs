//! The pages for what cannot be shown: nothing there, not signed in, our fault.

use askama::Template;

use crate::web::assets;
use crate::web::partials::{Icon, Id, Way};

/// An error page. Says what happened, whose move it is, and the next step; never how it came about inside.
#[derive(Debug, Clone, Template)]
#[template(path = "error.html")]
pub struct ErrorPage {
    /// What happened.
    pub title: String,
    /// Whose move it is.
    pub text: String,
    /// The number to tell support; only where it is our fault.
    pub id: Option<String>,
    /// The next step.
    pub way: Way,
    /// Where to ask for help, when the operator says so.
    pub support_url: Option<String>,
}

impl ErrorPage {
    /// Not there, or another company's.
    pub fn not_found() -> Self {
        Self::new(
            "There is nothing at this address.",
            "It may have been removed, or the address was not copied whole.",
            Way::link("To the overview", "/").primary(),
        )
    }

    /// A form that was open for too long, or was not sent from our page.
    pub fn form_expired() -> Self {
        Self::new(
            "This form was open for too long.",
            "Nothing was changed. Go back, load the page again, and send it once more.",
            Way::link("To the overview", "/").primary(),
        )
    }

    /// Too many attempts.
    pub fn slow_down() -> Self {
        Self::new(
            "Too many attempts.",
            "To keep strangers out, we pause for a while. Try again in a few minutes.",
            Way::link("To sign-in", "/sign-in").primary(),
        )
    }

    /// Our fault; the detail is in the log under the id.
    pub fn broken(id: String, support_url: Option<String>) -> Self {
        Self {
            id: Some(id),
            support_url,
            ..Self::new(
                "Something went wrong on our side.",
                "It is not your fault, and nothing that FastSpring sent is lost. Try again in a moment.",
                Way::link("To the overview", "/").primary(),
            )
        }
    }

    /// The database is away for a moment.
    pub fn unavailable() -> Self {
        Self::new(
            "Latchkey is catching its breath.",
            "The database does not answer just now. What FastSpring sends is kept or sent again. Try again in a moment.",
            Way::link("To the overview", "/").primary(),
        )
    }

    fn new(title: &str, text: &str, way: Way) -> Self {
        Self {
            title: title.to_owned(),
            text: text.to_owned(),
            id: None,
            way,
            support_url: None,
        }
    }
}
