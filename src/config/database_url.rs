//! Which database to use, chosen by the URL's scheme alone.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

/// Where the data lives; a mistyped URL is refused, so that it never creates a file.
#[derive(Clone, PartialEq, Eq)]
pub enum DatabaseUrl {
    /// A file on this machine; its folder may have to be made.
    Sqlite(PathBuf),
    /// A PostgreSQL connection URL, password included: a secret.
    Postgres(String),
}

/// A database URL that Latchkey does not understand; the text itself is left out, since it may hold a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DatabaseUrlError {
    /// Another scheme, or none.
    #[error(
        "LATCHKEY_DATABASE_URL begins with neither `sqlite://` nor `postgres://`; write for example sqlite://data/latchkey.db or postgres://latchkey_app:password@db.example.com/latchkey"
    )]
    Scheme,
    /// A database that would be gone with the process.
    #[error(
        "LATCHKEY_DATABASE_URL names a database in memory, which would lose every order at a restart; name a file, for example sqlite://data/latchkey.db"
    )]
    Memory,
    /// `sqlite://` without a file.
    #[error(
        "LATCHKEY_DATABASE_URL names no file after `sqlite://`; write for example sqlite://data/latchkey.db"
    )]
    NoFile,
    /// `postgres://` without a host or with text that is not a URL.
    #[error(
        "LATCHKEY_DATABASE_URL is not a readable PostgreSQL URL; write for example postgres://latchkey_app:password@db.example.com/latchkey and percent-encode special characters of the password"
    )]
    Unreadable,
}

impl FromStr for DatabaseUrl {
    type Err = DatabaseUrlError;

    fn from_str(text: &str) -> Result<Self, DatabaseUrlError> {
        let text = text.trim();
        let scheme = text.split(':').next().unwrap_or_default();
        match scheme {
            "sqlite" => sqlite(text),
            "postgres" | "postgresql" => postgres(text),
            _ => Err(DatabaseUrlError::Scheme),
        }
    }
}

impl fmt::Debug for DatabaseUrl {
    /// Names the kind only.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Sqlite(_) => "Sqlite(..)",
            Self::Postgres(_) => "Postgres(..)",
        })
    }
}

fn sqlite(text: &str) -> Result<DatabaseUrl, DatabaseUrlError> {
    if text.contains(":memory:") || text.contains("mode=memory") {
        return Err(DatabaseUrlError::Memory);
    }
    let path = text
        .strip_prefix("sqlite://")
        .ok_or(DatabaseUrlError::Scheme)?;
    if path.is_empty() || path.ends_with('/') || path.contains('?') {
        return Err(DatabaseUrlError::NoFile);
    }
    Ok(DatabaseUrl::Sqlite(PathBuf::from(path)))
}

fn postgres(text: &str) -> Result<DatabaseUrl, DatabaseUrlError> {
    if !text.contains("://") {
        return Err(DatabaseUrlError::Scheme);
    }
    // An empty host is a socket, which libpq finds by the `host` parameter or its default.
    url::Url::parse(text)
        .map(|_| DatabaseUrl::Postgres(text.to_owned()))
        .map_err(|_cause| DatabaseUrlError::Unreadable)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scheme_chooses_the_database() {
        for (text, expected) in [
            (
                "sqlite://data/latchkey.db",
                DatabaseUrl::Sqlite("data/latchkey.db".into()),
            ),
            (
                "sqlite:///var/lib/latchkey.db",
                DatabaseUrl::Sqlite("/var/lib/latchkey.db".into()),
            ),
            (
                "postgres://a:b@db/latchkey",
                DatabaseUrl::Postgres("postgres://a:b@db/latchkey".to_owned()),
            ),
            (
                "postgresql:///latchkey?host=/run/postgresql",
                DatabaseUrl::Postgres("postgresql:///latchkey?host=/run/postgresql".to_owned()),
            ),
        ] {
            assert_eq!(text.parse(), Ok(expected), "{text}");
        }
    }

    #[test]
    fn anything_else_is_refused_and_the_setting_named() {
        for (text, expected) in [
            ("", DatabaseUrlError::Scheme),
            ("data/latchkey.db", DatabaseUrlError::Scheme),
            ("postgress://db/latchkey", DatabaseUrlError::Scheme),
            ("postgres:db", DatabaseUrlError::Scheme),
            ("mysql://db/latchkey", DatabaseUrlError::Scheme),
            ("sqlite:latchkey.db", DatabaseUrlError::Scheme),
            ("sqlite://", DatabaseUrlError::NoFile),
            ("sqlite://data/", DatabaseUrlError::NoFile),
            ("sqlite::memory:", DatabaseUrlError::Memory),
            ("sqlite://:memory:", DatabaseUrlError::Memory),
            ("postgres://a:b@db:port/x", DatabaseUrlError::Unreadable),
        ] {
            let refused = text.parse::<DatabaseUrl>().unwrap_err();

            assert_eq!(refused, expected, "{text}");
            assert!(refused.to_string().contains("LATCHKEY_DATABASE_URL"));
        }
    }

    #[test]
    fn a_password_is_not_printed() {
        let url: DatabaseUrl = "postgres://latchkey:secret@db/latchkey".parse().unwrap();

        assert_eq!(format!("{url:?}"), "Postgres(..)");
    }
}
