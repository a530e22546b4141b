//! Products and bundles, their policies, features and custom fields.

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::call::{Call, created, shown};
use crate::collection::{Collection, Document, flag, rows, spelled, text, value};
use crate::licensespring::company::{Company, object, stamped};
use crate::licensespring::lists::{self, ListFilter, Test};
use crate::licensespring::{fields, plan, schema};
use crate::message::{Answer, Refusal};

const PRODUCT_FILTERS: &[ListFilter] = &[("short_code", "short_code", Test::Is)];
const PRODUCT_FILTER: ListFilter = ("product", "product", Test::Is);
const POLICY_FILTERS: &[ListFilter] = &[PRODUCT_FILTER, ("code", "code", Test::Is)];

/// `GET products/`.
pub fn list_products(company: &mut Company, call: &Call<'_>) -> Answer {
    lists::page(&company.products, call, PRODUCT_FILTERS, shown_product)
}

/// `GET products/{id}/`.
pub fn get_product(company: &mut Company, call: &Call<'_>) -> Answer {
    let product = find(&company.products, call.id)?;
    shown(shown_product(&product))
}

/// `GET products/{id}/bundle/`: the members; a product that is no bundle has none.
pub fn list_members(company: &mut Company, call: &Call<'_>) -> Answer {
    let bundle = find(&company.products, call.id)?;
    let mut members = Collection::new(&["short_code"]);
    for member in members_of(company, &bundle) {
        members.put(call.now, member);
    }
    lists::page(&members, call, PRODUCT_FILTERS, shown_product)
}

/// `POST products/`: it has a default policy from the beginning, which takes over what the body says of licenses.
pub fn create_product(company: &mut Company, call: &Call<'_>) -> Answer {
    let is_strict = company.options.is_strict;
    let members = [fields::PRODUCT, fields::VALUES, fields::FIXED_VALUES];
    let body = schema::read(call.body, &members, is_strict)?;
    schema::require(&body, &["name", "short_code"])?;
    plan::check(&company.options.lacking, &body)?;
    if product_by_code(company, text(&body, "short_code")).is_some() {
        let message = "Product or bundle with this short code already exists.";
        return Err(Refusal::invalid_field("short_code", message));
    }
    let mut product = object(json!({
        "authorization_method": "license-key", "is_bundle": false, "products": [],
        "is_archived": false, "metadata": {},
    }));
    let (values, members): (Document, Document) = body
        .into_iter()
        .partition(|(name, _)| !fields::PRODUCT.iter().any(|(known, _)| known == name));
    product.extend(members);
    check_members(company, &product)?;
    let product = stamped(company.new_id(), call.now, product);
    company.products.put(call.now, product.clone());
    let mut policy = object(json!({
        "name": "Default", "code": format!("{}-default", text(&product, "short_code")),
        "product": value(&product, "id"), "is_default": true,
    }));
    policy.extend(values);
    new_policy(company, call.now, policy);
    created(shown_product(&product))
}

/// `GET license-templates/`.
pub fn list_policies(company: &mut Company, call: &Call<'_>) -> Answer {
    lists::page(&company.policies, call, POLICY_FILTERS, Document::clone)
}

/// `GET license-templates/{id}/`.
pub fn get_policy(company: &mut Company, call: &Call<'_>) -> Answer {
    find(&company.policies, call.id).map_or_else(Err, shown)
}

/// `POST license-templates/`: a new default takes the place of the one before.
pub fn create_policy(company: &mut Company, call: &Call<'_>) -> Answer {
    let is_strict = company.options.is_strict;
    let members = [fields::POLICY, fields::VALUES, fields::FIXED_VALUES];
    let body = schema::read(call.body, &members, is_strict)?;
    schema::require(&body, &["product", "name", "code"])?;
    plan::check(&company.options.lacking, &body)?;
    let product = product_of(company, &body)?;
    check_unique(&company.policies, &body, "code")?;
    for row in objects(&body, "license_product_feature_templates") {
        feature(company, &product, text(row, "product_feature"))?;
    }
    for row in objects(&body, "license_custom_field_templates") {
        custom_field(company, &product, text(row, "product_custom_field"))?;
    }
    created(new_policy(company, call.now, body))
}

/// `GET product-features/`.
pub fn list_features(company: &mut Company, call: &Call<'_>) -> Answer {
    lists::page(&company.features, call, &[PRODUCT_FILTER], Document::clone)
}

/// `POST product-features/`.
pub fn create_feature(company: &mut Company, call: &Call<'_>) -> Answer {
    let is_strict = company.options.is_strict;
    let body = schema::read(call.body, &[fields::FEATURE], is_strict)?;
    schema::require(&body, &["product", "name", "code"])?;
    product_of(company, &body)?;
    check_unique(&company.features, &body, "code")?;
    let mut feature = object(json!({
        "feature_type": "activation", "max_consumption": 0, "metadata": {},
    }));
    feature.extend(body);
    let feature = stamped(company.new_id(), call.now, feature);
    company.features.put(call.now, feature.clone());
    created(feature)
}

/// `GET product-custom-fields/`.
pub fn list_custom_fields(company: &mut Company, call: &Call<'_>) -> Answer {
    let filters = &[PRODUCT_FILTER];
    lists::page(&company.custom_fields, call, filters, Document::clone)
}

/// `POST product-custom-fields/`.
pub fn create_custom_field(company: &mut Company, call: &Call<'_>) -> Answer {
    let is_strict = company.options.is_strict;
    let body = schema::read(call.body, &[fields::CUSTOM_FIELD], is_strict)?;
    schema::require(&body, &["product", "name"])?;
    product_of(company, &body)?;
    check_unique(&company.custom_fields, &body, "name")?;
    let mut field = object(json!({
        "data_type": "text", "default_value": "", "description": "",
    }));
    field.extend(body);
    let field = stamped(company.new_id(), call.now, field);
    company.custom_fields.put(call.now, field.clone());
    created(field)
}

