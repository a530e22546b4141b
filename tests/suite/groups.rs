//! Subscriptions that are billed together: each member by its own date.

use serde_json::json;

use crate::shop::{Event, Order, Subscription, group, order, subscription};
use crate::world::{Vendor, World};

on_both! {
    a_groups_charge_renews_each_member_by_its_own_date,
    a_groups_failed_charge_starts_each_members_clock,
    a_groups_overdue_notice_and_charge_suspend_and_lift,
    a_groups_end_ends_its_members,
    a_group_that_is_edited_is_followed,
    a_group_charge_that_did_not_succeed_is_noted,
    a_member_that_gives_no_license_is_passed_over,
    a_groups_refund_takes_each_members_period_back,
    a_refunded_line_of_a_groups_order_takes_back_its_own_members_period,
    a_groups_refund_that_overtakes_its_charge_gives_nothing,
    a_groups_chargeback_suspends_each_member,
}

const CHARGED: &str = "subscription.group.payment.charge.completed";

async fn a_groups_charge_renews_each_member_by_its_own_date(world: &World) {
    for (preset, ends) in [
        ("recommended", ["2027-03-25T00:00", "2027-04-11T00:00"]),
        ("licensespring", ["2027-03-17T00:00", "2027-04-03T00:00"]),
        ("cryptlex", ["2027-03-15T10:00", "2027-04-01T23:59"]),
    ] {
        let vendor = world.vendor_by(preset, json!({})).await;
        let (pro, lite) = members(world, &vendor, preset).await;
        let (pro, lite) = (pro.next("2027-03-15"), lite.next("2027-04-01"));

        let charge = news(preset, CHARGED, &[&pro, &lite], "2027-01-15T09:40:00Z");
        assert_eq!(world.tell(&vendor, &charge).await, "done");

        let shown = world.license_server.shown();
        let expected = [
            format!("Pro until {} runs", ends[0]),
            format!("Lite until {} runs", ends[1]),
        ];
        assert_eq!(shown[shown.len() - 2..], expected, "{preset}");
    }
}

async fn a_groups_failed_charge_starts_each_members_clock(world: &World) {
    let vendor = world.vendor_by("recommended", json!({})).await;
    let (pro, lite) = members(world, &vendor, "G").await;
    world.go_to("2027-02-15T10:00:00Z").await;

    let kind = "subscription.group.payment.charge.failed";
    let failed = news("G", kind, &[&pro, &lite], "2027-02-15T09:00:00Z");
    assert_eq!(world.tell(&vendor, &failed).await, "ignored not_due_yet");
    assert_eq!(suspended(world), [false, false]);
    world.go_to("2027-02-25T00:00:00Z").await;

    assert_eq!(suspended(world), [true, true]);
}

async fn a_groups_overdue_notice_and_charge_suspend_and_lift(world: &World) {
    let vendor = world.vendor().await;
    let (pro, lite) = members(world, &vendor, "G").await;

    let kind = "subscription.group.payment.overdue";
    let overdue = news("G", kind, &[&pro, &lite], "2027-01-15T09:30:00Z");
    assert_eq!(world.tell(&vendor, &overdue).await, "done");
    assert_eq!(suspended(world), [true, true]);

    let (pro, lite) = (pro.next("2027-03-15"), lite.next("2027-03-15"));
    let charge = news("G", CHARGED, &[&pro, &lite], "2027-01-15T09:40:00Z");
    assert_eq!(world.tell(&vendor, &charge).await, "done");
    assert_eq!(suspended(world), [false, false]);
}

async fn a_groups_end_ends_its_members(world: &World) {
    let vendor = world.vendor().await;
    let (pro, lite) = members(world, &vendor, "G").await;

    let kind = "subscription.group.deactivated";
    let ended = news("G", kind, &[&pro, &lite], "2027-01-15T09:30:00Z");
    assert_eq!(world.tell(&vendor, &ended).await, "done");

    assert_eq!(
        world.license_server.shown(),
        ["Pro deleted", "Lite deleted"]
    );
}

async fn a_group_that_is_edited_is_followed(world: &World) {
    let vendor = world.vendor().await;
    let (pro, lite) = members(world, &vendor, "G").await;

    let more = pro.quantity(2);
    let kind = "subscription.group.updated";
    let edited = news("G", kind, &[&more, &lite], "2027-01-15T09:30:00Z");
    assert_eq!(world.tell(&vendor, &edited).await, "done");

    assert_eq!(suspended(world), [false, false, false]);
}

async fn a_group_charge_that_did_not_succeed_is_noted(world: &World) {
    let vendor = world.vendor().await;
    let (pro, lite) = members(world, &vendor, "G").await;
    let before = world.license_server.shown();

    let (pro, lite) = (pro.next("2027-03-15"), lite.next("2027-03-15"));
    let charge = news("G", CHARGED, &[&pro, &lite], "2027-01-15T09:40:00Z");
    let pending = charge.with("status", json!("pending"));
    assert_eq!(world.tell(&vendor, &pending).await, "ignored notice_only");

    assert_eq!(world.license_server.shown(), before);
}

