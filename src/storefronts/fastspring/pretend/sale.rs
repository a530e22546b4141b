//! What a pretended shop remembers of its orders and subscriptions.

use std::borrow::Cow;

use strum::{EnumString, IntoStaticStr};

use crate::domain::time::{Period, PeriodUnit, Timestamp};

/// One product of the shop.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SoldProduct {
    /// Its path at the shop.
    pub path: Cow<'static, str>,
    /// As buyers read it.
    pub display: Cow<'static, str>,
    /// The vendor's number.
    pub sku: Cow<'static, str>,
    /// The price of one, in hundredths of a dollar.
    pub cents: u32,
    /// How often it is paid; `None` = once.
    pub interval: Option<Interval>,
}

/// How often a subscription is paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, EnumString, IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum Interval {
    /// Every month.
    Month,
    /// Every year.
    Year,
}

/// Somebody who buys.
#[derive(Debug, PartialEq, Eq)]
pub struct SaleBuyer {
    /// First name.
    pub first: &'static str,
    /// Last name.
    pub last: &'static str,
    /// What stands before the `@`; all of them are at example.com, which belongs to nobody.
    pub mailbox: &'static str,
    /// For whom they buy, if not for themselves.
    pub company: Option<&'static str>,
    /// Where they live.
    pub city: &'static str,
    /// Two letters.
    pub country: &'static str,
    /// Two letters.
    pub language: &'static str,
}

/// One paid order of one product, or of a bundle.
#[derive(Debug, Clone)]
pub struct Sale {
    /// The shop's id of the order.
    pub order_id: String,
    /// Its receipt number.
    pub reference: String,
    /// Who bought.
    pub buyer: &'static SaleBuyer,
    /// What.
    pub product: SoldProduct,
    /// What comes with it, if it is a bundle.
    pub members: Vec<SoldProduct>,
    /// How many.
    pub quantity: u32,
    /// When.
    pub at: Timestamp,
    /// False for a test order.
    pub is_live: bool,
}

/// A subscription that came of a sale.
#[derive(Debug, Clone)]
pub struct SaleSubscription {
    /// The shop's id of it.
    pub id: String,
    /// Its first order.
    pub sale: Sale,
    /// How often it is paid.
    pub interval: Interval,
    /// Until when it is paid.
    pub next: Timestamp,
    /// How often it was paid.
    pub sequence: u32,
    /// How it stands.
    pub standing: SaleStanding,
}

/// How a subscription stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SaleStanding {
    /// Not paid yet, and free until then.
    Trial,
    /// Paid.
    Active,
    /// A payment failed.
    Overdue,
    /// Not paid for a while, as agreed.
    Paused,
    /// Paid, but will not go on.
    Canceled,
    /// Over.
    Ended,
}

impl Interval {
    /// As the shop spells it.
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// The interval of that spelling.
    pub fn parse(text: &str) -> Option<Self> {
        text.parse().ok()
    }

    /// The shop's next date after one more period: it charges on days, not at hours.
    pub fn after(self, time: Timestamp) -> Timestamp {
        let unit = match self {
            Self::Month => PeriodUnit::Month,
            Self::Year => PeriodUnit::Year,
        };
        midnight(time.plus_period(Period::of(1, unit)))
    }
}

impl Sale {
    /// What it cost.
    pub fn cents(&self) -> u32 {
        self.product.cents.saturating_mul(self.quantity)
    }

    /// The buyer's account at the shop, the same for every order of theirs.
    pub fn account(&self) -> String {
        format!("acc-{}", self.buyer.mailbox)
    }

    /// The subscription that it begins; `None` for a product that is paid once.
    pub fn subscription(&self) -> Option<SaleSubscription> {
        let interval = self.product.interval?;
        Some(SaleSubscription {
            id: format!("{}-S", self.order_id),
            sale: self.clone(),
            interval,
            next: interval.after(self.at),
            sequence: 1,
            standing: SaleStanding::Active,
        })
    }
}

/// The beginning of the day, as the shop's dates are.
pub fn midnight(time: Timestamp) -> Timestamp {
    const DAY: i64 = 24 * 60 * 60 * 1_000_000;
    Timestamp::from_microsecond(time.as_microsecond().div_euclid(DAY) * DAY)
}
