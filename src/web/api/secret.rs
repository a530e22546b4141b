//! Secrets in requests: read, never shown.

use std::borrow::Cow;

use secrecy::SecretString;
use serde::{Deserialize, Deserializer};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, Schema, SchemaFormat, Type};
use utoipa::{PartialSchema, ToSchema};

/// A secret that a program hands over. Has neither `Debug` nor `Display`.
pub struct Secret(pub SecretString);

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(|text| Self(text.into()))
    }
}

impl PartialSchema for Secret {
    fn schema() -> RefOr<Schema> {
        let text = ObjectBuilder::new()
            .schema_type(Type::String)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::Password)))
            .write_only(true);
        RefOr::T(Schema::Object(text.build()))
    }
}

impl ToSchema for Secret {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("Secret")
    }
}

/// An optional secret, as use cases take it.
pub fn unwrapped(secret: Option<Secret>) -> Option<SecretString> {
    secret.map(|secret| secret.0)
}

/// A secret that may be left out, taken away or given, as use cases take it.
pub fn unwrapped_twice(secret: Option<Option<Secret>>) -> Option<Option<SecretString>> {
    secret.map(unwrapped)
}
