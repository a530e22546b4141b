//! Activity and licenses with sample people.

#![expect(clippy::too_many_lines, reason = "samples are long and dull")]

use askama::Template;
use strum::VariantArray as _;

use crate::domain::kind::ServiceNames;
use crate::domain::license::LicenseState;
use crate::web::pages::activity::{Activity, ActivityRows, ListedEvent};
use crate::web::pages::event::{EventFact, EventPage, Related};
use crate::web::pages::event_found::EventSubject;
use crate::web::pages::event_head::Head;
use crate::web::pages::event_keys::LeftKey;
use crate::web::pages::preview::{HOSTILE, ago, at, render, shell};
use crate::web::pages::shell::Area;
use crate::web::pages::{license, licenses};
use crate::web::partials::{
    Badge, CallEvidence, Change, CopyableId, Empty, FieldChoice, FormField, Headline, Moment,
    Pager, Select, StoryStep, Tab, Tone, Way,
};
use crate::web::words;

pub fn pages() -> Vec<(&'static str, String)> {
    vec![
        ("activity", render(&list(rows()))),
        ("activity-empty", render(&list(Vec::new()))),
        ("event", render(&event())),
        ("licenses", render(&license_list(license_rows()))),
        ("licenses-empty", render(&license_list(Vec::new()))),
        ("license", render(&license_page())),
    ]
}

#[test]
fn the_live_rows_are_the_rows_of_the_page() {
    for rows in [rows(), Vec::new()] {
        let page = list(rows);
        let (rows, empty) = (page.rows.clone(), page.empty.clone());
        let fragment = ActivityRows { rows, empty }.render().unwrap();

        assert!(render(&page).contains(fragment.trim()));
    }
}

fn tabs(labels: &[&str]) -> Vec<Tab> {
    labels
        .iter()
        .enumerate()
        .map(|(index, label)| Tab {
            label: (*label).to_owned(),
            href: "/activity".to_owned(),
            is_current: index == 0,
        })
        .collect()
}

fn search() -> FormField {
    FormField {
        kind: "search",
        ..FormField::text("find", "Buyer, order, subscription or key").optional()
    }
}

fn list(rows: Vec<ListedEvent>) -> Activity {
    let day = |name, label| FormField {
        kind: "date",
        ..FormField::text(name, label).optional()
    };
    Activity {
        shell: shell("Activity", Area::Activity),
        tabs: tabs(&["All", "Needs you (13)", "Trying again (1)", "Waiting", "Done", "Nothing to do"]),
        search: search(),
        selects: vec![Select::plain(
            "live",
            "Orders",
            vec![
                FieldChoice::new("", "Live and test", "", ""),
                FieldChoice::new("true", "Live only", "", ""),
                FieldChoice::new("false", "Test only", "", ""),
            ],
        )],
        after: day("after", "From"),
        before: day("before", "Until"),
        kept: Vec::new(),
        run_again: (!rows.is_empty()).then(|| Way::post("Run these 12 again", "/activity/run-again", "c5f3").with("state", "parked")),
        empty: Empty {
            title: "Nothing matches.".to_owned(),
            text: "Buyers often use another address. Try the order number on the receipt, or the last characters of the key.".to_owned(),
            way: Some(Way::link("Show everything", "/activity")),
        },
        pager: Pager { first: None, next: (!rows.is_empty()).then(|| "/activity?cursor=x".to_owned()) },
        live_url: Some("/activity/live".to_owned()),
        rows,
    }
}

fn rows() -> Vec<ListedEvent> {
    let row =
        |title: &str, subject: &str, state: Badge, reason: &str, reference: &str| ListedEvent {
            key: format!("evt_{reference}"),
            at: ago("2026-12-03T10:41:00Z"),
            title: title.to_owned(),
            subject: subject.to_owned(),
            state,
            reason: reason.to_owned(),
            reference: reference.to_owned(),
            is_test: reference.ends_with('T'),
            href: "/activity/evt_1".to_owned(),
        };
    vec![
        row(
            "Renewal paid",
            "Anna Lindqvist, Studio Pro",
            Badge::new(Tone::Good, "Done and checked"),
            "",
            "NWA261203-4471-20913B",
        ),
        row(
            "Order paid",
            "J. Okafor, Reverb ×2",
            Badge::new(Tone::Good, "Done and checked"),
            "",
            "NWA261203-4472-20914T",
        ),
        row(
            "Order paid",
            "Mira Chen, studio-pro-2027",
            Badge::new(Tone::Act, "Needs you: choose a license"),
            "“studio-pro-2027” was paid for, but nobody has said which license it gives.",
            "NWA261203-4473-20915B",
        ),
        row(
            "Seats changed",
            "Acme GmbH, from 5 to 8",
            Badge::new(Tone::Work, "Trying again at 10:43"),
            "Cryptlex does not answer. Not your move.",
            "7Dq2wVkUSu6yFh1xYpQz1A",
        ),
        row(
            "Renewal paid",
            "Kite Films",
            Badge::new(Tone::Wait, "Waiting for its order"),
            "Waiting for the purchase this belongs to; until 6 December.",
            "PkPQ2zN5QmWw3s0yVtRr2B",
        ),
        row(
            "Payment reminder",
            "Per Holm",
            Badge::new(Tone::Quiet, "Nothing to do"),
            "FastSpring only informed: a payment is coming.",
            "Xk1QpVtRr2BPkPQ2zN5QmW",
        ),
        row(
            HOSTILE,
            HOSTILE,
            Badge::new(Tone::Quiet, HOSTILE),
            HOSTILE,
            HOSTILE,
        ),
    ]
}

