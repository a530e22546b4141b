//! List calls: filter, sort, page.

use std::cmp::Ordering;

use jiff::SignedDuration;
use serde_json::Value;

use crate::calendar;
use crate::call::Call;
use crate::collection::{Collection, Document, rows, text};
use crate::cryptlex::filter::{self, Filter, FilterKind, Filterable};
use crate::message::Refusal;
use crate::options::SandboxOptions;

/// The real server's default is not documented; a small one finds callers that rely on it.
const DEFAULT_LIMIT: usize = 20;

/// Filters that every list understands.
pub const GENERAL: &[Filterable] = &[
    ("id", FilterKind::Id),
    ("name", FilterKind::Text),
    ("createdAt", FilterKind::Time),
    ("updatedAt", FilterKind::Time),
    ("metadata.key", FilterKind::Text),
    ("metadata.value", FilterKind::Text),
];

/// The page of documents that the query asks for; `values` says what a document holds under a field.
pub fn page<'a>(
    collection: &'a Collection,
    options: &SandboxOptions,
    call: &Call<'_>,
    fields: &[Filterable],
    values: impl Fn(&Document, &str) -> Vec<Value>,
) -> Result<Vec<&'a Document>, Refusal> {
    let fields: Vec<Filterable> = GENERAL.iter().chain(fields).copied().collect();
    let is_case_sensitive = options.are_filters_case_sensitive;
    let filters = filter::parse(call.query, &fields, options.is_strict, is_case_sensitive)?;
    let number = bounded(call, "page", 1, usize::MAX)?;
    let limit = bounded(call, "limit", DEFAULT_LIMIT, 100)?;
    let search = parameter(call, "search").map(str::to_lowercase);

    let mut found: Vec<&Document> = candidates(collection, call, &filters);
    found.retain(|document| {
        let passes = |filter: &Filter| filter.passes(&values(document, filter.field));
        filters.iter().all(passes)
            && search
                .as_deref()
                .is_none_or(|search| mentions(document, search))
    });
    if let Some(sort) = parameter(call, "sort") {
        sort_by(&mut found, sort)?;
    }
    let begin = (number - 1).saturating_mul(limit);
    Ok(found.into_iter().skip(begin).take(limit).collect())
}

/// What a document itself holds under a field: rows and lists give several values.
pub fn values(document: &Document, field: &str) -> Vec<Value> {
    if let Some((list, member)) = field.split_once('.') {
        let held = rows(document, list).iter();
        return held.filter_map(|row| row.get(member).cloned()).collect();
    }
    match document.get(field) {
        None => vec![Value::Null],
        Some(Value::Array(list)) => list.clone(),
        Some(value) => vec![value.clone()],
    }
}

/// Whether a list call asks for more than anybody may mean: it has no filter, or one that is empty.
pub fn is_unfiltered(query: &[(String, String)]) -> bool {
    let paging = ["page", "limit", "sort", "include"];
    let mut filters = query
        .iter()
        .filter(|(name, _)| !paging.contains(&name.as_str()))
        .peekable();
    filters.peek().is_none() || filters.any(|(_, value)| value.is_empty())
}

fn candidates<'a>(
    collection: &'a Collection,
    call: &Call<'_>,
    filters: &[Filter],
) -> Vec<&'a Document> {
    if let Some(lag) = call.lag {
        let lag = SignedDuration::try_from(lag).unwrap_or(SignedDuration::MAX);
        return collection
            .list_as_of(calendar::plus(call.now, -lag))
            .collect();
    }
    filters
        .iter()
        .find_map(|filter| collection.list_by(filter.field, filter.sought()?))
        .unwrap_or_else(|| collection.list().collect())
}

fn parameter<'a>(call: &Call<'a>, name: &str) -> Option<&'a str> {
    let found = call
        .query
        .iter()
        .find(|(known, value)| known == name && !value.is_empty());
    found.map(|(_, value)| value.as_str())
}

fn bounded(call: &Call<'_>, name: &str, default: usize, most: usize) -> Result<usize, Refusal> {
    let Some(text) = parameter(call, name) else {
        return Ok(default);
    };
    match text.parse() {
        Ok(number) if (1..=most).contains(&number) => Ok(number),
        _ => Err(Refusal::invalid(format!(
            "The parameter {name} is out of range."
        ))),
    }
}

fn mentions(document: &Document, search: &str) -> bool {
    ["key", "name", "email", "company", "notes", "id"]
        .iter()
        .any(|field| text(document, field).to_lowercase().contains(search))
}

/// `+createdAt|-updatedAt`, at most six.
fn sort_by(found: &mut [&Document], sort: &str) -> Result<(), Refusal> {
    let keys: Vec<(&str, bool)> = sort
        .split('|')
        .map(|key| match key.split_at_checked(1) {
            // An unescaped plus sign arrives as a space.
            Some(("+" | " ", field)) => Ok((field, false)),
            Some(("-", field)) => Ok((field, true)),
            _ => Err(Refusal::invalid(
                "The parameter sort needs a sign before each name.",
            )),
        })
        .collect::<Result<_, _>>()?;
    if keys.len() > 6 {
        return Err(Refusal::invalid(
            "The parameter sort takes at most six names.",
        ));
    }
    found.sort_by(|left, right| {
        let orders = keys.iter().map(|(field, is_descending)| {
            let order = compare(left.get(*field), right.get(*field));
            if *is_descending {
                order.reverse()
            } else {
                order
            }
        });
        orders.fold(Ordering::Equal, Ordering::then)
    });
    Ok(())
}

fn compare(left: Option<&Value>, right: Option<&Value>) -> Ordering {
    match (left, right) {
        (Some(Value::Number(left)), Some(Value::Number(right))) => {
            left.as_i64().cmp(&right.as_i64())
        }
        (left, right) => {
            let text = |value: Option<&Value>| value.and_then(Value::as_str).map(str::to_owned);
            text(left).cmp(&text(right))
        }
    }
}
