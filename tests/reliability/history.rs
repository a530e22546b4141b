//! What customers do at the shop, and what each must have at the license server in the end.

use jiff::SignedDuration;
use latchkey::domain::time::{Period, PeriodUnit, Timestamp};

use crate::shop::{Event, Order, Subscription, order, subscription};

/// One customer's purchase and what follows; events are made anew whenever they are sent.
#[derive(Debug, Clone)]
pub struct History {
    name: String,
    course: Course,
    quantity: u32,
    begin: Timestamp,
}

/// What happens after the purchase.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Course {
    Bought,
    Renewed(u32),
    Healed,
    Refunded,
    KeptOn,
    Grown,
    Ended,
}

/// What must be there when everything is worked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// The subscription, or else the order, that its licenses name.
    pub root: String,
    /// How many licenses.
    pub licenses: usize,
    /// Their end; `None` = never.
    pub end: Option<Timestamp>,
    /// Whether they may be used; what may not be may as well never have been made.
    pub is_usable: bool,
}

impl History {
    /// One of all courses in turn, begun at this time.
    pub fn mixed(prefix: &str, number: usize, begin: Timestamp) -> Self {
        let course = match number % 8 {
            0 => Course::Renewed(3),
            1 | 5 => Course::Bought,
            2 => Course::Healed,
            3 => Course::Refunded,
            4 => Course::KeptOn,
            6 => Course::Grown,
            _ => Course::Ended,
        };
        let quantity = if number % 8 == 5 { 3 } else { 1 };
        Self::new(prefix, number, course, begin).of(quantity)
    }

    /// A subscription that is paid so many times after the first.
    pub fn renewed(prefix: &str, number: usize, renewals: u32, begin: Timestamp) -> Self {
        Self::new(prefix, number, Course::Renewed(renewals), begin)
    }

    /// A subscription whose second month is paid after it was overdue.
    pub fn healed(prefix: &str, number: usize, begin: Timestamp) -> Self {
        Self::new(prefix, number, Course::Healed, begin)
    }

    /// A product paid once.
    pub fn bought(prefix: &str, number: usize, begin: Timestamp) -> Self {
        Self::new(prefix, number, Course::Bought, begin)
    }

    /// So many of it.
    pub fn of(self, quantity: u32) -> Self {
        Self { quantity, ..self }
    }

    fn new(prefix: &str, number: usize, course: Course, begin: Timestamp) -> Self {
        let name = format!("{prefix}-{number}");
        Self {
            name,
            course,
            quantity: 1,
            begin,
        }
    }

    /// How many events it has.
    pub fn len(&self) -> usize {
        match self.course {
            Course::Bought => 1,
            Course::Renewed(renewals) => 2 + renewals as usize,
            Course::Refunded => 2,
            Course::Healed | Course::KeptOn | Course::Grown | Course::Ended => 5,
        }
    }

    /// Its events in the order of their happening.
    pub fn events(&self) -> Vec<Event> {
        let first = self.subscription();
        let began = [first.first_order().completed(), first.activated()];
        match self.course {
            Course::Bought => vec![self.purchase().completed()],
            Course::Refunded => vec![
                self.purchase().completed(),
                self.purchase().refunded(&["reverb"], &self.after(0, 2)),
            ],
            Course::Renewed(renewals) => {
                let charges = (1..=renewals).map(|renewal| self.charged(&first, renewal));
                began.into_iter().chain(charges).collect()
            }
            Course::Healed => {
                let failed = first.charge_failed(&self.after(1, 0));
                let overdue = first.overdue(&self.after(1, 1));
                let healed = self.late_charged(&first);
                began.into_iter().chain([failed, overdue, healed]).collect()
            }
            Course::KeptOn => {
                let canceled = first.canceled(&self.after(0, 3));
                let kept = first.uncanceled(&self.after(0, 5));
                let charged = self.charged(&first, 1);
                began.into_iter().chain([canceled, kept, charged]).collect()
            }
            Course::Grown => {
                let charged = self.charged(&first, 1);
                let grown = first.quantity(2).paid_for(2);
                let updated = grown.updated(&self.after(1, 5));
                let again = self.charged(&grown, 2);
                began.into_iter().chain([charged, updated, again]).collect()
            }
            Course::Ended => {
                let charged = self.charged(&first, 1);
                let last = first.paid_for(2);
                let canceled = last.canceled(&self.after(1, 3));
                let ended = last.deactivated(&self.after(2, 0));
                began
                    .into_iter()
                    .chain([charged, canceled, ended])
                    .collect()
            }
        }
    }

    /// What it must come to.
    pub fn outcome(&self) -> Outcome {
        let bought = self.subscription();
        let quantity = self.quantity as usize;
        let paid_for = |months| Some(bought.clone().paid_for(months).paid_until());
        let (licenses, end, is_usable) = match self.course {
            Course::Bought => (quantity, None, true),
            Course::Refunded => (1, None, false),
            Course::Renewed(renewals) => (quantity, paid_for(1 + renewals), true),
            Course::Healed | Course::KeptOn => (1, paid_for(2), true),
            Course::Grown => (2, paid_for(3), true),
            Course::Ended => (1, paid_for(2), false),
        };
        let root = match self.course {
            Course::Bought | Course::Refunded => self.purchase().id,
            _ => bought.id,
        };
        Outcome {
            root,
            licenses,
            end,
            is_usable,
        }
    }

    fn subscription(&self) -> Subscription {
        let bought = subscription(&format!("S-{}", self.name));
        let bought = bought.by(&self.email()).quantity(self.quantity);
        bought.begun(self.begin)
    }

    fn purchase(&self) -> Order {
        let order = order(&format!("O-{}", self.name)).line("reverb", self.quantity);
        order.by(&self.email()).at(&self.begin.to_string())
    }

    /// Paid for the so-manieth month after the first, on the day.
    fn charged(&self, bought: &Subscription, renewal: u32) -> Event {
        let paid = bought.clone().paid_for(renewal + 1);
        paid.charged(&self.charge(renewal), &self.after(renewal, 0))
    }

    /// Paid for the second month, two hours after a charge had failed.
    fn late_charged(&self, bought: &Subscription) -> Event {
        let paid = bought.clone().paid_for(2);
        paid.charged(&self.charge(1), &self.after(1, 2))
    }

    fn charge(&self, renewal: u32) -> Order {
        let order = order(&format!("C-{}-{renewal}", self.name));
        order.line("studio-pro", 1).by(&self.email())
    }

    /// So many months and hours after the beginning.
    fn after(&self, months: u32, hours: i64) -> String {
        let month = Period::of(months.max(1), PeriodUnit::Month);
        let day = match months {
            0 => self.begin,
            _ => self.begin.plus_period(month),
        };
        day.plus(SignedDuration::from_hours(hours)).to_string()
    }

    fn email(&self) -> String {
        format!("buyer-{}@example.com", self.name.to_lowercase())
    }
}
