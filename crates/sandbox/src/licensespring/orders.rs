//! Orders, and the licenses that they make. Nothing here prevents doubles.

use serde_json::{Map, Value, json};

use crate::call::{Call, shown};
use crate::collection::{Document, flag, rows, text, value};
use crate::licensespring::catalog::{self, objects};
use crate::licensespring::company::{Company, object, stamped, touched};
use crate::licensespring::lists::{self, ListFilter, Test};
use crate::licensespring::new_license::{self, OrderPlace};
use crate::licensespring::{dates, fields, licenses, people, schema};
use crate::message::{Answer, Refusal, Response};

/// Filters of orders.
pub const FILTERS: &[ListFilter] = &[
    ("store_id", "store_id", Test::Is),
    ("store_id__startswith", "store_id", Test::Begins),
    ("customer_id", "customer", Test::Is),
];

/// `GET orders/generate_license/`: fresh keys, which are reserved for nothing.
pub fn generate_keys(company: &mut Company, call: &Call<'_>) -> Answer {
    let parameter = |name: &str| {
        let named = call.query.iter().find(|(known, _)| known == name);
        named.map(|(_, value)| value.as_str())
    };
    let number = |name: &str, default: usize, (least, most): (usize, usize)| {
        let number = parameter(name).map_or(Ok(default), str::parse);
        let number = number.ok().filter(|number| (least..=most).contains(number));
        number.ok_or_else(|| Refusal::invalid_field(name, "A valid integer is required."))
    };
    let code = parameter("product").unwrap_or_default();
    let product = catalog::product_by_code(company, code);
    let product = product.ok_or_else(|| Refusal::new(404, "Product not found."))?;
    if text(&product, "authorization_method") == "user" {
        let message = "The product is licensed to users.";
        return Err(Refusal::invalid_field("product", message));
    }
    let quantity = number("quantity", 1, (1, 10_000))?;
    let length = number("key_length", 16, (16, 240))?;
    let keys: Vec<String> = (0..quantity).map(|_| company.new_key(length)).collect();
    Ok(Response::json(200, &json!(keys)))
}

/// `POST orders/create_order/`: the whole order, or nothing of it.
pub fn create(company: &mut Company, call: &Call<'_>) -> Answer {
    let is_strict = company.options.is_strict;
    let body = schema::read(call.body, &[fields::ORDER], is_strict)?;
    schema::require(&body, &["id", "items"])?;
    let mut order = opened(company, call, &body)?;
    let customer = body.get("customer").and_then(Value::as_object);
    if let Some(sent) = customer {
        let customer = people::customer(company, call.now, sent);
        let id = customer.get("id").cloned().unwrap_or_default();
        order.insert("customer".to_owned(), id);
        if flag(sent, "is_manager") && sent.contains_key("email") {
            let user = people::user(company, call.now, sent);
            people::make_manager(company, call.now, &mut order, &user);
        }
    }
    for item in objects(&body, "items") {
        add_item(company, call, &mut order, item)?;
    }
    let order = touched(order, call.now);
    company.orders.put(call.now, order.clone());
    let answer = with_licenses(company, call, &order);
    Ok(Response::json(201, &Value::Object(answer)))
}

/// `GET orders/`.
pub fn list(company: &mut Company, call: &Call<'_>) -> Answer {
    let show = |order: &Document| shown_order(company, order);
    lists::page(&company.orders, call, FILTERS, show)
}

/// `GET orders/{id}/`: without the licenses themselves.
pub fn get(company: &mut Company, call: &Call<'_>) -> Answer {
    let order = catalog::find(&company.orders, call.id)?;
    shown(shown_order(company, &order))
}

/// A new order, or the one that exists where the body appends to it.
fn opened(company: &mut Company, call: &Call<'_>, body: &Document) -> Result<Document, Refusal> {
    let store_id = text(body, "id");
    let known = company.orders.list_by("store_id", &[store_id.to_owned()]);
    let mut known = known.unwrap_or_default().into_iter();
    let known = known.find(|order| text(order, "store_id") == store_id);
    match known {
        Some(order) if flag(order, "is_bundle") != flag(body, "is_bundle") => {
            let message = "An order holds either bundles or products.";
            return Err(Refusal::invalid_field("is_bundle", message));
        }
        Some(order) if flag(body, "append") => return Ok(order.clone()),
        Some(_) => {
            let message = format!("Order with id {store_id} already exists.");
            return Err(Refusal::invalid_field("id", message));
        }
        None => {}
    }
    let mut order = object(json!({
        "store_id": store_id, "is_bundle": false, "is_test": false, "is_trial": false,
        "order_type": "normal", "language": "", "campaign_params": "", "download_id": "",
        "reference": "", "metadata": "{}", "customer": null, "order_items": [], "managers": [],
    }));
    let elsewhere = ["id", "append", "items", "customer", "created"];
    let members = body.iter();
    let members = members.filter(|(name, _)| !elsewhere.contains(&name.as_str()));
    order.extend(members.map(|(name, value)| (name.clone(), value.clone())));
    Ok(stamped(company.new_id(), call.now, order))
}

