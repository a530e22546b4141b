//! What the demo's shop remembers of its orders and subscriptions.

use crate::app::demo::shop::catalog::{Interval, Product};
use crate::app::demo::shop::people::Person;
use crate::domain::time::Timestamp;

/// One paid order of one product.
#[derive(Debug, Clone)]
pub struct Sale {
    /// The shop's id of the order.
    pub order_id: String,
    /// Its receipt number.
    pub reference: String,
    /// Who bought.
    pub buyer: &'static Person,
    /// What.
    pub product: &'static Product,
    /// How many.
    pub quantity: u32,
    /// When.
    pub at: Timestamp,
}

/// A subscription that came of a sale.
#[derive(Debug, Clone)]
pub struct Subscription {
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
    pub standing: Standing,
}

/// How a subscription stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Paid.
    Active,
    /// A payment failed.
    Overdue,
    /// Paid, but will not go on.
    Canceled,
    /// Over.
    Ended,
}

impl Sale {
    /// What it cost.
    pub fn cents(&self) -> u32 {
        self.product.cents * self.quantity
    }

    /// The buyer's account at the shop, the same for every order of theirs.
    pub fn account(&self) -> String {
        format!("acc-{}", self.buyer.mailbox)
    }

    /// The subscription that it begins; `None` for a product that is paid once.
    pub fn subscription(&self) -> Option<Subscription> {
        let interval = self.product.interval?;
        Some(Subscription {
            id: format!("{}-S", self.order_id),
            sale: self.clone(),
            interval,
            next: interval.after(self.at),
            sequence: 1,
            standing: Standing::Active,
        })
    }
}
