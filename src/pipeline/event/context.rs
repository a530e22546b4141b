//! One opened event: what it says, whose it is, and which rules apply.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::domain::action::HolderRule;
use crate::domain::addresses::addresses;
use crate::domain::fact::{Fact, Person, ProductReference};
use crate::domain::id::{LicenseServerId, StorefrontId, TenantId};
use crate::domain::lane::Lane;
use crate::domain::reason::{Reason, ReasonCode};
use crate::domain::rules::{Mode, Rules};
use crate::domain::time::Timestamp;
use crate::license_servers::Account;
use crate::pipeline::Options;
use crate::pipeline::calls::record::CallContext;
use crate::pipeline::event::license_row::LicenseHome;
use crate::pipeline::event::outcome::{Attempt, EventOutcome, clock_time};
use crate::pipeline::event::retry::RetrySchedule;
use crate::pipeline::event::store_settings::StoreSettings;
use crate::store::events::Event;
use crate::storefronts::Missing;
use crate::vault::TenantKeys;

/// An event opened for processing. Read-only from here on, except `is_new` once it was planned.
#[derive(Clone)]
pub struct OpenedEvent {
    pub tenant: TenantId,
    /// The store at the shop.
    pub storefront: StorefrontId,
    /// The event's row, as claimed.
    pub event: Event,
    /// What it says, in a sentence without personal data.
    pub headline: String,
    /// How urgent its calls are.
    pub lane: Lane,
    pub fact: Arc<Fact>,
    /// Products that it names.
    pub products: Vec<ProductReference>,
    /// What it names by id alone.
    pub missing: Vec<Missing>,
    /// What the vendor decided.
    pub rules: Arc<Rules>,
    /// What the storefront does with what arrives.
    pub mode: Mode,
    pub keys: Arc<TenantKeys>,
    /// The account that its licenses live in.
    pub server: Connected,
    /// The store, its account and its rules, as they were read.
    pub settings: Arc<StoreSettings>,
    /// Whether no effect of the event can be on record yet.
    pub is_new: bool,
    /// Whether a checkout waits for the first license: the others are made after a requeue.
    pub is_waited_for: bool,
}

impl OpenedEvent {
    /// The context that its calls are recorded with.
    pub fn call_context(&self) -> CallContext<'_> {
        CallContext {
            tenant: self.tenant,
            event: self.event.id,
            server: self.server.id,
            keys: &self.keys,
        }
    }

    /// This attempt of the event, should it fail now.
    pub fn attempt<'a>(&self, schedule: &'a RetrySchedule, now: Timestamp) -> Attempt<'a> {
        Attempt {
            schedule,
            failed_before: u32::try_from(self.event.attempts).unwrap_or(0),
            now,
            jitter: 0.5,
        }
    }

    /// Where licenses that come of it belong.
    pub fn home(&self) -> LicenseHome {
        LicenseHome {
            tenant: self.tenant,
            storefront: self.storefront,
            server: self.server.id,
            keys: Arc::clone(&self.keys),
            is_live: self.event.live,
        }
    }
}

/// An account at a license server, ready to be called.
#[derive(Clone)]
pub struct Connected {
    pub id: LicenseServerId,
    pub account: Arc<Account>,
    /// Since when nothing may be sent, and why.
    pub hold: Option<Hold>,
}

/// Why nothing may be sent to a license server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hold {
    /// Its token was refused; a new one lifts this.
    Unauthorized(Timestamp),
    /// It does not answer; the next successful probe lifts this.
    Down(Timestamp),
}

impl Hold {
    /// The outcome of an event whose calls are on hold.
    pub fn outcome(self) -> EventOutcome {
        let reason = match self {
            Self::Unauthorized(since) => Reason::new(ReasonCode::LicenseServerUnauthorized)
                .with("time", clock_time(since))
                .with("n", "All"),
            Self::Down(_) => {
                Reason::new(ReasonCode::LicenseServerUnreachable).with("time", "in a few seconds")
            }
        };
        EventOutcome::waiting(reason, None)
    }
}

/// The people of an event whom a license may be linked to.
#[derive(Clone, Default)]
pub struct People {
    /// Who paid.
    pub buyer: Option<Person>,
    /// Who shall use it.
    pub recipient: Option<Person>,
    /// What was written at checkout, by tag.
    pub tags: BTreeMap<String, String>,
}

impl People {
    /// The people that an event itself names.
    pub fn of(fact: &Fact) -> Self {
        match fact {
            Fact::OrderCompleted(order) => Self {
                buyer: order.buyer.clone(),
                recipient: order.recipients.first().cloned(),
                tags: order.tags.clone(),
            },
            Fact::KeysRequested(request) => Self {
                buyer: Some(request.person.clone()),
                ..Self::default()
            },
            Fact::Subscription(_, snapshot) => Self {
                buyer: snapshot.buyer.clone(),
                ..Self::default()
            },
            _ => Self::default(),
        }
    }

    /// Whom a rule means; only people with an address can be users.
    pub fn holder(&self, rule: HolderRule) -> Option<&Person> {
        let person = match rule {
            HolderRule::None => None,
            HolderRule::Customer => self.buyer.as_ref(),
            HolderRule::Recipient => self
                .recipient
                .as_ref()
                .filter(|person| person.email.is_some())
                .or(self.buyer.as_ref()),
        };
        person.filter(|person| has_address(person))
    }

    /// Who administers a license: whoever paid, if there is an address.
    pub fn manager(&self) -> Option<&Person> {
        self.buyer.as_ref().filter(|person| has_address(person))
    }

    /// The addresses of further users that a tag holds.
    pub fn further_users(&self, tag: &str) -> Vec<String> {
        self.tags
            .get(tag)
            .map_or_else(Vec::new, |text| addresses(text))
    }
}

fn has_address(person: &Person) -> bool {
    let email = person.email.as_deref();
    email.is_some_and(|email| !email.trim().is_empty())
}

/// The input of a transaction on one event, taken once, so that a retried transaction sees the same.
pub struct EventContext {
    pub opened: OpenedEvent,
    pub options: Arc<Options>,
    /// 0.0 … 1.0, spreads retries.
    pub jitter: f64,
    pub now: Timestamp,
}
