//! The overview with sample numbers, in all its states.

use crate::domain::kind::{LicenseServerKind, ServiceNames};
use crate::web::pages::overview::{Live, Overview, Recent};
use crate::web::pages::overview_headline::{CompanyStanding, Messages};
use crate::web::pages::overview_numbers::TodayRow;
use crate::web::pages::preview::{HOSTILE, at, now, render, shell};
use crate::web::pages::shell::Area;
use crate::web::pages::to_fix::ToFixPage;
use crate::web::partials::{Badge, Empty, HourChart, Item, Meter, Moment, ProblemItem, Tone, Way};

pub fn pages() -> Vec<(&'static str, String)> {
    let mut pages = vec![
        (
            "overview",
            render(&Overview {
                shell: shell("Overview", Area::Overview),
                live: live(&standings()[0].1),
            }),
        ),
        (
            "to-fix",
            render(&ToFixPage {
                shell: shell("To fix", Area::ToFix),
                problems: problems(),
                empty: nothing_to_fix(),
            }),
        ),
        (
            "to-fix-empty",
            render(&ToFixPage {
                shell: shell("To fix", Area::ToFix),
                problems: Vec::new(),
                empty: nothing_to_fix(),
            }),
        ),
    ];
    for (name, standing) in standings().iter().skip(1) {
        let mut live = live(standing);
        live.problems.clear();
        if *name == "overview-empty" {
            live.recent.clear();
            live.speed = None;
        }
        let shell = shell("Overview", Area::Overview);
        pages.push((name, render(&Overview { shell, live })));
    }
    pages
}

/// What came today.
const TODAY: Messages = Messages {
    all: 356,
    done: 342,
    needs_you: 13,
    waiting: 0,
    trying_again: 1,
};

fn standings() -> Vec<(&'static str, CompanyStanding)> {
    vec![
        (
            "overview",
            CompanyStanding::NeedsYou {
                problems: 2,
                buyers: 12,
                today: TODAY,
            },
        ),
        ("overview-well", CompanyStanding::Well { today: TODAY }),
        (
            "overview-token",
            CompanyStanding::TokenRefused {
                service: LicenseServerKind::Cryptlex,
                since: at("2026-12-03T09:58:00Z"),
                again: Some(at("2026-12-03T10:43:00Z")),
                changes: 41,
                account_url: "/setup/accounts/lsv_1".to_owned(),
            },
        ),
        (
            "overview-catching-up",
            CompanyStanding::CatchingUp {
                changes: 214,
                minutes: 4,
            },
        ),
        (
            "overview-silence",
            CompanyStanding::Silence {
                hours: 6,
                usual_minutes: 25,
                weekday: "Saturday".to_owned(),
                store_url: "/setup/stores/stf_1".to_owned(),
            },
        ),
        (
            "overview-watch-only",
            CompanyStanding::WatchOnly {
                made: 212,
                ended: 9,
            },
        ),
        (
            "overview-hold",
            CompanyStanding::OnHold {
                since: at("2026-12-03T11:20:00Z"),
                by: "Ana: \"Cryptlex move\"".to_owned(),
                messages: 18,
                store_url: "/setup/stores/stf_1".to_owned(),
            },
        ),
        ("overview-empty", CompanyStanding::Empty { store_url: None }),
    ]
}

fn live(standing: &CompanyStanding) -> Live {
    let row = |label, so_far, usual, is_part| TodayRow {
        label,
        so_far,
        usual,
        href: "/activity?after=2026-12-03".to_owned(),
        is_part,
    };
    Live {
        headline: standing.headline(&ServiceNames::addable()),
        problems: problems(),
        more_problems: 0,
        today: vec![
            row("Purchases", 31, Some(28), false),
            row("Renewals", 118, Some(121), false),
            row("Payments failed", 4, Some(6), false),
            row("healed since", 1, None, true),
            row("Ended", 3, Some(5), false),
            row("Nothing to do", 204, Some(190), false),
        ],
        chart: HourChart {
            label: "Messages from FastSpring per hour today: fewest 4, most 58".to_owned(),
            hours: vec![12, 9, 4, 6, 11, 19, 30, 41, 58, 44, 32],
        },
        speed: Some(
            "Half within 1.2 s, 95 % within 3.4 s. Slowest: 41 s (Cryptlex was slow at 08:14)."
                .to_owned(),
        ),
        calls_at: "Cryptlex".to_owned(),
        calls: Meter {
            used: 22,
            allowed: 50,
            text: "22 of 50 in 5 s, shared by everyone on this server.".to_owned(),
        },
        recent: recent(),
        empty: Empty {
            title: "Nothing has arrived yet.".to_owned(),
            text: "The first message from FastSpring will appear here by itself.".to_owned(),
            way: None,
        },
    }
}