async fn a_member_that_gives_no_license_is_passed_over(world: &World) {
    let vendor = world
        .vendor_by("recommended", json!({ "unmapped_product": "ignore" }))
        .await;
    let bought = subscription("S");
    world.begin(&vendor, &bought).await;

    let paper = subscription("T").product("magazine").next("2027-03-15");
    let paid = bought.next("2027-03-15");
    let charge = news("G", CHARGED, &[&paper, &paid], "2027-01-15T09:40:00Z");
    assert_eq!(world.tell(&vendor, &charge).await, "done");

    assert_eq!(
        world.license_server.shown(),
        ["Pro until 2027-03-25T00:00 runs"]
    );
}

async fn a_groups_refund_takes_each_members_period_back(world: &World) {
    let vendor = world.vendor_by("recommended", json!({})).await;
    let (pro, lite) = renewed(world, &vendor).await;

    let refund = together(&pro, &lite).refunded(&BOTH, "2027-01-15T09:50:00Z");
    assert_eq!(world.tell(&vendor, &refund).await, "done");

    assert_eq!(
        world.license_server.shown(),
        [
            "Pro until 2027-02-25T00:00 runs",
            "Lite until 2027-02-25T00:00 runs"
        ]
    );
}

async fn a_refunded_line_of_a_groups_order_takes_back_its_own_members_period(world: &World) {
    for (name, order) in [
        (
            "named",
            together as fn(&Subscription, &Subscription) -> Order,
        ),
        // Older messages name the product alone.
        ("unnamed", |_, _| {
            order("G-order")
                .line("studio-pro", 1)
                .line("studio-lite", 1)
        }),
    ] {
        let vendor = world.vendor_by("recommended", json!({})).await;
        let (pro, lite) = renewed(world, &vendor).await;

        let refund = order(&pro, &lite).refunded(&["studio-lite"], "2027-01-15T09:50:00Z");
        assert_eq!(world.tell(&vendor, &refund).await, "done", "{name}");

        let shown = world.license_server.shown();
        let expected = [
            "Pro until 2027-03-25T00:00 runs",
            "Lite until 2027-02-25T00:00 runs",
        ];
        assert_eq!(shown[shown.len() - 2..], expected, "{name}");
    }
}

async fn a_groups_refund_that_overtakes_its_charge_gives_nothing(world: &World) {
    let vendor = world.vendor_by("recommended", json!({})).await;
    let (pro, lite) = members(world, &vendor, "G").await;
    let refund = together(&pro, &lite).refunded(&BOTH, "2027-01-15T09:50:00Z");
    let outcome = world.tell(&vendor, &refund).await;
    assert_eq!(outcome, "waiting waiting_for_order");

    let (pro, lite) = (pro.next("2027-03-15"), lite.next("2027-03-15"));
    let charge = news("G", CHARGED, &[&pro, &lite], "2027-01-15T09:40:00Z");
    world.tell(&vendor, &charge).await;

    assert_eq!(vendor.outcome(&refund).await, "ignored nothing_to_do");
    assert_eq!(
        world.license_server.shown(),
        [
            "Pro until 2027-02-25T00:00 runs",
            "Lite until 2027-02-25T00:00 runs"
        ]
    );
}

async fn a_groups_chargeback_suspends_each_member(world: &World) {
    let vendor = world.vendor_by("recommended", json!({})).await;
    let (pro, lite) = renewed(world, &vendor).await;

    let chargeback = together(&pro, &lite).charged_back("2027-01-15T09:50:00Z");
    assert_eq!(world.tell(&vendor, &chargeback).await, "done");

    assert_eq!(suspended(world), [true, true]);
}

const BOTH: [&str; 2] = ["studio-pro", "studio-lite"];

/// Two subscriptions that were renewed by one order, and that order.
async fn renewed(world: &World, vendor: &Vendor) -> (Subscription, Subscription) {
    let (pro, lite) = members(world, vendor, &vendor.tenant_id).await;
    let (pro, lite) = (pro.next("2027-03-15"), lite.next("2027-03-15"));
    let charge = news("G", CHARGED, &[&pro, &lite], "2027-01-15T09:40:00Z");
    assert_eq!(world.tell(vendor, &charge).await, "done");
    (pro, lite)
}

/// The order by which the group is charged.
fn together(pro: &Subscription, lite: &Subscription) -> Order {
    order("G-order").subscribed(pro).subscribed(lite)
}

/// Two subscriptions of one buyer.
async fn members(world: &World, vendor: &Vendor, name: &str) -> (Subscription, Subscription) {
    let pro = subscription(&format!("{name}-1"));
    let lite = subscription(&format!("{name}-2")).product("studio-lite");
    world.begin(vendor, &pro).await;
    world.begin(vendor, &lite).await;
    (pro, lite)
}

fn news(name: &str, kind: &'static str, members: &[&Subscription], time: &str) -> Event {
    group(kind, members, time).resent_as(&format!("{kind}-{name}"))
}

fn suspended(world: &World) -> Vec<bool> {
    let licenses = world.license_server.licenses();
    licenses
        .iter()
        .map(|license| license.is_suspended)
        .collect()
}
