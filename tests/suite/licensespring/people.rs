//! Buyers, managers and users.

use latchkey_sandbox::sample::ids;
use serde_json::json;

use crate::shop::order;
use crate::world::World;

on_both! {
    a_070_the_buyer_becomes_a_user,
    a_071_the_buyers_license_waits_for_whom_it_is_for,
    a_072_a_buyer_manages_nothing_by_default,
}

async fn a_070_the_buyer_becomes_a_user(world: &World) {
    let vendor = world.vendor_by("licensespring", json!({})).await;

    world
        .tell(&vendor, &order("A").line("reverb", 1).completed())
        .await;

    let user = world
        .license_server
        .user_of(&world.license_server.license());
    assert_eq!(user["email"], "mara.weber@example.com");
    assert_eq!(
        (&user["firstName"], &user["lastName"]),
        (&json!("Mara"), &json!("Weber"))
    );
}

async fn a_071_the_buyers_license_waits_for_whom_it_is_for(world: &World) {
    let vendor = world
        .vendor_by("licensespring", json!({ "user": "recipient" }))
        .await;
    let gift = order("A").line("reverb", 1).completed();
    let friend = json!([{ "recipient": {
        "first": "Noor", "last": "Haddad", "email": "noor@example.net", "company": null,
    } }]);

    world.tell(&vendor, &gift.with("recipients", friend)).await;
    world
        .tell(
            &vendor,
            &order("B")
                .at("2027-01-15T09:30:00Z")
                .line("reverb", 1)
                .completed(),
        )
        .await;

    let licenses = world.license_server.licenses();
    let emails: Vec<_> = licenses
        .iter()
        .map(|license| world.license_server.user_of(license)["email"].clone())
        .collect();
    assert_eq!(emails, ["noor@example.net", "mara.weber@example.com"]);
}

async fn a_072_a_buyer_manages_nothing_by_default(world: &World) {
    let vendor = world.vendor_by("licensespring", json!({})).await;
    let with_key_alone = json!({
        "license_product_id": ids::STUDIO_LITE, "attributes": { "assign_user": "false" },
    });
    vendor.map("studio-lite", &with_key_alone).await;

    let bought = order("A").line("reverb", 1).line("studio-lite", 1);
    world.tell(&vendor, &bought.completed()).await;

    let licenses = world.license_server.licenses();
    assert_eq!(world.license_server.user_of(&licenses[0])["role"], "user");
    assert_eq!(licenses[1].user_id, None);
}
