//! A person's own password, asked again before a secret is changed.

use secrecy::ExposeSecret as _;

use crate::accounts::sessions::SignInError;
use crate::web::error::Problem;
use crate::web::event_words::clock;
use crate::web::pages::failure::PageError;
use crate::web::sent::Sent;

/// Why the form's `password` is not believed, in a sentence; `None` when it is right.
pub async fn refusal(sent: &Sent) -> Result<Option<String>, PageError> {
    let Some(password) = sent.secret("password") else {
        return Ok(Some(
            "Your password: write the one you sign in with.".to_owned(),
        ));
    };
    let visitor = &sent.visitor;
    let sessions = &visitor.state.sessions;
    let secret = visitor.secret.expose_secret();
    match sessions
        .confirm(secret, &visitor.session, password, visitor.now)
        .await
    {
        Ok(()) => Ok(None),
        Err(SignInError::Wrong) => Ok(Some(
            "Your password: this is not the one you sign in with.".to_owned(),
        )),
        Err(SignInError::TooMany(too_many)) => Ok(Some(format!(
            "Your password: too many attempts; try again after {} UTC.",
            clock(too_many.until.plus_minutes(1))
        ))),
        Err(SignInError::Password(error)) => Err(Problem::from(error).into()),
        Err(SignInError::Store(error)) => Err(error.into()),
    }
}