/// Adds an item and makes its licenses, whatever the order holds already.
fn add_item(
    company: &mut Company,
    call: &Call<'_>,
    order: &mut Document,
    item: &Document,
) -> Result<(), Refusal> {
    schema::require(item, &["product_code", "licenses"])?;
    let product = product_of(company, order, text(item, "product_code"))?;
    let item_id = company.new_id();
    let mut ids = Vec::new();
    for wanted in objects(item, "licenses") {
        let place = OrderPlace {
            order,
            item_id: &item_id,
            subscription_id: text(item, "subscription_id"),
            product: &product,
        };
        for license in make_unit(company, call, &place, wanted)? {
            ids.push(license.get("id").cloned().unwrap_or_default());
            for user in objects(&license, "license_users") {
                if flag(user, "is_manager") {
                    let user = people::user(company, call.now, &email_of(user));
                    people::make_manager(company, call.now, order, &user);
                }
            }
        }
    }
    let mut items = rows(order, "order_items").to_vec();
    items.push(json!({
        "id": item_id, "note": text(item, "note"), "licenses": ids,
        "product": new_license::short_product(&product),
    }));
    order.insert("order_items".to_owned(), Value::Array(items));
    Ok(())
}

/// The license of one unit; of a bundle, its own and one for each member.
fn make_unit(
    company: &mut Company,
    call: &Call<'_>,
    place: &OrderPlace<'_>,
    wanted: &Document,
) -> Result<Vec<Document>, Refusal> {
    let first = new_license::make(company, call, place, wanted)?;
    let mut shared = Document::new();
    if !text(&first, "license_key").is_empty() {
        shared.insert("key".to_owned(), value(&first, "license_key").clone());
    }
    if let Some(users) = wanted.get("users") {
        shared.insert("users".to_owned(), users.clone());
    }
    let mut made = vec![first];
    for product in catalog::members_of(company, place.product) {
        let place = OrderPlace {
            product: &product,
            ..*place
        };
        // Key and users are all that a member takes from the order; everything else is its default policy's.
        made.push(new_license::make(company, call, &place, &shared)?);
    }
    Ok(made)
}

/// What an item is about: a product, or the one bundle that an order for bundles may hold.
fn product_of(company: &Company, order: &Document, code: &str) -> Result<Document, Refusal> {
    let refused = |message: &str| Refusal::invalid_field("product_code", message);
    let product = catalog::product_by_code(company, code);
    let product = product.ok_or_else(|| refused("Product with this code does not exist."))?;
    match (flag(order, "is_bundle"), flag(&product, "is_bundle")) {
        (true, true) | (false, false) => {}
        (true, false) => return Err(refused("An order for bundles holds no products.")),
        (false, true) => return Err(refused("A bundle needs an order with is_bundle.")),
    }
    let mut items = objects(order, "order_items");
    let is_other =
        |item: &Document| value(item, "product")["short_code"] != *value(&product, "short_code");
    if flag(order, "is_bundle") && items.any(is_other) {
        return Err(refused("An order holds one bundle at most."));
    }
    Ok(product)
}

/// Without the ids of licenses, and of managers.
fn shown_order(company: &Company, order: &Document) -> Document {
    let mut shown = order.clone();
    shown.remove("managers");
    shown.insert(
        "customer".to_owned(),
        people::shown_customer(company, order),
    );
    let items = objects(order, "order_items").map(|item| {
        let members = item.iter().filter(|(name, _)| *name != "licenses");
        let members = members.map(|(name, value)| (name.clone(), value.clone()));
        Value::Object(members.collect::<Map<String, Value>>())
    });
    shown.insert("order_items".to_owned(), items.collect());
    shown
}

/// The order with all licenses it ever made and still has, older ones too.
fn with_licenses(company: &Company, call: &Call<'_>, order: &Document) -> Document {
    let mut shown = shown_order(company, order);
    let items = objects(order, "order_items").map(|item| {
        let ids = rows(item, "licenses").iter();
        let held = ids.filter_map(|id| company.licenses.find(&id.to_string()));
        let licenses = held.map(|license| in_order(licenses::present(company, call.now, license)));
        let mut item = item.clone();
        item.insert("licenses".to_owned(), licenses.map(Value::Object).collect());
        Value::Object(item)
    });
    shown.insert("order_items".to_owned(), items.collect());
    shown
}

/// A license as the answer to an order writes it: days with a time, metadata as text.
fn in_order(mut license: Document) -> Document {
    for name in ["validity_period", "maintenance_period"] {
        if let Some(day) = license.get(name).map(dates::day_with_time) {
            license.insert(name.to_owned(), day);
        }
    }
    let metadata = license.get("metadata").map(Value::to_string);
    license.insert("metadata".to_owned(), json!(metadata));
    license
}

fn email_of(user: &Document) -> Document {
    let mut sent = Document::new();
    sent.insert("email".to_owned(), json!(text(user, "true_email")));
    sent
}
