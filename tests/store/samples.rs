//! Rows to begin with; a test changes what it is about.

use std::sync::Arc;

use latchkey::domain::action::ActionKind;
use latchkey::domain::effect::EffectState;
use latchkey::domain::id::{
    CallId, DeliveryId, EffectId, EventId, LicenseId, LicenseServerId, StorefrontId, TenantId,
};
use latchkey::domain::kind::{LicenseServerKind, StorefrontKind};
use latchkey::domain::lane::Lane;
use latchkey::domain::license::{Aspect, LicenseState};
use latchkey::domain::rules::Mode;
use latchkey::domain::shop_id::OrderId;
use latchkey::domain::time::Timestamp;
use latchkey::store::calls::Call;
use latchkey::store::deliveries::Outcome;
use latchkey::store::effects::Effect;
use latchkey::store::events::{Arrival, NewEvent};
use latchkey::store::license_servers::{LicenseServer, ServerState};
use latchkey::store::storefronts::Storefront;
use latchkey::store::tenants::Tenant;
use latchkey::store::{Store, license_servers, licenses, storefronts, tenants};
use uuid::Uuid;

/// Seconds after the beginning of the test's time.
pub fn at(seconds: i64) -> Timestamp {
    Timestamp::from_microsecond(1_800_000_000_000_000 + seconds * 1_000_000)
}

pub fn tenant_id(number: u128) -> TenantId {
    TenantId::from_uuid(Uuid::from_u128(number))
}

/// Each tenant has one store, of the same number.
pub fn storefront_id(number: u128) -> StorefrontId {
    StorefrontId::from_uuid(Uuid::from_u128(number))
}

pub fn server_id(number: u128) -> LicenseServerId {
    LicenseServerId::from_uuid(Uuid::from_u128(number))
}

pub fn event_id(number: u128) -> EventId {
    EventId::from_uuid(Uuid::from_u128(number))
}

pub fn license_id(number: u128) -> LicenseId {
    LicenseId::from_uuid(Uuid::from_u128(number))
}

pub fn effect_id(number: u128) -> EffectId {
    EffectId::from_uuid(Uuid::from_u128(number))
}

/// A tenant with an account at a license server and a store.
pub async fn tenant(store: &Store, number: u128) -> TenantId {
    let id = tenant_id(number);
    crate::write(store, move |db| {
        let tenant = Tenant {
            id,
            name: format!("vendor {number}"),
            created_at: at(0),
            suspended_at: None,
        };
        tenants::create(db, &tenant, &[])?;
        license_servers::create(db, &license_server(number))?;
        storefronts::create(db, &storefront(number))
    })
    .await;
    id
}

pub fn license_server(number: u128) -> LicenseServer {
    LicenseServer {
        tenant_id: tenant_id(number),
        id: server_id(number),
        kind: LicenseServerKind::Cryptlex,
        name: "account".to_owned(),
        base_url: "https://api.example.com".to_owned(),
        access_token_sealed: vec![1],
        token_version: 1,
        state: ServerState::Unchecked,
        scopes: String::new(),
        missing_scopes: String::new(),
        checked_at: None,
        created_at: at(0),
        deleted_at: None,
        failures_in_row: 0,
        last_success_at: None,
        broken_since: None,
        held_since: None,
        held_reason: None,
        next_probe_at: None,
    }
}

pub fn storefront(number: u128) -> Storefront {
    Storefront {
        tenant_id: tenant_id(number),
        id: storefront_id(number),
        kind: StorefrontKind::Fastspring,
        name: "store".to_owned(),
        license_server_id: server_id(number),
        test_license_server_id: None,
        hook_token_hash: hook_hash(number).to_vec(),
        hook_token_sealed: vec![1],
        webhook_secret_sealed: vec![2],
        previous_secret_sealed: None,
        previous_secret_until: None,
        fulfillment_key_sealed: None,
        api_username_sealed: None,
        api_password_sealed: None,
        mode: Mode::Live,
        takeover_at: None,
        policy: "{}".to_owned(),
        rules_changed_at: at(0),
        created_at: at(0),
        deleted_at: None,
        last_event_at: None,
    }
}

