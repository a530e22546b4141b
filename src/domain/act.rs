//! What people and programs change, as the record of who did what names it.

use strum::{EnumString, IntoStaticStr, VariantArray};

use crate::domain::kind::ServiceNames;

/// One kind of act.
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
pub enum Act {
    /// Somebody signed in.
    #[strum(serialize = "session.begin")]
    SessionBegin,
    /// Somebody signed out.
    #[strum(serialize = "session.end")]
    SessionEnd,
    /// Somebody proved that their address is theirs.
    #[strum(serialize = "email.prove")]
    EmailProve,
    /// A company was made, with its owner and its first token.
    #[strum(serialize = "tenant.create")]
    TenantCreate,
    /// Nothing is done for a company any longer.
    #[strum(serialize = "tenant.suspend")]
    TenantSuspend,
    /// A company is served again.
    #[strum(serialize = "tenant.resume")]
    TenantResume,
    /// A company's keys were wrapped anew.
    #[strum(serialize = "keys.rotate")]
    KeysRotate,
    /// A company got a new data key.
    #[strum(serialize = "data_key.make")]
    DataKeyMake,
    /// A company's older data keys were destroyed, after everything was sealed anew.
    #[strum(serialize = "data_key.destroy")]
    DataKeyDestroy,
    /// What was done before acts were chained was chained.
    #[strum(serialize = "audit.chain")]
    AuditChain,
    /// The platform's own record began.
    #[strum(serialize = "platform.begin")]
    PlatformBegin,
    /// Somebody may see the operator pages.
    #[strum(serialize = "operator.create")]
    OperatorCreate,
    /// A licensing account was connected.
    #[strum(serialize = "license_server.create")]
    LicenseServerCreate,
    /// A licensing account got another name, address or token.
    #[strum(serialize = "license_server.change")]
    LicenseServerChange,
    /// A licensing account was removed.
    #[strum(serialize = "license_server.delete")]
    LicenseServerDelete,
    /// A store was connected.
    #[strum(serialize = "storefront.create")]
    StorefrontCreate,
    /// A store's settings or rules changed.
    #[strum(serialize = "storefront.change")]
    StorefrontChange,
    /// A store was removed.
    #[strum(serialize = "storefront.delete")]
    StorefrontDelete,
    /// The secret that a shop signs with changed.
    #[strum(serialize = "storefront.rotate_secret")]
    SecretRotate,
    /// What a product gives was said.
    #[strum(serialize = "mapping.put")]
    MappingPut,
    /// What a product gives was taken back.
    #[strum(serialize = "mapping.delete")]
    MappingDelete,
    /// A message was run again.
    #[strum(serialize = "event.replay")]
    EventReplay,
    /// Several messages were run again.
    #[strum(serialize = "events.replay")]
    EventsReplay,
    /// A message was set aside.
    #[strum(serialize = "event.discard")]
    EventDiscard,
    /// A person named the license of a message.
    #[strum(serialize = "event.link")]
    EventLink,
    /// Something that waited for a yes got it.
    #[strum(serialize = "problem.approve")]
    ProblemApprove,
    /// Something that waited for a yes got a no.
    #[strum(serialize = "problem.drop")]
    ProblemDrop,
    /// A license key was looked at.
    #[strum(serialize = "license_key.show")]
    LicenseKeyShow,
    /// The license keys in a message were looked at.
    #[strum(serialize = "event_keys.show")]
    EventKeysShow,
    /// A license was given more days.
    #[strum(serialize = "license.more_days")]
    LicenseMoreDays,
    /// A license's suspension was lifted.
    #[strum(serialize = "license.lift")]
    LicenseLift,
    /// A license's machines were looked at.
    #[strum(serialize = "license_machines.show")]
    LicenseMachinesShow,
    /// A token for the API was made.
    #[strum(serialize = "api_token.create")]
    ApiTokenCreate,
    /// A token for the API was revoked.
    #[strum(serialize = "api_token.revoke")]
    ApiTokenRevoke,
    /// Long work was begun.
    #[strum(serialize = "job.begin")]
    JobBegin,
}

impl Act {
    /// As the API and the store spell it.
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// What was done, as people read it after a name.
    pub fn text(self, services: &ServiceNames) -> String {
        let text = match self {
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
            Self::LicenseServerCreate => "connected a {service} account",
            Self::LicenseServerChange => "changed a {service} account",
            Self::LicenseServerDelete => "removed a {service} account",
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
        };
        services.named_in(text)
    }

    /// The act of that spelling; `None` for one that another version wrote.
    pub fn parse(text: &str) -> Option<Self> {
        text.parse().ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_act_survives_its_text_form() {
        for act in Act::VARIANTS.iter().copied() {
            assert_eq!(Act::parse(act.as_str()), Some(act));
        }
        assert_eq!(Act::parse("store.burn"), None);
    }
}
