//! Opens an event: its payload, its rules, and the account that its licenses live in.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::domain::fact::{DueDate, Fact, ProductReference};
use crate::domain::id::LicenseServerId;
use crate::domain::key_request::KeysRequested;
use crate::domain::mapping::Mapping;
use crate::domain::policy::{Policy, TestEvents};
use crate::domain::portion::MOST_NAMED;
use crate::domain::reason::{Reason, ReasonCode};
use crate::domain::rules::{Mode, Rules};
use crate::domain::wish::{WishKind, Wished};
use crate::pipeline::Pipeline;
use crate::pipeline::case::{Case, Connected, Hold};
use crate::pipeline::keys;
use crate::pipeline::read_ahead::Papers;
use crate::pipeline::settle::Settlement;
use crate::pipeline::step::WorkError;
use crate::store::events::Event;
use crate::store::license_servers::LicenseServer as ServerRow;
use crate::store::storefronts::Storefront;
use crate::store::{StoreError, mappings};
use crate::storefronts::headline::headline;
use crate::storefronts::{self as kinds, Missing, TranslateError};
use crate::vault::Field;

/// An event opened, or what became of it because it cannot be.
pub enum Opened {
    /// Ready for work.
    Case(Box<Case>),
    /// Settled as it is.
    Settled(Settlement),
}

impl Pipeline {
    /// Reads and translates an event.
    pub async fn open(&self, event: Event) -> Result<Opened, WorkError> {
        let papers = self.papers(&event).await?;
        self.open_with(event, papers).await
    }

    /// Translates an event whose papers were read ahead.
    pub async fn open_with(&self, event: Event, papers: Papers) -> Result<Opened, WorkError> {
        let (Some(payload), Some(setting)) = (papers.payload, papers.setting) else {
            let lacks = Reason::new(ReasonCode::PayloadInvalid).with(
                "what",
                "its stored text, its store, or its Cryptlex account",
            );
            return Ok(Opened::Settled(Settlement::parked(lacks)));
        };
        let (storefront, server) = (&setting.storefront, &setting.server);
        let mode = storefront.mode;
        if mode == Mode::Paused {
            let reason = Reason::new(ReasonCode::StorefrontPaused);
            return Ok(Opened::Settled(Settlement::waiting(reason, None)));
        }
        if is_date(&event) && event.occurred_at > self.clock.now() {
            // A person ran it again; noting the same date anew would find it there, and leave it at rest for ever.
            let reason = Reason::new(ReasonCode::NotDueYet);
            let reason = reason.with("date", event.occurred_at.long_day());
            let due_at = Some(event.occurred_at);
            return Ok(Opened::Settled(Settlement::waiting(reason, due_at)));
        }
        let keys = self.vaults.of(event.tenant_id).await?;
        let text = keys.open(Field::Payload(event.id).place(), &payload)?;
        let (fact, products, missing) = match translate(storefront, &event, &text) {
            Ok(translated) => translated,
            Err(error) => return Ok(Opened::Settled(Settlement::parked(unreadable(error)))),
        };
        let mut rules = Arc::clone(&setting.rules);
        if !products.is_empty() {
            Arc::make_mut(&mut rules).see(&products);
        }
        let connected = Connected {
            id: server.id,
            account: self.connections.account(&keys, server)?,
            hold: hold(server),
        };
        Ok(Opened::Case(Box::new(Case {
            tenant: event.tenant_id,
            storefront: event.storefront_id,
            headline: headline(&fact),
            lane: event.lane,
            rules,
            fact: Arc::new(fact),
            event,
            products,
            missing,
            mode,
            keys,
            server: connected,
            is_new: papers.is_new,
            setting,
            is_waited_for: false,
        })))
    }
}

/// Whether the shop was given a key to ask for keys with.
pub(super) fn may_ask_for_keys(storefront: &Storefront, mappings: &[mappings::Mapping]) -> bool {
    let mut keys = mappings
        .iter()
        .map(|mapping| &mapping.fulfillment_key_sealed);
    storefront.fulfillment_key_sealed.is_some() || keys.any(Option::is_some)
}

/// Where licenses live: those of test orders in the test account, where the rules say so.
///
/// `None` when there is none: a test order must never give a license in the account of real ones.
pub(super) fn account_of(
    storefront: &Storefront,
    is_live: bool,
) -> Result<Option<LicenseServerId>, StoreError> {
    let accounts = (
        storefront.license_server_id,
        storefront.test_license_server_id,
    );
    Ok(account(policy(storefront)?.test_events, is_live, accounts))
}

