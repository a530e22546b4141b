//! Lists: filters, order and pages.
//!
//! A filter that is not known, or is empty, filters nothing: whoever misspells one gets everything.

use std::borrow::Cow;
use std::cmp::Ordering;

use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::calendar;
use crate::call::Call;
use crate::collection::{Collection, Document};
use crate::message::{Answer, Response};

const DEFAULT_LIMIT: usize = 20;
/// Whoever asks for more gets so many, and is not told.
const MOST: usize = 100;
/// The links to other pages lead nowhere: pages are asked for by their numbers.
const ELSEWHERE: &str = "http://licensespring.invalid";
const PAGING: [&str; 3] = ["limit", "offset", "order_by"];

/// A filter: its name, the field that it looks at, and how.
pub type ListFilter = (&'static str, &'static str, Test);

/// How a filter looks at a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Test {
    /// It is this text.
    Is,
    /// It is one of these, separated by commas.
    In,
    /// It begins so.
    Begins,
}

/// The page that the query asks for, newest first unless it says otherwise; `show` says what stands in it.
pub fn page(
    collection: &Collection,
    call: &Call<'_>,
    filters: &[ListFilter],
    show: impl Fn(&Document) -> Document,
) -> Answer {
    let mut found = candidates(collection, call, filters);
    found.retain(|document| passes(document, call.query, filters));
    found.reverse();
    if let Some(order) = parameter(call.query, "order_by") {
        sort_by(&mut found, order);
    }
    let number = |name: &str| parameter(call.query, name).and_then(|text| text.parse().ok());
    let limit = number("limit").filter(|limit| *limit > 0);
    let limit = limit.unwrap_or(DEFAULT_LIMIT).min(MOST);
    let offset = number("offset").unwrap_or(0);
    let link = |offset: usize| {
        let path = call.path;
        Value::String(format!("{ELSEWHERE}{path}?limit={limit}&offset={offset}"))
    };
    let count = found.len();
    let end = offset.saturating_add(limit);
    let next = (end < count).then(|| link(end));
    let previous = (offset > 0).then(|| link(offset.saturating_sub(limit)));
    let results = found.into_iter().skip(offset).take(limit);
    let results: Vec<Document> = results.map(show).collect();
    let page = json!({ "count": count, "next": next, "previous": previous, "results": results });
    Ok(Response::json(200, &page))
}

/// Whether a list call asks for more than anybody may mean: without a filter, or with one that filters nothing.
pub fn is_unfiltered(query: &[(String, String)], filters: &[ListFilter]) -> bool {
    let mut named = query
        .iter()
        .filter(|(name, _)| !PAGING.contains(&name.as_str()))
        .peekable();
    let is_idle = |(name, value): &(String, String)| {
        value.is_empty() || !filters.iter().any(|(known, ..)| known == name)
    };
    named.peek().is_none() || named.any(is_idle)
}

/// What the filters have to look through: an index may narrow it.
fn candidates<'a>(
    collection: &'a Collection,
    call: &Call<'_>,
    filters: &[ListFilter],
) -> Vec<&'a Document> {
    if let Some(lag) = call.lag {
        let lag = SignedDuration::try_from(lag).unwrap_or(SignedDuration::MAX);
        let then = calendar::plus(call.now, -lag);
        return collection.list_as_of(then).collect();
    }
    let sought = filters.iter().filter(|(_, _, test)| *test != Test::Begins);
    let mut narrowed = sought.filter_map(|(name, field, test)| {
        let text = parameter(call.query, name)?;
        collection.list_by(field, &alternatives(text, *test))
    });
    let narrowed = narrowed.next();
    narrowed.unwrap_or_else(|| collection.list().collect())
}

fn passes(document: &Document, query: &[(String, String)], filters: &[ListFilter]) -> bool {
    filters.iter().all(|(name, field, test)| {
        let Some(sought) = parameter(query, name) else {
            return true;
        };
        let held = value(document, field);
        match test {
            Test::Begins => held.starts_with(sought),
            Test::Is | Test::In => alternatives(sought, *test).iter().any(|one| *one == held),
        }
    })
}

fn alternatives(text: &str, test: Test) -> Vec<String> {
    match test {
        Test::In => text.split(',').map(|one| one.trim().to_owned()).collect(),
        Test::Is | Test::Begins => vec![text.to_owned()],
    }
}

fn parameter<'a>(query: &'a [(String, String)], name: &str) -> Option<&'a str> {
    let mut named = query.iter().filter(|(known, _)| known == name);
    let value = named.next().map(|(_, value)| value.as_str());
    value.filter(|value| !value.is_empty())
}

/// What a document holds under a field, as text; `product.short_code` is what its product holds.
fn value<'a>(document: &'a Document, field: &str) -> Cow<'a, str> {
    let (first, rest) = field.split_once('.').unwrap_or((field, ""));
    match document.get(first) {
        Some(Value::Object(inner)) => value(inner, rest),
        Some(Value::String(text)) => Cow::Borrowed(text),
        None | Some(Value::Null) => Cow::Borrowed(""),
        Some(value) => Cow::Owned(value.to_string()),
    }
}

/// By a field that not all have, those without it come first.
fn sort_by(found: &mut [&Document], order: &str) {
    let (field, is_descending) = match order.strip_prefix('-') {
        Some(field) => (field, true),
        None => (order, false),
    };
    found.sort_by(|left, right| {
        let order = compare(left.get(field), right.get(field));
        match is_descending {
            true => order.reverse(),
            false => order,
        }
    });
}

fn compare(left: Option<&Value>, right: Option<&Value>) -> Ordering {
    match (left, right) {
        (Some(Value::Number(left)), Some(Value::Number(right))) => {
            left.as_i64().cmp(&right.as_i64())
        }
        (left, right) => {
            let text = |value: Option<&Value>| value.map(Value::to_string);
            text(left).cmp(&text(right))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_filtered_when_each_filter_is_known_and_says_something() {
        let filters: &[ListFilter] = &[("license_key", "license_key", Test::Is)];
        for (query, expected) in [
            (vec![], true),
            (vec![("limit", "10"), ("order_by", "id")], true),
            (vec![("license_key", "A")], false),
            (vec![("license_key", "A"), ("offset", "")], false),
            (vec![("license_key", "")], true),
            (vec![("key", "A")], true),
            (vec![("license_key", "A"), ("key", "A")], true),
        ] {
            let pairs = query
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
            let pairs: Vec<(String, String)> = pairs.collect();

            assert_eq!(is_unfiltered(&pairs, filters), expected, "{query:?}");
        }
    }
}
