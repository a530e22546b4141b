//! Attributes of products, from wherever they come.

use latchkey_sandbox::sample::ids;
use serde_json::{Value, json};

use crate::shop::{Event, order, subscription};
use crate::world::{Vendor, World};

on_both! {
    an_attribute_counts_wherever_it_is_said,
    the_line_goes_before_its_subscription_and_the_mapping_before_the_line,
    addresses_of_a_tag_become_further_users,
    further_users_are_not_made_twice,
    a_tag_without_addresses_links_nobody,
    whoever_cannot_be_linked_is_told_of_and_tried_again,
    a_colleague_is_not_raised_to_administrator,
    an_organization_of_the_same_name_stays_another_one,
    a_second_license_goes_to_the_same_organization,
}

const REVERB: (&str, &str) = ("cryptlex_product_id", ids::REVERB);
const USERS: (&str, &str) = ("cryptlex_end_users_from", "users");
const MANAGER: (&str, &str) = ("cryptlex_is_license_manager", "true");

async fn an_attribute_counts_wherever_it_is_said(world: &World) {
    let vendor = world.vendor().await;
    let mapped =
        json!({ "license_product_id": ids::REVERB, "attributes": { "allowed_activations": "5" } });
    vendor.map("by-mapping", &mapped).await;
    for (number, (path, place)) in [
        ("by-line", Some("/0/attributes")),
        ("by-product", Some("/0/product")),
        ("by-subscription", Some("/0/subscription/attributes")),
        ("by-its-product", Some("/0/subscription/product")),
        ("by-mapping", None),
        // Seen before, and not said again.
        ("by-line", None),
        ("by-its-product", None),
    ]
    .into_iter()
    .enumerate()
    {
        let id = format!("{number}-{path}");
        let bought = subscription(&id).product(path);
        let mut event = order(&id).subscribed(&bought).completed();
        if let Some(place) = place {
            event = told(&event, place, path, number + 1);
        }

        done(world, &vendor, &event).await;

        let expected = match (path, place) {
            (_, Some(_)) => number + 1,
            ("by-line", None) => 1,
            ("by-its-product", None) => 4,
            _ => 5,
        };
        assert_eq!(machines(world, &id), expected, "{id}");
    }
}

async fn the_line_goes_before_its_subscription_and_the_mapping_before_the_line(world: &World) {
    let vendor = world.vendor().await;
    let both = |id: &str| {
        let bought = subscription(id).product("delay");
        let event = order(id).subscribed(&bought).completed();
        let event = told(&event, "/0/subscription/attributes", "delay", 7);
        told(&event, "/0/attributes", "delay", 3)
    };

    done(world, &vendor, &both("A")).await;
    assert_eq!(machines(world, "A"), 3);
    let mapped =
        json!({ "license_product_id": ids::REVERB, "attributes": { "allowed_activations": "5" } });
    vendor.map("delay", &mapped).await;
    done(world, &vendor, &both("B")).await;
    assert_eq!(machines(world, "B"), 5);
}

/// The event with so many machines said of the product at that place among its items.
fn told(event: &Event, place: &str, path: &str, machines: usize) -> Event {
    let attributes = json!({
        "cryptlex_product_id": ids::REVERB, "cryptlex_allowed_activations": machines.to_string(),
    });
    let mut items = event.json()["data"]["items"].clone();
    match place.rsplit_once('/') {
        Some((_, "product")) => {
            let product = json!({ "product": path, "attributes": attributes });
            *items.pointer_mut(place).unwrap() = product;
        }
        Some((parent, member)) => items.pointer_mut(parent).unwrap()[member] = attributes,
        None => panic!("{place} is no place"),
    }
    event.with("items", items)
}

/// On how many machines the license of a subscription may be used.
fn machines(world: &World, subscription: &str) -> usize {
    let licenses = world.license_server.licenses();
    let license = licenses.iter().find(|license| {
        let named = license.metadata.get("fastspring_subscription_id");
        named.is_some_and(|id| id == subscription)
    });
    usize::try_from(license.unwrap().allowed_activations).unwrap()
}

async fn addresses_of_a_tag_become_further_users(world: &World) {
    let vendor = world.vendor().await;
    let event = bought("A", USERS, "ada@example.com, bob@example.com");

    done(world, &vendor, &event).await;

    let license = world.license_server.license();
    let json = world.license_server.at(&format!("licenses/{}", license.id));
    let users = json["additionalUserIds"].as_array().unwrap();
    assert_eq!(users.len(), 2);
    let first = users[0].as_str().unwrap();
    let ada = world.license_server.at(&format!("users/{first}"));
    assert_eq!(ada["email"], "ada@example.com");
    assert_ne!(license.user_id.as_deref(), Some(first));
}

