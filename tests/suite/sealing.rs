//! What is sealed opens only where it was sealed, and is sealed anew under a new key while everything runs.

use std::sync::Arc;

use jiff::SignedDuration;
use latchkey::accounts::audit::verify;
use latchkey::accounts::{data_keys, master_keys};
use latchkey::domain::id::{MailId, OnceId, TenantId, UserId};
use latchkey::store::key_rotations::{self, KeyRotation};
use latchkey::store::outbox::{self, OutgoingMail};
use latchkey::store::sealed::{self, Outdated, SEALED_COLUMNS, SealedColumn};
use latchkey::store::shown_once::{self, ShownOnce};
use latchkey::store::{Db, Scope, StoreError, tenants};
use latchkey::vault::{Field, KeyPurpose, MasterKeys, Place, TenantKeys, WrappedKey};
use serde_json::json;
use uuid::Uuid;

use crate::fulfillment::ask_with;
use crate::shop::order;
use crate::world::{MASTER_KEYS, PRIVATE_KEY, Vendor, World};

on_both! {
    a_sealed_value_opens_nowhere_else_and_not_when_changed,
    keys_are_renewed_while_orders_come_in,
    what_does_not_open_keeps_the_older_key,
    a_renewal_that_is_under_way_is_not_begun_again,
    a_process_with_a_wrong_master_key_is_not_ready,
}

/// A version that nothing is sealed under, even where a bit of it is flipped.
const ANY: u32 = u32::MAX;
/// More rows than any test makes.
const ALL: u32 = 10_000;

/// One sealed value as it lies in the database.
#[derive(Clone)]
struct Cell {
    column: &'static SealedColumn,
    value: Outdated,
}

async fn a_sealed_value_opens_nowhere_else_and_not_when_changed(world: &World) {
    let (one, other) = (filled(world).await, filled(world).await);
    let (own, foreign) = (cells(world, &one).await, cells(world, &other).await);
    for column in &SEALED_COLUMNS {
        let is_there = |cell: &&Cell| std::ptr::eq(cell.column, column);
        let name = format!("{}.{}", column.table, column.column);
        assert!(own.iter().any(|cell| is_there(&cell)), "no {name}");
    }
    let mut tried = 0;

    for (number, cell) in own.iter().enumerate() {
        let next = &own[(number + 1) % own.len()];
        let is_like = |other: &&Cell| std::ptr::eq(other.column, cell.column);
        let mut wrong: Vec<Vec<u8>> = vec![next.value.sealed.clone()];
        // The same column of another tenant, and of other rows.
        wrong.extend(
            foreign
                .iter()
                .filter(is_like)
                .map(|other| other.value.sealed.clone()),
        );
        let elsewhere = own.iter().filter(is_like);
        let elsewhere = elsewhere.filter(|other| other.value.row != cell.value.row);
        wrong.extend(elsewhere.map(|other| other.value.sealed.clone()));
        let sealed = &cell.value.sealed;
        wrong.extend(
            (0..sealed.len())
                .step_by(sealed.len() / 24 + 1)
                .map(|position| {
                    let mut changed = sealed.clone();
                    changed[position] ^= 1;
                    changed
                }),
        );
        wrong.push(sealed[..sealed.len() - 1].to_vec());
        tried += wrong.len();
        let opened = open_in_place(world, &one, cell.clone(), wrong).await;
        assert_eq!(opened, [] as [usize; 0], "{:?}", cell.value.row);
    }

    assert!(tried > 500, "{tried}");
    for cell in cells(world, &one).await {
        let keys = keys(world, &one).await;
        assert!(opens(&keys, cell.column, &cell.value));
    }
}

async fn keys_are_renewed_while_orders_come_in(world: &World) {
    let (vendor, other) = (filled(world).await, world.vendor().await);
    let replica = world.replica().await;
    let kept = cells(world, &vendor).await;
    let tenant = tenant(&vendor);
    let (store, keys) = (&world.app.store, world.app.tenant_keys.master_keys());
    begin(world, &vendor).await;
    let mut orders = Vec::new();

    for number in 0..32 {
        let bought = order(&format!("L-{number}")).line("reverb", 1).completed();
        let vendor_there = vendor.at([&world.app.url, &replica.url][number % 2]);
        let (_, _, stepped) =
            futures::join!(vendor_there.post(&bought), world.work(), step(world),);
        stepped.unwrap();
        world.work().await;
        if number == 10 {
            let spare_first: MasterKeys = spare_first();
            let now = world.clock.now();
            assert!(master_keys::rotate(store, &spare_first, now).await.unwrap() > 0);
        }
        let key = &vendor.licenses().await[0];
        let key = format!("/licenses/{}/key", key["id"].as_str().unwrap());
        vendor.get(&key).await.expect(200);
        other.licenses().await;
        orders.push(bought);
        world.clock.advance(SignedDuration::from_mins(1));
    }

    let rotation = rotation(world, tenant).await;
    assert!(rotation.finished_at.is_some(), "{rotation:?}");
    assert!(rotation.sealed_anew >= i64::try_from(kept.len()).unwrap());
    for bought in &orders {
        assert_eq!(vendor.outcome(bought).await, "done");
    }
    for cell in cells(world, &vendor).await {
        assert_eq!(
            cell.value.sealed[1..5],
            2_u32.to_be_bytes(),
            "{}",
            cell.column.table
        );
    }
    let rows = keys_of(world, tenant).await;
    let data = rows.iter().filter(|row| row.purpose == KeyPurpose::Data);
    assert_eq!(data.map(|row| row.version).collect::<Vec<_>>(), [2]);
    assert!(rows.iter().all(|row| row.master_key_name == "spare"));
    // What somebody kept from before opens no longer, at its own place neither.
    let now = TenantKeys::unwrap(keys, tenant, &rows).unwrap();
    for cell in kept {
        assert!(!opens(&now, cell.column, &cell.value));
    }
    let verdicts = verify(store, keys, None).await.unwrap();
    assert!(
        verdicts.iter().all(|(_, verdict)| verdict.fault.is_none()),
        "{verdicts:?}"
    );
    replica.stop().await;
}

