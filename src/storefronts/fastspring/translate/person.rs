//! Buyers, recipients and accounts.

use crate::domain::fact::{Fact, Person};
use crate::storefronts::TranslateError;
use crate::storefronts::fastspring::payload::{Object, Value};

/// An account that was edited; the event's data is the account itself.
pub fn changed(data: &Object<'_>) -> Result<Fact, TranslateError> {
    let person = account_object(data);
    match person.account_id {
        Some(_) => Ok(Fact::AccountChanged(Box::new(person))),
        None => Err(TranslateError::Invalid { what: "id" }),
    }
}

/// Who pays: the inline customer, filled up from the account.
pub fn buyer(data: &Object<'_>) -> Option<Person> {
    let account = account(data);
    let Some(customer) = data.object("customer") else {
        return account;
    };
    let customer = contact(&customer);
    Some(Person {
        account_id: account.and_then(|account| account.account_id),
        ..customer
    })
}

/// The account of that object; with expansion off its id alone.
pub fn account(data: &Object<'_>) -> Option<Person> {
    let account = data.get("account")?;
    match account.object() {
        Some(object) => Some(account_object(&object)),
        None => Some(Person {
            account_id: Some(account.text()?),
            ..Person::default()
        }),
    }
}

/// An account that stands by itself.
pub fn account_object(object: &Object<'_>) -> Person {
    let contact = object
        .object("contact")
        .map(|contact_object| contact(&contact_object))
        .unwrap_or_default();
    Person {
        account_id: object.text("id").or_else(|| object.text("account")),
        ..contact
    }
}

/// Those who shall use what was bought, in the shop's order.
pub fn recipients(data: &Object<'_>) -> Vec<Person> {
    data.list("recipients")
        .into_iter()
        .filter_map(Value::object)
        .filter_map(|entry| entry.object("recipient"))
        .map(|recipient| Person {
            account_id: recipient.reference("account"),
            ..contact(&recipient)
        })
        .collect()
}

fn contact(object: &Object<'_>) -> Person {
    let trimmed = |name: &str| object.text(name).map(|text| text.trim().to_owned());
    Person {
        account_id: None,
        email: trimmed("email"),
        first_name: trimmed("first"),
        last_name: trimmed("last"),
        company: trimmed("company"),
    }
}
