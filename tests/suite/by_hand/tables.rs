//! Every change by a person beside every piece of news, as tables.

use std::fmt::Display;

use jiff::SignedDuration;
use latchkey::domain::time::Timestamp;
use latchkey_sandbox::sample::ids;
use serde_json::{Value, json};

use crate::by_hand::{change, failure, licenses, overdue, renewal};
use crate::shop::{Event, Subscription, subscription};
use crate::world::{Vendor, World};

on_both! {
    where_ends_follow_dates_a_change_is_kept_until_the_shop_changes_it,
    where_renewals_add_intervals_a_change_is_kept_until_the_shop_changes_it,
    what_nobody_saw_is_met_where_dates_are_followed,
    what_nobody_saw_is_met_where_intervals_are_added,
}

/// What a person changes: its name, which of seven licenses, and how, given the id of another user.
type Hand = (&'static str, usize, fn(&str) -> Value);

/// What people change, in the order of the rows.
const HANDS: [Hand; 10] = [
    (
        "later end",
        0,
        |_| json!({ "expiresAt": "2027-06-30T00:00:00Z" }),
    ),
    (
        "earlier end",
        1,
        |_| json!({ "expiresAt": "2027-01-25T00:00:00Z" }),
    ),
    ("no end", 2, |_| json!({ "expiresAt": null })),
    ("suspended", 3, |_| json!({ "suspended": true })),
    ("revoked", 4, |_| json!({ "revoked": true })),
    ("seats", 5, |_| json!({ "allowedActivations": 9 })),
    (
        "features",
        5,
        |_| json!({ "entitlementSetId": ids::PRO_FEATURES }),
    ),
    ("user", 5, |other| json!({ "userId": other })),
    (
        "version",
        5,
        |_| json!({ "maxAllowedReleaseVersion": "4.0" }),
    ),
    ("deleted", 6, |_| Value::Null),
];
/// The license that nobody touches.
const CONTROL: usize = 7;

/// What the shop says, piece by piece.
type News = fn(&Subscription) -> Vec<Event>;

fn news(column: &str) -> News {
    match column {
        "nothing" => |_| Vec::new(),
        "renewal" => |bought| vec![renewal(bought)],
        "failure" => |bought| vec![failure(bought)],
        "overdue" => |bought| vec![overdue(bought)],
        "healed" => |bought| vec![failure(bought), overdue(bought), renewal(bought)],
        "cancel" => |bought| vec![bought.canceled("2027-01-15T10:20:00Z")],
        "resend" => |bought| {
            let again = bought.first_order().completed();
            vec![again.resent_as(&format!("again-{}", bought.id))]
        },
        "seats" => |bought| vec![bought.clone().quantity(5).updated("2027-01-15T10:20:00Z")],
        "plan" => |bought| {
            let team = bought.clone().product("studio-team");
            vec![team.updated("2027-01-15T10:20:00Z")]
        },
        "end" => |bought| {
            let canceled = bought.canceled("2027-01-15T10:20:00Z");
            vec![canceled, bought.deactivated("2027-01-15T10:30:00Z")]
        },
        "at once" => |bought| vec![bought.deactivated("2027-01-15T10:20:00Z")],
        "refund" => |bought| {
            let first = bought.first_order();
            vec![first.refunded(&["studio-pro"], "2027-01-15T10:20:00Z")]
        },
        _ => unreachable!("no such news"),
    }
}

// In the tables a `·` is a side that is as the person left it, which the license says; `shop` is one that is as the
// shop has it; `asks` waits for a person; `gone` is a license that was deleted.

async fn where_ends_follow_dates_a_change_is_kept_until_the_shop_changes_it(world: &World) {
    assert_table(
        world,
        ("recommended", Sight::Seen),
        "
             nothing  renewal  failure  overdue  healed   cancel   resend   seats    plan     end      at once  refund
later end    ·        ·        ·        ·        ·        ·        ·        ·        ·        asks     asks     asks
earlier end  ·        shop     ·        ·        shop     ·        ·        ·        ·        shop     shop     ·
no end       ·        ·        ·        ·        ·        ·        ·        ·        ·        asks     asks     asks
suspended    ·        ·        ·        ·        ·        ·        ·        ·        ·        ·        ·        ·
revoked      ·        ·        ·        ·        ·        ·        ·        ·        ·        ·        ·        ·
seats        ·        ·        ·        ·        ·        ·        ·        shop     ·        ·        ·        ·
features     ·        ·        ·        ·        ·        ·        ·        ·        ·        ·        ·        ·
user         ·        ·        ·        ·        ·        ·        ·        ·        ·        ·        ·        ·
version      ·        ·        ·        ·        ·        ·        ·        ·        ·        ·        ·        ·
deleted      ·        ·        ·        ·        ·        ·        ·        ·        ·        ·        ·        ·",
    )
    .await;
}

async fn where_renewals_add_intervals_a_change_is_kept_until_the_shop_changes_it(world: &World) {
    assert_table(
        world,
        ("cryptlex", Sight::Seen),
        "
             nothing  renewal  failure  overdue  healed   cancel   resend   seats    plan     end      at once  refund
later end    ·        ·        ·        ·        ·        ·        ·        ·        ·        asks     asks     asks
earlier end  ·        shop     ·        ·        shop     ·        ·        ·        ·        gone     gone     ·
no end       ·        ·        ·        ·        ·        ·        ·        ·        ·        asks     asks     asks
suspended    ·        ·        ·        ·        ·        ·        ·        ·        ·        gone     gone     ·
revoked      ·        ·        ·        ·        ·        ·        ·        ·        ·        gone     gone     ·
seats        ·        ·        ·        ·        ·        ·        ·        shop     ·        gone     gone     ·
features     ·        ·        ·        ·        ·        ·        ·        ·        ·        gone     gone     ·
user         ·        ·        ·        ·        ·        ·        ·        ·        ·        gone     gone     ·
version      ·        ·        ·        ·        ·        ·        ·        ·        ·        gone     gone     ·
deleted      ·        ·        ·        ·        ·        ·        ·        ·        ·        ·        ·        ·",
    )
    .await;
}

async fn what_nobody_saw_is_met_where_dates_are_followed(world: &World) {
    assert_table(
        world,
        ("recommended", Sight::Unseen),
        "
             renewal  healed   seats    plan     end      at once
later end    ·        ·        ·        ·        asks     asks
earlier end  shop     shop     ·        ·        shop     shop
no end       ·        ·        ·        ·        asks     asks
suspended    ·        ·        ·        ·        ·        ·
revoked      ·        ·        ·        ·        ·        ·
seats        ·        ·        shop     ·        ·        ·
features     ·        ·        ·        ·        ·        ·
user         ·        ·        ·        ·        ·        ·
version      ·        ·        ·        ·        ·        ·
deleted      ·        ·        ·        ·        ·        ·",
    )
    .await;
}

async fn what_nobody_saw_is_met_where_intervals_are_added(world: &World) {
    assert_table(
        world,
        ("cryptlex", Sight::Unseen),
        "
             renewal  healed   seats    plan     end
later end    ·        ·        ·        ·        asks
earlier end  shop     shop     ·        ·        gone
no end       ·        ·        ·        ·        asks
suspended    ·        ·        ·        ·        gone
revoked      ·        ·        ·        ·        gone
seats        ·        ·        shop     ·        gone
features     ·        ·        ·        ·        gone
user         ·        ·        ·        ·        gone
version      ·        ·        ·        ·        gone
deleted      ·        ·        ·        ·        ·",
    )
    .await;
}

/// Whether the change by hand is seen in the background before the shop says anything.
#[derive(Clone, Copy, PartialEq)]
enum Sight {
    Seen,
    Unseen,
}

/// Every change by hand beside every piece of news, each with licenses of its own.
async fn assert_table(world: &World, (preset, sight): (&str, Sight), expected: &str) {
    let names: Vec<&str> = header(expected);
    let vendor = vendor(world, preset).await;
    let columns: Vec<(News, Vec<Subscription>)> = names
        .iter()
        .map(|column| {
            let id = |license: usize| format!("{}-{license}", column.replace(' ', "-"));
            let bought = (0..=CONTROL).map(|license| subscription(&id(license)));
            (news(column), bought.collect())
        })
        .collect();
    let all = columns.iter().flat_map(|(_, bought)| bought);
    let purchases = all.flat_map(|bought| [bought.activated(), bought.first_order().completed()]);
    post_all(world, &vendor, &purchases.collect::<Vec<_>>()).await;
    world.clock.advance(SignedDuration::from_mins(10));
    if sight == Sight::Unseen {
        world.sweep().await;
        world.clock.advance(SignedDuration::from_mins(2));
    }
    let licenses = licenses(world);
    let other = world.license_server.added(
        "users",
        &json!({ "email": "ben@example.com", "firstName": "Ben", "password": "a long password" }),
    );
    for (_, bought) in &columns {
        for (_, license, hand) in HANDS {
            change(world, &licenses[&bought[license].id], hand(&other));
        }
    }
    world.sweep().await;
    live(world, &vendor, &columns).await;
    let mut table = line("", &names);
    for (name, license, hand) in HANDS {
        let mut words = Vec::new();
        for (news, bought) in &columns {
            let control = licenses[&bought[CONTROL].id].as_str();
            let bought = &bought[license];
            let outcome = match news(bought).last() {
                Some(last) => vendor.outcome(last).await,
                None => String::new(),
            };
            let path = format!("/licenses?subscription_id={}", bought.id);
            let told = &vendor.list(&path).await[0];
            let id = licenses[&bought.id].as_str();
            words.push(word(world, (id, control), &hand(&other), (&outcome, told)));
        }
        table += &line(name, &words);
    }
    assert_eq!(table, expected);
}

/// The shop says its news, piece by piece, and what was done is read back in between.
async fn live(world: &World, vendor: &Vendor, columns: &[(News, Vec<Subscription>)]) {
    let mut lives: Vec<_> = columns
        .iter()
        .flat_map(|(news, bought)| bought.iter().map(|bought| news(bought).into_iter()))
        .collect();
    loop {
        let next: Vec<Event> = lives.iter_mut().filter_map(Iterator::next).collect();
        if next.is_empty() {
            break;
        }
        post_all(world, vendor, &next).await;
        world.clock.advance(SignedDuration::from_mins(10));
        world.sweep().await;
    }
}

/// A store whose quantities are seats, with two plans of one product that differ in what they note.
async fn vendor(world: &World, preset: &str) -> Vendor {
    let vendor = world.vendor_by(preset, json!({})).await;
    for (path, plan) in [("studio-pro", "pro"), ("studio-team", "team")] {
        let mapping = json!({
            "license_product_id": ids::STUDIO_PRO, "license_template_id": ids::MONTHLY,
            "attributes": { "mappings_quantity": "allowed_activations", "metadata_plan": plan },
        });
        vendor.map(path, &mapping).await;
    }
    vendor
}

fn header(table: &str) -> Vec<&str> {
    let names = table.lines().nth(1).unwrap_or_default().split("  ");
    names
        .map(str::trim)
        .filter(|name| !name.is_empty())
        .collect()
}

fn line(name: &str, words: &[impl Display]) -> String {
    let words: String = words.iter().map(|word| format!("{word:9}")).collect();
    format!("\n{}", format!("{name:13}{words}").trim_end())
}

async fn post_all(world: &World, vendor: &Vendor, events: &[Event]) {
    for some in events.chunks(50) {
        vendor.post_together(some).await;
    }
    world.work().await;
}

/// What became of the side that the person had changed; `?` is added where the license does not say that somebody did.
fn word(
    world: &World,
    (id, control): (&str, &str),
    hand: &Value,
    (outcome, told): (&str, &Value),
) -> String {
    let all = world.license_server.licenses();
    let is_there = |id: &str| all.iter().any(|license| license.id == id);
    let Some((side, theirs)) = hand.as_object().and_then(|hand| hand.iter().next()) else {
        return if is_there(id) { "made" } else { "·" }.to_owned();
    };
    if !is_there(id) {
        return "gone".to_owned();
    }
    let side_of = |id: &str| {
        let shown = world.license_server.at(&format!("licenses/{id}"));
        let end = shown[side]
            .as_str()
            .and_then(|text| text.parse::<Timestamp>().ok());
        end.map_or_else(|| shown[side].clone(), |end| json!(end.to_string()))
    };
    let now = side_of(id);
    let is_told = told["changed_by_hand"]
        .as_array()
        .is_some_and(|sides| !sides.is_empty());
    match () {
        () if now == *theirs && !is_told => "·?".to_owned(),
        () if now == *theirs && outcome == "parked changed_by_hand" => "asks".to_owned(),
        () if now == *theirs => "·".to_owned(),
        () if is_there(control) && now == side_of(control) => "shop".to_owned(),
        () => now.to_string(),
    }
}
