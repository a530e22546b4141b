//! Setup with a sample store and account.

use crate::domain::kind::ServiceNames;
use crate::web::pages::account::{AccountPage, NewAccount, TokenScope};
use crate::web::pages::preview::{HOSTILE, ago, at, render, shell};
use crate::web::pages::setup::{Setup, SetupRow, SetupStep};
use crate::web::pages::shell::Area;
use crate::web::pages::store::{StorePage, TakeoverReport};
use crate::web::pages::store_new::NewStore;
use crate::web::pages::store_words::RuleText;
use crate::web::pages::tokens::{self, Tokens};
use crate::web::partials::{
    Badge, Choices, CopyField, FieldChoice, FormField, Headline, Moment, PageNotice, Select, Ticks,
    Tone, Way,
};
use crate::web::words;

pub fn pages() -> Vec<(&'static str, String)> {
    let frame = || shell("Setup", Area::Setup);
    let mut saved = store();
    saved.shell.notice = Some(PageNotice::done(
        "The store is added. Now paste its address and secret at FastSpring.",
    ));
    vec![
        ("setup", render(&Setup { shell: frame(), services: ServiceNames::addable(), proof: None, steps: Vec::new(), accounts: vec![row("Cryptlex account, EU", "api.eu.cryptlex.com")], stores: vec![row("Northwind", "into Cryptlex account, EU")] })),
        ("setup-first", render(&Setup { shell: frame(), services: ServiceNames::addable(), proof: Some(Way::post("Send the link again", "/setup/prove", "c5f3")), steps: steps(), accounts: vec![row("Cryptlex account, EU", "api.eu.cryptlex.com")], stores: Vec::new() })),
        ("store-new", render(&new_store())),
        ("store", render(&saved)),
        ("account-new", render(&NewAccount {
            shell: frame(),
            services: ServiceNames::addable(),
            name: FormField::text("name", "Name").value("Cryptlex account, EU"),
            base_url: FormField { kind: "url", ..FormField::text("base_url", "Address of its web API") }.value("http://10.0.0.1/").error(Some("This address leads into a private network. Use the address that Cryptlex's portal shows.".to_owned())),
            access_token: FormField::secret("access_token", "Access token"),
        })),
        ("account", render(&account())),
        ("tokens", render(&tokens())),
    ]
}

fn tokens() -> Tokens {
    let row = |name: &str, is_revoked: bool| tokens::ListedToken {
        name: name.to_owned(),
        scopes: vec!["events:read", "licenses:read"],
        state: if is_revoked {
            Badge::new(Tone::Quiet, "Revoked on 1 December 2026")
        } else {
            Badge::new(Tone::Good, "Works")
        },
        made: ago("2026-11-03T10:41:50Z"),
        used: (!is_revoked).then(|| ago("2026-12-03T10:41:50Z")),
        revoke: (!is_revoked).then(|| Way::post("Revoke", "/setup/tokens/tok_1/revoke", "c5f3")),
    };
    let scope = |name: &str| FieldChoice::new(name, name, "See messages and calls.", "events:read");
    Tokens {
        shell: shell("API tokens", Area::Setup),
        new_token: Some(CopyField {
            label: "New token".to_owned(),
            text: "lk_7Qm0kd8Yw2Vb4Tn6Rz1Xc3Pf5Hj9Lg0Sa2Dq4Wu6E".to_owned(),
        }),
        rows: vec![row("Helpdesk", false), row(HOSTILE, true)],
        name: FormField::text("name", "Name"),
        scopes: Ticks {
            label: "What it may do".into(),
            choices: vec![scope("events:read"), scope("licenses:keys")],
            error: Some("What it may do: tick at least one.".to_owned()),
        },
        password: FormField::own_password(),
    }
}

fn row(name: &str, detail: &str) -> SetupRow {
    SetupRow {
        name: name.to_owned(),
        detail: detail.to_owned(),
        state: Badge::new(Tone::Good, "On"),
        last: Some(ago("2026-12-03T10:41:50Z")),
        href: "/setup/stores/stf_1".to_owned(),
    }
}

fn steps() -> Vec<SetupStep> {
    let step = |is_done, title: &str, text: &str, way| SetupStep {
        is_done,
        title: String::from(title),
        text: text.to_owned(),
        way,
    };
    vec![
        step(
            true,
            "Cryptlex account",
            "Cryptlex accepts the token.",
            None,
        ),
        step(
            false,
            "Store",
            "Gives you an address and a secret to paste at FastSpring.",
            Some(Way::link("Add your store", "/setup/stores/new").primary()),
        ),
        step(
            false,
            "First call",
            "Place a test order; no card is charged.",
            None,
        ),
        step(
            false,
            "Products",
            "Say which license each product gives.",
            None,
        ),
    ]
}

