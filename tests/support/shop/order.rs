//! Orders, their refunds and chargebacks.

use latchkey::domain::time::Timestamp;
use serde_json::{Value, json};

use super::event::Event;
use super::{Subscription, account, account_id, contact, millis, moment};

const UNIT_PRICE: f64 = 10.0;

/// A new order by one buyer on 15 January 2027, without lines.
pub fn order(id: &str) -> Order {
    Order {
        id: id.to_owned(),
        email: "mara.weber@example.com".to_owned(),
        at: moment("2027-01-15T09:00:00Z"),
        is_expanded: true,
        lines: Vec::new(),
    }
}

/// An order that is being put together.
#[derive(Debug, Clone)]
pub struct Order {
    /// The shop's id.
    pub id: String,
    email: String,
    at: Timestamp,
    is_expanded: bool,
    lines: Vec<Line>,
}

#[derive(Debug, Clone)]
struct Line {
    product: String,
    quantity: u32,
    /// Of all its units.
    price: f64,
    /// Members besides the plain ones.
    more: Value,
    subscription: Option<Subscription>,
}

impl Order {
    /// Adds a product that is paid once.
    pub fn line(self, product: &str, quantity: u32) -> Self {
        self.with_line(product, quantity, json!({}), None)
    }

    /// Adds the product of a subscription.
    pub fn subscribed(self, subscription: &Subscription) -> Self {
        let more = json!({ "isSubscription": true });
        let (product, quantity) = (subscription.product.clone(), subscription.quantity);
        self.with_line(&product, quantity, more, Some(subscription.clone()))
    }

    /// Adds an add-on to a subscription that this order or an earlier one began.
    pub fn addon(self, product: &str, quantity: u32, parent: &Subscription) -> Self {
        let more = json!({
            "isAddon": true, "driver": { "type": "addon", "path": parent.product },
            "parentSubscription": parent.id,
        });
        self.with_line(product, quantity, more, None)
    }

    /// Adds a member of a bundle.
    pub fn bundled(self, product: &str, quantity: u32, bundle: &str) -> Self {
        let more = json!({ "driver": { "type": "bundle", "path": bundle } });
        self.with_line(product, quantity, more, None)
    }

    /// Says that the latest line came with this bundle.
    pub fn in_bundle(mut self, bundle: &str) -> Self {
        let line = self.lines.last_mut().expect("a line comes first");
        line.more["driver"] = json!({ "type": "bundle", "path": bundle });
        self
    }

    /// Gives the latest line this price.
    pub fn for_price(mut self, price: f64) -> Self {
        let line = self.lines.last_mut().expect("a line comes first");
        line.price = price;
        self
    }

    /// Gives the latest line attributes.
    pub fn attributes(mut self, attributes: &[(&str, &str)]) -> Self {
        let line = self.lines.last_mut().expect("a line comes first");
        line.more["attributes"] = attributes
            .iter()
            .map(|(name, value)| ((*name).to_owned(), json!(value)))
            .collect();
        self
    }

    /// Says that a license generator of the shop gave these keys for the latest line.
    pub fn delivered(mut self, keys: &[&str]) -> Self {
        let line = self.lines.last_mut().expect("a line comes first");
        let keys = keys
            .iter()
            .map(|key| json!({ "license": key, "display": "License Key", "type": "license" }));
        let generator = format!("{}_license_0", line.product);
        line.more["fulfillments"] =
            json!({ generator: keys.collect::<Vec<_>>(), "instructions": null });
        self
    }

    /// Bought by this person.
    pub fn by(mut self, email: &str) -> Self {
        self.email = email.to_owned();
        self
    }

    /// Paid at this time.
    pub fn at(mut self, time: &str) -> Self {
        self.at = moment(time);
        self
    }

    /// As the shop writes it with webhook expansion off.
    pub fn unexpanded(mut self) -> Self {
        self.is_expanded = false;
        self
    }

    /// The order is paid.
    pub fn completed(&self) -> Event {
        Event::new("order.completed", &self.id, self.at, self.json())
    }

    /// All money of these products is given back at `time`.
    pub fn refunded(&self, products: &[&str], time: &str) -> Event {
        self.returned(products, "Full Refund", 1.0, time)
    }