/// The product or bundle of that code; codes that differ in case alone are others.
pub fn product_by_code(company: &Company, code: &str) -> Option<Document> {
    let found = company.products.list_by("short_code", &[code.to_owned()]);
    let mut found = found.unwrap_or_default().into_iter();
    found
        .find(|product| text(product, "short_code") == code)
        .cloned()
}

/// The products in a bundle, in their order.
pub fn members_of(company: &Company, bundle: &Document) -> Vec<Document> {
    let ids = rows(bundle, "products").iter();
    let members = ids.filter_map(|id| company.products.find(&id.to_string()));
    members.cloned().collect()
}

/// The policy of that code, else the product's default; another product's policy is none.
pub fn policy(company: &Company, product: &Document, code: &str) -> Result<Document, Refusal> {
    let mut policies = of_product(&company.policies, product).into_iter();
    let policy = match code {
        "" => policies.find(|policy| flag(policy, "is_default")),
        code => policies.find(|policy| text(policy, "code") == code),
    };
    let unknown = || Refusal::invalid_field("policy_code", format!("Unknown policy {code}."));
    policy.cloned().ok_or_else(unknown)
}

/// The product's feature of that code.
pub fn feature(company: &Company, product: &Document, code: &str) -> Result<Document, Refusal> {
    let mut features = of_product(&company.features, product).into_iter();
    let feature = features.find(|feature| text(feature, "code") == code);
    let message = format!("Unknown product feature {code}.");
    feature
        .cloned()
        .ok_or_else(|| Refusal::invalid_field("product_features", message))
}

/// The product's custom field of that name.
pub fn custom_field(
    company: &Company,
    product: &Document,
    name: &str,
) -> Result<Document, Refusal> {
    let mut fields = of_product(&company.custom_fields, product).into_iter();
    let field = fields.find(|field| text(field, "name") == name);
    let message = format!("Unknown custom field {name}.");
    field
        .cloned()
        .ok_or_else(|| Refusal::invalid_field("custom_fields", message))
}

/// What of a collection belongs to a product.
pub fn of_product<'a>(collection: &'a Collection, product: &Document) -> Vec<&'a Document> {
    let id = spelled(product, "id").into_owned();
    collection.list_by("product", &[id]).unwrap_or_default()
}

/// The objects in a list of a document.
pub fn objects<'a>(document: &'a Document, name: &str) -> impl Iterator<Item = &'a Document> {
    rows(document, name).iter().filter_map(Value::as_object)
}

/// The document of that id, else 404.
pub fn find(collection: &Collection, id: &str) -> Result<Document, Refusal> {
    let found = collection.find(id).cloned();
    found.ok_or_else(|| Refusal::new(404, "Not found."))
}

fn shown_product(product: &Document) -> Document {
    let mut product = product.clone();
    product.remove("products");
    product
}

fn product_of(company: &Company, body: &Document) -> Result<Document, Refusal> {
    let product = company.products.find(&spelled(body, "product"));
    let unknown = || Refusal::invalid_field("product", "Invalid pk - object does not exist.");
    product.cloned().ok_or_else(unknown)
}

/// A bundle has members, all of them products, and proved in the same way.
fn check_members(company: &Company, product: &Document) -> Result<(), Refusal> {
    let refused = |message: &str| Err(Refusal::invalid_field("products", message));
    let named = rows(product, "products").len();
    let members = members_of(company, product);
    let method = text(product, "authorization_method");
    match (flag(product, "is_bundle"), named) {
        (false, 0) => Ok(()),
        (false, _) => refused("Only a bundle has products."),
        (true, 0) => refused("This field is required."),
        (true, named) if members.len() < named => refused("A product does not exist."),
        (true, _) if members.iter().any(|member| flag(member, "is_bundle")) => {
            refused("A bundle holds no bundles.")
        }
        (true, _)
            if members
                .iter()
                .any(|member| text(member, "authorization_method") != method) =>
        {
            refused("All products need the authorization method of the bundle.")
        }
        (true, _) => Ok(()),
    }
}

fn check_unique(collection: &Collection, body: &Document, name: &str) -> Result<(), Refusal> {
    let product = spelled(body, "product").into_owned();
    let siblings = collection.list_by("product", &[product]);
    let mut siblings = siblings.unwrap_or_default().into_iter();
    match siblings.any(|sibling| text(sibling, name) == text(body, name)) {
        true => Err(Refusal::invalid_field(name, "This field must be unique.")),
        false => Ok(()),
    }
}

fn new_policy(company: &mut Company, now: Timestamp, members: Document) -> Document {
    let mut policy = object(json!({
        "is_default": false, "license_type": "perpetual", "max_activations": 1,
        "user_max_activations": 1, "license_product_feature_templates": [],
        "license_custom_field_templates": [], "metadata": {},
    }));
    policy.extend(members);
    if flag(&policy, "is_default") {
        let siblings = company
            .policies
            .list_by("product", &[spelled(&policy, "product").into_owned()]);
        let siblings: Vec<Document> = siblings.unwrap_or_default().into_iter().cloned().collect();
        for mut sibling in siblings {
            sibling.insert("is_default".to_owned(), Value::Bool(false));
            company.policies.put(now, sibling);
        }
    }
    let policy = stamped(company.new_id(), now, policy);
    company.policies.put(now, policy.clone());
    policy
}
