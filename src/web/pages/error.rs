//! The pages for what cannot be shown: nothing there, not signed in, our fault.

use askama::Template;

use crate::web::assets;
use crate::web::partials::{Icon, Way};

/// An error page. Says what happened, whose move it is, and the next step; never how it came about inside.
#[derive(Debug, Clone, Template)]
#[template(path = "error.html")]
pub struct ErrorPage {
    /// What happened.
    pub title: String,
    /// Whose move it is.
    pub text: String,
    /// The next step.
    pub way: Way,
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

    /// An address that is not for looking at, opened from a bookmark or written by hand.
    pub fn wrong_method() -> Self {
        Self::new(
            "This address is not for looking at.",
            "It belongs to a button of one of our pages. Nothing was changed.",
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

    /// Somebody who may sign in, but for no company.
    pub fn no_company() -> Self {
        Self::new(
            "You belong to no company yet.",
            "Whoever runs Latchkey for your company can let you in.",
            Way::link("To sign-in", "/sign-in").primary(),
        )
    }

    /// A form that broke off on its way, or is larger than any of ours.
    pub fn form_unread() -> Self {
        Self::new(
            "This form did not arrive whole.",
            "Nothing was changed. Go back and send it once more.",
            Way::link("To the overview", "/").primary(),
        )
    }

    /// Something could not be done; the detail says what, or under which number the log has it.
    pub fn broken(detail: &str) -> Self {
        Self::new(
            "That did not work.",
            detail,
            Way::link("To the overview", "/").primary(),
        )
    }

    /// What may be asked at once of an account or a shop is used for now.
    pub fn busy(seconds: u64) -> Self {
        Self::new(
            "Latchkey asks for much just now.",
            &format!(
                "Nothing is lost, and purchases go on meanwhile. Go back and try again in {seconds} s."
            ),
            Way::link("To the overview", "/").primary(),
        )
    }

    /// Nobody is called for the company.
    pub fn suspended() -> Self {
        Self::new(
            "Your company is suspended here.",
            "What your shops send is kept, and goes on when whoever runs Latchkey resumes the company. Until then nobody is called for it.",
            Way::link("To the overview", "/").primary(),
        )
    }

    /// The database is away for a moment, or too many ask for it.
    pub fn unavailable() -> Self {
        Self::new(
            "Latchkey is catching its breath.",
            "The database is away just now, or too many ask at once. What FastSpring sends is kept or sent again. Try again in a moment.",
            Way::link("To the overview", "/").primary(),
        )
    }

    fn new(title: &str, text: &str, way: Way) -> Self {
        Self {
            title: title.to_owned(),
            text: text.to_owned(),
            way,
        }
    }
}