fn account<T>(rule: TestEvents, is_live: bool, (usual, test): (T, Option<T>)) -> Option<T> {
    match rule {
        TestEvents::TestServer if !is_live => test,
        TestEvents::Process | TestEvents::Mark | TestEvents::Ignore | TestEvents::TestServer => {
            Some(usual)
        }
    }
}

fn translate(
    storefront: &Storefront,
    event: &Event,
    text: &[u8],
) -> Result<(Fact, Vec<ProductReference>, Vec<Missing>), TranslateError> {
    if event.event_type == keys::EVENT_TYPE {
        let requested: KeysRequested = serde_json::from_slice(text)
            .map_err(|_unreadable| TranslateError::Invalid { what: "request" })?;
        let fact = Fact::KeysRequested(Box::new(requested));
        return Ok((fact, Vec::new(), Vec::new()));
    }
    if WishKind::of_event(&event.event_type).is_some() {
        let wished: Wished = serde_json::from_slice(text)
            .map_err(|_unreadable| TranslateError::Invalid { what: "wish" })?;
        return Ok((Fact::Wished(Box::new(wished)), Vec::new(), Vec::new()));
    }
    if is_date(event) {
        let due: DueDate = serde_json::from_slice(text)
            .map_err(|_unreadable| TranslateError::Invalid { what: "due date" })?;
        return Ok((Fact::DateCame(due), Vec::new(), Vec::new()));
    }
    let translation = kinds::of(storefront.kind).translate(&event.event_type, text)?;
    Ok((translation.fact, translation.products, translation.missing))
}

/// Why an event that cannot be translated waits for a person.
pub(super) fn unreadable(error: TranslateError) -> Reason {
    match error {
        TranslateError::Invalid { what } => {
            Reason::new(ReasonCode::PayloadInvalid).with("what", what)
        }
        TranslateError::TooMany { named } => Reason::new(ReasonCode::TooManyLines)
            .with("named", named)
            .with("most", MOST_NAMED),
    }
}

/// Whether an event is a date of our own; everything else comes from the shop, or from a person.
fn is_date(event: &Event) -> bool {
    event.source_event_id.is_none()
        && event.event_type != keys::EVENT_TYPE
        && WishKind::of_event(&event.event_type).is_none()
}

/// The rules as stored: policy, mappings, attributes last seen.
pub fn rules(
    storefront: &Storefront,
    mappings: Vec<mappings::Mapping>,
    seen: &[mappings::ProductSeen],
) -> Result<Rules, StoreError> {
    let mut rules = Rules {
        policy: policy(storefront)?,
        mappings: BTreeMap::new(),
        seen: BTreeMap::new(),
        takeover_at: storefront.takeover_at,
    };
    for row in mappings {
        let mapping: Mapping = serde_json::from_str(&row.mapping)
            .map_err(|error| StoreError::corrupt("mappings.mapping", error))?;
        rules.mappings.insert(row.product_path, mapping);
    }
    for row in seen {
        let Some(attributes) = &row.attributes else {
            continue;
        };
        let attributes = serde_json::from_str(attributes)
            .map_err(|error| StoreError::corrupt("products_seen.attributes", error))?;
        rules.seen.insert(row.product_path.clone(), attributes);
    }
    Ok(rules)
}

fn policy(storefront: &Storefront) -> Result<Policy, StoreError> {
    serde_json::from_str(&storefront.policy)
        .map_err(|error| StoreError::corrupt("storefronts.policy", error))
}

fn hold(server: &ServerRow) -> Option<Hold> {
    server
        .held_since
        .map(Hold::Unauthorized)
        .or(server.broken_since.map(Hold::Down))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rule_says_where_licenses_of_test_orders_live() {
        use TestEvents::{Mark, Process, TestServer};
        for (rule, is_live, test, expected) in [
            (Process, false, Some("test"), Some("usual")),
            (Mark, false, Some("test"), Some("usual")),
            (TestServer, false, Some("test"), Some("test")),
            (TestServer, true, Some("test"), Some("usual")),
            (TestServer, false, None, None),
        ] {
            let found = account(rule, is_live, ("usual", test));

            assert_eq!(found, expected, "{rule:?} {is_live} {test:?}");
        }
    }
}
