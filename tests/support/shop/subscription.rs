//! Subscriptions, and what befalls them.

use latchkey::domain::time::{Period, PeriodUnit, Timestamp};
use serde_json::{Value, json};

use super::event::Event;
use super::{Order, account, account_id, millis, moment, order};

/// A monthly subscription to Studio Pro that began on 15 January 2027 and is paid for a month.
pub fn subscription(id: &str) -> Subscription {
    Subscription {
        id: id.to_owned(),
        product: "studio-pro".to_owned(),
        quantity: 1,
        email: "mara.weber@example.com".to_owned(),
        addons: Vec::new(),
        interval: "month",
        begin: moment("2027-01-15T09:00:00Z"),
        next: moment("2027-02-15"),
        is_expanded: true,
        more: json!({}),
    }
}

/// A subscription as it stands at some time.
#[derive(Debug, Clone)]
pub struct Subscription {
    /// The shop's id.
    pub id: String,
    pub(super) product: String,
    pub(super) quantity: u32,
    email: String,
    addons: Vec<(String, u32)>,
    interval: &'static str,
    begin: Timestamp,
    next: Timestamp,
    is_expanded: bool,
    more: Value,
}

impl Subscription {
    /// Of this product.
    pub fn product(mut self, path: &str) -> Self {
        self.product = path.to_owned();
        self
    }

    /// So many of it.
    pub fn quantity(mut self, quantity: u32) -> Self {
        self.quantity = quantity;
        self
    }

    /// Billed every `day`, `week`, `month` or `year`.
    pub fn every(mut self, unit: &'static str) -> Self {
        self.interval = unit;
        self
    }

    /// Begun at this time, and paid for its first month.
    pub fn begun(mut self, time: Timestamp) -> Self {
        self.begin = time;
        self.paid_for(1)
    }

    /// Paid for so many months since its beginning.
    pub fn paid_for(mut self, months: u32) -> Self {
        let end = self
            .begin
            .plus_period(Period::of(months, PeriodUnit::Month));
        self.next = moment(&end.day());
        self
    }

    /// Until when it is paid.
    pub fn paid_until(&self) -> Timestamp {
        self.next
    }

    /// Paid until this date.
    pub fn next(mut self, date: &str) -> Self {
        self.next = moment(date);
        self
    }

    /// With this add-on.
    pub fn with_addon(mut self, product: &str, quantity: u32) -> Self {
        self.addons.push((product.to_owned(), quantity));
        self
    }

    /// With this member, whatever else it would say.
    pub fn with(mut self, member: &str, value: Value) -> Self {
        self.more[member] = value;
        self
    }

    /// Bought by this person.
    pub fn by(mut self, email: &str) -> Self {
        self.email = email.to_owned();
        self
    }

    /// As the shop writes it with webhook expansion off.
    pub fn unexpanded(mut self) -> Self {
        self.is_expanded = false;
        self
    }

    /// It began, at its beginning.
    pub fn activated(&self) -> Event {
        self.event("subscription.activated", "active", self.begin)
    }

    /// The order that begins it and its add-ons, at its beginning, which is called `A-` and its id.
    pub fn first_order(&self) -> Order {
        let first = order(&format!("A-{}", self.id)).subscribed(self);
        let first = first.by(&self.email).at(&self.begin.to_string());
        let addons = self.addons.iter();
        addons.fold(first, |order, (path, quantity)| {
            order.addon(path, *quantity, self)
        })
    }

    /// It was edited at `time`, to what it says now.
    pub fn updated(&self, time: &str) -> Event {
        self.event("subscription.updated", "active", moment(time))
    }

    /// Its end was asked for at `time`; it ends when what is paid ends.
    pub fn canceled(&self, time: &str) -> Event {
        let ending = self
            .clone()
            .with("deactivationDate", json!(millis(self.next)));
        ending.event("subscription.canceled", "canceled", moment(time))
    }

    /// Its end was called off at `time`.
    pub fn uncanceled(&self, time: &str) -> Event {
        self.event("subscription.uncanceled", "active", moment(time))
    }

    /// A notice of an unpaid bill went out at `time`.
    pub fn overdue(&self, time: &str) -> Event {
        self.event("subscription.payment.overdue", "overdue", moment(time))
    }

    /// The buyer was told at `time` that a payment is coming.
    pub fn reminded(&self, time: &str) -> Event {
        self.event("subscription.payment.reminder", "active", moment(time))
    }

