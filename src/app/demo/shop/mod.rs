//! A shop that keeps buying, renewing, failing to pay and refunding, and says so as the real one would.
//!
//! Pure but for its own random numbers: the time goes in, the body of one POST comes out.

pub mod catalog;
mod people;
#[cfg(test)]
mod tests;

use rand::rngs::StdRng;
use rand::seq::IndexedRandom as _;
use rand::{RngExt as _, SeedableRng as _};

use catalog::{REVERB, STUDIO_LITE, STUDIO_PRO, STUDIO_PRO_2027, STUDIO_PRO_YEARLY};
use people::PEOPLE;

use crate::domain::time::Timestamp;
use crate::storefronts::fastspring::pretend::body::{self, StoryEvent, envelope};
use crate::storefronts::fastspring::pretend::sale::{
    Sale, SaleBuyer, SaleStanding, SaleSubscription, SoldProduct,
};

/// Beyond it the eldest are forgotten, so that a demo that runs for days does not grow.
const REMEMBERED: usize = 2_000;
/// How far back the history goes.
const HISTORY_DAYS: i64 = 29;
/// How many purchases the history has.
const HISTORY_SALES: i64 = 16;

/// The shop and all it sold.
pub struct Shop {
    random: StdRng,
    orders: u32,
    once: Vec<Sale>,
    subscriptions: Vec<SaleSubscription>,
    latest: Vec<StoryEvent>,
}

/// Something that happens at a shop, and what is said of it.
type Scene = fn(&mut Shop, Timestamp) -> Vec<StoryEvent>;

/// What happens next, with how often out of a hundred.
const SCENES: [(u32, Scene); 8] = [
    (34, Shop::purchase),
    (27, Shop::renewal),
    (4, Shop::two_renewals),
    (11, Shop::failed_payment),
    (11, Shop::late_payment),
    (5, Shop::refund),
    (5, Shop::cancellation),
    (3, Shop::purchase_of_the_new_product),
];

impl Shop {
    /// A shop without buyers; the same seed leads to the same story.
    pub fn new(seed: u64) -> Self {
        Self {
            random: StdRng::seed_from_u64(seed),
            orders: 1_000,
            once: Vec::new(),
            subscriptions: Vec::new(),
            latest: Vec::new(),
        }
    }

    /// The past weeks, oldest first: some of its subscriptions are due for a renewal by now.
    pub fn history(&mut self, now: Timestamp) -> Vec<String> {
        let mut bodies = Vec::new();
        for number in 0..HISTORY_SALES {
            let age_minutes = HISTORY_DAYS * 24 * 60 * (HISTORY_SALES - number) / HISTORY_SALES;
            let events = self.purchase(now.plus_minutes(-age_minutes));
            bodies.push(self.post(events));
        }
        for (scene, minutes) in [
            (Self::failed_payment as Scene, 300),
            (Self::refund, 200),
            (Self::cancellation, 120),
            (Self::renewal, 90),
            (Self::purchase_of_the_new_product, 45),
            (Self::late_payment, 30),
        ] {
            let events = scene(self, now.plus_minutes(-minutes));
            bodies.push(self.post(events));
        }
        bodies
    }

    /// What happens now: one POST, or the latest one again as a person would send it.
    pub fn next(&mut self, now: Timestamp) -> String {
        let drawn = self.random.random_range(0..100);
        let mut sum = 0;
        for (share, scene) in SCENES {
            sum += share;
            if drawn < sum {
                let events = scene(self, now);
                return self.post(events);
            }
        }
        let events = self.latest.clone();
        if events.is_empty() {
            let events = self.purchase(now);
            return self.post(events);
        }
        self.post(events)
    }

    fn post(&mut self, events: Vec<StoryEvent>) -> String {
        let numbered: Vec<(String, StoryEvent)> = events
            .iter()
            .map(|event| (format!("EVWB{}", self.letters(26)), event.clone()))
            .collect();
        self.latest = events;
        envelope(&numbered)
    }

    fn purchase(&mut self, now: Timestamp) -> Vec<StoryEvent> {
        let product = match self.random.random_range(0..10) {
            0..=3 => &STUDIO_PRO,
            4..=6 => &STUDIO_LITE,
            7 => &STUDIO_PRO_YEARLY,
            _ => &REVERB,
        };
        let sale = self.sale(product, now);
        let mut events = vec![event("order.completed", now, body::order(&sale))];
        match sale.subscription() {
            None => remember(&mut self.once, sale),
            Some(subscription) => {
                let begun = body::subscription(&subscription, now);
                events.push(event("subscription.activated", now, begun));
                remember(&mut self.subscriptions, subscription);
            }
        }
        events
    }

    fn purchase_of_the_new_product(&mut self, now: Timestamp) -> Vec<StoryEvent> {
        let sale = self.sale(&STUDIO_PRO_2027, now);
        vec![event("order.completed", now, body::order(&sale))]
    }