pub fn hook_hash(number: u128) -> [u8; 32] {
    [u8::try_from(number).unwrap_or(0); 32]
}

/// An event of the shop, called by its number; its subject is that of the test's choice.
pub fn event(number: u128, subject: &str) -> NewEvent {
    NewEvent {
        id: event_id(number),
        delivery_id: None,
        source_event_id: Some(format!("source-{number}")),
        event_type: "order.completed".to_owned(),
        live: true,
        lane: Lane::Purchase,
        subject: subject.to_owned(),
        order_id: Some(subject.to_owned()),
        order_reference: None,
        subscription_id: None,
        occurred_at: at(0),
        is_held: false,
        payload_sealed: vec![7; 20],
    }
}

/// A delivery to the store of a tenant, received then.
pub fn arrival(tenant: u128, received_at: Timestamp, events: Vec<NewEvent>) -> Arc<Arrival> {
    Arc::new(Arrival {
        outcome: Outcome::Accepted,
        tenant_id: tenant_id(tenant),
        storefront_id: storefront_id(tenant),
        delivery_id: DeliveryId::from_uuid(Uuid::new_v4()),
        received_at,
        body_bytes: 100,
        events,
        new_types: Vec::new(),
    })
}

pub fn license(tenant: u128, number: u128) -> licenses::Row {
    licenses::Row {
        tenant_id: tenant_id(tenant),
        id: license_id(number),
        storefront_id: storefront_id(tenant),
        license_server_id: server_id(tenant),
        root_kind: "order".to_owned(),
        root: format!("ORDER-{number}"),
        slot: "studio".to_owned(),
        unit: 1,
        generation: 1,
        product_path: "studio".to_owned(),
        order_id: OrderId::new(&format!("ORDER-{number}")),
        reference: None,
        subscription_id: None,
        customer_id: None,
        key_hash: Some(number.to_be_bytes().to_vec()),
        key_sealed: Some(vec![1]),
        remote_id: None,
        given: "{}".to_owned(),
        shown: None,
        is_adopted: false,
        deleted_at: None,
        busy_effect_id: None,
        busy_since: None,
        verified_at: None,
        changed_by_hand_at: None,
        state: LicenseState::Pending,
        expires_at: None,
        live: true,
        created_at: at(i64::try_from(number).unwrap_or(0)),
        updated_at: at(0),
    }
}

pub fn effect(tenant: u128, number: u128, event: u128, license: u128) -> Effect {
    Effect {
        tenant_id: tenant_id(tenant),
        id: effect_id(number),
        event_id: event_id(event),
        license_id: license_id(license),
        position: 0,
        kind: ActionKind::Issue,
        state: EffectState::Planned,
        aspect: Aspect::Existence,
        action: "{}".to_owned(),
        action_version: 1,
        summary: "Issue a license".to_owned(),
        before: None,
        after: None,
        attempts: 0,
        release: "test".to_owned(),
        created_at: at(0),
        sent_at: None,
        settled_at: None,
        verified_at: None,
    }
}

/// A request for the first event that went wrong.
pub fn call(number: u128, at: Timestamp) -> Call {
    Call {
        storefront_id: None,
        tenant_id: tenant_id(1),
        id: CallId::from_uuid(Uuid::from_u128(number)),
        event_id: event_id(1),
        effect_id: None,
        license_server_id: server_id(1),
        at,
        method: "GET".to_owned(),
        url: "https://api.example.com/v3/licenses".to_owned(),
        status: None,
        duration_ms: 12,
        request_sealed: None,
        response_sealed: Some(vec![1]),
        error: Some("timed out".to_owned()),
    }
}
