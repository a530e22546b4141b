//! How ids, times, sets of words and free objects look in the API document.

use std::borrow::Cow;

use strum::VariantArray as _;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{
    AdditionalProperties, KnownFormat, ObjectBuilder, Schema, SchemaFormat, SchemaType, Type,
};
use utoipa::{PartialSchema, ToSchema};

use crate::domain::action::ActionKind;
use crate::domain::effect::{EffectState, EventState};
use crate::domain::id::{
    CustomerId, DeliveryId, EffectId, EventId, JobId, LicenseId, LicenseServerId, MappingId,
    ProblemId, StorefrontId, TenantId,
};
use crate::domain::job::JobState;
use crate::domain::kind::{LicenseServerKind, StorefrontKind};
use crate::domain::license::LicenseState;
use crate::domain::news::News;
use crate::domain::rules::Mode;
use crate::domain::search_text::{MOST_BYTES, SearchText};
use crate::domain::time::Timestamp;
use crate::store::deliveries::Outcome;
use crate::store::license_servers::ServerState;
use crate::storefronts::pretend::Scenario;
use crate::web::buyer::answer::AnswerKind;

macro_rules! id_schema {
    ($($name:ident),+) => {$(
        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                id($name::PREFIX)
            }
        }

        impl ToSchema for $name {
            fn name() -> Cow<'static, str> {
                Cow::Borrowed(stringify!($name))
            }
        }
    )+};
}

id_schema!(
    CustomerId,
    DeliveryId,
    EffectId,
    EventId,
    JobId,
    LicenseId,
    LicenseServerId,
    MappingId,
    ProblemId,
    StorefrontId,
    TenantId
);

impl PartialSchema for Timestamp {
    fn schema() -> RefOr<Schema> {
        let text = ObjectBuilder::new()
            .schema_type(Type::String)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime)))
            .description(Some("RFC 3339, UTC"));
        RefOr::T(Schema::Object(text.build()))
    }
}

impl ToSchema for Timestamp {}

impl PartialSchema for SearchText {
    fn schema() -> RefOr<Schema> {
        let text = ObjectBuilder::new()
            .schema_type(Type::String)
            .min_length(Some(1))
            .max_length(Some(MOST_BYTES));
        RefOr::T(Schema::Object(text.build()))
    }
}

impl ToSchema for SearchText {}

macro_rules! words_schema {
    ($($name:ident as $text:literal),+) => {$(
        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                words($name::VARIANTS.iter().map(|one| one.as_str()))
            }
        }

        impl ToSchema for $name {
            fn name() -> Cow<'static, str> {
                Cow::Borrowed($text)
            }
        }
    )+};
}

words_schema!(
    ActionKind as "EffectKind",
    AnswerKind as "AnswerKind",
    EffectState as "EffectState",
    EventState as "EventState",
    JobState as "JobState",
    LicenseServerKind as "LicenseServerKind",
    LicenseState as "LicenseState",
    Mode as "Mode",
    News as "EventKind",
    Outcome as "DeliveryOutcome",
    Scenario as "Scenario",
    ServerState as "CredentialState",
    StorefrontKind as "StorefrontKind"
);

/// A text that is one of these. What may get further words, such as the codes of reasons, is a text without them.
fn words(words: impl Iterator<Item = &'static str>) -> RefOr<Schema> {
    let text = ObjectBuilder::new()
        .schema_type(Type::String)
        .enum_values(Some(words));
    RefOr::T(Schema::Object(text.build()))
}

/// An object whose fields are not the API's: the shop's, the licensing service's, or those of the rules.
pub struct FreeObject;

impl PartialSchema for FreeObject {
    fn schema() -> RefOr<Schema> {
        let object = ObjectBuilder::new()
            .schema_type(Type::Object)
            .additional_properties(Some(AdditionalProperties::<Schema>::FreeForm(true)))
            .description(Some("Fields of any name that hold anything."));
        RefOr::T(Schema::Object(object.build()))
    }
}

impl ToSchema for FreeObject {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("FreeObject")
    }
}

/// Any JSON at all.
pub struct Anything;

impl PartialSchema for Anything {
    fn schema() -> RefOr<Schema> {
        let anything = ObjectBuilder::new()
            .schema_type(SchemaType::AnyValue)
            .description(Some("Any JSON: what others sent is passed on as it came."));
        RefOr::T(Schema::Object(anything.build()))
    }
}

impl ToSchema for Anything {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("Anything")
    }
}

fn id(prefix: &str) -> RefOr<Schema> {
    let text = ObjectBuilder::new()
        .schema_type(Type::String)
        .pattern(Some(format!("^{prefix}_[0-9a-f]{{32}}$")));
    RefOr::T(Schema::Object(text.build()))
}
