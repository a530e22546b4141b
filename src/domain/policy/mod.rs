//! How a vendor wants things done: one value per question, and presets that answer all of them.

mod fields;
mod parse;

use serde::{Deserialize, Serialize};

pub use fields::{FIELDS, FieldValue, Kind, PolicyField};
pub use parse::PolicyError;

/// A named policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Preset {
    /// As Cryptlex documents its own script; what the API takes when nothing is said.
    #[default]
    Cryptlex,
    /// Follows what was paid, gives customers ten days, deletes nothing.
    Recommended,
    /// As LicenseSpring's integration behaves.
    Licensespring,
}

/// An answer to every question. Correctness is none of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Policy {
    /// The preset that answered what was not said one by one.
    pub preset: Preset,
    /// How a paid period moves the end.
    pub renewal: Renewal,
    /// Extra time after a missed payment; see [`Policy::grace_hours`] for what is in force.
    pub grace_hours: Grace,
    /// Extra hours after a trial.
    pub trial_grace_hours: u32,
    /// What a missed payment does.
    pub overdue: Overdue,
    /// What a payment lifts.
    pub payment_received: PaymentReceived,
    /// What the end of a subscription does.
    pub deactivation: Deactivation,
    /// What a pause does.
    pub pause: PauseRule,
    /// What happens to units that are no longer paid for.
    pub fewer_units: FewerUnits,
    /// What a full refund does.
    pub refund: Refund,
    /// Which refunds count.
    pub partial_refund: PartialRefund,
    /// What a chargeback does.
    pub chargeback: ChargebackRule,
    /// Whether activations are deleted when a license ends.
    pub release_machines: bool,
    /// The term of bundle members.
    pub bundle_members: BundleMembers,
    /// Whom a license is linked to.
    pub user: UserRule,
    /// Whether later news changes that user.
    pub user_update: UserUpdate,
    /// What a paid product without a license does.
    pub unmapped_product: UnmappedProduct,
    /// What test orders do.
    pub test_events: TestEvents,
    /// Whether endings wait for a person.
    pub endings: Endings,
}

/// How a paid period moves the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Renewal {
    /// The license server adds its interval once per paid period.
    Renew,
    /// The end is the shop's next date plus grace.
    PaidThrough,
    /// Renew, then set the end to the shop's next date plus grace.
    RenewThenDate,
}

/// Extra time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Grace {
    /// So many hours.
    Hours(u32),
    /// As long as the shop goes on collecting.
    Shop(ShopGrace),
}

/// The word for "as long as the shop goes on collecting".
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ShopGrace {
    /// As long as the shop goes on collecting.
    Shop,
}

/// What a missed payment does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Overdue {
    /// Suspends at the first notice.
    Suspend,
    /// Suspends when the grace is over.
    SuspendAfterGrace,
    /// Nothing.
    Ignore,
}

/// What a payment lifts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PaymentReceived {
    /// Our own suspensions for overdue and pause.
    Reinstate,
    /// Nothing.
    Ignore,
}

/// What the end of a subscription does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Deactivation {
    /// Deletes the license.
    Delete,
    /// Suspends now, deletes after 30 days.
    DeleteLater,
    /// Revokes.
    Revoke,
    /// Suspends.
    Suspend,
    /// The license ends at the event's time.
    Expire,
    /// Perpetual, version frozen.
    KeepVersion,
}

/// What a pause does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PauseRule {
    /// Suspends at the pause's date.
    Suspend,
    /// Nothing.
    Ignore,
}

/// What happens to units that are no longer paid for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FewerUnits {
    /// The youngest are suspended.
    Suspend,
    /// The youngest are revoked.
    Revoke,
}

/// What a full refund does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Refund {
    /// Suspends.
    Suspend,
    /// Revokes.
    Revoke,
    /// The license ends at the event's time.
    Expire,
    /// Deletes the license.
    Delete,
    /// Nothing.
    Ignore,
}

/// Which refunds count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PartialRefund {
    /// Lines that were refunded in full.
    FullLines,
    /// Lines of which any part was refunded.
    Lines,
    /// Any refund ends everything in the order.
    Order,
    /// None but full ones of the whole order.
    Ignore,
}