fn modes() -> Choices {
    Choices {
        name: "mode",
        label: "What Latchkey does",
        choices: words::modes("live", "Cryptlex"),
    }
}

fn presets() -> Choices {
    Choices {
        name: "preset",
        label: "Starting set of rules",
        choices: words::presets("recommended"),
    }
}

fn new_store() -> NewStore {
    NewStore {
        shell: shell("Add a store", Area::Setup),
        name: FormField::text("name", "Name")
            .hint("As you call it, for example its address at FastSpring.")
            .error(Some("Give the store a name.".to_owned())),
        account: Select::plain(
            "license_server_id",
            "Licenses are made in",
            vec![FieldChoice::new(
                "lsv_1",
                "Cryptlex account, EU",
                "",
                "lsv_1",
            )],
        ),
        preset: presets(),
        mode: modes(),
        webhook_secret: FormField::secret("webhook_secret", "Its HMAC SHA256 secret").optional(),
    }
}

fn store() -> StorePage {
    StorePage {
        takeover: TakeoverReport {
            text: "Of 120 purchases, 118 are as Latchkey would have them and 2 are not. 131 licenses were adopted.".to_owned(),
            differences: vec![format!("{HOSTILE}: 0 of 1 licenses of studio-pro are there.")],
        },
        shell: shell("Northwind", Area::Setup),
        title: "Northwind".to_owned(),
        standing: Headline::new(
            Tone::Good,
            "On. FastSpring called 40 s ago.",
            "356 messages today, all signed with your current secret.",
        ),
        href: "/setup/stores/stf_1".to_owned(),
        webhook_url: CopyField {
            label: "Webhook address".to_owned(),
            text: "https://latchkey.example/hooks/Zk4vT2n1yQp8LwXc0sRb7uJd3aHf9eGmKi5oVtNxYq6"
                .to_owned(),
        },
        new_secret: Some(CopyField {
            label: "Secret".to_owned(),
            text: "k7Qm3vT9xW1pZ5rB8nL2".to_owned(),
        }),
        previous_until: Some(point("2026-12-03T21:00:00Z")),
        service: "Cryptlex",
        account: (
            "Cryptlex account, EU".to_owned(),
            "/setup/accounts/lsv_1".to_owned(),
        ),
        mode: modes(),
        preset: presets(),
        rules_note: "The rules apply to what comes from now on; 1,204 licenses keep their terms."
            .to_owned(),
        rules: vec![
            RuleText {
                label: "A renewal is paid".to_owned(),
                text: "The license's end follows the date paid for.".to_owned(),
            },
            RuleText {
                label: "Extra days after a missed payment".to_owned(),
                text: "10 days; then the license is suspended until the payment comes.".to_owned(),
            },
            RuleText {
                label: "A subscription ends".to_owned(),
                text: "The license ends; the app says expired. Nothing is deleted.".to_owned(),
            },
        ],
        webhook_secret: FormField::secret("webhook_secret", "Secret")
            .optional()
            .hint("Empty: a good one is made for you."),
        password: FormField::own_password(),
        ways: vec![
            Way::link("Its activity", "/activity?store=stf_1"),
            Way::link("Its products", "/products?store=stf_1"),
        ],
    }
}

fn point(time: &str) -> Moment {
    Moment::point(at(time))
}

fn account() -> AccountPage {
    let scope = |name: &str, text, is_granted| TokenScope {
        name: name.to_owned(),
        text,
        is_granted,
    };
    AccountPage {
        shell: shell("Cryptlex account, EU", Area::Setup),
        title: "Cryptlex account, EU".to_owned(),
        service: "Cryptlex",
        standing: Headline::new(
            Tone::Act,
            "Your token may not do everything.",
            "“user:write” is not ticked at Cryptlex; new buyers cannot be linked to their licenses.",
        ),
        href: "/setup/accounts/lsv_1".to_owned(),
        base_url: "https://api.eu.cryptlex.com/v3".to_owned(),
        checked: Some(ago("2026-12-03T10:02:00Z")),
        no_scopes: "Not known before the token is checked.",
        scopes: vec![
            scope("license:read", "finding licenses and checking them", true),
            scope("license:write", "making and changing licenses", true),
            scope("user:write", "linking buyers to their licenses", false),
        ],
        check: Way::post("Check now", "/setup/accounts/lsv_1/check", "c5f3"),
        access_token: FormField::secret("access_token", "New access token"),
        password: FormField::own_password(),
        stores: vec![("Northwind".to_owned(), "/setup/stores/stf_1".to_owned())],
    }
}
