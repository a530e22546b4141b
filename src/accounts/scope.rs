//! What an API token may do.

use std::fmt;

use strum::{EnumString, IntoStaticStr, VariantArray};

use crate::domain::kind::ServiceNames;

/// One permission of an API token.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    EnumString,
    IntoStaticStr,
    VariantArray,
)]
pub enum ApiScope {
    /// See events, their payloads and calls.
    #[strum(serialize = "events:read")]
    EventsRead,
    /// Run events again, set them aside, link licenses.
    #[strum(serialize = "events:write")]
    EventsWrite,
    /// See licenses, without their keys.
    #[strum(serialize = "licenses:read")]
    LicensesRead,
    /// See license keys.
    #[strum(serialize = "licenses:keys")]
    LicensesKeys,
    /// See what is set up.
    #[strum(serialize = "config:read")]
    ConfigRead,
    /// Change what is set up.
    #[strum(serialize = "config:write")]
    ConfigWrite,
    /// See who did what.
    #[strum(serialize = "audit:read")]
    AuditRead,
}

impl ApiScope {
    /// As the API and the store spell it.
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// What it allows, as people of a company with accounts at these services read it.
    pub fn text(self, services: &ServiceNames) -> String {
        let text = match self {
            Self::EventsRead => "See messages, what they said, and the calls made for them.",
            Self::EventsWrite => "Run messages again, set them aside, answer what they ask.",
            Self::LicensesRead => "See licenses and buyers, without license keys.",
            Self::LicensesKeys => "See license keys.",
            Self::ConfigRead => "See stores, {service} accounts and what products give.",
            Self::ConfigWrite => "Change stores, {service} accounts and what products give.",
            Self::AuditRead => "See who did what.",
        };
        services.named_in(text)
    }

    /// The scope of that spelling.
    pub fn parse(text: &str) -> Option<Self> {
        text.parse().ok()
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
            ApiScope::split(&ApiScope::join(ApiScope::VARIANTS)),
            ApiScope::VARIANTS
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