    /// It was paused at `time`, from this date on.
    pub fn paused_from(&self, date: &str, time: &str) -> Event {
        let paused = self.clone().with("pauseDate", json!(millis(moment(date))));
        let paused = paused.with("isPauseScheduled", json!(true));
        paused.event("subscription.paused", "active", moment(time))
    }

    /// It is in a trial, which costs nothing, until its next date.
    pub fn in_trial(self) -> Self {
        self.with("state", json!("trial"))
    }

    /// It was paused at `time`.
    pub fn paused(&self, time: &str) -> Event {
        let paused = self.clone().with("pauseDate", json!(millis(moment(time))));
        paused.event("subscription.paused", "paused", moment(time))
    }

    /// It went on at `time`.
    pub fn resumed(&self, time: &str) -> Event {
        self.event("subscription.resumed", "active", moment(time))
    }

    /// It ended at `time`.
    pub fn deactivated(&self, time: &str) -> Event {
        let day = json!(millis(moment(time)) / 86_400_000 * 86_400_000);
        let ended = self
            .clone()
            .with("end", day.clone())
            .with("deactivationDate", day)
            .with("active", json!(false));
        ended.event("subscription.deactivated", "deactivated", moment(time))
    }

    /// A charge at `time` succeeded; `order` is its own, not the first one.
    pub fn charged(&self, order: &Order, time: &str) -> Event {
        let order_json = match self.is_expanded {
            true => order.json(),
            false => json!(order.id),
        };
        let data = json!({
            "order": order_json, "currency": "USD", "quote": null, "total": 10.0,
            "status": "successful", "timestamp": millis(moment(time)), "sequence": 2, "periods": null,
            "account": self.account(), "subscription": self.reference("active", moment(time)),
        });
        Event::new(
            "subscription.charge.completed",
            &order.id,
            moment(time),
            data,
        )
    }

    /// A charge at `time` failed.
    pub fn charge_failed(&self, time: &str) -> Event {
        let data = json!({
            "reason": "INSUFFICIENT_FUNDS", "quote": null, "account": self.account(),
            "subscription": self.reference("overdue", moment(time)),
        });
        Event::new("subscription.charge.failed", &self.id, moment(time), data)
    }

    /// The subscription inside an order, where only one level is expanded.
    pub(super) fn nested(&self) -> Value {
        let mut nested = self.json("active", self.begin);
        nested["account"] = json!(account_id(&self.email));
        nested["product"] = json!(self.product);
        nested
    }

    fn reference(&self, state: &str, changed: Timestamp) -> Value {
        match self.is_expanded {
            true => self.json(state, changed),
            false => json!(self.id),
        }
    }

    fn event(&self, kind: &'static str, state: &str, changed: Timestamp) -> Event {
        Event::new(kind, &self.id, changed, self.json(state, changed))
    }

    pub(super) fn json(&self, state: &str, changed: Timestamp) -> Value {
        let addons = self.addons.iter().map(|(product, quantity)| {
            json!({ "product": product, "quantity": quantity, "display": product, "price": 10.0 })
        });
        let mut subscription = json!({
            "id": self.id, "subscription": self.id, "active": true, "state": state, "quote": null,
            "changed": millis(changed), "live": true, "currency": "USD", "account": self.account(),
            "product": self.product_json(), "sku": null, "display": self.product,
            "quantity": self.quantity, "adhoc": false, "autoRenew": true, "price": 10.0,
            "subtotal": 10.0 * f64::from(self.quantity), "begin": millis(self.begin),
            "next": millis(self.next), "end": null, "canceledDate": null, "deactivationDate": null,
            "sequence": 1, "periods": null, "remainingPeriods": null, "isPauseScheduled": false,
            "intervalUnit": self.interval, "intervalLength": 1, "nextChargeDate": millis(self.next),
            "addons": addons.collect::<Vec<_>>(), "fulfillments": {},
        });
        for (name, value) in self.more.as_object().into_iter().flatten() {
            subscription[name] = value.clone();
        }
        subscription
    }

    fn product_json(&self) -> Value {
        match self.is_expanded {
            true => {
                json!({ "product": self.product, "parent": null, "display": { "en": self.product } })
            }
            false => json!(self.product),
        }
    }

    fn account(&self) -> Value {
        match self.is_expanded {
            true => account(&self.email),
            false => json!(account_id(&self.email)),
        }
    }
}
