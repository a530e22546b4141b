//! What arrives and waits to be worked.

diesel::table! {
    use diesel::sql_types::{BigInt, Binary, Bool, Integer, Nullable, Text};
    use crate::store::columns::{Id, Moment};

    /// One POST to a hook; of the refused ones only a sample.
    deliveries (tenant_id, id) {
        tenant_id -> Id,
        id -> Id,
        storefront_id -> Id,
        received_at -> Moment,
        body_bytes -> BigInt,
        events -> Integer,
        outcome -> Text,
        cause -> Nullable<Text>,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Binary, Bool, Integer, Nullable, Text};
    use crate::store::columns::{Id, Moment};

    /// How many deliveries were refused in an hour, by cause.
    refusals (tenant_id, storefront_id, hour, cause) {
        tenant_id -> Id,
        storefront_id -> Id,
        hour -> Moment,
        cause -> Text,
        count -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Binary, Bool, Integer, Nullable, Text};
    use crate::store::columns::{Id, Moment};

    /// One event of the shop, or a date of our own (then without `source_event_id`). `due_at` is null for all that is not to be worked.
    events (tenant_id, id) {
        tenant_id -> Id,
        id -> Id,
        storefront_id -> Id,
        delivery_id -> Nullable<Id>,
        source_event_id -> Nullable<Text>,
        event_type -> Text,
        live -> Bool,
        lane -> Integer,
        subject -> Text,
        state -> Text,
        reason_code -> Nullable<Text>,
        reason_subject -> Nullable<Text>,
        reason_details -> Nullable<Text>,
        order_id -> Nullable<Text>,
        order_reference -> Nullable<Text>,
        subscription_id -> Nullable<Text>,
        customer_id -> Nullable<Id>,
        headline -> Nullable<Text>,
        occurred_at -> Moment,
        received_at -> Moment,
        settled_at -> Nullable<Moment>,
        attempts -> Integer,
        claims -> Integer,
        due_at -> Nullable<Moment>,
        progress -> Nullable<Text>,
        words_sealed -> Nullable<Binary>,
        news -> Nullable<Text>,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Binary, Bool, Integer, Nullable, Text};
    use crate::store::columns::{Id, Moment};

    /// How many events stand still, by what they stand for; a number is the sum of its rows.
    cause_counts (tenant_id, storefront_id, state, reason_code, reason_subject, is_purchase) {
        tenant_id -> Id,
        storefront_id -> Id,
        state -> Text,
        reason_code -> Text,
        reason_subject -> Text,
        is_purchase -> Bool,
        count -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Binary, Bool, Integer, Nullable, Text};
    use crate::store::columns::{Id, Moment};

    /// What the shop sent, sealed; large, and dropped by retention.
    payloads (tenant_id, event_id, received_at) {
        tenant_id -> Id,
        event_id -> Id,
        received_at -> Moment,
        sealed -> Binary,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Binary, Bool, Integer, Nullable, Text};
    use crate::store::columns::{Id, Moment};

    /// Which process works on a subject, and until when.
    leases (tenant_id, subject) {
        tenant_id -> Id,
        subject -> Text,
        owner -> Id,
        until -> Moment,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Binary, Bool, Integer, Nullable, Text};
    use crate::store::columns::{Id, Moment};

    /// When a tenant last had its turn, so that all have one.
    tenant_turns (tenant_id) {
        tenant_id -> Id,
        served_at -> Moment,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Binary, Bool, Integer, Nullable, Text};
    use crate::store::columns::{Id, Moment};

    /// Types of events that ever came to a store.
    event_types_seen (tenant_id, storefront_id, event_type) {
        tenant_id -> Id,
        storefront_id -> Id,
        event_type -> Text,
        first_seen_at -> Moment,
    }
}
