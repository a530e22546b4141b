//! The stories themselves: what happens, when, and what the shop says of it.

use jiff::SignedDuration;
use serde_json::Value;

use crate::domain::time::Timestamp;
use crate::storefronts::fastspring::pretend::body::{self, StoryEvent, envelope};
use crate::storefronts::fastspring::pretend::sale::{
    Interval, Sale, SaleBuyer, SaleStanding, SaleSubscription, SoldProduct, midnight,
};
use crate::storefronts::pretend::{Pretended, Scenario};

/// The one who buys in every story.
static BUYER: SaleBuyer = SaleBuyer {
    first: "Pat",
    last: "Pretend",
    mailbox: "pat.pretend",
    company: None,
    city: "Leipzig",
    country: "DE",
    language: "en",
};
/// How long a trial is.
const TRIAL: i64 = 14;
/// More than the days of two months, and of two years.
const TWO_PERIODS: (i64, i64) = (63, 733);

/// The bodies of a story, one for each time that the shop called, oldest first.
pub fn story(pretended: &Pretended) -> Vec<String> {
    let mut teller = Teller {
        pretended,
        said: Vec::new(),
        orders: 0,
    };
    match pretended.scenario {
        Scenario::OneTime | Scenario::Bundle => teller.bought_once(),
        Scenario::Subscription => teller.subscription(),
        Scenario::Trial => teller.trial(),
        Scenario::PlanChange => teller.plan_change(),
        Scenario::Pause => teller.pause(),
    }
    teller.bodies()
}

struct Teller<'a> {
    pretended: &'a Pretended,
    said: Vec<Vec<StoryEvent>>,
    orders: u32,
}

impl Teller<'_> {
    fn bought_once(&mut self) {
        let at = self.pretended.now.plus_minutes(-5);
        let mut sale = self.sale(at, false);
        if self.pretended.scenario == Scenario::Bundle {
            let other = self.pretended.other_product_path.as_deref();
            let member = other.unwrap_or(&self.pretended.product_path).to_owned();
            sale.members = vec![product(&member, None)];
            if other.is_none() {
                // The product named is what a buyer gets; the bundle around it is made up.
                sale.product.path = format!("{}-bundle", self.pretended.product_path).into();
            }
        }
        self.say(at, vec![("order.completed", body::order(&sale))]);
    }

    fn subscription(&mut self) {
        let begin = self.begin(6);
        let mut bought = self.buy(begin);
        let renewed_at = bought.next.plus_hours(3);
        self.pay(&mut bought, renewed_at);
        let failed_at = bought.next.plus_hours(3);
        self.fail(&mut bought, failed_at);
        self.pay(&mut bought, failed_at.plus_hours(2 * 24));
        let at = self.pretended.now.plus_minutes(-5);
        let id = format!("{}-R", bought.sale.order_id);
        let refund = body::refund(&bought.sale, &id, at);
        self.say(at, vec![("return.created", refund)]);
    }

    fn trial(&mut self) {
        let begin = self.begin(TRIAL - days(self.interval()) + 16);
        let sale = self.sale(begin, true);
        let Some(mut bought) = sale.subscription() else {
            return;
        };
        bought.standing = SaleStanding::Trial;
        bought.next = midnight(begin.plus_hours(TRIAL * 24));
        self.say(
            begin,
            vec![
                ("subscription.activated", body::subscription(&bought, begin)),
                ("order.completed", body::trial_order(&bought)),
            ],
        );
        let converted_at = bought.next.plus_hours(3);
        self.pay(&mut bought, converted_at);
        let failed_at = bought.next.plus_hours(3);
        self.fail(&mut bought, failed_at);
        let ended_at = failed_at.plus_hours(10 * 24);
        bought.standing = SaleStanding::Ended;
        let ended = body::subscription(&bought, ended_at);
        self.say(ended_at, vec![("subscription.deactivated", ended)]);
    }

    fn plan_change(&mut self) {
        let begin = self.begin(-days(self.interval()) + 6);
        let mut bought = self.buy(begin);
        let changed_at = begin.plus_hours(10 * 24);
        match self.pretended.other_product_path.as_deref() {
            Some(other) => bought.sale.product = product(other, Some(bought.interval)),
            None => bought.sale.quantity = bought.sale.quantity.saturating_add(1),
        }
        let changed = body::subscription(&bought, changed_at);
        // What the rest of the period costs more is charged at once and moves no date.
        let order = self.sale_of(&bought, changed_at);
        let charge = body::charge(&bought, &order, changed_at);
        self.say(
            changed_at,
            vec![
                ("subscription.updated", changed),
                ("subscription.charge.completed", charge),
            ],
        );
        let renewed_at = bought.next.plus_hours(3);
        self.pay(&mut bought, renewed_at);
    }

    fn pause(&mut self) {
        let begin = self.begin(-days(self.interval()) + 20);
        let mut bought = self.buy(begin);
        let paused_at = bought.next.plus_hours(3);
        bought.standing = SaleStanding::Paused;
        let paused = body::subscription(&bought, paused_at);
        self.say(paused_at, vec![("subscription.paused", paused)]);
        let resumed_at = paused_at.plus_hours(10 * 24);
        bought.standing = SaleStanding::Active;
        bought.next = midnight(resumed_at);
        let resumed = body::subscription(&bought, resumed_at);
        self.say(resumed_at, vec![("subscription.resumed", resumed)]);
        self.pay(&mut bought, resumed_at.plus_hours(3));
    }

    fn buy(&mut self, at: Timestamp) -> SaleSubscription {
        let sale = self.sale(at, true);
        let bought = SaleSubscription {
            id: format!("{}-S", sale.order_id),
            interval: self.interval(),
            next: self.interval().after(at),
            sequence: 1,
            standing: SaleStanding::Active,
            sale,
        };
        let order = body::order(&bought.sale);
        self.say(
            at,
            vec![
                ("subscription.activated", body::subscription(&bought, at)),
                ("order.completed", order),
            ],
        );
        bought
    }

    fn pay(&mut self, bought: &mut SaleSubscription, at: Timestamp) {
        bought.standing = SaleStanding::Active;
        bought.sequence += 1;
        bought.next = bought.interval.after(bought.next);
        let order = self.sale_of(bought, at);
        let charge = body::charge(bought, &order, at);
        self.say(at, vec![("subscription.charge.completed", charge)]);
    }

    fn fail(&mut self, bought: &mut SaleSubscription, at: Timestamp) {
        let failed = body::failed_charge(bought, at);
        bought.standing = SaleStanding::Overdue;
        let overdue = body::subscription(bought, at);
        self.say(
            at,
            vec![
                ("subscription.charge.failed", failed),
                ("subscription.payment.overdue", overdue),
            ],
        );
    }

    /// Two periods ago, and so many days more.
    fn begin(&self, days: i64) -> Timestamp {
        let periods = match self.interval() {
            Interval::Month => TWO_PERIODS.0,
            Interval::Year => TWO_PERIODS.1,
        };
        let back = SignedDuration::from_hours((periods + days) * 24);
        self.pretended.now.plus(-back)
    }

    const fn interval(&self) -> Interval {
        if self.pretended.is_yearly {
            Interval::Year
        } else {
            Interval::Month
        }
    }

    fn sale(&mut self, at: Timestamp, is_subscribed: bool) -> Sale {
        self.orders += 1;
        let interval = is_subscribed.then(|| self.interval());
        let name = format!("PRETEND-{}-{}", self.pretended.tag, self.orders);
        Sale {
            order_id: name.clone(),
            reference: name,
            buyer: &BUYER,
            product: product(&self.pretended.product_path, interval),
            members: Vec::new(),
            quantity: self.pretended.quantity,
            at,
            is_live: false,
        }
    }

    /// A charge's own order.
    fn sale_of(&mut self, bought: &SaleSubscription, at: Timestamp) -> Sale {
        Sale {
            product: bought.sale.product.clone(),
            quantity: bought.sale.quantity,
            ..self.sale(at, true)
        }
    }

    fn say(&mut self, at: Timestamp, events: Vec<(&'static str, Value)>) {
        let events = events.into_iter().map(|(name, data)| StoryEvent {
            name,
            created: at,
            is_live: false,
            data,
        });
        self.said.push(events.collect());
    }

    fn bodies(self) -> Vec<String> {
        let mut number = 0;
        let mut numbered = |event: StoryEvent| {
            number += 1;
            (format!("PRETEND-{}-E{number}", self.pretended.tag), event)
        };
        self.said
            .into_iter()
            .map(|events| envelope(&events.into_iter().map(&mut numbered).collect::<Vec<_>>()))
            .collect()
    }
}

