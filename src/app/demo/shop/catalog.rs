//! What the demo's vendor sells.

use std::borrow::Cow::Borrowed;

use crate::storefronts::fastspring::pretend::sale::{Interval, SoldProduct};

/// Paid monthly.
pub static STUDIO_PRO: SoldProduct = SoldProduct {
    path: Borrowed("studio-pro"),
    display: Borrowed("Studio Pro"),
    sku: Borrowed("NW-SP"),
    cents: 1_900,
    interval: Some(Interval::Month),
};

/// Paid yearly.
pub static STUDIO_PRO_YEARLY: SoldProduct = SoldProduct {
    path: Borrowed("studio-pro-yearly"),
    display: Borrowed("Studio Pro, yearly"),
    sku: Borrowed("NW-SPY"),
    cents: 19_000,
    interval: Some(Interval::Year),
};

/// Paid monthly.
pub static STUDIO_LITE: SoldProduct = SoldProduct {
    path: Borrowed("studio-lite"),
    display: Borrowed("Studio Lite"),
    sku: Borrowed("NW-SL"),
    cents: 750,
    interval: Some(Interval::Month),
};

/// Paid once.
pub static REVERB: SoldProduct = SoldProduct {
    path: Borrowed("reverb"),
    display: Borrowed("Reverb"),
    sku: Borrowed("NW-RV"),
    cents: 4_900,
    interval: None,
};

/// Paid once, and new: nobody has said yet which license it gives.
pub static STUDIO_PRO_2027: SoldProduct = SoldProduct {
    path: Borrowed("studio-pro-2027"),
    display: Borrowed("Studio Pro 2027"),
    sku: Borrowed("NW-SP27"),
    cents: 9_900,
    interval: None,
};
