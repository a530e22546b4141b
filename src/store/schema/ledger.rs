//! Records, licenses and what was done to them.

diesel::table! {
    use diesel::sql_types::{BigInt, Binary, Bool, Integer, Nullable, Text};
    use crate::store::columns::{Id, Moment};

    /// What the shop says of an order; known by its id, or at first by its reference alone.
    orders (tenant_id, storefront_id, order_id) {
        tenant_id -> Id,
        storefront_id -> Id,
        order_id -> Text,
        reference -> Nullable<Text>,
        live -> Bool,
        customer_id -> Nullable<Id>,
        record -> Text,
        changed_at -> Nullable<Moment>,
        updated_at -> Moment,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Binary, Bool, Integer, Nullable, Text};
    use crate::store::columns::{Id, Moment};

    /// Which subscriptions an order began or paid for.
    order_subscriptions (tenant_id, storefront_id, order_id, subscription_id) {
        tenant_id -> Id,
        storefront_id -> Id,
        order_id -> Text,
        subscription_id -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Binary, Bool, Integer, Nullable, Text};
    use crate::store::columns::{Id, Moment};

    /// What the shop says of a subscription.
    subscriptions (tenant_id, storefront_id, subscription_id) {
        tenant_id -> Id,
        storefront_id -> Id,
        subscription_id -> Text,
        live -> Bool,
        customer_id -> Nullable<Id>,
        product_path -> Nullable<Text>,
        record -> Text,
        next -> Nullable<Moment>,
        updated_at -> Moment,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Binary, Bool, Integer, Nullable, Text};
    use crate::store::columns::{Id, Moment};

    /// A person known from orders, sealed.
    customers (tenant_id, id) {
        tenant_id -> Id,
        id -> Id,
        storefront_id -> Nullable<Id>,
        email_hash -> Nullable<Binary>,
        person_sealed -> Binary,
        created_at -> Moment,
        updated_at -> Moment,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Binary, Bool, Integer, Nullable, Text};
    use crate::store::columns::{Id, Moment};

    /// Keyed hashes of the words by which a person is found.
    customer_terms (tenant_id, term, customer_id) {
        tenant_id -> Id,
        term -> Binary,
        customer_id -> Id,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Binary, Bool, Integer, Nullable, Text};
    use crate::store::columns::{Id, Moment};

    /// One license. Its identity and key never change; `busy_effect_id` says which effect may call the license server for it.
    licenses (tenant_id, id) {
        tenant_id -> Id,
        id -> Id,
        storefront_id -> Id,
        license_server_id -> Id,
        root_kind -> Text,
        root -> Text,
        slot -> Text,
        unit -> Integer,
        generation -> Integer,
        product_path -> Text,
        order_id -> Nullable<Text>,
        reference -> Nullable<Text>,
        subscription_id -> Nullable<Text>,
        customer_id -> Nullable<Id>,
        key_hash -> Nullable<Binary>,
        key_sealed -> Nullable<Binary>,
        remote_id -> Nullable<Text>,
        given -> Text,
        shown -> Nullable<Text>,
        is_adopted -> Bool,
        deleted_at -> Nullable<Moment>,
        busy_effect_id -> Nullable<Id>,
        busy_since -> Nullable<Moment>,
        verified_at -> Nullable<Moment>,
        changed_by_hand_at -> Nullable<Moment>,
        state -> Text,
        expires_at -> Nullable<Moment>,
        live -> Bool,
        created_at -> Moment,
        updated_at -> Moment,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Binary, Bool, Integer, Nullable, Text};
    use crate::store::columns::{Id, Moment};

    /// One line of an order for which keys were asked; its place among the licenses moves once the order is known.
    key_requests (tenant_id, id) {
        tenant_id -> Id,
        id -> Id,
        storefront_id -> Id,
        reference -> Nullable<Text>,
        subscription_id -> Nullable<Text>,
        product_path -> Text,
        quantity -> Integer,
        root_kind -> Text,
        root -> Text,
        slot -> Text,
        order_id -> Nullable<Text>,
        parameters_sealed -> Nullable<Binary>,
        live -> Bool,
        requested_at -> Moment,
        answered_at -> Nullable<Moment>,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Binary, Bool, Integer, Nullable, Text};
    use crate::store::columns::{Id, Moment};

    /// One action on one license, on record before it is sent.
    effects (tenant_id, id) {
        tenant_id -> Id,
        id -> Id,
        event_id -> Id,
        license_id -> Id,
        position -> Integer,
        kind -> Text,
        state -> Text,
        aspect -> Text,
        action -> Text,
        action_version -> Integer,
        summary -> Text,
        before -> Nullable<Text>,
        after -> Nullable<Text>,
        attempts -> Integer,
        release -> Text,
        created_at -> Moment,
        sent_at -> Nullable<Moment>,
        settled_at -> Nullable<Moment>,
        verified_at -> Nullable<Moment>,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Binary, Bool, Integer, Nullable, Text};
    use crate::store::columns::{Id, Moment};

    /// What a person answered about access that was to be taken away.
    consents (tenant_id, license_id, question) {
        tenant_id -> Id,
        license_id -> Id,
        question -> Text,
        answer -> Text,
        event_id -> Id,
        answered_at -> Moment,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Binary, Bool, Integer, Nullable, Text};
    use crate::store::columns::{Id, Moment};

    /// Purchases that lost something for good within the last hour.
    brake_counts (tenant_id, storefront_id, root_kind, root) {
        tenant_id -> Id,
        storefront_id -> Id,
        root_kind -> Text,
        root -> Text,
        counted_at -> Moment,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Binary, Bool, Integer, Nullable, Text};
    use crate::store::columns::{Id, Moment};

    /// One request to a license server, bodies sealed; large, and dropped by retention.
    calls (tenant_id, id, at) {
        tenant_id -> Id,
        id -> Id,
        event_id -> Id,
        effect_id -> Nullable<Id>,
        license_server_id -> Id,
        at -> Moment,
        method -> Text,
        url -> Text,
        status -> Nullable<Integer>,
        duration_ms -> BigInt,
        request_sealed -> Nullable<Binary>,
        response_sealed -> Nullable<Binary>,
        error -> Nullable<Text>,
        storefront_id -> Nullable<Id>,
    }
}