/// The most days of a period.
const fn days(interval: Interval) -> i64 {
    match interval {
        Interval::Month => 31,
        Interval::Year => 366,
    }
}

fn product(path: &str, interval: Option<Interval>) -> SoldProduct {
    SoldProduct {
        path: path.to_owned().into(),
        display: path.to_owned().into(),
        sku: "PRETEND".into(),
        cents: 1_000,
        interval,
    }
}

#[cfg(test)]
mod tests {
    use strum::VariantArray as _;

    use super::*;
    use crate::domain::fact::Fact;
    use crate::domain::kind::StorefrontKind;
    use crate::storefronts;

    fn pretended(scenario: Scenario, is_yearly: bool) -> Pretended {
        Pretended {
            scenario,
            product_path: "studio-pro".to_owned(),
            other_product_path: None,
            quantity: 2,
            is_yearly,
            tag: "ABC".to_owned(),
            now: "2027-01-15T10:00:00Z".parse().unwrap(),
        }
    }

    #[test]
    fn every_story_is_understood_and_lies_in_the_past() {
        let kind = storefronts::of(StorefrontKind::Fastspring);
        for (scenario, is_yearly) in Scenario::VARIANTS
            .iter()
            .flat_map(|&scenario| [(scenario, false), (scenario, true)])
        {
            let pretended = pretended(scenario, is_yearly);
            let mut latest = Timestamp::from_microsecond(0);
            for body in story(&pretended) {
                let envelope = kind.split(body.as_bytes()).unwrap();
                assert_eq!(envelope.malformed, 0, "{body}");
                for event in envelope.events {
                    let created = event.created.unwrap();
                    assert!(!event.live, "{body}");
                    assert!(latest <= created && created < pretended.now, "{body}");
                    latest = created;
                    let told = kind.translate(&event.event_type, event.payload.as_bytes());
                    let told = told.unwrap();
                    assert!(!matches!(told.fact, Fact::Unknown), "{body}");
                    assert!(told.missing.is_empty(), "{body}");
                }
            }
        }
    }
}