/// What a chargeback does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChargebackRule {
    /// Suspends; lifted by hand only.
    Suspend,
    /// Revokes.
    Revoke,
    /// Nothing.
    Ignore,
}

/// The term of bundle members.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BundleMembers {
    /// They never end.
    Perpetual,
    /// What their own template or attribute says.
    OwnInterval,
}

/// Whom a license is linked to; set at issue, never moved by later events.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UserRule {
    /// Who paid.
    Customer,
    /// Who shall use it, else who paid.
    Recipient,
    /// Nobody.
    None,
}

/// Whether later news changes the user.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UserUpdate {
    /// Never.
    Never,
    /// Empty fields only.
    Fill,
    /// Always.
    Overwrite,
}

/// What a paid product without a license does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UnmappedProduct {
    /// Nothing.
    Ignore,
    /// Asks which license it gives.
    Park,
}

/// What test orders do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TestEvents {
    /// The same as live ones.
    Process,
    /// Tagged, ends after 14 days.
    Mark,
    /// Nothing.
    Ignore,
    /// Go to the test license server.
    TestServer,
}

/// Whether endings wait for a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Endings {
    /// Carried out.
    Auto,
    /// Whatever takes access away waits for a click.
    Ask,
}

impl Default for Policy {
    fn default() -> Self {
        Self::preset(Preset::Cryptlex)
    }
}

impl Policy {
    /// The policy that a preset names.
    pub const fn preset(preset: Preset) -> Self {
        let cryptlex = Self {
            preset: Preset::Cryptlex,
            renewal: Renewal::Renew,
            grace_hours: Grace::Hours(0),
            trial_grace_hours: 0,
            overdue: Overdue::Suspend,
            payment_received: PaymentReceived::Reinstate,
            deactivation: Deactivation::Delete,
            pause: PauseRule::Suspend,
            fewer_units: FewerUnits::Suspend,
            refund: Refund::Suspend,
            partial_refund: PartialRefund::FullLines,
            chargeback: ChargebackRule::Suspend,
            release_machines: false,
            bundle_members: BundleMembers::Perpetual,
            user: UserRule::Customer,
            user_update: UserUpdate::Never,
            unmapped_product: UnmappedProduct::Ignore,
            test_events: TestEvents::Process,
            endings: Endings::Auto,
        };
        match preset {
            Preset::Cryptlex => cryptlex,
            Preset::Recommended => Self {
                preset,
                renewal: Renewal::PaidThrough,
                grace_hours: Grace::Hours(240),
                trial_grace_hours: 48,
                overdue: Overdue::SuspendAfterGrace,
                deactivation: Deactivation::Expire,
                bundle_members: BundleMembers::OwnInterval,
                user: UserRule::Recipient,
                user_update: UserUpdate::Fill,
                unmapped_product: UnmappedProduct::Park,
                test_events: TestEvents::Mark,
                ..cryptlex
            },
            Preset::Licensespring => Self {
                preset,
                renewal: Renewal::PaidThrough,
                overdue: Overdue::Ignore,
                deactivation: Deactivation::Suspend,
                release_machines: true,
                bundle_members: BundleMembers::OwnInterval,
                user_update: UserUpdate::Fill,
                ..cryptlex
            },
        }
    }

    /// The hours in force: at least 48 where the end follows the shop's dates, 45 days for `shop`.
    ///
    /// The shop's dates are midnight UTC and the charge comes later that day.
    pub fn grace_hours(&self, own: Option<u32>, renewal: Renewal) -> u32 {
        let hours = own.unwrap_or(match self.grace_hours {
            Grace::Hours(hours) => hours,
            Grace::Shop(ShopGrace::Shop) => LONGEST_COLLECTION_HOURS,
        });
        match renewal {
            Renewal::Renew => hours,
            Renewal::PaidThrough | Renewal::RenewThenDate => hours.max(LEAST_HOURS_BY_DATE),
        }
    }
}

/// FastSpring collects for at most 45 days.
const LONGEST_COLLECTION_HOURS: u32 = 45 * 24;
/// The charge of a period comes on its first day, which is the day after our end.
const LEAST_HOURS_BY_DATE: u32 = 48;
