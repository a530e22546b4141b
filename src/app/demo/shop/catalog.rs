//! What the demo's vendor sells.

use crate::domain::time::{Period, PeriodUnit, Timestamp};

/// One product of the shop.
#[derive(Debug, PartialEq, Eq)]
pub struct Product {
    /// Its path at the shop.
    pub path: &'static str,
    /// As buyers read it.
    pub display: &'static str,
    /// The vendor's number.
    pub sku: &'static str,
    /// The price of one, in hundredths of a dollar.
    pub cents: u32,
    /// How often it is paid; `None` = once.
    pub interval: Option<Interval>,
}

/// How often a subscription is paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Interval {
    /// Every month.
    Month,
    /// Every year.
    Year,
}

/// Paid monthly.
pub static STUDIO_PRO: Product = Product {
    path: "studio-pro",
    display: "Studio Pro",
    sku: "NW-SP",
    cents: 1_900,
    interval: Some(Interval::Month),
};

/// Paid yearly.
pub static STUDIO_PRO_YEARLY: Product = Product {
    path: "studio-pro-yearly",
    display: "Studio Pro, yearly",
    sku: "NW-SPY",
    cents: 19_000,
    interval: Some(Interval::Year),
};

/// Paid monthly.
pub static STUDIO_LITE: Product = Product {
    path: "studio-lite",
    display: "Studio Lite",
    sku: "NW-SL",
    cents: 750,
    interval: Some(Interval::Month),
};

/// Paid once.
pub static REVERB: Product = Product {
    path: "reverb",
    display: "Reverb",
    sku: "NW-RV",
    cents: 4_900,
    interval: None,
};

/// Paid once, and new: nobody has said yet which license it gives.
pub static STUDIO_PRO_2027: Product = Product {
    path: "studio-pro-2027",
    display: "Studio Pro 2027",
    sku: "NW-SP27",
    cents: 9_900,
    interval: None,
};

impl Interval {
    /// As the shop spells it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Month => "month",
            Self::Year => "year",
        }
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

fn midnight(time: Timestamp) -> Timestamp {
    const DAY: i64 = 24 * 60 * 60 * 1_000_000;
    Timestamp::from_microsecond(time.as_microsecond().div_euclid(DAY) * DAY)
}
