//! Customers, license users, and the managers of orders.

use std::slice;

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::call::{Call, created, said};
use crate::collection::{Document, flag, rows, spelled, text};
use crate::licensespring::company::{Company, object, stamped, touched};
use crate::licensespring::lists::{self, ListFilter, Test};
use crate::licensespring::{catalog, fields, schema};
use crate::message::{Answer, Response};

/// Filters of customers.
pub const CUSTOMER_FILTERS: &[ListFilter] = &[("email", "email", Test::Is)];
/// Filters of license users.
pub const USER_FILTERS: &[ListFilter] = &[
    ("email", "true_email", Test::Is),
    ("true_email__iexact", "true_email", Test::Is),
];

/// `GET customers/`.
pub fn list_customers(company: &mut Company, call: &Call<'_>) -> Answer {
    lists::page(&company.customers, call, CUSTOMER_FILTERS, Document::clone)
}

/// `POST customers/`: addresses are not unique there.
pub fn create_customer(company: &mut Company, call: &Call<'_>) -> Answer {
    let is_strict = company.options.is_strict;
    let body = schema::read(call.body, &[fields::CUSTOMER], is_strict)?;
    created(new_customer(company, call.now, body))
}

/// `GET license-users/`.
pub fn list_users(company: &mut Company, call: &Call<'_>) -> Answer {
    lists::page(&company.users, call, USER_FILTERS, Document::clone)
}

/// `GET orders/{id}/managers/`.
pub fn list_managers(company: &mut Company, call: &Call<'_>) -> Answer {
    let order = catalog::find(&company.orders, call.id)?;
    let managers = rows(&order, "managers").iter();
    let managers = managers.filter_map(|id| company.users.find(&id.to_string()));
    let managers: Vec<Document> = managers.cloned().collect();
    Ok(Response::json(200, &json!(managers)))
}

/// `POST orders/{id}/add_manager/`: one who is already changes nothing.
pub fn add_manager(company: &mut Company, call: &Call<'_>) -> Answer {
    let mut order = catalog::find(&company.orders, call.id)?;
    let is_strict = company.options.is_strict;
    let body = schema::read(call.body, &[fields::MANAGER], is_strict)?;
    schema::require(&body, &["email"])?;
    let user = user(company, call.now, &body);
    make_manager(company, call.now, &mut order, &user);
    company.orders.put(call.now, touched(order, call.now));
    said("Manager assigned.")
}

/// Notes a user among the managers of an order that the caller then stores.
pub fn make_manager(company: &mut Company, now: Timestamp, order: &mut Document, user: &Document) {
    let mut managers = rows(order, "managers").to_vec();
    let id = user.get("id").cloned().unwrap_or_default();
    if !managers.contains(&id) {
        managers.push(id);
    }
    order.insert("managers".to_owned(), Value::Array(managers));
    let mut user = touched(user.clone(), now);
    user.insert("is_manager".to_owned(), Value::Bool(true));
    company.users.put(now, user);
}

/// The customer of an order: the one with its e-mail address, else with its company, else a new one.
/// What the order says is taken over.
pub fn customer(company: &mut Company, now: Timestamp, sent: &Document) -> Document {
    let known = ["email", "company_name"].into_iter().find_map(|field| {
        let sought = Some(text(sent, field)).filter(|sought| !sought.is_empty())?;
        let found = company.customers.list_by(field, &[sought.to_owned()])?;
        found.first().map(|customer| (*customer).clone())
    });
    let mut sent = sent.clone();
    sent.remove("is_manager");
    match known {
        Some(mut customer) => {
            customer.extend(sent);
            let customer = touched(customer, now);
            company.customers.put(now, customer.clone());
            customer
        }
        None => new_customer(company, now, sent),
    }
}

/// The license user with that e-mail address; one who is not there is made.
pub fn user(company: &mut Company, now: Timestamp, sent: &Document) -> Document {
    let email = text(sent, "email").to_owned();
    let known = company.users.list_by("true_email", slice::from_ref(&email));
    if let Some(user) = known.unwrap_or_default().first() {
        return (*user).clone();
    }
    let password = company.new_key(12);
    let members = json!({
        "email": format!("{email}|4711"), "true_email": email,
        "first_name": text(sent, "first_name"), "last_name": text(sent, "last_name"),
        "is_manager": flag(sent, "is_manager"),
        "initial_password": password, "is_initial_password": true,
    });
    let id = company.new_person_id();
    let user = stamped(id, now, object(members));
    company.users.put(now, user.clone());
    user
}

/// The customer of that id, as an order or a license shows it.
pub fn shown_customer(company: &Company, owner: &Document) -> Value {
    let customer = company.customers.find(&spelled(owner, "customer"));
    customer.map_or(Value::Null, |customer| Value::Object(customer.clone()))
}

fn new_customer(company: &mut Company, now: Timestamp, members: Document) -> Document {
    let mut customer = object(json!({
        "email": "", "first_name": "", "last_name": "", "company_name": "", "phone": "",
        "address": "", "reference": "", "metadata": {},
    }));
    customer.extend(members);
    let id = company.new_person_id();
    let customer = stamped(id, now, customer);
    company.customers.put(now, customer.clone());
    customer
}
