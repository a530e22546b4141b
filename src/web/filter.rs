//! The filters of lists, as addresses and bodies spell them: read once here, for the API and the pages.

use serde::de::{Error as _, Unexpected};
use serde::{Deserialize, Deserializer};
use serde_json::Value as Json;
use strum::VariantArray as _;
use utoipa::{IntoParams, ToSchema};

use crate::domain::effect::EventState;
use crate::domain::id::{LicenseId, StorefrontId, TenantId};
use crate::domain::license::LicenseState;
use crate::domain::news::News;
use crate::domain::reason::ReasonCode;
use crate::domain::search_text::SearchText;
use crate::domain::time::Timestamp;
use crate::store::events::EventFilter;
use crate::store::licenses::LicenseFilter;
use crate::store::{Db, StoreError};
use crate::vault::TenantKeys;
use crate::web::search;

/// Which events; every one that is given must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, IntoParams, ToSchema)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct EventQuery {
    /// Of this store.
    pub storefront_id: Option<StorefrontId>,
    /// Standing there; several with commas between.
    #[serde(deserialize_with = "states")]
    #[schema(value_type = Option<String>)]
    #[param(value_type = Option<String>)]
    pub state: Vec<EventState>,
    /// Of this type, as the shop spells it.
    pub r#type: Option<SearchText>,
    /// Of this kind of news.
    pub kind: Option<News>,
    /// Naming this order, by its id or receipt number.
    pub order_id: Option<SearchText>,
    /// Naming this subscription.
    pub subscription_id: Option<SearchText>,
    /// Concerning the person of this address.
    pub email: Option<SearchText>,
    /// That did something to this license.
    pub license_id: Option<LicenseId>,
    /// Of live orders, or of test orders.
    #[serde(deserialize_with = "yes_or_no")]
    pub live: Option<bool>,
    /// That came then or later.
    pub received_after: Option<Timestamp>,
    /// That came before.
    pub received_before: Option<Timestamp>,
    /// Standing there for this reason.
    #[schema(value_type = Option<String>)]
    #[param(value_type = Option<String>)]
    pub reason_code: Option<ReasonCode>,
    /// The same, about this.
    pub reason_subject: Option<SearchText>,
    /// Order id, reference, subscription id, license key, product path (its beginning), e-mail, or words of a name.
    pub q: Option<SearchText>,
}

/// Which licenses; every one that is given must hold.
#[derive(Debug, Clone, Default, Deserialize, IntoParams, ToSchema)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct LicenseQuery {
    /// Of this store.
    pub storefront_id: Option<StorefrontId>,
    /// Of this order, by its id or receipt number.
    pub order_id: Option<SearchText>,
    /// Of this subscription.
    pub subscription_id: Option<SearchText>,
    /// For the person of this address.
    pub email: Option<SearchText>,
    /// Standing so now.
    pub state: Option<LicenseState>,
    /// Bought as this product path.
    pub product_path: Option<SearchText>,
    /// Of live orders, or of test orders.
    #[serde(deserialize_with = "yes_or_no")]
    pub live: Option<bool>,
    /// Order id, reference, subscription id, license key, product path (its beginning), e-mail, or words of a name.
    pub q: Option<SearchText>,
}

impl EventQuery {
    /// Whether it lets everything through.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// As the store filters; people and licenses that are meant are looked up.
    pub fn look_up(
        self,
        db: &mut Db,
        (tenant, keys): (TenantId, &TenantKeys),
        now: Timestamp,
    ) -> Result<EventFilter, StoreError> {
        let customer_ids = match &self.email {
            Some(email) => Some(search::people_of_email(db, tenant, (keys, email.as_str()))?),
            None => None,
        };
        let search = match &self.q {
            Some(text) => Some(search::of_events(db, tenant, (keys, text.as_str()), now)?),
            None => None,
        };
        Ok(EventFilter {
            storefront_id: self.storefront_id,
            states: self.state,
            event_type: self.r#type.map(String::from),
            order: self.order_id.map(String::from),
            subscription_id: self.subscription_id.map(String::from),
            customer_ids,
            license_id: self.license_id,
            about: None,
            live: self.live,
            received_after: self.received_after,
            received_before: self.received_before,
            reason_code: self.reason_code,
            reason_subject: self.reason_subject.map(String::from),
            news: self.kind,
            search,
        })
    }
}