fn event() -> EventPage {
    EventPage {
        shell: shell("Renewal paid", Area::Activity),
        head: Head {
        title: "Renewal paid: Anna Lindqvist, Studio Pro (monthly), 19.00 EUR".to_owned(),
        outcome: Headline::new(
            Tone::Good,
            "Done and checked, in 5.5 seconds. The license now ends on 13 January 2027.",
            "Paid until 3 January, plus your 10 extra days in case the next payment is late.",
        ),
        subjects: vec![
            EventSubject { label: "License", id: CopyableId::new("7F3A91-…-C204E8"), href: "/licenses/lic_1".to_owned() },
            EventSubject { label: "Order", id: CopyableId::new("NWA261203-4471-20913B"), href: "/activity?q=NWA261203-4471-20913B".to_owned() },
        ],
        is_test: true,
        ways: vec![Way::post("Run again", "/activity/evt_1/run-again", "c5f3"), Way::post("Set aside", "/activity/evt_1/set-aside", "c5f3").quiet()],
        },
        pick: None,
        buyer: Some(Way::link("Anna Lindqvist’s story", "/customers")),
        left_keys: vec![LeftKey { ending: "…000001".to_owned(), product: "Reverb".to_owned(), why: "No license of this key could be adopted.", fix: "Set it right at Cryptlex and run this again, or let Latchkey make the licenses of Reverb.".to_owned(), way: Way::link("Who makes its keys", "/products/stf_1?path=reverb") }],
        steps: steps(),
        live_url: Some("/activity/evt_1/live".to_owned()),
        why: vec!["Your rule “Renewals follow the date paid for” applied. It moved from 3 December to 3 January, so this is a renewal and not a charge for changing the plan.".to_owned()],
        rules: Some(Way::link("See the rules of this store", "/setup/stores/stf_1")),
        related: vec![
            Related { at: ago("2026-11-03T08:00:00Z"), title: "Payment failed".to_owned(), state: Badge::new(Tone::Quiet, "Nothing to do"), href: Some("/activity/evt_0".to_owned()) },
            Related { at: ago("2026-12-03T08:14:02Z"), title: "Renewal paid".to_owned(), state: Badge::new(Tone::Good, "Done and checked"), href: None },
        ],
        source: vec![EventFact { label: "Type", value: CopyableId::new("subscription.charge.completed") }, EventFact { label: "Id", value: CopyableId::new("fU8Yw2c4T4qXmSPN2yJ9QA") }],
        show_keys: Some(Way::post("Show the license keys", "/activity/evt_0190/keys", "c5f3")),
        payload: Some(format!("{{\n  \"id\": \"fU8Yw2c4T4qXmSPN2yJ9QA\",\n  \"note\": \"{HOSTILE}\"\n}}")),
    }
}

fn steps() -> Vec<StoryStep> {
    let step = |when: &str, tone, title: &str, text: &str| StoryStep {
        when: when.to_owned(),
        exact: "3 December 2026, 08:14:02.118 UTC".to_owned(),
        tone,
        title: title.to_owned(),
        text: text.to_owned(),
        change: None,
        call: None,
    };
    let call = |summary: &str, attempt: &str| CallEvidence {
        summary: summary.to_owned(),
        method: "PATCH".to_owned(),
        url: "https://api.cryptlex.com/v3/licenses/3f0c9f4e-7a3c-4a77-9d7e-0d8a4f1f2c11/expires-at"
            .to_owned(),
        request: "{\n  \"expiresAt\": \"2027-01-13T00:00:00Z\"\n}".to_owned(),
        response: String::new(),
        attempt: attempt.to_owned(),
    };
    vec![
        step(
            "08:14:02.118",
            Tone::Quiet,
            "FastSpring called",
            "6.1 KB, 2 events in one call (this is the 1st), signed with your current secret.",
        ),
        step("+5 ms", Tone::Good, "Stored on disk, then answered 200", ""),
        step(
            "+22 ms",
            Tone::Good,
            "Understood",
            "“A renewal was paid for a subscription that Latchkey knows (1 license).”",
        ),
        StoryStep {
            change: Some(Change {
                label: "Move the license's end".to_owned(),
                before: "13 Dec 2026".to_owned(),
                after: "13 Jan 2027".to_owned(),
            }),
            ..step("+23 ms", Tone::Good, "Decided: 1 change", "")
        },
        StoryStep {
            call: Some(call("502, 180 ms", "1 of 13")),
            ..step(
                "+42 ms",
                Tone::Bad,
                "Asked Cryptlex",
                "Cryptlex stumbled. Asking again is safe: it sets the same date, not one month more.",
            )
        },
        StoryStep {
            call: Some(call("200, 212 ms", "2 of 13")),
            ..step("+5.24 s", Tone::Good, "Asked again", "")
        },
        step(
            "+5.46 s",
            Tone::Good,
            "Checked",
            "Cryptlex says: ends 13 January 2027, 00:00 UTC, as intended. Not suspended, not revoked.",
        ),
        step("+5.47 s", Tone::Good, "Finished", ""),
    ]
}

