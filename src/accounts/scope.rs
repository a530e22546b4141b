//! What an API token may do.

use std::fmt;

/// One permission of an API token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ApiScope {
    /// See events, their payloads and calls.
    EventsRead,
    /// Run events again, set them aside, link licenses.
    EventsWrite,
    /// See licenses, without their keys.
    LicensesRead,
    /// See license keys.
    LicensesKeys,
    /// See what is set up.
    ConfigRead,
    /// Change what is set up.
    ConfigWrite,
    /// See who did what.
    AuditRead,
}

impl ApiScope {
    /// Every scope.
    pub const ALL: [Self; 7] = [
        Self::EventsRead,
        Self::EventsWrite,
        Self::LicensesRead,
        Self::LicensesKeys,
        Self::ConfigRead,
        Self::ConfigWrite,
        Self::AuditRead,
    ];

    /// As the API and the store spell it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::EventsRead => "events:read",
            Self::EventsWrite => "events:write",
            Self::LicensesRead => "licenses:read",
            Self::LicensesKeys => "licenses:keys",
            Self::ConfigRead => "config:read",
            Self::ConfigWrite => "config:write",
            Self::AuditRead => "audit:read",
        }
    }

    /// What it allows, as people read it.
    pub const fn text(self) -> &'static str {
        match self {
            Self::EventsRead => "See messages, what they said, and the calls made for them.",
            Self::EventsWrite => "Run messages again, set them aside, answer what they ask.",
            Self::LicensesRead => "See licenses and buyers, without license keys.",
            Self::LicensesKeys => "See license keys.",
            Self::ConfigRead => "See stores, Cryptlex accounts and what products give.",
            Self::ConfigWrite => "Change stores, Cryptlex accounts and what products give.",
            Self::AuditRead => "See who did what.",
        }
    }

    /// The scope of that spelling.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scope| scope.as_str() == text)
    }

    /// Scopes as the store keeps them: separated by spaces.
    pub fn join(scopes: &[Self]) -> String {
        let names: Vec<&str> = scopes.iter().map(|scope| scope.as_str()).collect();
        names.join(" ")
    }

    /// Reads what [`ApiScope::join`] wrote; a scope that this version does not know grants nothing.
    pub fn split(text: &str) -> Vec<Self> {
        text.split_whitespace().filter_map(Self::parse).collect()
    }
}

impl fmt::Display for ApiScope {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_survive_their_text_form() {
        assert_eq!(
            ApiScope::split(&ApiScope::join(&ApiScope::ALL)),
            ApiScope::ALL
        );
    }

    #[test]
    fn an_unknown_scope_grants_nothing() {
        assert_eq!(
            ApiScope::split("events:read everything:write"),
            [ApiScope::EventsRead]
        );
    }
}