fn recent() -> Vec<Recent> {
    let item = |clock: &str, title: &str, text: &str, tone, state: &str| Recent {
        key: format!("evt_{clock}"),
        at: Moment::point(at(&format!("2026-12-03T{clock}:00Z"))),
        title: title.to_owned(),
        text: text.to_owned(),
        state: Badge::new(tone, state),
        href: "/activity/evt_1".to_owned(),
    };
    vec![
        item(
            "10:42",
            "Per Holm renewed Studio Pro.",
            "The license now ends 5 Jan 2027.",
            Tone::Good,
            "Done and checked",
        ),
        item(
            "10:41",
            "Payment failed for Kite Films (3 seats).",
            "Keeps working until 6 Dec.",
            Tone::Quiet,
            "Nothing to do",
        ),
        item(
            "10:38",
            "J. Okafor bought Reverb ×2.",
            "2 keys were in the receipt.",
            Tone::Good,
            "Done and checked",
        ),
        item(
            "10:37",
            "Acme GmbH changed from 5 to 8 seats.",
            "Cryptlex is slow.",
            Tone::Work,
            "Trying again at 10:43",
        ),
        item("10:30", HOSTILE, HOSTILE, Tone::Wait, HOSTILE),
    ]
}

fn problems() -> Vec<ProblemItem> {
    vec![
        ProblemItem {
            key: "prb_1".to_owned(),
            title: "12 paid orders of “studio-pro-2027” have no license.".to_owned(),
            text: "The product is new in your store and nobody has said which license it gives. Choose it once; the 12 orders are then served at once, oldest first.".to_owned(),
            since: waiting("2026-12-03T08:32:00Z"),
            ways: vec![
                Way::link("Choose the license", "/products/choose?product=studio-pro-2027").primary(),
                Way::post("Never license this product", "/products/never", "c5f3").quiet(),
                Way::link("See the 12 orders", "/activity?state=parked"),
            ],
            items: Vec::new(),
            more: 0,
        },
        ProblemItem {
            key: "prb_2".to_owned(),
            title: "Mark Weber was refunded in full. Shall the license end?".to_owned(),
            text: "You are in “Ask before taking away” until 4 December. Until you answer, the license keeps working. Mark has no other paid license of this product.".to_owned(),
            since: waiting("2026-12-03T10:08:00Z"),
            ways: vec![
                Way::post("End it", "/to-fix/prb_2/approve", "c5f3"),
                Way::post("Keep it", "/to-fix/prb_2/drop", "c5f3"),
                Way::link("Mark's story", "/activity?q=mark"),
            ],
            items: Vec::new(),
            more: 0,
        },
        ProblemItem {
            key: "prb_3".to_owned(),
            title: "The brake stopped 31 endings in one hour, more than usual for you.".to_owned(),
            text: "More endings than usual came within an hour. Perhaps that is right, perhaps a setting went wrong; until you answer, the licenses keep working.".to_owned(),
            since: waiting("2026-12-03T10:20:00Z"),
            ways: vec![
                Way::post("Do them", "/to-fix/prb_3/approve", "c5f3"),
                Way::post("Keep them all", "/to-fix/prb_3/drop", "c5f3"),
            ],
            items: vec![Item {
                text: format!("The subscription of {HOSTILE} has ended. Shall the license end?"),
                preview: "Delete the license of studio-pro".to_owned(),
                way: Way::link("Look at it", "/activity/evt_1"),
            }],
            more: 30,
        },
    ]
}

fn waiting(since: &str) -> Moment {
    Moment::waiting(at(since), now())
}

fn nothing_to_fix() -> Empty {
    Empty {
        title: "Nothing needs you.".to_owned(),
        text: "When Latchkey cannot decide something alone, it is asked here, with one button that settles it.".to_owned(),
        way: Some(Way::link("See what happened lately", "/activity")),
    }
}
