//! The cookies we set: the session's secret, the browser's own, the sign-in form's token, the chosen colors.

use actix_web::HttpRequest;
use actix_web::cookie::time::Duration;
use actix_web::cookie::{Cookie, SameSite};
use secrecy::{ExposeSecret as _, SecretString};

use crate::accounts::sessions::DEVICE_KEPT;
use crate::web::pages::shell::Theme;
use crate::web::state::State;

const THEME: &str = "latchkey_theme";
/// A year: colors are a matter of taste, not of security.
const THEME_KEPT: Duration = Duration::days(365);

/// A cookie that is bound to our host where that is possible, that is under https.
#[derive(Debug, Clone, Copy)]
pub enum SecretCookie {
    /// The session of a signed-in person.
    Session,
    /// What a browser is known by in which somebody signed in before.
    Device,
    /// What the sign-in form must carry too, before there is a session.
    SignInForm,
}

impl SecretCookie {
    const fn name(self, is_https: bool) -> &'static str {
        match (self, is_https) {
            (Self::Session, true) => "__Host-latchkey",
            (Self::Session, false) => "latchkey",
            (Self::Device, true) => "__Host-latchkey_device",
            (Self::Device, false) => "latchkey_device",
            (Self::SignInForm, true) => "__Host-latchkey_form",
            (Self::SignInForm, false) => "latchkey_form",
        }
    }

    /// What the browser sent; `None` when it sent none.
    pub fn read(self, http: &HttpRequest, state: &State) -> Option<SecretString> {
        let cookie = http.cookie(self.name(state.is_https()))?;
        Some(cookie.value().to_owned().into())
    }

    /// Hands it to the browser until the browser is closed, save what it is known by; the server decides when it ends.
    pub fn set(self, state: &State, value: &SecretString) -> Cookie<'static> {
        let mut cookie = self.cookie(state, value.expose_secret().to_owned());
        if let Self::Device = self {
            cookie.set_max_age(Duration::seconds(DEVICE_KEPT.as_secs()));
        }
        cookie
    }

    /// Takes it away.
    pub fn unset(self, state: &State) -> Cookie<'static> {
        let mut cookie = self.cookie(state, String::new());
        cookie.make_removal();
        cookie
    }

    fn cookie(self, state: &State, value: String) -> Cookie<'static> {
        Cookie::build(self.name(state.is_https()), value)
            .path("/")
            .http_only(true)
            .secure(state.is_https())
            .same_site(SameSite::Lax)
            .finish()
    }
}

/// The colors that were chosen; `None` follows the system.
pub fn theme(http: &HttpRequest) -> Option<Theme> {
    Theme::parse(http.cookie(THEME)?.value())
}

/// Keeps the colors, or follows the system again.
pub fn set_theme(state: &State, theme: Option<Theme>) -> Cookie<'static> {
    let value = theme.map_or("", Theme::as_str);
    let mut cookie = Cookie::build(THEME, value)
        .path("/")
        .http_only(true)
        .secure(state.is_https())
        .same_site(SameSite::Lax)
        .max_age(THEME_KEPT)
        .finish();
    if theme.is_none() {
        cookie.make_removal();
    }
    cookie
}
