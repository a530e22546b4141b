//! Everything that concerned a license, the oldest first.

use actix_web::web::{Data, Json};
use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::id::{LicenseId, TenantId};
use crate::domain::kind::LicenseServerKind;
use crate::domain::time::Timestamp;
use crate::store::calls::{self, Call};
use crate::store::effects::{self, Effect};
use crate::store::events::{self, Event, EventFilter};
use crate::store::license_servers;
use crate::store::licenses::Row;
use crate::store::{Db, Scope, StoreError};
use crate::web::api::event_view::EventView;
use crate::web::api::evidence::{self, CallView, EffectView};
use crate::web::api::extract::At;
use crate::web::api::licenses;
use crate::web::api::listing::{Cursor, Listing, NoFilter, Page, PageParameters};
use crate::web::auth::{Caller, LicensesRead};
use crate::web::change_words::told;
use crate::web::error::Problem;
use crate::web::state::State;
use crate::web::{buyer, event_words};

/// The most events that a history goes back over.
const MOST_EVENTS: i64 = 1_000;

/// One entry of a history; `kind` says which of the three is filled in.
#[derive(Serialize, ToSchema)]
pub struct Entry {
    at: Timestamp,
    kind: EntryKind,
    /// The same in plain words.
    text: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    event: Option<EventView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    effect: Option<EffectView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    call: Option<CallView>,
}

/// What an entry tells of.
#[derive(Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum EntryKind {
    /// What the shop said.
    Event,
    /// What was done to the license.
    Effect,
    /// What was asked, and what came back.
    Call,
}

/// What one read of the database brings.
struct Loaded {
    kind: LicenseServerKind,
    events: Vec<Event>,
    effects: Vec<Effect>,
    calls: Vec<Call>,
}

/// Every event, effect and call that concerned a license, the oldest first.
#[utoipa::path(get, path = "/licenses/{id}/history", tag = "Licenses", params(("id" = LicenseId, Path), PageParameters), responses((status = 200, body = Page<Entry>)))]
pub async fn history(
    caller: Caller<LicensesRead>,
    state: Data<State>,
    At(id): At<LicenseId>,
    listing: Listing<NoFilter>,
) -> Result<Json<Page<Entry>>, Problem> {
    let tenant = caller.tenant;
    let license = licenses::get(&state, tenant, id).await?;
    let row = license.clone();
    let loaded = state
        .store
        .read(Scope::Tenant(tenant), move |db| load(db, tenant, &row))
        .await?;
    let keys = state.tenant_keys.of(tenant).await?;
    let mut entries = Vec::new();
    for mut event in loaded.events {
        event.open_words(&keys)?;
        entries.push(Entry {
            event: Some(EventView::of(event.clone(), loaded.kind)?),
            text: said(&event, loaded.kind)?,
            ..entry(event.received_at, EntryKind::Event)
        });
    }
    for effect in loaded.effects {
        let at = effect.sent_at.unwrap_or(effect.created_at);
        let text = told(&effect, loaded.kind);
        let effect = evidence::effect(effect, license.remote_id.clone())?;
        entries.push(Entry {
            text,
            effect: Some(effect),
            ..entry(at, EntryKind::Effect)
        });
    }
    for call in loaded.calls {
        let at = call.at;
        entries.push(Entry {
            text: asked(&call, loaded.kind),
            call: Some(evidence::call(call, &keys)?),
            ..entry(at, EntryKind::Call)
        });
    }
    entries.sort_by_key(|entry| entry.at);
    let numbered = entries.into_iter().enumerate().collect();
    let cursor = |(number, _): &(usize, Entry)| Cursor::of_text(format!("{number:09}"));
    Ok(Json(
        listing.page_of_all(numbered, cursor, |(_, entry)| entry),
    ))
}

fn load(db: &mut Db, tenant: TenantId, license: &Row) -> Result<Loaded, StoreError> {
    let filter = EventFilter {
        about: Some(buyer::about_license(license)),
        ..EventFilter::default()
    };
    let events = events::list(db, tenant, &filter, None, MOST_EVENTS)?;
    let effects = effects::list_of_license(db, tenant, license.id)?;
    let mut calls = Vec::new();
    for event in &events {
        let of_event = calls::list_of_event(db, tenant, event.id)?;
        // What was asked for the purchase as a whole concerns each of its licenses.
        let is_concerned = |call: &Call| {
            call.effect_id
                .is_none_or(|id| effects.iter().any(|effect| effect.id == id))
        };
        calls.extend(of_event.into_iter().filter(is_concerned));
    }
    Ok(Loaded {
        kind: license_servers::kind(db, tenant, license.license_server_id)?,
        events,
        effects,
        calls,
    })
}

/// What a message says, and why nothing was to do where nothing was.
fn said(event: &Event, kind: LicenseServerKind) -> Result<String, StoreError> {
    let title = event_words::title(event);
    let reason = event_words::reason(event, kind)?;
    Ok(match reason.as_str() {
        "" => format!("{title}."),
        reason => format!("{title}. {reason}"),
    })
}

fn asked(call: &Call, kind: LicenseServerKind) -> String {
    let whom = match call.storefront_id {
        Some(_) => "FastSpring",
        None => kind.name(),
    };
    match call.status {
        Some(status) => format!("Asked {whom}: {} answered {status}.", call.method),
        None => format!("Asked {whom}: {} without an answer.", call.method),
    }
}

const fn entry(at: Timestamp, kind: EntryKind) -> Entry {
    Entry {
        at,
        kind,
        text: String::new(),
        event: None,
        effect: None,
        call: None,
    }
}
