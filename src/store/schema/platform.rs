//! The budget, heartbeats, long work.

diesel::table! {
    use diesel::sql_types::{BigInt, Binary, Bool, Integer, Nullable, Text};
    use crate::store::columns::{Id, Moment};

    /// The budget of an origin: a slot is free again some time after its answer.
    permits (origin, slot) {
        origin -> Text,
        slot -> Integer,
        free_at -> Moment,
        owner -> Nullable<Id>,
        held_for -> Nullable<Id>,
        held_by -> Nullable<Text>,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Binary, Bool, Integer, Nullable, Text};
    use crate::store::columns::{Id, Moment};

    /// When each process last wrote; what readiness is judged by.
    heartbeats (owner) {
        owner -> Id,
        at -> Moment,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Binary, Bool, Integer, Nullable, Text};
    use crate::store::columns::{Id, Moment};

    /// Long work, and how far it is.
    jobs (tenant_id, id) {
        tenant_id -> Id,
        id -> Id,
        kind -> Text,
        state -> Text,
        done -> BigInt,
        total -> BigInt,
        result -> Nullable<Text>,
        started_at -> Moment,
        finished_at -> Nullable<Moment>,
        request -> Nullable<Text>,
        progress -> Nullable<Text>,
        owner -> Nullable<Id>,
        owned_until -> Nullable<Moment>,
    }
}
