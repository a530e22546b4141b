//! What the demo's vendor sells.

use std::borrow::Cow::Borrowed;

use crate::storefronts::fastspring::pretend::sale::{Interval, Product};

/// Paid monthly.
pub static STUDIO_PRO: Product = Product {
    path: Borrowed("studio-pro"),
    display: Borrowed("Studio Pro"),
    sku: Borrowed("NW-SP"),
    cents: 1_900,
    interval: Some(Interval::Month),
};

/// Paid yearly.
pub static STUDIO_PRO_YEARLY: Product = Product {
    path: Borrowed("studio-pro-yearly"),
    display: Borrowed("Studio Pro, yearly"),
    sku: Borrowed("NW-SPY"),
    cents: 19_000,
    interval: Some(Interval::Year),
};

/// Paid monthly.
pub static STUDIO_LITE: Product = Product {
    path: Borrowed("studio-lite"),
    display: Borrowed("Studio Lite"),
    sku: Borrowed("NW-SL"),
    cents: 750,
    interval: Some(Interval::Month),
};

/// Paid once.
pub static REVERB: Product = Product {
    path: Borrowed("reverb"),
    display: Borrowed("Reverb"),
    sku: Borrowed("NW-RV"),
    cents: 4_900,
    interval: None,
};

/// Paid once, and new: nobody has said yet which license it gives.
pub static STUDIO_PRO_2027: Product = Product {
    path: Borrowed("studio-pro-2027"),
    display: Borrowed("Studio Pro 2027"),
    sku: Borrowed("NW-SP27"),
    cents: 9_900,
    interval: None,
};