async fn further_users_are_not_made_twice(world: &World) {
    let vendor = world.vendor().await;
    done(world, &vendor, &bought("A", USERS, "ada@example.com")).await;
    let made = world.license_server.effects("user-create");

    done(world, &vendor, &bought("B", USERS, "Ada@example.com")).await;

    assert_eq!(world.license_server.effects("user-create"), made);
    for license in world.license_server.licenses() {
        let json = world.license_server.at(&format!("licenses/{}", license.id));
        assert_eq!(json["additionalUserIds"].as_array().unwrap().len(), 1);
    }
}

async fn a_tag_without_addresses_links_nobody(world: &World) {
    let vendor = world.vendor().await;

    done(world, &vendor, &bought("A", USERS, "to be told later")).await;

    assert_eq!(world.license_server.effects("user-create"), 1);
    assert_eq!(world.license_server.effects("patch"), 0);
}

async fn whoever_cannot_be_linked_is_told_of_and_tried_again(world: &World) {
    let vendor = world.vendor().await;
    let event = bought("A", USERS, "ada@example.com bob@example.com");
    let faults = ["status=400,on=user-create,skip=1,times=1"];
    world.license_server.faults(&faults);

    vendor.post(&event).await;
    world.work().await;
    assert_eq!(vendor.outcome(&event).await, "parked user_not_created");
    assert_eq!(further_users(world).await, 1);
    vendor.act(&event, "replay", &json!({})).await.expect(202);
    world.work().await;

    assert_eq!(vendor.outcome(&event).await, "done");
    assert_eq!(further_users(world).await, 2);
}

async fn a_colleague_is_not_raised_to_administrator(world: &World) {
    let vendor = world.vendor().await;
    let organization = json!({ "name": "Kite", "email": "boss@example.com", "allowedUsers": -1 });
    let organization = world.license_server.added("organizations", &organization);
    let colleague = json!({
        "email": "mara.weber@example.com", "firstName": "Mara", "password": "0123456789",
        "role": "user", "organizationId": organization,
    });
    let colleague = world.license_server.added("users", &colleague);
    let event = bought("A", MANAGER, "");

    vendor.post(&event).await;
    world.work().await;

    assert_eq!(vendor.outcome(&event).await, "parked user_not_created");
    let user = world.license_server.at(&format!("users/{colleague}"));
    assert_eq!(user["role"], "user");
    let license = world.license_server.license();
    assert_eq!(license.user_id, Some(colleague));
    let json = world.license_server.at(&format!("licenses/{}", license.id));
    assert_eq!(json["organizationId"], Value::Null);
}

async fn an_organization_of_the_same_name_stays_another_one(world: &World) {
    let vendor = world.vendor().await;
    let other = json!({ "name": "Mara Weber", "email": "other@example.com", "allowedUsers": -1 });
    let other = world.license_server.added("organizations", &other);

    done(world, &vendor, &bought("A", MANAGER, "")).await;

    let license = world.license_server.license();
    let json = world.license_server.at(&format!("licenses/{}", license.id));
    assert_ne!(json["organizationId"], other.as_str());
    let name = json["organization"]["name"].as_str().unwrap();
    assert_eq!(name, "Mara Weber (mara.weber@example.com)");
}

async fn a_second_license_goes_to_the_same_organization(world: &World) {
    let vendor = world.vendor().await;

    done(world, &vendor, &bought("A", MANAGER, "")).await;
    done(world, &vendor, &bought("B", MANAGER, "")).await;

    assert_eq!(world.license_server.effects("organization-create"), 1);
    let mut organizations = Vec::new();
    for license in world.license_server.licenses() {
        let json = world.license_server.at(&format!("licenses/{}", license.id));
        organizations.push(json["organizationId"].clone());
    }
    assert_eq!(organizations.len(), 2);
    assert_eq!(organizations[0], organizations[1]);
}

/// One Reverb with that attribute at the shop, and `users` written at checkout.
fn bought(id: &str, attribute: (&str, &str), users: &str) -> Event {
    order(id)
        .line("delay", 1)
        .attributes(&[REVERB, attribute])
        .completed()
        .with("tags", json!({ "users": users }))
}

async fn done(world: &World, vendor: &Vendor, event: &Event) {
    vendor.post(event).await;
    world.work().await;
    assert_eq!(vendor.outcome(event).await, "done");
}

async fn further_users(world: &World) -> usize {
    let license = world.license_server.license();
    let json = world.license_server.at(&format!("licenses/{}", license.id));
    json["additionalUserIds"].as_array().unwrap().len()
}
