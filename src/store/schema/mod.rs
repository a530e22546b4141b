//! The tables as both databases have them; `migrations/` says what each column means.

mod arrivals;
mod ledger;
mod people;
mod platform;
mod setup;

pub use arrivals::{
    cause_counts, deliveries, event_types_seen, events, leases, payloads, refusals, tenant_turns,
};
pub use ledger::{
    brake_counts, calls, consents, customer_terms, customers, effects, key_requests, licenses,
    order_subscriptions, orders, subscriptions,
};
pub use people::{
    api_tokens, audit, audit_heads, audit_to_chain, devices, email_proofs, key_rotations,
    memberships, outbox, schema_compatibility, sessions, shown_once, tenant_keys, tenants, users,
};
pub use platform::{heartbeats, jobs, permits};
pub use setup::{
    license_servers, mappings, older_secrets, products_seen, remembered, remote_users, shop_apis,
    storefronts,
};

diesel::allow_tables_to_appear_in_same_query!(memberships, tenants, users);
diesel::allow_tables_to_appear_in_same_query!(effects, events, leases, licenses);
diesel::allow_tables_to_appear_in_same_query!(events, storefronts);
diesel::allow_tables_to_appear_in_same_query!(brake_counts, licenses);
diesel::allow_tables_to_appear_in_same_query!(customers, customer_terms);
diesel::allow_tables_to_appear_in_same_query!(tenant_turns, tenants);
diesel::allow_tables_to_appear_in_same_query!(jobs, tenants);
diesel::allow_tables_to_appear_in_same_query!(license_servers, storefronts);
diesel::allow_tables_to_appear_in_same_query!(license_servers, tenants);
diesel::allow_tables_to_appear_in_same_query!(licenses, tenants);
diesel::allow_tables_to_appear_in_same_query!(shop_apis, tenants);
diesel::allow_tables_to_appear_in_same_query!(storefronts, tenants);
