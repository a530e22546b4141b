//! What a vendor connects, and its rules.

diesel::table! {
    use diesel::sql_types::{BigInt, Binary, Bool, Integer, Nullable, Text};
    use crate::store::columns::{Id, Moment};

    /// An account at a licensing service, with the breaker that guards it.
    license_servers (tenant_id, id) {
        tenant_id -> Id,
        id -> Id,
        kind -> Text,
        name -> Text,
        base_url -> Text,
        access_token_sealed -> Binary,
        token_version -> Integer,
        state -> Text,
        scopes -> Text,
        missing_scopes -> Text,
        checked_at -> Nullable<Moment>,
        created_at -> Moment,
        deleted_at -> Nullable<Moment>,
        failures_in_row -> Integer,
        last_success_at -> Nullable<Moment>,
        broken_since -> Nullable<Moment>,
        held_since -> Nullable<Moment>,
        held_reason -> Nullable<Text>,
        next_probe_at -> Nullable<Moment>,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Binary, Bool, Integer, Nullable, Text};
    use crate::store::columns::{Id, Moment};

    /// A store at the shop; the hook token is found by its hash and shown from its sealed form.
    storefronts (tenant_id, id) {
        tenant_id -> Id,
        id -> Id,
        kind -> Text,
        name -> Text,
        license_server_id -> Id,
        test_license_server_id -> Nullable<Id>,
        hook_token_hash -> Binary,
        hook_token_sealed -> Binary,
        webhook_secret_sealed -> Binary,
        previous_secret_sealed -> Nullable<Binary>,
        previous_secret_until -> Nullable<Moment>,
        fulfillment_key_sealed -> Nullable<Binary>,
        api_username_sealed -> Nullable<Binary>,
        api_password_sealed -> Nullable<Binary>,
        mode -> Text,
        takeover_at -> Nullable<Moment>,
        policy -> Text,
        rules_changed_at -> Moment,
        created_at -> Moment,
        deleted_at -> Nullable<Moment>,
        last_event_at -> Nullable<Moment>,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Binary, Bool, Integer, Nullable, Text};
    use crate::store::columns::{Id, Moment};

    /// A secret that a store's shop signed with before its previous one.
    older_secrets (tenant_id, id) {
        tenant_id -> Id,
        id -> Id,
        storefront_id -> Id,
        secret_sealed -> Binary,
        believed_until -> Moment,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Binary, Bool, Integer, Nullable, Text};
    use crate::store::columns::{Id, Moment};

    /// What is licensed for a product path.
    mappings (tenant_id, storefront_id, product_path) {
        tenant_id -> Id,
        storefront_id -> Id,
        product_path -> Text,
        id -> Id,
        mapping -> Text,
        fulfillment_key_sealed -> Nullable<Binary>,
        updated_at -> Moment,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Binary, Bool, Integer, Nullable, Text};
    use crate::store::columns::{Id, Moment};

    /// Product paths that events named, with the attributes last seen.
    products_seen (tenant_id, storefront_id, product_path) {
        tenant_id -> Id,
        storefront_id -> Id,
        product_path -> Text,
        display -> Nullable<Text>,
        attributes -> Nullable<Text>,
        first_seen_at -> Moment,
        last_seen_at -> Moment,
        shop_key_at -> Nullable<Moment>,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Binary, Bool, Integer, Nullable, Text};
    use crate::store::columns::{Id, Moment};

    /// What a license server told about a thing that seldom changes, such as a template.
    remembered (tenant_id, license_server_id, subject) {
        tenant_id -> Id,
        license_server_id -> Id,
        subject -> Text,
        value -> Text,
        read_at -> Moment,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Binary, Bool, Integer, Nullable, Text};
    use crate::store::columns::{Id, Moment};

    /// The user that a license server has for an address.
    remote_users (tenant_id, license_server_id, email_hash) {
        tenant_id -> Id,
        license_server_id -> Id,
        email_hash -> Binary,
        remote_id -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Binary, Bool, Integer, Nullable, Text};
    use crate::store::columns::{Id, Moment};

    /// How the credentials of a store for the shop's API stand, and when what never came is fetched next.
    shop_apis (tenant_id, storefront_id) {
        tenant_id -> Id,
        storefront_id -> Id,
        state -> Text,
        checked_at -> Nullable<Moment>,
        held_since -> Nullable<Moment>,
        fetch_due_at -> Nullable<Moment>,
        fetched_at -> Nullable<Moment>,
    }
}
