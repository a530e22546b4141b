//! Tenants and the people who act for them.

diesel::table! {
    use diesel::sql_types::{BigInt, Binary, Bool, Integer, Nullable, Text};
    use crate::store::columns::{Id, Moment};

    /// A vendor; owns everything that carries a `tenant_id`.
    tenants (id) {
        id -> Id,
        name -> Text,
        created_at -> Moment,
        suspended_at -> Nullable<Moment>,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Binary, Bool, Integer, Nullable, Text};
    use crate::store::columns::{Id, Moment};

    /// The keys of a tenant, wrapped by a master key.
    tenant_keys (tenant_id, purpose, version) {
        tenant_id -> Id,
        purpose -> Text,
        version -> Integer,
        master_key_name -> Text,
        wrapped -> Binary,
        created_at -> Moment,
        seals_since -> Nullable<Moment>,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Binary, Bool, Integer, Nullable, Text};
    use crate::store::columns::{Id, Moment};

    /// How far sealing anew under the newest data key is.
    key_rotations (tenant_id) {
        tenant_id -> Id,
        version -> Integer,
        begun_at -> Moment,
        sealing_since -> Nullable<Moment>,
        round -> Integer,
        round_begun_at -> Nullable<Moment>,
        column_count -> Integer,
        column_number -> Integer,
        after_row -> Id,
        found -> BigInt,
        unopened -> BigInt,
        sealed_anew -> BigInt,
        finished_at -> Nullable<Moment>,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Binary, Bool, Integer, Nullable, Text};
    use crate::store::columns::{Id, Moment};

    /// A person who signs in; the address is kept in lower case.
    users (id) {
        id -> Id,
        email -> Text,
        name -> Text,
        password_hash -> Text,
        is_operator -> Bool,
        created_at -> Moment,
        email_proved_at -> Nullable<Moment>,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Binary, Bool, Integer, Nullable, Text};
    use crate::store::columns::{Id, Moment};

    /// What a page shows a person once; deleted when it is shown.
    shown_once (tenant_id, id) {
        tenant_id -> Id,
        id -> Id,
        user_id -> Id,
        page -> Text,
        sealed -> Binary,
        expires_at -> Moment,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Binary, Bool, Integer, Nullable, Text};
    use crate::store::columns::{Id, Moment};

    /// A link in a mail that proves its reader's address; only the hash of its secret is kept.
    email_proofs (secret_hash) {
        secret_hash -> Binary,
        user_id -> Id,
        created_at -> Moment,
        expires_at -> Moment,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Binary, Bool, Integer, Nullable, Text};
    use crate::store::columns::{Id, Moment};

    /// A browser in which a person signed in before; only the hash of its secret is kept.
    devices (secret_hash, user_id) {
        secret_hash -> Binary,
        user_id -> Id,
        created_at -> Moment,
        last_used_at -> Moment,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Binary, Bool, Integer, Nullable, Text};
    use crate::store::columns::{Id, Moment};

    /// Mail that is to be sent, sealed.
    outbox (tenant_id, id) {
        tenant_id -> Id,
        id -> Id,
        created_at -> Moment,
        due_at -> Moment,
        sealed -> Binary,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Binary, Bool, Integer, Nullable, Text};
    use crate::store::columns::{Id, Moment};

    /// Who may act for a tenant, and as what.
    memberships (tenant_id, user_id) {
        tenant_id -> Id,
        user_id -> Id,
        role -> Text,
        created_at -> Moment,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Binary, Bool, Integer, Nullable, Text};
    use crate::store::columns::{Id, Moment};

    /// A signed-in browser; only the hash of its secret is kept.
    sessions (id_hash) {
        id_hash -> Binary,
        user_id -> Id,
        tenant_id -> Nullable<Id>,
        csrf_token -> Text,
        created_at -> Moment,
        last_seen_at -> Moment,
        expires_at -> Moment,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Binary, Bool, Integer, Nullable, Text};
    use crate::store::columns::{Id, Moment};

    /// A token for the API; only its hash is kept.
    api_tokens (tenant_id, id) {
        tenant_id -> Id,
        id -> Id,
        token_hash -> Binary,
        name -> Text,
        scopes -> Text,
        created_at -> Moment,
        last_used_at -> Nullable<Moment>,
        revoked_at -> Nullable<Moment>,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Binary, Bool, Integer, Nullable, Text};
    use crate::store::columns::{Id, Moment};

    /// Who did what.
    audit (tenant_id, id) {
        tenant_id -> Id,
        id -> Id,
        at -> Moment,
        user_id -> Nullable<Id>,
        api_token_id -> Nullable<Id>,
        action -> Text,
        target -> Text,
        details -> Text,
        number -> BigInt,
        link -> Binary,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Binary, Bool, Integer, Nullable, Text};
    use crate::store::columns::{Id, Moment};

    /// The latest act of a tenant, sealed.
    audit_heads (tenant_id) {
        tenant_id -> Id,
        number -> BigInt,
        link -> Binary,
        seal -> Binary,
    }
}

diesel::table! {
    use crate::store::columns::Id;

    /// Tenants whose acts come from before there was a chain.
    audit_to_chain (tenant_id) {
        tenant_id -> Id,
    }
}

diesel::table! {
    use diesel::sql_types::Text;

    /// Which programs can run on this schema.
    schema_compatibility (version) {
        version -> Text,
        oldest_that_can_run -> Text,
    }
}
