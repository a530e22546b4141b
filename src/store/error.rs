//! What can go wrong in the database, classed by what a caller does about it.

use std::error::Error;

use diesel::result::{DatabaseErrorKind, Error as DieselError};

type Source = Box<dyn Error + Send + Sync>;

/// A failure of the store; its class alone decides what follows.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// No connection, a time-out, a lock that was not given: trying again may help.
    #[error("the database is not available")]
    Unavailable(#[source] Source),
    /// Too many wait for it already: asking again later may help.
    #[error("too many wait for the database")]
    Busy,
    /// The row contradicts one that is there.
    #[error("the row contradicts another")]
    Conflict(#[source] Source),
    /// The row is not there, or is another tenant's.
    #[error("no such row")]
    NotFound,
    /// A stored value cannot be read.
    #[error("the stored value of {what} cannot be read")]
    Corrupt {
        /// Which column.
        what: &'static str,
        /// Why.
        #[source]
        source: Source,
    },
    /// A stored value is of a set that this version does not know whole: a newer one wrote it.
    #[error("a newer version wrote what this one does not know")]
    Unknown(#[source] Source),
    /// A fault of the program or the schema.
    #[error("the database refused the statement")]
    Other(#[source] Source),
}

impl StoreError {
    /// Wraps what made a stored value unreadable.
    pub fn corrupt(what: &'static str, source: impl Into<Source>) -> Self {
        Self::Corrupt {
            what,
            source: source.into(),
        }
    }

    pub(super) fn unknown(of: &'static str, value: impl ToString) -> Self {
        Self::Unknown(Box::new(UnknownValue::new(of, value)))
    }

    pub(super) fn unavailable(source: impl Into<Source>) -> Self {
        Self::Unavailable(source.into())
    }
}

/// A value that is none of its set, such as the state of an event.
#[derive(Debug, thiserror::Error)]
#[error("{value:?} is no {of} that is known")]
pub(super) struct UnknownValue {
    of: &'static str,
    value: String,
}

impl UnknownValue {
    pub(super) fn new(of: &'static str, value: impl ToString) -> Self {
        let value = value.to_string();
        Self { of, value }
    }
}

impl From<DieselError> for StoreError {
    fn from(error: DieselError) -> Self {
        match &error {
            DieselError::NotFound => Self::NotFound,
            DieselError::DeserializationError(cause) if is_unknown(&**cause) => {
                Self::Unknown(Box::new(error))
            }
            DieselError::DeserializationError(_) => Self::corrupt("a row", error),
            DieselError::BrokenTransactionManager => Self::Unavailable(Box::new(error)),
            DieselError::DatabaseError(kind, information) => match kind {
                DatabaseErrorKind::UniqueViolation | DatabaseErrorKind::ForeignKeyViolation => {
                    Self::Conflict(Box::new(error))
                }
                DatabaseErrorKind::ClosedConnection
                | DatabaseErrorKind::UnableToSendCommand
                | DatabaseErrorKind::SerializationFailure
                | DatabaseErrorKind::ReadOnlyTransaction => Self::Unavailable(Box::new(error)),
                _ if is_passing(information.message()) => Self::Unavailable(Box::new(error)),
                _ => Self::Other(Box::new(error)),
            },
            _ => Self::Other(Box::new(error)),
        }
    }
}

fn is_unknown(error: &(dyn Error + 'static)) -> bool {
    error.is::<UnknownValue>() || error.source().is_some_and(is_unknown)
}

/// Whether running the whole transaction again is what the database asks for.
pub(super) fn is_worth_repeating(error: &(dyn Error + 'static)) -> bool {
    let mut next = Some(error);
    while let Some(error) = next {
        next = error.source();
        let Some(DieselError::DatabaseError(kind, information)) = error
            .downcast_ref::<DieselError>()
            .or_else(|| error.downcast_ref::<Box<DieselError>>().map(AsRef::as_ref))
        else {
            continue;
        };
        return matches!(kind, DatabaseErrorKind::SerializationFailure)
            || information.message().contains("deadlock detected");
    }
    false
}

/// Diesel leaves these unclassed; the texts are those of libpq, PostgreSQL and SQLite in English.
fn is_passing(message: &str) -> bool {
    const PASSING: [&str; 15] = [
        "database is locked",
        "disk is full",
        "No space left on device",
        "deadlock detected",
        "lock timeout",
        "statement timeout",
        "server closed the connection",
        "terminating connection",
        "the database system is",
        "connection to server",
        "could not connect",
        "could not receive data",
        "no connection to the server",
        "SSL connection has been closed",
        "too many",
    ];
    PASSING.iter().any(|text| message.contains(text))
}
