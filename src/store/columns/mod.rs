//! How our types lie in columns: native on PostgreSQL, bytes and numbers on SQLite.
//!
//! The domain stays free of diesel: what a derive would need to stand on its types is written here by two macros.

mod lane;
mod shapes;
mod wire;

use diesel::deserialize::FromSqlRow;
use diesel::expression::AsExpression;
use diesel::query_builder::QueryId;
use diesel::sql_types::SqlType;
use uuid::Uuid;

use crate::domain::action::ActionKind;
use crate::domain::consent::Answer;
use crate::domain::effect::{EffectState, EventState};
use crate::domain::id::{
    ApiTokenId, CallId, CustomerId, DeliveryId, EffectId, EventId, JobId, KeyRequestId, LicenseId,
    LicenseServerId, MailId, MappingId, OlderSecretId, OnceId, StorefrontId, TenantId, UserId,
};
use crate::domain::job::{JobKind, JobState};
use crate::domain::kind::{LicenseServerKind, StorefrontKind};
use crate::domain::license::{Aspect, LicenseState};
use crate::domain::news::News;
use crate::domain::reason::ReasonCode;
use crate::domain::rules::Mode;
use crate::domain::shop_id::{OrderId, SubscriptionId};
use crate::domain::time::Timestamp;
pub(super) use crate::store::columns::shapes::{text_column, value_column};

/// An id: `uuid` (given by its number, which spares a look-up per connection), or 16 bytes.
#[derive(Debug, Clone, Copy, Default, SqlType, QueryId)]
#[diesel(postgres_type(oid = 2950, array_oid = 2951))]
#[diesel(sqlite_type(name = "Binary"))]
pub struct Id;

/// A point in time: `timestamptz`, or microseconds since 1970.
#[derive(Debug, Clone, Copy, Default, SqlType, QueryId)]
#[diesel(postgres_type(oid = 1184, array_oid = 1185))]
#[diesel(sqlite_type(name = "Long"))]
pub struct Moment;

/// One running process, as the owner of leases and permits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ProcessId(Uuid);

impl ProcessId {
    /// Wraps the number that a process drew when it began.
    pub const fn from_uuid(uuid: Uuid) -> Self {
        Self(uuid)
    }

    /// The number.
    pub const fn as_uuid(&self) -> Uuid {
        self.0
    }
}

/// What every id becomes in a statement.
#[derive(Debug, Clone, Copy, AsExpression, FromSqlRow)]
#[diesel(sql_type = Id)]
pub struct IdValue(Uuid);

/// What every point in time becomes in a statement.
#[derive(Debug, Clone, Copy, AsExpression, FromSqlRow)]
#[diesel(sql_type = Moment)]
pub struct MomentValue(i64);

impl IdValue {
    /// Its 16 bytes.
    pub(super) const fn as_bytes(&self) -> &[u8; 16] {
        self.0.as_bytes()
    }

    /// The id itself.
    pub const fn as_uuid(&self) -> Uuid {
        self.0
    }

    fn into_sqlite(self) -> Vec<u8> {
        self.0.as_bytes().to_vec()
    }
}

impl MomentValue {
    const fn into_sqlite(self) -> i64 {
        self.0
    }
}

impl From<Uuid> for IdValue {
    fn from(uuid: Uuid) -> Self {
        Self(uuid)
    }
}

impl From<i64> for MomentValue {
    fn from(microsecond: i64) -> Self {
        Self(microsecond)
    }
}

value_column!(
    Timestamp,
    Moment,
    MomentValue,
    Timestamp::from_microsecond,
    |time: &Timestamp| time.as_microsecond()
);

value_column!(
    ApiTokenId,
    Id,
    IdValue,
    ApiTokenId::from_uuid,
    ApiTokenId::as_uuid
);
value_column!(CallId, Id, IdValue, CallId::from_uuid, CallId::as_uuid);
value_column!(
    CustomerId,
    Id,
    IdValue,
    CustomerId::from_uuid,
    CustomerId::as_uuid
);
value_column!(
    DeliveryId,
    Id,
    IdValue,
    DeliveryId::from_uuid,
    DeliveryId::as_uuid
);
value_column!(
    EffectId,
    Id,
    IdValue,
    EffectId::from_uuid,
    EffectId::as_uuid
);
value_column!(EventId, Id, IdValue, EventId::from_uuid, EventId::as_uuid);
value_column!(JobId, Id, IdValue, JobId::from_uuid, JobId::as_uuid);
value_column!(
    KeyRequestId,
    Id,
    IdValue,
    KeyRequestId::from_uuid,
    KeyRequestId::as_uuid
);
value_column!(
    LicenseId,
    Id,
    IdValue,
    LicenseId::from_uuid,
    LicenseId::as_uuid
);
value_column!(
    LicenseServerId,
    Id,
    IdValue,
    LicenseServerId::from_uuid,
    LicenseServerId::as_uuid
);
value_column!(
    MappingId,
    Id,
    IdValue,
    MappingId::from_uuid,
    MappingId::as_uuid
);
value_column!(
    ProcessId,
    Id,
    IdValue,
    ProcessId::from_uuid,
    ProcessId::as_uuid
);
value_column!(
    StorefrontId,
    Id,
    IdValue,
    StorefrontId::from_uuid,
    StorefrontId::as_uuid
);
value_column!(
    TenantId,
    Id,
    IdValue,
    TenantId::from_uuid,
    TenantId::as_uuid
);
value_column!(MailId, Id, IdValue, MailId::from_uuid, MailId::as_uuid);
value_column!(
    OlderSecretId,
    Id,
    IdValue,
    OlderSecretId::from_uuid,
    OlderSecretId::as_uuid
);
value_column!(OnceId, Id, IdValue, OnceId::from_uuid, OnceId::as_uuid);
value_column!(UserId, Id, IdValue, UserId::from_uuid, UserId::as_uuid);

text_column!(ActionKind, ActionKind::parse);
text_column!(Answer, Answer::parse);
text_column!(Aspect, Aspect::parse);
text_column!(EffectState, EffectState::parse);
text_column!(EventState, EventState::parse);
text_column!(JobKind, JobKind::parse);
text_column!(JobState, JobState::parse);
text_column!(LicenseServerKind, LicenseServerKind::parse);
text_column!(LicenseState, LicenseState::parse);
text_column!(Mode, Mode::parse);
text_column!(News, News::parse);
text_column!(OrderId, OrderId::new);
text_column!(StorefrontKind, StorefrontKind::parse);
text_column!(SubscriptionId, SubscriptionId::new);
text_column!(ReasonCode, ReasonCode::parse);