    /// Half of the money of these products is given back at `time`.
    pub fn half_refunded(&self, products: &[&str], time: &str) -> Event {
        self.returned(products, "Partial Refund", 0.5, time)
    }

    /// The buyer's bank took the money back at `time`.
    pub fn charged_back(&self, time: &str) -> Event {
        let data = json!({
            "id": self.id, "order": self.id, "reasonCode": "10.4", "reasonDescription": "Fraud",
            "fraudType": "true", "chargebackAmount": self.total(), "currency": "USD", "status": "NEW",
        });
        Event::new("chargeback.created", &self.id, moment(time), data)
    }

    /// The same refund under another id of the shop's.
    pub fn refunded_again(&self, products: &[&str], share: f64, time: &str) -> Event {
        let refund = self.returned(products, "Partial Refund", share, time);
        refund.with("return", json!(format!("return-of-{}-at-{time}", self.id)))
    }

    fn returned(&self, products: &[&str], kind: &str, share: f64, time: &str) -> Event {
        let lines = self.lines.iter();
        let lines = lines.filter(|line| products.contains(&line.product.as_str()));
        let items: Vec<Value> = lines
            .clone()
            .map(|line| line.returned(kind, share))
            .collect();
        let total: f64 = lines.map(|line| line.price * share).sum();
        let data = json!({
            "return": format!("return-of-{}", self.id), "reference": format!("{}X", self.reference()),
            "completed": true, "changed": millis(moment(time)), "live": true, "currency": "USD",
            "account": self.account(), "totalReturn": total, "tax": 0, "subtotal": total,
            "reason": "not used", "type": "RETURN", "items": items,
            "original": {
                "id": self.id, "order": self.id, "reference": self.reference(), "currency": "USD",
                "total": self.total(), "tax": 0, "subtotal": self.total(),
            },
        });
        Event::new("return.created", &self.id, moment(time), data)
    }

    /// The order as other events carry it.
    pub(super) fn json(&self) -> Value {
        let items: Vec<Value> = self
            .lines
            .iter()
            .map(|line| line.json(self.is_expanded))
            .collect();
        json!({
            "order": self.id, "id": self.id, "reference": self.reference(), "buyerReference": null,
            "completed": true, "changed": millis(self.at), "language": "de", "live": true,
            "currency": "USD", "payoutCurrency": "USD", "quote": null, "account": self.account(),
            "total": self.total(), "tax": 0, "subtotal": self.total(), "discount": 0.0,
            "payment": { "type": "creditcard", "cardEnding": "1881" },
            "customer": contact(&self.email), "recipients": [{ "recipient": contact(&self.email) }],
            "address": { "city": "Leipzig", "postalCode": "04109", "country": "DE" },
            "notes": [], "items": items,
        })
    }

    /// The number that people see.
    pub fn reference(&self) -> String {
        format!("NWA-{}", self.id)
    }

    fn account(&self) -> Value {
        match self.is_expanded {
            true => account(&self.email),
            false => json!(account_id(&self.email)),
        }
    }

    fn total(&self) -> f64 {
        self.lines.iter().map(|line| line.price).sum()
    }

    fn with_line(
        mut self,
        product: &str,
        quantity: u32,
        more: Value,
        subscription: Option<Subscription>,
    ) -> Self {
        self.lines.push(Line {
            product: product.to_owned(),
            quantity,
            price: UNIT_PRICE * f64::from(quantity),
            more,
            subscription,
        });
        self
    }
}

impl Line {
    fn json(&self, is_expanded: bool) -> Value {
        let mut line = json!({
            "product": self.product, "quantity": self.quantity, "display": self.product,
            "sku": null, "subtotal": self.price, "discount": 0.0, "fulfillments": {},
        });
        for (name, value) in self.more.as_object().into_iter().flatten() {
            line[name] = value.clone();
        }
        if let Some(subscription) = &self.subscription {
            line["subscription"] = match is_expanded {
                true => subscription.nested(),
                false => json!(subscription.id),
            };
        }
        line
    }

    fn returned(&self, kind: &str, share: f64) -> Value {
        let mut line = json!({
            "product": self.product, "quantity": self.quantity, "display": self.product,
            "subtotal": self.price * share, "refundType": kind,
        });
        if let Some(subscription) = &self.subscription {
            line["subscription"] = json!(subscription.id);
        }
        line
    }
}
