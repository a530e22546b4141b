//! Subscriptions, by themselves or inside orders, charges and groups.

use crate::domain::fact::{
    Addon, BillingInterval, Fact, ShopState, SubscriptionNews, SubscriptionSnapshot, Trial,
};
use crate::domain::shop_id::{OrderId, SubscriptionId};
use crate::domain::time::{Period, PeriodUnit};
use crate::storefronts::TranslateError;
use crate::storefronts::fastspring::payload::{Object, Value};
use crate::storefronts::fastspring::translate::{
    ids, person, product, readable_count, readable_date,
};

/// News about one subscription; the event's data is the subscription itself.
pub fn news(news: SubscriptionNews, data: &Object<'_>) -> Result<Fact, TranslateError> {
    let id = id(data).ok_or(TranslateError::Invalid {
        what: "subscription",
    })?;
    let mut snapshot = snapshot(id, data)?;
    let tells_all = matches!(
        news,
        SubscriptionNews::Activated | SubscriptionNews::Updated
    );
    if tells_all && snapshot.addons.is_none() {
        // The shop leaves the list out when the last add-on is gone.
        snapshot.addons = Some(Vec::new());
    }
    Ok(Fact::Subscription(news, Box::new(snapshot)))
}

/// A subscription within something else; `None` when it is no more than an id.
pub fn nested(object: &Object<'_>) -> Result<Option<SubscriptionSnapshot>, TranslateError> {
    let says_something = ["state", "active", "product", "next", "changed"]
        .iter()
        .any(|name| object.get(name).is_some());
    match id(object) {
        Some(id) if says_something => snapshot(id, object).map(Some),
        _ => Ok(None),
    }
}

/// A member of a list of subscriptions; with expansion off nothing but its id is known.
pub fn listed(value: Value<'_>) -> Result<Option<SubscriptionSnapshot>, TranslateError> {
    let object = value.object().unwrap_or_default();
    match value
        .reference("subscription")
        .and_then(|id| SubscriptionId::new(&id))
    {
        Some(id) => snapshot(id, &object).map(Some),
        None => Ok(None),
    }
}

fn id(object: &Object<'_>) -> Option<SubscriptionId> {
    object
        .text("id")
        .and_then(|id| SubscriptionId::new(&id))
        .or_else(|| ids::of_subscription(object, "subscription"))
}

fn snapshot(
    id: SubscriptionId,
    object: &Object<'_>,
) -> Result<SubscriptionSnapshot, TranslateError> {
    let state = state(object);
    Ok(SubscriptionSnapshot {
        id,
        changed: object.date("changed"),
        state,
        trial: (state == Some(ShopState::Trial)).then(|| trial(object)),
        is_active: object.flag("active"),
        product: product::of(object),
        quantity: readable_count(object, "quantity", "quantity")?,
        addons: addons(object)?,
        interval: interval(object),
        begin: readable_date(object, "begin")?,
        // Members of a co-term group carry their next charge only.
        next: match readable_date(object, "next")? {
            None => readable_date(object, "nextChargeDate")?,
            next => next,
        },
        end: readable_date(object, "end")?,
        deactivation_date: readable_date(object, "deactivationDate")?,
        pause_date: readable_date(object, "pauseDate")?,
        sequence: object.count("sequence"),
        remaining_periods: object.count("remainingPeriods"),
        initial_order_id: object
            .text("initialOrderId")
            .and_then(|id| OrderId::new(&id)),
        initial_order_reference: object.text("initialOrderReference"),
        buyer: person::buyer(object),
    })
}

fn state(object: &Object<'_>) -> Option<ShopState> {
    Some(match object.text("state")?.to_ascii_lowercase().as_str() {
        "active" => ShopState::Active,
        "trial" => ShopState::Trial,
        "overdue" => ShopState::Overdue,
        "canceled" => ShopState::Canceled,
        "paused" => ShopState::Paused,
        "deactivated" => ShopState::Deactivated,
        _ => return None,
    })
}

/// The pricing phases say what a trial costs; there the flag is called `isNotTrial`.
fn trial(object: &Object<'_>) -> Trial {
    let is_paid = object
        .list("instructions")
        .into_iter()
        .filter_map(Value::object)
        .filter_map(|phase| phase.text("trialType"))
        .any(|kind| kind.eq_ignore_ascii_case("paid"));
    if is_paid { Trial::Paid } else { Trial::Free }
}

fn interval(object: &Object<'_>) -> Option<BillingInterval> {
    if object.flag("adhoc") == Some(true) {
        return Some(BillingInterval::AdHoc);
    }
    let unit = match object.text("intervalUnit")?.to_ascii_lowercase().as_str() {
        "adhoc" => return Some(BillingInterval::AdHoc),
        "day" => PeriodUnit::Day,
        "week" => PeriodUnit::Week,
        "month" => PeriodUnit::Month,
        "year" => PeriodUnit::Year,
        _ => return None,
    };
    // The calendar ends long before a thousand of any unit does.
    let length = object.count("intervalLength").unwrap_or(1);
    (1..=1000)
        .contains(&length)
        .then(|| BillingInterval::Every(Period::of(length, unit)))
}

fn addons(object: &Object<'_>) -> Result<Option<Vec<Addon>>, TranslateError> {
    if object.get("addons").is_none() {
        return Ok(None);
    }
    object
        .list("addons")
        .into_iter()
        .filter_map(Value::object)
        .map(|addon| {
            Ok(Addon {
                product: product::of(&addon).ok_or(TranslateError::Invalid {
                    what: "addons[].product",
                })?,
                quantity: readable_count(&addon, "quantity", "addons[].quantity")?.unwrap_or(1),
            })
        })
        .collect::<Result<_, _>>()
        .map(Some)
}
