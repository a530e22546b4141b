//! How ids and times look in the API document.

use std::borrow::Cow;

use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, Schema, SchemaFormat, Type};
use utoipa::{PartialSchema, ToSchema};

use crate::domain::id::{
    CustomerId, DeliveryId, EffectId, EventId, JobId, LicenseId, LicenseServerId, MappingId,
    ProblemId, StorefrontId, TenantId,
};
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

fn id(prefix: &str) -> RefOr<Schema> {
    let text = ObjectBuilder::new()
        .schema_type(Type::String)
        .pattern(Some(format!("^{prefix}_[0-9a-f]{{32}}$")));
    RefOr::T(Schema::Object(text.build()))
}
