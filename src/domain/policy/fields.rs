//! Every field of the policy with its allowed values, each in one sentence: what page, API and documents read.

/// A question that a policy answers.
pub struct Field {
    /// As the API spells it.
    pub name: &'static str,
    /// As merchants read it.
    pub label: &'static str,
    /// What it may be.
    pub kind: Kind,
}

/// What a field may be.
pub enum Kind {
    /// One of these.
    Choice(&'static [Value]),
    /// Whole hours.
    Hours {
        /// The most that makes sense.
        at_most: u32,
    },
    /// Whole hours, or `shop`: as long as the shop goes on collecting.
    HoursOrShop {
        /// The most that makes sense.
        at_most: u32,
    },
    /// Yes or no.
    YesNo,
}

/// A value that a field can have.
pub struct Value {
    /// As the API spells it.
    pub name: &'static str,
    /// What it does, as merchants read it.
    pub sentence: &'static str,
}

impl Field {
    /// What is allowed, in words.
    pub fn allowed(&self) -> String {
        match self.kind {
            Kind::Choice(values) => {
                let names: Vec<_> = values.iter().map(|value| value.name).collect();
                names.join(", ")
            }
            Kind::Hours { at_most } => format!("whole hours from 0 to {at_most}"),
            Kind::HoursOrShop { at_most } => format!("whole hours from 0 to {at_most}, or shop"),
            Kind::YesNo => "true, false".to_owned(),
        }
    }
}

/// Every field, in the order in which it is shown.
pub const FIELDS: &[Field] = &[
    Field {
        name: "renewal",
        label: "Renewals",
        kind: Kind::Choice(&[
            Value {
                name: "renew",
                sentence: "Each paid period adds the license's own interval, once.",
            },
            Value {
                name: "paid_through",
                sentence: "The license ends on the date paid for, plus your extra days.",
            },
            Value {
                name: "renew_then_date",
                sentence: "Each paid period renews the license, then its end is set to the date paid for plus your extra days; Cryptlex's renewal mails go out.",
            },
        ]),
    },
    Field {
        name: "grace_hours",
        label: "Extra days after a missed payment",
        kind: Kind::HoursOrShop { at_most: 8760 },
    },
    Field {
        name: "trial_grace_hours",
        label: "Extra hours after a trial",
        kind: Kind::Hours { at_most: 8760 },
    },
    Field {
        name: "overdue",
        label: "When payment is overdue",
        kind: Kind::Choice(&[
            Value {
                name: "suspend",
                sentence: "Suspends at the first notice (can be switched on again).",
            },
            Value {
                name: "suspend_after_grace",
                sentence: "Suspends when your extra days are over (can be switched on again).",
            },
            Value {
                name: "ignore",
                sentence: "Does nothing; the license runs to its end.",
            },
        ]),
    },
    Field {
        name: "payment_received",
        label: "When an overdue payment comes",
        kind: Kind::Choice(&[
            Value {
                name: "reinstate",
                sentence: "Switches on what Latchkey had suspended for overdue or pause.",
            },
            Value {
                name: "ignore",
                sentence: "Does nothing.",
            },
        ]),
    },
    Field {
        name: "deactivation",
        label: "When a subscription ends",
        kind: Kind::Choice(&[
            Value {
                name: "delete",
                sentence: "Deletes the license (cannot be undone).",
            },
            Value {
                name: "delete_later",
                sentence: "Suspends the license now and deletes it after 30 days.",
            },
            Value {
                name: "revoke",
                sentence: "Revokes the license (machines must activate again).",
            },
            Value {
                name: "suspend",
                sentence: "Suspends the license (can be switched on again).",
            },
            Value {
                name: "expire",
                sentence: "The license ends then (the app says expired).",
            },
            Value {
                name: "keep_version",
                sentence: "The license goes on for ever with the versions of that time.",
            },
        ]),
    },
    Field {
        name: "pause",
        label: "When a subscription is paused",
        kind: Kind::Choice(&[
            Value {
                name: "suspend",
                sentence: "Suspends on the pause's date (can be switched on again).",
            },
            Value {
                name: "ignore",
                sentence: "Does nothing.",
            },
        ]),
    },
    Field {
        name: "fewer_units",
        label: "When fewer units are paid for",
        kind: Kind::Choice(&[
            Value {
                name: "suspend",
                sentence: "Suspends the youngest licenses (can be switched on again).",
            },
            Value {
                name: "revoke",
                sentence: "Revokes the youngest licenses (machines must activate again).",
            },
        ]),
    },
    Field {
        name: "refund",
        label: "When a purchase is refunded",
        kind: Kind::Choice(&[
            Value {
                name: "suspend",
                sentence: "Suspends the license (can be switched on again).",
            },
            Value {
                name: "revoke",
                sentence: "Revokes the license (machines must activate again).",
            },
            Value {
                name: "expire",
                sentence: "The license ends then (the app says expired).",
            },
            Value {
                name: "delete",
                sentence: "Deletes the license (cannot be undone).",
            },
            Value {
                name: "ignore",
                sentence: "Does nothing.",
            },
        ]),
    },
    Field {
        name: "partial_refund",
        label: "Which refunds count",
        kind: Kind::Choice(&[
            Value {
                name: "full_lines",
                sentence: "Only products that were refunded in full.",
            },
            Value {
                name: "lines",
                sentence: "Products of which any part was refunded.",
            },
            Value {
                name: "order",
                sentence: "Any refund ends every license of the order.",
            },
            Value {
                name: "ignore",
                sentence: "Only refunds of the whole order.",
            },
        ]),
    },
    Field {
        name: "chargeback",
        label: "When the bank takes the money back",
        kind: Kind::Choice(&[
            Value {
                name: "suspend",
                sentence: "Suspends until you lift it.",
            },
            Value {
                name: "revoke",
                sentence: "Revokes the license (machines must activate again).",
            },
            Value {
                name: "ignore",
                sentence: "Does nothing.",
            },
        ]),
    },
    Field {
        name: "release_machines",
        label: "Free the machines when a license ends",
        kind: Kind::YesNo,
    },
    Field {
        name: "bundle_members",
        label: "What bundle members get",
        kind: Kind::Choice(&[
            Value {
                name: "perpetual",
                sentence: "A license that never ends.",
            },
            Value {
                name: "own_interval",
                sentence: "The term that each product says.",
            },
        ]),
    },
    Field {
        name: "user",
        label: "Who becomes the license's user",
        kind: Kind::Choice(&[
            Value {
                name: "customer",
                sentence: "Who paid.",
            },
            Value {
                name: "recipient",
                sentence: "Who the purchase was for, else who paid.",
            },
            Value {
                name: "none",
                sentence: "Nobody.",
            },
        ]),
    },
    Field {
        name: "user_update",
        label: "When a buyer's details change",
        kind: Kind::Choice(&[
            Value {
                name: "never",
                sentence: "The user stays as it is.",
            },
            Value {
                name: "fill",
                sentence: "Only empty details are filled in.",
            },
            Value {
                name: "overwrite",
                sentence: "The user follows the store.",
            },
        ]),
    },
    Field {
        name: "unmapped_product",
        label: "When a product without a license is paid for",
        kind: Kind::Choice(&[
            Value {
                name: "ignore",
                sentence: "Nothing to do.",
            },
            Value {
                name: "park",
                sentence: "Asks you which license it gives.",
            },
        ]),
    },
    Field {
        name: "test_events",
        label: "Test orders",
        kind: Kind::Choice(&[
            Value {
                name: "process",
                sentence: "Are treated like real ones.",
            },
            Value {
                name: "mark",
                sentence: "Give licenses that are marked and end after 14 days.",
            },
            Value {
                name: "ignore",
                sentence: "Are left alone.",
            },
            Value {
                name: "test_server",
                sentence: "Go to your test account.",
            },
        ]),
    },
    Field {
        name: "endings",
        label: "Taking access away",
        kind: Kind::Choice(&[
            Value {
                name: "auto",
                sentence: "Happens by itself.",
            },
            Value {
                name: "ask",
                sentence: "Waits for your click.",
            },
        ]),
    },
];
