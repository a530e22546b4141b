//! The shapes of bodies and answers, as the page of the API shows them.

use serde_json::Value;
use utoipa::openapi::OpenApi;

/// One shape.
pub struct Shape {
    /// Its name.
    pub name: String,
    /// What it is.
    pub description: String,
    /// Its fields; empty for texts.
    pub fields: Vec<ShapeField>,
}

/// One field of a shape.
pub struct ShapeField {
    /// Its name.
    pub name: String,
    /// What it holds, such as `string` or the name of another shape.
    pub kind: String,
    /// Whether it is another shape, to be linked to.
    pub is_shape: bool,
    /// Whether it is always there.
    pub is_required: bool,
    /// What it means.
    pub description: String,
}

const REFERENCE: &str = "#/components/schemas/";

/// Every shape of a document, by name; whatever a field is said to hold is among them.
pub fn shapes(document: &OpenApi) -> Vec<Shape> {
    let json = serde_json::to_value(document).unwrap_or_default();
    let schemas = json
        .pointer("/components/schemas")
        .and_then(Value::as_object);
    schemas
        .into_iter()
        .flatten()
        .map(|(name, schema)| Shape {
            name: name.clone(),
            description: described(schema),
            fields: fields(schema),
        })
        .collect()
}

/// The name of the first shape that a body or answer refers to; empty when there is none.
pub fn shape_of(part: &impl serde::Serialize) -> String {
    let json = serde_json::to_string(part).unwrap_or_default();
    json.split(REFERENCE)
        .nth(1)
        .and_then(|rest| rest.split('"').next())
        .unwrap_or_default()
        .to_owned()
}

/// What it is, and which words where it is one of a few.
fn described(schema: &Value) -> String {
    let words: Vec<&str> = array(schema, "enum").filter_map(Value::as_str).collect();
    let description = text(schema, "description");
    match words.as_slice() {
        [] => description,
        words => format!("{description} One of: {}.", words.join(", "))
            .trim_start()
            .to_owned(),
    }
}

fn fields(schema: &Value) -> Vec<ShapeField> {
    let required: Vec<&str> = array(schema, "required")
        .filter_map(Value::as_str)
        .collect();
    let own = schema
        .get("properties")
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
        .map(|(name, field)| {
            let shape = shape_of(field);
            ShapeField {
                name: name.clone(),
                is_shape: !shape.is_empty(),
                kind: if shape.is_empty() { kind(field) } else { shape },
                is_required: required.contains(&name.as_str()),
                description: text(field, "description"),
            }
        });
    let parts = array(schema, "allOf").flat_map(fields);
    own.chain(parts).collect()
}

fn kind(field: &Value) -> String {
    let name = match field.get("type") {
        Some(Value::String(name)) => name.clone(),
        Some(Value::Array(names)) => names
            .iter()
            .filter_map(Value::as_str)
            .collect::<Vec<_>>()
            .join(" or "),
        _ => "any".to_owned(),
    };
    match field.get("items") {
        Some(items) => format!("{name} of {}", kind(items)),
        None => name,
    }
}

fn array<'a>(value: &'a Value, name: &str) -> impl Iterator<Item = &'a Value> {
    value
        .get(name)
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
}

fn text(value: &Value, name: &str) -> String {
    let text = value.get(name).and_then(Value::as_str).unwrap_or_default();
    text.replace('`', "")
}
