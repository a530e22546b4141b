//! How ids and times look in the API document.

use std::borrow::Cow;

use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, Schema, SchemaFormat, Type};
use utoipa::{PartialSchema, ToSchema};

use crate::domain::id::{
    CustomerId, DeliveryId, EffectId, EventId, JobId, LicenseId, LicenseServerId, MappingId,
    ProblemId, StorefrontId, TenantId,
};
use crate::domain::search_text::{MOST_BYTES, SearchText};
use crate::domain::time::Timestamp;

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

fn id(prefix: &str) -> RefOr<Schema> {
    let text = ObjectBuilder::new()
        .schema_type(Type::String)
        .pattern(Some(format!("^{prefix}_[0-9a-f]{{32}}$")));
    RefOr::T(Schema::Object(text.build()))
}
