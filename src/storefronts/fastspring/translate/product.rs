//! Products as lines and subscriptions name them.

use std::collections::BTreeMap;

use crate::domain::fact::ProductReference;
use crate::domain::search_text;
use crate::storefronts::fastspring::payload::Object;

/// The product of a line, an add-on or a subscription; `None` when it names none.
///
/// With expansion on the product may be an object, which fills in what the thing itself leaves out.
pub fn of(thing: &Object<'_>) -> Option<ProductReference> {
    let full = thing.object("product");
    let path = match &full {
        Some(product) => product
            .text("product")
            .or_else(|| product.text("path"))
            .or_else(|| product.text("id")),
        None => thing.text("product"),
    };
    let path = path.filter(|path| search_text::check(path).is_ok())?;
    Some(ProductReference {
        path,
        display: display(thing).or_else(|| display(full.as_ref()?)),
        attributes: attributes(thing).or_else(|| attributes(full.as_ref()?)),
    })
}

/// A line's product; the line's subscription fills in attributes of the same product.
pub fn of_line(line: &Object<'_>) -> Option<ProductReference> {
    let product = of(line)?;
    if product.attributes.is_some() {
        return Some(product);
    }
    let attributes = line
        .object("subscription")
        .and_then(|subscription| of(&subscription))
        .filter(|subscribed| subscribed.path == product.path)
        .and_then(|subscribed| subscribed.attributes);
    Some(ProductReference {
        attributes,
        ..product
    })
}

/// A text, or one per language of which the first is taken.
fn display(thing: &Object<'_>) -> Option<String> {
    let display = thing.get("display")?;
    match display.object() {
        Some(languages) => languages.text("en").or_else(|| {
            let (_, text) = languages.texts().next()?;
            Some(text)
        }),
        None => display.text(),
    }
}

/// An object without members says as little as none; an empty interval says that a license never ends.
fn attributes(thing: &Object<'_>) -> Option<BTreeMap<String, String>> {
    let attributes: BTreeMap<_, _> = thing.object("attributes")?.texts_or_empty().collect();
    (!attributes.is_empty()).then_some(attributes)
}