    fn renewal(&mut self, now: Timestamp) -> Vec<StoryEvent> {
        match self.due(SaleStanding::Active) {
            Some(position) => self.pay(position, now),
            None => self.purchase(now),
        }
    }

    fn two_renewals(&mut self, now: Timestamp) -> Vec<StoryEvent> {
        let mut events = self.renewal(now);
        events.extend(self.renewal(now));
        events
    }

    fn failed_payment(&mut self, now: Timestamp) -> Vec<StoryEvent> {
        let Some(position) = self.due(SaleStanding::Active) else {
            return self.purchase(now);
        };
        let Some(subscription) = self.subscriptions.get_mut(position) else {
            return Vec::new();
        };
        let failed = body::failed_charge(subscription, now);
        subscription.standing = SaleStanding::Overdue;
        let overdue = body::subscription(subscription, now);
        vec![
            event("subscription.charge.failed", now, failed),
            event("subscription.payment.overdue", now, overdue),
        ]
    }

    /// Most pay at the second try; some never do.
    fn late_payment(&mut self, now: Timestamp) -> Vec<StoryEvent> {
        let Some(position) = self.due(SaleStanding::Overdue) else {
            return self.renewal(now);
        };
        if self.random.random_bool(0.75) {
            return self.pay(position, now);
        }
        self.end(position, now)
    }

    fn refund(&mut self, now: Timestamp) -> Vec<StoryEvent> {
        if self.once.is_empty() {
            return self.purchase(now);
        }
        let position = self.random.random_range(0..self.once.len());
        let sale = self.once.remove(position);
        let id = self.letters(22);
        vec![event("return.created", now, body::refund(&sale, &id, now))]
    }

    /// Gives notice, or ends what notice was given for.
    fn cancellation(&mut self, now: Timestamp) -> Vec<StoryEvent> {
        if let Some(position) = self.due(SaleStanding::Canceled)
            && self.random.random_bool(0.5)
        {
            return self.end(position, now);
        }
        let Some(position) = self.due(SaleStanding::Active) else {
            return self.purchase(now);
        };
        let Some(subscription) = self.subscriptions.get_mut(position) else {
            return Vec::new();
        };
        subscription.standing = SaleStanding::Canceled;
        let canceled = body::subscription(subscription, now);
        vec![event("subscription.canceled", now, canceled)]
    }

    fn pay(&mut self, position: usize, now: Timestamp) -> Vec<StoryEvent> {
        let Some(subscription) = self.subscriptions.get_mut(position) else {
            return Vec::new();
        };
        subscription.standing = SaleStanding::Active;
        subscription.sequence += 1;
        subscription.next = subscription.interval.after(subscription.next);
        let subscription = subscription.clone();
        let mut order = self.sale(&subscription.sale.product, now);
        order.buyer = subscription.sale.buyer;
        order.quantity = subscription.sale.quantity;
        let charge = body::charge(&subscription, &order, now);
        vec![event("subscription.charge.completed", now, charge)]
    }

    fn end(&mut self, position: usize, now: Timestamp) -> Vec<StoryEvent> {
        let mut subscription = self.subscriptions.remove(position);
        subscription.standing = SaleStanding::Ended;
        let ended = body::subscription(&subscription, now);
        vec![event("subscription.deactivated", now, ended)]
    }

    /// The subscription of that standing whose next payment is due first.
    fn due(&self, standing: SaleStanding) -> Option<usize> {
        self.subscriptions
            .iter()
            .enumerate()
            .filter(|(_, subscription)| subscription.standing == standing)
            .min_by_key(|(_, subscription)| subscription.next)
            .map(|(position, _)| position)
    }

    fn sale(&mut self, product: &SoldProduct, now: Timestamp) -> Sale {
        static NOBODY: &SaleBuyer = &PEOPLE[0];
        self.orders += 1;
        let day = now.day().replace('-', "");
        let buyer = PEOPLE.choose(&mut self.random).unwrap_or(NOBODY);
        let quantity = if self.random.random_bool(0.15) { 3 } else { 1 };
        Sale {
            order_id: self.letters(22),
            reference: format!(
                "NWA{}-{}-{}",
                day.get(2..).unwrap_or_default(),
                self.orders,
                self.random.random_range(10_000..100_000)
            ),
            buyer,
            product: product.clone(),
            members: Vec::new(),
            quantity,
            at: now,
            is_live: true,
        }
    }

    fn letters(&mut self, count: usize) -> String {
        let alphabet = b'A'..=b'Z';
        (0..count)
            .map(|_| char::from(self.random.random_range(alphabet.clone())))
            .collect()
    }
}

fn event(name: &'static str, created: Timestamp, data: serde_json::Value) -> StoryEvent {
    StoryEvent {
        name,
        created,
        is_live: true,
        data,
    }
}

fn remember<T>(all: &mut Vec<T>, one: T) {
    if all.len() >= REMEMBERED {
        all.remove(0);
    }
    all.push(one);
}