impl LicenseQuery {
    /// As the store filters; people who are meant are looked up.
    pub fn look_up(
        self,
        db: &mut Db,
        (tenant, keys): (TenantId, &TenantKeys),
    ) -> Result<LicenseFilter, StoreError> {
        let customer_ids = match &self.email {
            Some(email) => Some(search::people_of_email(db, tenant, (keys, email.as_str()))?),
            None => None,
        };
        let search = match &self.q {
            Some(text) => Some(search::of_licenses(db, tenant, (keys, text.as_str()))?),
            None => None,
        };
        Ok(LicenseFilter {
            storefront_id: self.storefront_id,
            order: self.order_id.map(String::from),
            subscription_id: self.subscription_id.map(String::from),
            customer_ids,
            state: self.state,
            product_path: self.product_path.map(String::from),
            live: self.live,
            search,
        })
    }
}

/// `parked`, `parked,waiting`, or a list of texts.
fn states<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<EventState>, D::Error> {
    let names: Vec<String> = match Json::deserialize(deserializer)? {
        Json::Null => Vec::new(),
        Json::String(text) => text.split(',').map(|name| name.trim().to_owned()).collect(),
        list => serde_json::from_value(list).map_err(D::Error::custom)?,
    };
    let state = |name: &String| {
        EventState::parse(name).ok_or_else(|| {
            let known: Vec<_> = EventState::VARIANTS
                .iter()
                .map(|state| state.as_str())
                .collect();
            D::Error::custom(format!("cannot be `{name}`; allowed: {}", known.join(", ")))
        })
    };
    names.iter().map(state).collect()
}

/// `true` or `false`, as a word in an address or as itself in a body.
fn yes_or_no<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<bool>, D::Error> {
    match Json::deserialize(deserializer)? {
        Json::Null => Ok(None),
        Json::Bool(yes) => Ok(Some(yes)),
        Json::String(text) => text
            .parse()
            .map(Some)
            .map_err(|_no_bool| D::Error::invalid_value(Unexpected::Str(&text), &"true or false")),
        _other => Err(D::Error::custom("write true or false")),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn several_states_may_be_named() {
        for json in [json!("parked, waiting"), json!(["parked", "waiting"])] {
            let query: EventQuery = serde_json::from_value(json!({"state": json})).unwrap();

            assert_eq!(query.state, [EventState::Parked, EventState::Waiting]);
        }
    }

    #[test]
    fn yes_and_no_are_read_from_addresses_and_bodies() {
        for (json, live) in [
            (json!({}), None),
            (json!({"live": "true"}), Some(true)),
            (json!({"live": false}), Some(false)),
        ] {
            let query: EventQuery = serde_json::from_value(json).unwrap();

            assert_eq!(query.live, live);
        }
    }

    #[test]
    fn a_wrong_time_is_answered_with_a_right_one() {
        for wrong in [
            json!("yesterday"),
            json!("2026-12-03"),
            json!(1_780_000_000),
        ] {
            let json = json!({"received_after": wrong});

            let error = serde_json::from_value::<EventQuery>(json).unwrap_err();

            let error = error.to_string();
            assert!(error.contains("such as 2026-12-03T09:30:00Z"), "{error}");
        }
    }

    #[test]
    fn a_filter_that_makes_no_sense_is_refused() {
        for json in [
            json!({"state": "lost"}),
            json!({"live": "maybe"}),
            json!({"live": 1}),
            json!({"received_after": "yesterday"}),
            json!({"storefront_id": "stf_1"}),
        ] {
            assert!(
                serde_json::from_value::<EventQuery>(json.clone()).is_err(),
                "{json}"
            );
        }
    }
}
