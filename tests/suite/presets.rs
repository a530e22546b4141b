//! A whole life under each preset: what the license server holds after each event.

use serde_json::json;

use crate::shop::{Event, order, subscription};
use crate::world::World;

on_both! { a_whole_life_under_each_preset }

async fn a_whole_life_under_each_preset(world: &World) {
    let mut table = String::new();
    // Time runs on from one preset's life to the next, a year apart.
    for (year, preset) in [
        (2027, "cryptlex"),
        (2028, "recommended"),
        (2029, "licensespring"),
    ] {
        table.push_str(&life(world, preset, year).await);
        table.push('\n');
    }

    insta::assert_snapshot!("presets", table);
}

#[expect(clippy::too_many_lines, reason = "a whole life")]
async fn life(world: &World, preset: &str, year: i32) -> String {
    let vendor = world.vendor_by(preset, json!({})).await;
    let day = |date: &str| format!("{year}-{date}");
    let bought = |next: &str| subscription(preset).next(&day(next));
    let renewal = |number: u8| order(&format!("{preset}-{number}")).line("studio-pro", 1);
    let begun = bought("02-15");
    let first = order(&format!("{preset}-0"))
        .at(&day("01-15T10:30:00Z"))
        .subscribed(&begun);
    let last = bought("05-15");
    let events: [(&str, String, Event); 8] = [
        ("purchase", day("01-15T10:30:00Z"), first.completed()),
        (
            "first renewal",
            day("02-15T11:00:00Z"),
            bought("03-15").charged(&renewal(1), &day("02-15T10:59:00Z")),
        ),
        (
            "second renewal",
            day("03-15T11:00:00Z"),
            bought("04-15").charged(&renewal(2), &day("03-15T10:59:00Z")),
        ),
        (
            "failed charge",
            day("04-15T11:00:00Z"),
            bought("04-15").charge_failed(&day("04-15T10:59:00Z")),
        ),
        (
            "overdue notice",
            day("04-18T11:00:00Z"),
            bought("04-15").overdue(&day("04-18T10:59:00Z")),
        ),
        (
            "paid after all",
            day("04-27T11:00:00Z"),
            last.charged(&renewal(3), &day("04-27T10:59:00Z")),
        ),
        (
            "canceled",
            day("05-01T11:00:00Z"),
            last.canceled(&day("05-01T10:59:00Z")),
        ),
        (
            "ended",
            day("05-15T11:00:00Z"),
            last.deactivated(&day("05-15T10:59:00Z")),
        ),
    ];
    let mut table = format!("{preset}\n");
    for (name, time, event) in events {
        world.go_to(&time).await;
        if name == "paid after all" {
            let shown = world.license_server.shown_of(preset);
            table.push_str(&format!("  {:<16} {shown}\n", "nine days later"));
        }
        let outcome = world.tell(&vendor, &event).await;
        let shown = world.license_server.shown_of(preset);
        table.push_str(&format!("  {name:<16} {shown} | {outcome}\n"));
    }
    table
}