async fn what_does_not_open_keeps_the_older_key(world: &World) {
    let vendor = filled(world).await;
    let tenant = tenant(&vendor);
    world.tamper("UPDATE mappings SET fulfillment_key_sealed = \
        (SELECT access_token_sealed FROM license_servers WHERE license_servers.tenant_id = mappings.tenant_id) \
        WHERE fulfillment_key_sealed IS NOT NULL");
    begin(world, &vendor).await;

    for _ in 0..40 {
        step(world).await.unwrap();
        world.clock.advance(SignedDuration::from_mins(1));
    }

    let stuck = rotation(world, tenant).await;
    assert_eq!((stuck.finished_at, stuck.unopened), (None, 1), "{stuck:?}");
    let older = keys_of(world, tenant).await;
    assert_eq!(
        older
            .iter()
            .filter(|key| key.purpose == KeyPurpose::Data)
            .count(),
        2
    );
    world.tamper("UPDATE mappings SET fulfillment_key_sealed = NULL");
    for _ in 0..40 {
        step(world).await.unwrap();
        world.clock.advance(SignedDuration::from_mins(1));
    }
    assert!(rotation(world, tenant).await.finished_at.is_some());
}

async fn a_renewal_that_is_under_way_is_not_begun_again(world: &World) {
    let vendor = world.vendor().await;

    let first = begin(world, &vendor).await;
    world.clock.advance(SignedDuration::from_mins(1));
    let second = begin(world, &vendor).await;

    assert_eq!((first.version, first.begun_at), (2, second.begun_at));
    assert_eq!(second.version, 2);
}

async fn a_process_with_a_wrong_master_key_is_not_ready(world: &World) {
    world.vendor().await;
    // Another key of the same name is what that looks like.
    world.tamper("UPDATE tenant_keys SET master_key_name = 'spare'");

    let url = format!("{}/readyz", world.app.url);
    let answer = world.http.get(url).send().await.unwrap();

    assert_eq!(answer.status(), 503);
    assert_eq!(answer.text().await.unwrap(), "wrong master key");
}

/// A vendor who has a value in each sealed column.
async fn filled(world: &World) -> Vendor {
    let vendor = world
        .vendor_with(json!({
            "fulfillment_key": PRIVATE_KEY, "api_username": "shop", "api_password": "right",
        }))
        .await;
    let store = &vendor.storefront_id;
    let path = format!("/storefronts/{store}/rotate-secret");
    for _ in 0..3 {
        let overlap = json!({ "overlap_hours": 48 });
        vendor.post_json(&path, &overlap).await.expect(200);
    }
    let delay = json!({ "ignore": true, "fulfillment_key": PRIVATE_KEY });
    vendor.map("delay", &delay).await;
    let name = &vendor.tenant_id[30..];
    for number in 0..2 {
        let bought = order(&format!("{name}-{number}"))
            .line("reverb", 1)
            .completed();
        vendor.post(&bought).await;
        ask_with(
            &vendor,
            &format!("NWA-{name}-{number}"),
            "reverb",
            ("cryptlex_metadata_zone", "north"),
        )
        .await;
    }
    world.work().await;
    be_refused(world, &vendor).await;
    be_written_to(world, &vendor).await;
    be_shown_once(world, &vendor).await;
    vendor
}

/// A license server's own words are kept with the message that it refuses.
async fn be_refused(world: &World, vendor: &Vendor) {
    world.license_server.faults(&["repeat,on=create"]);
    let name = &vendor.tenant_id[30..];
    for number in 0..2 {
        let refused = order(&format!("{name}-refused-{number}"))
            .line("reverb", 1)
            .completed();
        let outcome = world.tell(vendor, &refused).await;
        assert_eq!(outcome, "parked license_server_rejected");
    }
    world.license_server.faults(&[]);
}

