//! What an event names besides its fact: products, people, and what expansion would have brought.

use crate::domain::fact::{Fact, OrderSnapshot, Person, ProductReference, SubscriptionSnapshot};
use crate::storefronts::Missing;
use crate::storefronts::fastspring::payload::Object;
use crate::storefronts::fastspring::translate::{order, person, product};

/// Every product path once; of two mentions the one with attributes counts.
pub fn products(fact: &Fact, data: &Object<'_>) -> Vec<ProductReference> {
    let mut products: Vec<ProductReference> = Vec::new();
    for product in mentioned_products(fact, data) {
        match products.iter_mut().find(|known| known.path == product.path) {
            Some(known) if known.attributes.is_none() => *known = product,
            Some(_) => {}
            None => products.push(product),
        }
    }
    products
}

/// Every e-mail address once, the buyer's first.
pub fn people(fact: &Fact, data: &Object<'_>) -> Vec<Person> {
    let charge_order = data.object("order").unwrap_or_default();
    let standing_alone = match fact {
        Fact::AccountChanged(person) => Some((**person).clone()),
        _ => data.object("contact").map(|_| person::account_object(data)),
    };
    let mentioned = standing_alone
        .into_iter()
        .chain(person::buyer(data))
        .chain(person::account(data))
        .chain(person::buyer(&charge_order))
        .chain(person::recipients(data))
        .chain(person::recipients(&charge_order));
    let mut people: Vec<Person> = Vec::new();
    for person in mentioned.filter(|person| person.email.is_some()) {
        if !people.iter().any(|known| is_same(known, &person)) {
            people.push(person);
        }
    }
    people
}

/// What is named by id alone.
pub fn missing(fact: &Fact) -> Vec<Missing> {
    match fact {
        Fact::OrderCompleted(order) => missing_in_order(order),
        Fact::Subscription(_, snapshot) => snapshot
            .buyer
            .iter()
            .filter(|buyer| buyer.email.is_none())
            .filter_map(|buyer| buyer.account_id.clone().map(Missing::Account))
            .collect(),
        Fact::Charged(charge) | Fact::ChargeFailed(charge) if charge.subscription.is_none() => {
            let id = charge.subscription_id.clone();
            id.map(Missing::Subscription).into_iter().collect()
        }
        Fact::Group(_, group) => group
            .members
            .iter()
            .filter(|member| member.is_bare())
            .map(|member| Missing::Subscription(member.id.clone()))
            .collect(),
        _ => Vec::new(),
    }
}

fn missing_in_order(order: &OrderSnapshot) -> Vec<Missing> {
    order
        .lines
        .iter()
        .filter_map(|line| line.subscription.as_ref())
        .filter(|id| !order.subscriptions.iter().any(|known| known.id == **id))
        .map(|id| Missing::Subscription(id.clone()))
        .collect()
}

fn mentioned_products(fact: &Fact, data: &Object<'_>) -> Vec<ProductReference> {
    match fact {
        Fact::OrderCompleted(order) => order
            .lines
            .iter()
            .map(|line| line.product.clone())
            .chain(order.subscriptions.iter().flat_map(of_subscription))
            .collect(),
        Fact::Subscription(_, snapshot) => of_subscription(snapshot).collect(),
        Fact::Group(_, group) => group.members.iter().flat_map(of_subscription).collect(),
        Fact::Charged(charge) | Fact::ChargeFailed(charge) => {
            let charge_order = data.object("order").unwrap_or_default();
            charge
                .subscription
                .iter()
                .flat_map(of_subscription)
                .chain(order::items(&charge_order).filter_map(|item| product::of_line(&item)))
                .collect()
        }
        _ => Vec::new(),
    }
}

/// The products of a subscription: its own, then its add-ons.
pub fn of_subscription(
    subscription: &SubscriptionSnapshot,
) -> impl Iterator<Item = ProductReference> + '_ {
    let addons = subscription.addons.iter().flatten();
    subscription
        .product
        .iter()
        .chain(addons.map(|addon| &addon.product))
        .cloned()
}

fn is_same(known: &Person, other: &Person) -> bool {
    match (&known.email, &other.email) {
        (Some(known), Some(other)) => known.eq_ignore_ascii_case(other),
        _ => false,
    }
}
