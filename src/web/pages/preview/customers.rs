//! Buyers, one of them, who did what, and making an account, with sample people.

use super::{HOSTILE, ago, at, render, shell};
use crate::web::pages::audit::{self, AuditPage};
use crate::web::pages::customer::{CustomerEntry, CustomerPage, HeldLicense};
use crate::web::pages::customers::{Customers, ListedCustomer};
use crate::web::pages::machines::{self, MachinesPage};
use crate::web::pages::shell::Area;
use crate::web::pages::sign_up::SignUp;
use crate::web::partials::{
    Badge, CopyField, Empty, FormField, Headline, Moment, Pager, Tone, Way,
};

/// The pages by name.
pub fn pages() -> Vec<(&'static str, String)> {
    vec![
        ("customers", render(&customers())),
        ("customer", render(&customer())),
        ("machines", render(&machines(true))),
        ("machines-none", render(&machines(false))),
        ("who-did-what", render(&acts())),
        ("sign-up", render(&SignUp::new("c5f3"))),
    ]
}

fn customers() -> Customers {
    let row = |name: &str| ListedCustomer {
        name: name.to_owned(),
        company: "Lindqvist Film AB".to_owned(),
        email: "anna@lindqvist.example".to_owned(),
        since: ago("2026-05-03T09:00:00Z"),
        href: "/customers/cus_0190".to_owned(),
    };
    Customers {
        shell: shell("Customers", Area::Customers),
        search: FormField::text("q", "Name, address, order, subscription or key").optional(),
        rows: vec![row("Anna Lindqvist"), row(HOSTILE)],
        empty: Empty {
            title: String::new(),
            text: String::new(),
            way: None,
        },
        pager: Pager {
            first: None,
            next: Some("/customers?cursor=1".to_owned()),
        },
    }
}

fn customer() -> CustomerPage {
    let entry = |title: &str, text: &str| CustomerEntry {
        at: ago("2026-12-03T08:14:02Z"),
        title: title.to_owned(),
        text: text.to_owned(),
        state: Badge::new(Tone::Good, "Done and checked"),
        href: "/activity/evt_0190".to_owned(),
    };
    CustomerPage {
        shell: shell("Anna Lindqvist", Area::Customers),
        name: "Anna Lindqvist".to_owned(),
        about: vec![HOSTILE.to_owned(), "buyer since 3 May 2026".to_owned()],
        answer: Headline::new(
            Tone::Good,
            "Does Anna Lindqvist have a working license? YES.",
            "Studio Pro is paid until 3 January 2027 and works until 13 January 2027.",
        )
        .way(Way::post(
            "Give 7 more days",
            "/licenses/lic_0190/more-days",
            "c5f3",
        ))
        .way(Way::post(
            format!("Lift the suspension of {HOSTILE}"),
            "/licenses/lic_0190/lift",
            "c5f3",
        )
        .asking(format!(
            "Refunded in full on 15 January 2027: 49.00 USD. {HOSTILE} Give it back all the same?"
        ))),
        reply: Some(CopyField {
            label: "A reply".to_owned(),
            text: "Hello Anna, your license of Studio Pro runs until 3 January 2027.".to_owned(),
        }),
        story: vec![entry(
            "Renewal paid · Studio Pro",
            "Renewed; ends 13 January 2027. Paid until 3 January 2027, plus 10 extra days.",
        )],
        notices: vec![entry("Payment reminder sent", "")],
        licenses: vec![HeldLicense {
            product: "Studio Pro".to_owned(),
            ending: "…C204E8".to_owned(),
            state: Badge::new(Tone::Good, "Active"),
            ends: Some(Moment::day(at("2027-01-13T00:00:00Z"))),
            reference: "NWA261203-4471".to_owned(),
            href: "/licenses/lic_0190".to_owned(),
        }],
    }
}

fn machines(is_in_use: bool) -> MachinesPage {
    let row = |name: &str, is_offline: bool| machines::ListedMachine {
        name: name.to_owned(),
        system: "windows 11".to_owned(),
        since: Some(ago("2026-05-03T09:11:00Z")),
        seen: (!is_offline).then(|| ago("2026-12-03T08:10:00Z")),
        is_offline,
    };
    let rows = vec![row("PC-MARTA", false), row(HOSTILE, true)];
    MachinesPage {
        shell: shell("Machines", Area::Licenses),
        back: "/licenses/lic_0190".to_owned(),
        service: "Cryptlex",
        rows: if is_in_use { rows } else { Vec::new() },
        empty: Empty {
            title: "Your token may not list machines.".to_owned(),
            text: "Tick “activation:read” for it at Cryptlex, then load this page again."
                .to_owned(),
            way: Some(Way::link("To the license", "/licenses/lic_0190")),
        },
    }
}

fn acts() -> AuditPage {
    AuditPage {
        shell: shell("Who did what", Area::Setup),
        rows: vec![audit::ListedAct {
            at: ago("2026-12-03T08:14:02Z"),
            who: "ana@northwind.example".to_owned(),
            what: "changed a store".to_owned(),
            target: "stf_0190".to_owned(),
            details: vec!["mode: live → paused".to_owned(), format!("name: {HOSTILE}")],
        }],
        pager: Pager {
            first: None,
            next: None,
        },
        end: Some(CopyField {
            label: "The last act and its link".to_owned(),
            text: format!("ten_0190:12:{}", "9c1e".repeat(16)),
        }),
    }
}
