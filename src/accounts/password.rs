//! Passwords: argon2id, on a blocking thread, and the rules for choosing one.

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use argon2::{Algorithm, Argon2, Params, Version};
use secrecy::{ExposeSecret as _, SecretString};
use tokio::sync::Semaphore;

/// Memory of one hash in KiB, and how often it is gone over (OWASP's first choice of two).
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
/// Shorter ones are guessed; longer ones are an attack on our memory.
const LENGTH: std::ops::RangeInclusive<usize> = 10..=200;

/// Hashes at once: a flood of sign-ins shall not take all memory.
static AT_ONCE: Semaphore = Semaphore::const_new(4);
/// Those who may wait for one, and those who have one: beyond it nobody would wait for the answer.
static IN_LINE: Semaphore = Semaphore::const_new(4 + 60);

/// A password that may not be used, or could not be hashed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PasswordError {
    /// Too short or too long.
    #[error("a password has {} to {} characters", LENGTH.start(), LENGTH.end())]
    Length,
    /// Too many passwords are hashed or compared already.
    #[error("too many passwords at once")]
    Busy,
    /// The hash could not be made; never the person's fault.
    #[error("hashing a password")]
    Hashing,
}

/// Hashes a new password; refuses one of the wrong length.
pub async fn hash(password: SecretString) -> Result<String, PasswordError> {
    if !LENGTH.contains(&password.expose_secret().chars().count()) {
        return Err(PasswordError::Length);
    }
    on_blocking_thread(move || {
        let hash: PasswordHash = argon2()?
            .hash_password(password.expose_secret().as_bytes())
            .map_err(|_cause| PasswordError::Hashing)?;
        Ok(hash.to_string())
    })
    .await
}

/// Whether a password fits a stored hash; without a hash the same work is done in vain.
///
/// So the time it takes does not tell whether an account exists.
pub async fn fits(password: SecretString, stored: Option<String>) -> Result<bool, PasswordError> {
    on_blocking_thread(move || {
        let password = password.expose_secret().as_bytes();
        let Some(stored) = stored else {
            let _hash_of_nobody: PasswordHash = argon2()?
                .hash_password(password)
                .map_err(|_cause| PasswordError::Hashing)?;
            return Ok(false);
        };
        let stored = PasswordHash::new(&stored).map_err(|_cause| PasswordError::Hashing)?;
        Ok(argon2()?.verify_password(password, &stored).is_ok())
    })
    .await
}

fn argon2() -> Result<Argon2<'static>, PasswordError> {
    let params =
        Params::new(MEMORY_KIB, PASSES, 1, None).map_err(|_cause| PasswordError::Hashing)?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

async fn on_blocking_thread<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, PasswordError> + Send + 'static,
) -> Result<T, PasswordError> {
    let _in_line = IN_LINE.try_acquire().map_err(|_full| PasswordError::Busy)?;
    let _place = AT_ONCE
        .acquire()
        .await
        .map_err(|_closed| PasswordError::Hashing)?;
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|_stopped| PasswordError::Hashing)?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_password_fits_its_own_hash_only() {
        let hash = hash("correct horse".into()).await.unwrap();

        assert!(
            hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"),
            "{hash}"
        );
        assert_eq!(
            fits("correct horse".into(), Some(hash.clone())).await,
            Ok(true)
        );
        assert_eq!(fits("correct house".into(), Some(hash)).await, Ok(false));
        assert_eq!(fits("correct horse".into(), None).await, Ok(false));
    }

    #[tokio::test]
    async fn short_and_endless_passwords_are_refused() {
        for password in ["short".to_owned(), "x".repeat(201)] {
            assert_eq!(hash(password.into()).await, Err(PasswordError::Length));
        }
    }
}