fn license_list(rows: Vec<licenses::ListedLicense>) -> licenses::Licenses {
    licenses::Licenses {
        shell: shell("Licenses", Area::Licenses),
        tabs: tabs(&["All", "Active", "Ended", "Suspended", "Revoked", "Deleted"]),
        search: search(),
        services: ServiceNames::addable(),
        state: "active".to_owned(),
        empty: Empty {
            title: "No license yet.".to_owned(),
            text: "The first paid order of a product that gives a license makes one; it appears here by itself.".to_owned(),
            way: Some(Way::link("Say what your products give", "/products")),
        },
        pager: Pager { first: (!rows.is_empty()).then(|| "/licenses".to_owned()), next: None },
        rows,
    }
}

fn license_rows() -> Vec<licenses::ListedLicense> {
    LicenseState::VARIANTS
        .iter()
        .copied()
        .enumerate()
        .map(|(index, state)| licenses::ListedLicense {
            product: "Studio Pro (monthly)".to_owned(),
            ending: "…C204E8".to_owned(),
            state: words::license_state(state),
            ends: (index != 1).then(|| Moment::day(at("2027-01-13T00:00:00Z"))),
            reference: "NWA261203-4471-20913B".to_owned(),
            checked: (index != 0).then(|| ago("2026-12-03T10:02:00Z")),
            is_test: index == 2,
            href: "/licenses/lic_1".to_owned(),
        })
        .collect()
}

fn license_page() -> license::LicensePage {
    let entry = |day: &str, title: &str, text: &str| license::LicenseEntry {
        at: ago(day),
        title: title.to_owned(),
        text: text.to_owned(),
        state: Badge::new(Tone::Good, "Done and checked"),
        href: "/activity/evt_1".to_owned(),
    };
    license::LicensePage {
        shell: shell("Studio Pro", Area::Licenses),
        title: "License: Studio Pro (monthly), 1 of 1".to_owned(),
        answer: Headline::new(
            Tone::Good,
            "Active until 13 January 2027.",
            "Paid until 3 January; the rest are your extra days.",
        ),
        facts: vec![
            license::LicenseFact {
                label: "State".to_owned(),
                text: "Active".to_owned(),
            },
            license::LicenseFact {
                label: "Ends".to_owned(),
                text: "13 January 2027".to_owned(),
            },
            license::LicenseFact {
                label: "Paid until".to_owned(),
                text: "3 January 2027".to_owned(),
            },
            license::LicenseFact {
                label: "Machines".to_owned(),
                text: "2 allowed".to_owned(),
            },
            license::LicenseFact {
                label: "Checked at Cryptlex".to_owned(),
                text: "3 December 2026, 08:14".to_owned(),
            },
        ],
        ids: vec![
            ("Order".to_owned(), CopyableId::new("NWA261203-4471-20913B")),
            (
                "Subscription".to_owned(),
                CopyableId::new("7Dq2wVkUSu6yFh1xYpQz1A"),
            ),
            (
                "At Cryptlex".to_owned(),
                CopyableId::new("3f0c9f4e-7a3c-4a77-9d7e-0d8a4f1f2c11"),
            ),
        ],
        history: vec![
            entry(
                "2026-12-03T08:14:02Z",
                "Renewal paid",
                "The end moved from 13 December to 13 January.",
            ),
            entry(
                "2026-11-07T08:14:02Z",
                "Renewal paid",
                "The end moved from 13 November to 13 December.",
            ),
            entry(
                "2026-05-03T08:14:02Z",
                "Order paid",
                "The license was made; its key was in the receipt.",
            ),
        ],
        ways: vec![
            Way::link(
                "All activity of this purchase",
                "/activity?q=7Dq2wVkUSu6yFh1xYpQz1A",
            )
            .button(),
        ],
    }
}
