//! What people and programs change, as the record of who did what names it.

/// One kind of act.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Act {
    /// Somebody signed in.
    SessionBegin,
    /// Somebody signed out.
    SessionEnd,
    /// Somebody proved that their address is theirs.
    EmailProve,
    /// A company was made, with its owner and its first token.
    TenantCreate,
    /// Nothing is done for a company any longer.
    TenantSuspend,
    /// A company is served again.
    TenantResume,
    /// A company's keys were wrapped anew.
    KeysRotate,
    /// A company got a new data key.
    DataKeyMake,
    /// A company's older data keys were destroyed, after everything was sealed anew.
    DataKeyDestroy,
    /// What was done before acts were chained was chained.
    AuditChain,
    /// The platform's own record began.
    PlatformBegin,
    /// Somebody may see the operator pages.
    OperatorCreate,
    /// A licensing account was connected.
    LicenseServerCreate,
    /// A licensing account got another name, address or token.
    LicenseServerChange,
    /// A licensing account was removed.
    LicenseServerDelete,
    /// A store was connected.
    StorefrontCreate,
    /// A store's settings or rules changed.
    StorefrontChange,
    /// A store was removed.
    StorefrontDelete,
    /// The secret that a shop signs with changed.
    SecretRotate,
    /// What a product gives was said.
    MappingPut,
    /// What a product gives was taken back.
    MappingDelete,
    /// A message was run again.
    EventReplay,
    /// Several messages were run again.
    EventsReplay,
    /// A message was set aside.
    EventDiscard,
    /// A person named the license of a message.
    EventLink,
    /// Something that waited for a yes got it.
    ProblemApprove,
    /// Something that waited for a yes got a no.
    ProblemDrop,
    /// A license key was looked at.
    LicenseKeyShow,
    /// The license keys in a message were looked at.
    EventKeysShow,
    /// A license was given more days.
    LicenseMoreDays,
    /// A license's suspension was lifted.
    LicenseLift,
    /// A license's machines were looked at.
    LicenseMachinesShow,
    /// A token for the API was made.
    ApiTokenCreate,
    /// A token for the API was revoked.
    ApiTokenRevoke,
    /// Long work was begun.
    JobBegin,
}

impl Act {
    /// Every kind.
    pub const ALL: [Self; 35] = [
        Self::SessionBegin,
        Self::SessionEnd,
        Self::EmailProve,
        Self::TenantCreate,
        Self::TenantSuspend,
        Self::TenantResume,
        Self::KeysRotate,
        Self::DataKeyMake,
        Self::DataKeyDestroy,
        Self::AuditChain,
        Self::PlatformBegin,
        Self::OperatorCreate,
        Self::LicenseServerCreate,
        Self::LicenseServerChange,
        Self::LicenseServerDelete,
        Self::StorefrontCreate,
        Self::StorefrontChange,
        Self::StorefrontDelete,
        Self::SecretRotate,
        Self::MappingPut,
        Self::MappingDelete,
        Self::EventReplay,
        Self::EventsReplay,
        Self::EventDiscard,
        Self::EventLink,
        Self::ProblemApprove,
        Self::ProblemDrop,
        Self::LicenseKeyShow,
        Self::EventKeysShow,
        Self::LicenseMoreDays,
        Self::LicenseLift,
        Self::LicenseMachinesShow,
        Self::ApiTokenCreate,
        Self::ApiTokenRevoke,
        Self::JobBegin,
    ];

    /// As the API and the store spell it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SessionBegin => "session.begin",
            Self::SessionEnd => "session.end",
            Self::EmailProve => "email.prove",
            Self::TenantCreate => "tenant.create",
            Self::TenantSuspend => "tenant.suspend",
            Self::TenantResume => "tenant.resume",
            Self::KeysRotate => "keys.rotate",
            Self::DataKeyMake => "data_key.make",
            Self::DataKeyDestroy => "data_key.destroy",
            Self::AuditChain => "audit.chain",
            Self::PlatformBegin => "platform.begin",
            Self::OperatorCreate => "operator.create",
            Self::LicenseServerCreate => "license_server.create",
            Self::LicenseServerChange => "license_server.change",
            Self::LicenseServerDelete => "license_server.delete",
            Self::StorefrontCreate => "storefront.create",
            Self::StorefrontChange => "storefront.change",
            Self::StorefrontDelete => "storefront.delete",
            Self::SecretRotate => "storefront.rotate_secret",
            Self::MappingPut => "mapping.put",
            Self::MappingDelete => "mapping.delete",
            Self::EventReplay => "event.replay",
            Self::EventsReplay => "events.replay",
            Self::EventDiscard => "event.discard",
            Self::EventLink => "event.link",
            Self::ProblemApprove => "problem.approve",
            Self::ProblemDrop => "problem.drop",
            Self::LicenseKeyShow => "license_key.show",
            Self::EventKeysShow => "event_keys.show",
            Self::LicenseMoreDays => "license.more_days",
            Self::LicenseLift => "license.lift",
            Self::LicenseMachinesShow => "license_machines.show",
            Self::ApiTokenCreate => "api_token.create",
            Self::ApiTokenRevoke => "api_token.revoke",
            Self::JobBegin => "job.begin",
        }
    }

    /// What was done, as people read it after a name.
    pub const fn text(self) -> &'static str {
        match self {
            Self::SessionBegin => "signed in",
            Self::SessionEnd => "signed out",
            Self::EmailProve => "proved their address",
            Self::TenantCreate => "made the company",
            Self::TenantSuspend => "stopped acting for the company",
            Self::TenantResume => "goes on acting for the company",
            Self::KeysRotate => "wrapped the company's keys anew",
            Self::DataKeyMake => "made a new key for the company's data",
            Self::DataKeyDestroy => "destroyed the older keys for the company's data",
            Self::AuditChain => "chained what was done before acts were chained",
            Self::PlatformBegin => "began the platform's own record",
            Self::OperatorCreate => "made an operator",
            Self::LicenseServerCreate => "connected a Cryptlex account",
            Self::LicenseServerChange => "changed a Cryptlex account",
            Self::LicenseServerDelete => "removed a Cryptlex account",
            Self::StorefrontCreate => "connected a store",
            Self::StorefrontChange => "changed a store",
            Self::StorefrontDelete => "removed a store",
            Self::SecretRotate => "changed a store's secret",
            Self::MappingPut => "said what a product gives",
            Self::MappingDelete => "took back what a product gives",
            Self::EventReplay => "ran a message again",
            Self::EventsReplay => "ran several messages again",
            Self::EventDiscard => "set a message aside",
            Self::EventLink => "named the license of a message",
            Self::ProblemApprove => "said yes to what waited for it",
            Self::ProblemDrop => "said no to what waited for a yes",
            Self::LicenseKeyShow => "looked at a license key",
            Self::EventKeysShow => "looked at the license keys of a message",
            Self::LicenseMoreDays => "gave a license more days",
            Self::LicenseLift => "lifted a license's suspension",
            Self::LicenseMachinesShow => "looked at the machines of a license",
            Self::ApiTokenCreate => "made an API token",
            Self::ApiTokenRevoke => "revoked an API token",
            Self::JobBegin => "began long work",
        }
    }

    /// The act of that spelling; `None` for one that another version wrote.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|act| act.as_str() == text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_act_survives_its_text_form() {
        for act in Act::ALL {
            assert_eq!(Act::parse(act.as_str()), Some(act));
        }
        assert_eq!(Act::parse("store.burn"), None);
    }
}
