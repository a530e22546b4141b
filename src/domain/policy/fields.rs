//! Every field of the policy with its allowed values, each in one sentence: what page, API and documents read.

/// A question that a policy answers.
pub struct PolicyField {
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
    Choice(&'static [FieldValue]),
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
pub struct FieldValue {
    /// As the API spells it.
    pub name: &'static str,
    /// What it does, as merchants read it; `{service}` stands for the name of the license server.
    pub sentence: &'static str,
}

impl PolicyField {
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
pub const FIELDS: &[PolicyField] = &[
    PolicyField {
        name: "renewal",
        label: "Renewals",
        kind: Kind::Choice(&[
            FieldValue {
                name: "renew",
                sentence: "Each paid period adds the license's own interval, once.",
            },
            FieldValue {
                name: "paid_through",
                sentence: "The license ends on the date paid for, plus your extra days.",
            },
            FieldValue {
                name: "renew_then_date",
                sentence: "Each paid period renews the license, then its end is set to the date paid for plus your extra days; {service}'s renewal mails go out.",
            },
        ]),
    },
    PolicyField {
        name: "grace_hours",
        label: "Extra days after a missed payment",
        kind: Kind::HoursOrShop { at_most: 8760 },
    },
    PolicyField {
        name: "trial_grace_hours",
        label: "Extra hours after a trial",
        kind: Kind::Hours { at_most: 8760 },
    },
    PolicyField {
        name: "overdue",
        label: "When payment is overdue",
        kind: Kind::Choice(&[
            FieldValue {
                name: "suspend",
                sentence: "Suspends at the first notice (can be switched on again).",
            },
            FieldValue {
                name: "suspend_after_grace",
                sentence: "Suspends when your extra days are over (can be switched on again).",
            },
            FieldValue {
                name: "ignore",
                sentence: "Does nothing; the license runs to its end.",
            },
        ]),
    },
    PolicyField {
        name: "payment_received",
        label: "When an overdue payment comes",
        kind: Kind::Choice(&[
            FieldValue {
                name: "reinstate",
                sentence: "Switches on what Latchkey had suspended for overdue or pause.",
            },
            FieldValue {
                name: "ignore",
                sentence: "Does nothing.",
            },
        ]),
    },
    PolicyField {
        name: "deactivation",
        label: "When a subscription ends",
        kind: Kind::Choice(&[
            FieldValue {
                name: "delete",
                sentence: "Deletes the license (cannot be undone).",
            },
            FieldValue {
                name: "delete_later",
                sentence: "Suspends the license now and deletes it after 30 days.",
            },
            FieldValue {
                name: "revoke",
                sentence: "Revokes the license (machines must activate again).",
            },
            FieldValue {
                name: "suspend",
                sentence: "Suspends the license (can be switched on again).",
            },
            FieldValue {
                name: "expire",
                sentence: "The license ends then (the app says expired).",
            },
            FieldValue {
                name: "keep_version",
                sentence: "The license goes on for ever with the versions of that time.",
            },
        ]),
    },
    PolicyField {
        name: "pause",
        label: "When a subscription is paused",
        kind: Kind::Choice(&[
            FieldValue {
                name: "suspend",
                sentence: "Suspends on the pause's date (can be switched on again).",
            },
            FieldValue {
                name: "ignore",
                sentence: "Does nothing.",
            },
        ]),
    },
    PolicyField {
        name: "fewer_units",
        label: "When fewer units are paid for",
        kind: Kind::Choice(&[
            FieldValue {
                name: "suspend",
                sentence: "Suspends the youngest licenses (can be switched on again).",
            },
            FieldValue {
                name: "revoke",
                sentence: "Revokes the youngest licenses (machines must activate again).",
            },
        ]),
    },
    PolicyField {
        name: "refund",
        label: "When a purchase is refunded",
        kind: Kind::Choice(&[
            FieldValue {
                name: "suspend",
                sentence: "Suspends the license (can be switched on again).",
            },
            FieldValue {
                name: "revoke",
                sentence: "Revokes the license (machines must activate again).",
            },
            FieldValue {
                name: "expire",
                sentence: "The license ends then (the app says expired).",
            },
            FieldValue {
                name: "delete",
                sentence: "Deletes the license (cannot be undone).",
            },
            FieldValue {
                name: "ignore",
                sentence: "Does nothing.",
            },
        ]),
    },
    PolicyField {
        name: "partial_refund",
        label: "Which refunds count",
        kind: Kind::Choice(&[
            FieldValue {
                name: "full_lines",
                sentence: "Only products that were refunded in full.",
            },
            FieldValue {
                name: "lines",
                sentence: "Products of which any part was refunded.",
            },
            FieldValue {
                name: "order",
                sentence: "Any refund ends every license of the order.",
            },
            FieldValue {
                name: "ignore",
                sentence: "Only refunds of the whole order.",
            },
        ]),
    },
    PolicyField {
        name: "chargeback",
        label: "When the bank takes the money back",
        kind: Kind::Choice(&[
            FieldValue {
                name: "suspend",
                sentence: "Suspends until you lift it.",
            },
            FieldValue {
                name: "revoke",
                sentence: "Revokes the license (machines must activate again).",
            },
            FieldValue {
                name: "ignore",
                sentence: "Does nothing.",
            },
        ]),
    },
    PolicyField {
        name: "release_machines",
        label: "Free the machines when a license ends",
        kind: Kind::YesNo,
    },
    PolicyField {
        name: "bundle_members",
        label: "What bundle members get",
        kind: Kind::Choice(&[
            FieldValue {
                name: "perpetual",
                sentence: "A license that never ends.",
            },
            FieldValue {
                name: "own_interval",
                sentence: "The term that each product says.",
            },
        ]),
    },
    PolicyField {
        name: "user",
        label: "Who becomes the license's user",
        kind: Kind::Choice(&[
            FieldValue {
                name: "customer",
                sentence: "Who paid.",
            },
            FieldValue {
                name: "recipient",
                sentence: "Who the purchase was for, else who paid.",
            },
            FieldValue {
                name: "none",
                sentence: "Nobody.",
            },
        ]),
    },
    PolicyField {
        name: "user_update",
        label: "When a buyer's details change",
        kind: Kind::Choice(&[
            FieldValue {
                name: "never",
                sentence: "The user stays as it is.",
            },
            FieldValue {
                name: "fill",
                sentence: "Only empty details are filled in.",
            },
            FieldValue {
                name: "overwrite",
                sentence: "The user follows the store.",
            },
        ]),
    },
    PolicyField {
        name: "unmapped_product",
        label: "When a product without a license is paid for",
        kind: Kind::Choice(&[
            FieldValue {
                name: "ignore",
                sentence: "Nothing to do.",
            },
            FieldValue {
                name: "park",
                sentence: "Asks you which license it gives.",
            },
        ]),
    },
    PolicyField {
        name: "test_events",
        label: "Test orders",
        kind: Kind::Choice(&[
            FieldValue {
                name: "process",
                sentence: "Are treated like real ones.",
            },
            FieldValue {
                name: "mark",
                sentence: "Give licenses that are marked and end after 14 days.",
            },
            FieldValue {
                name: "ignore",
                sentence: "Are left alone.",
            },
            FieldValue {
                name: "test_server",
                sentence: "Go to your test account.",
            },
        ]),
    },
    PolicyField {
        name: "endings",
        label: "Taking access away",
        kind: Kind::Choice(&[
            FieldValue {
                name: "auto",
                sentence: "Happens by itself.",
            },
            FieldValue {
                name: "ask",
                sentence: "Waits for your click.",
            },
        ]),
    },
];
