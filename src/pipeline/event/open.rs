//! Opens an event: its payload, its rules, and the account that its licenses live in.

use std::sync::Arc;

use crate::domain::fact::{DueDate, Fact, KeysRequested, ProductReference};
use crate::domain::portion::MOST_NAMED;
use crate::domain::reason::{Reason, ReasonCode};
use crate::domain::rules::Mode;
use crate::domain::wish::{WishKind, Wished};
use crate::pipeline::Pipeline;
use crate::pipeline::event::context::{Connected, Hold, OpenedEvent};
use crate::pipeline::event::outcome::EventOutcome;
use crate::pipeline::event::prefetch::PrefetchedRecords;
use crate::pipeline::event::stop::Stop;
use crate::pipeline::queue::internal_event::KEYS_REQUESTED;
use crate::store::events::Event;
use crate::store::license_servers::LicenseServer as ServerRow;
use crate::store::storefronts::Storefront;
use crate::storefronts::headline::headline;
use crate::storefronts::{self as kinds, Missing, TranslateError};
use crate::vault::Field;

impl Pipeline {
    /// Reads and translates an event.
    pub async fn open(&self, event: Event) -> Result<Box<OpenedEvent>, Stop> {
        let records = self.fetch_records(&event).await?;
        self.open_with(event, records).await
    }

    /// Translates an event whose records were prefetched.
    #[tracing::instrument(name = "open_event", level = "debug", skip_all)]
    pub async fn open_with(
        &self,
        event: Event,
        records: PrefetchedRecords,
    ) -> Result<Box<OpenedEvent>, Stop> {
        let (Some(payload), Some(settings)) = (records.payload, records.settings) else {
            let lacks = Reason::new(ReasonCode::PayloadInvalid).with(
                "what",
                "its stored text, its store, or its Cryptlex account",
            );
            return Err(EventOutcome::parked(lacks).into());
        };
        let (storefront, server) = (&settings.storefront, &settings.server);
        let mode = storefront.mode;
        if mode == Mode::Paused {
            let reason = Reason::new(ReasonCode::StorefrontPaused);
            return Err(EventOutcome::waiting(reason, None).into());
        }
        if is_date(&event) && event.occurred_at > self.clock.now() {
            // A person replayed it; scheduling the same date anew would find this event, and it would never be due.
            let reason = Reason::new(ReasonCode::NotDueYet);
            let reason = reason.with("date", event.occurred_at.long_day());
            let due_at = Some(event.occurred_at);
            return Err(EventOutcome::waiting(reason, due_at).into());
        }
        let keys = self.tenant_keys.of(event.tenant_id).await?;
        let text = keys.open(Field::Payload(event.id).place(), &payload)?;
        let (fact, products, missing) = translate(storefront, &event, &text)
            .map_err(|error| EventOutcome::parked(unreadable(error)))?;
        let mut rules = Arc::clone(&settings.rules);
        if !products.is_empty() {
            Arc::make_mut(&mut rules).see(&products);
        }
        let connected = Connected {
            id: server.id,
            account: self.connections.account(&keys, server)?,
            hold: hold(server),
        };
        Ok(Box::new(OpenedEvent {
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
            is_new: records.is_new,
            settings,
            is_waited_for: false,
        }))
    }
}

fn translate(
    storefront: &Storefront,
    event: &Event,
    text: &[u8],
) -> Result<(Fact, Vec<ProductReference>, Vec<Missing>), TranslateError> {
    if event.event_type == KEYS_REQUESTED {
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
pub(in crate::pipeline) fn unreadable(error: TranslateError) -> Reason {
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
        && event.event_type != KEYS_REQUESTED
        && WishKind::of_event(&event.event_type).is_none()
}

fn hold(server: &ServerRow) -> Option<Hold> {
    server
        .held_since
        .map(Hold::Unauthorized)
        .or(server.broken_since.map(Hold::Down))
}
