//! What LicenseSpring's connection to the shop does, row by row, and what happens here instead.
//!
//! Each file is a table of `docs/licensespring.md`, and each test is named after a row of it.

mod attributes;
mod bundles;
mod connection;
mod events;
mod extras;
mod features;
mod fulfillment;
mod people;
mod trials;

use latchkey_sandbox::sample::ids;
use latchkey_sandbox::snapshot::LicenseSnapshot;
use serde_json::json;

use crate::shop::order;
use crate::world::{Vendor, World};

/// A vendor with the starting set that comes nearest to LicenseSpring.
async fn vendor(world: &World) -> Vendor {
    let storefront = json!({ "policy": { "preset": "licensespring" } });
    world.vendor_with(storefront).await
}

/// The product of Reverb, which is perpetual by default, with further attributes at the shop.
fn attributes<'a>(more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let mut attributes = vec![("cryptlex_product_id", ids::REVERB)];
    attributes.extend(more);
    attributes
}

/// The only license, after so many of a product with these attributes were bought once.
async fn bought_once(
    world: &World,
    quantity: u32,
    more: &[(&str, &str)],
) -> (Vendor, LicenseSnapshot) {
    let vendor = vendor(world).await;
    let order = order("A")
        .line("delay", quantity)
        .attributes(&attributes(more))
        .completed();
    vendor.post(&order).await;
    world.work().await;
    assert_eq!(vendor.outcome(&order).await, "done");
    let license = world.license_server.license();
    (vendor, license)
}