/// Mail is the platform's, and sealed like what is a company's.
async fn be_written_to(world: &World, vendor: &Vendor) {
    let (tenant, keys) = (tenant(vendor), keys(world, vendor).await);
    for number in 1..=2 {
        let id = MailId::from_uuid(Uuid::from_u128(number));
        let mail = OutgoingMail {
            tenant_id: tenant,
            id,
            created_at: world.clock.now(),
            due_at: world.clock.now(),
            sealed: keys.seal(Field::Mail(id).place(), b"a letter"),
        };
        let put = world
            .app
            .store
            .write(Scope::Tenant(tenant), move |db| outbox::create(db, &mail));
        put.await.unwrap();
    }
}

/// Somebody made tokens and has not looked at them yet.
async fn be_shown_once(world: &World, vendor: &Vendor) {
    let (tenant, keys) = (tenant(vendor), keys(world, vendor).await);
    for number in 1..=2 {
        let id = OnceId::from_uuid(Uuid::from_u128(number));
        let once = ShownOnce {
            tenant_id: tenant,
            id,
            user_id: UserId::from_uuid(Uuid::nil()),
            page: "/setup/tokens".to_owned(),
            sealed: keys.seal(Field::ShownOnce(id).place(), b"a token"),
            expires_at: world.clock.now(),
        };
        let store = &world.app.store;
        let put = store.write(Scope::Tenant(tenant), move |db| {
            shown_once::create(db, &once)
        });
        put.await.unwrap();
    }
}

/// Every sealed value of a vendor.
async fn cells(world: &World, vendor: &Vendor) -> Vec<Cell> {
    let tenant = tenant(vendor);
    let read = world.app.store.read(Scope::Tenant(tenant), move |db| {
        let mut cells = Vec::new();
        for column in &SEALED_COLUMNS {
            let page = sealed::look_through(db, tenant, column, (Uuid::nil(), ANY), ALL)?;
            let values = page.outdated.into_iter();
            cells.extend(values.map(|value| Cell { column, value }));
        }
        Ok::<_, StoreError>(cells)
    });
    read.await.unwrap()
}

/// Puts each of these in place of a value, and tells which of them then opened there; the value is back at the end.
async fn open_in_place(
    world: &World,
    vendor: &Vendor,
    cell: Cell,
    wrong: Vec<Vec<u8>>,
) -> Vec<usize> {
    let (tenant, keys) = (tenant(vendor), keys(world, vendor).await);
    let put = world.app.store.write(Scope::Tenant(tenant), move |db| {
        let (mut now, mut opened) = (cell.value.clone(), Vec::new());
        for (number, sealed) in wrong.iter().chain([&cell.value.sealed]).enumerate() {
            let values = [(now.clone(), sealed.clone())];
            assert_eq!(sealed::replace(db, tenant, cell.column, &values)?, 1);
            now = read_back(db, tenant, &cell)?;
            if number < wrong.len() && opens(&keys, cell.column, &now) {
                opened.push(number);
            }
        }
        Ok::<_, StoreError>(opened)
    });
    put.await.unwrap()
}

fn opens(keys: &TenantKeys, column: &SealedColumn, value: &Outdated) -> bool {
    let field = (column.field)(value.row);
    let place = Place {
        bound_to: &value.bound_to,
        ..field.place()
    };
    keys.open(place, &value.sealed).is_ok()
}

fn read_back(db: &mut Db, tenant: TenantId, cell: &Cell) -> Result<Outdated, StoreError> {
    let page = sealed::look_through(db, tenant, cell.column, (Uuid::nil(), ANY), ALL)?;
    let mut values = page.outdated.into_iter();
    let found = values.find(|value| value.row == cell.value.row);
    found.ok_or(StoreError::NotFound)
}

async fn keys(world: &World, vendor: &Vendor) -> Arc<TenantKeys> {
    world.app.tenant_keys.of(tenant(vendor)).await.unwrap()
}

/// Its wrapped keys.
async fn keys_of(world: &World, tenant: TenantId) -> Vec<WrappedKey> {
    let rows = world.app.store.read(Scope::Tenant(tenant), move |db| {
        tenants::list_keys(db, tenant)
    });
    rows.await.unwrap()
}

async fn begin(world: &World, vendor: &Vendor) -> KeyRotation {
    let keys = world.app.tenant_keys.master_keys();
    let begun = data_keys::begin(&world.app.store, keys, tenant(vendor), world.clock.now());
    begun.await.unwrap().expect("it has keys")
}

/// As the processes that serve do every second.
async fn step(world: &World) -> Result<(), master_keys::RotateError> {
    let keys = world.app.tenant_keys.master_keys();
    while data_keys::step(&world.app.store, keys, world.clock.now()).await? > 0 {}
    Ok(())
}

async fn rotation(world: &World, tenant: TenantId) -> KeyRotation {
    let found = world.app.store.read(Scope::Tenant(tenant), move |db| {
        key_rotations::find(db, tenant)
    });
    found.await.unwrap().expect("it was begun")
}

/// The same master keys, the other one first.
fn spare_first() -> MasterKeys {
    let (first, second) = MASTER_KEYS.split_once(',').expect("there are two");
    format!("{second},{first}").parse().unwrap()
}

fn tenant(vendor: &Vendor) -> TenantId {
    vendor.tenant_id.parse().unwrap()
}
