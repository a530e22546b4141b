//! What a newer version wrote while both run: nothing of it is guessed, and its events are left to it.

use jiff::SignedDuration;

use crate::shop::order;
use crate::world::{Backend, World, WorldOptions};

const MINUTE: SignedDuration = SignedDuration::from_mins(1);

#[tokio::test]
async fn a_store_in_a_mode_that_is_not_known_is_left_to_a_newer_version_on_sqlite() {
    a_store_in_a_mode_that_is_not_known_is_left_to_a_newer_version(Backend::Sqlite).await;
}

#[tokio::test]
async fn a_store_in_a_mode_that_is_not_known_is_left_to_a_newer_version_on_postgres() {
    a_store_in_a_mode_that_is_not_known_is_left_to_a_newer_version(Backend::Postgres).await;
}

async fn a_store_in_a_mode_that_is_not_known_is_left_to_a_newer_version(backend: Backend) {
    let Some(world) = World::with(backend, WorldOptions::default()).await else {
        return;
    };
    let (vendor, neighbor) = (world.vendor().await, world.vendor().await);
    world.widen("storefronts", "mode");
    let store = world.literal(&vendor.storefront_id);
    world.tamper(&format!(
        "UPDATE storefronts SET mode = 'careful' WHERE id = {store}"
    ));
    let sold = order("O-1").line("reverb", 1).completed();
    vendor.post(&sold).await;

    world.work_for(20 * MINUTE, MINUTE).await;

    assert_eq!(vendor.events().await[0]["state"], "received");
    assert_eq!(world.license_server.licenses().len(), 0);
    let elsewhere = order("O-2").line("reverb", 1).completed();
    assert_eq!(world.tell(&neighbor, &elsewhere).await, "done");
    world.tamper(&format!(
        "UPDATE storefronts SET mode = 'live' WHERE id = {store}"
    ));
    world.work_after(2 * MINUTE).await;
    assert_eq!(vendor.outcome(&sold).await, "done");
    world.finish().await;
}
