//! Documents of one kind in the order they were made, with look-up, a memory of the last change, and undo.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Map, Value};

use crate::calendar;

/// A JSON object as the API shows it.
pub type Document = Map<String, Value>;

/// Documents of one kind.
#[derive(Debug)]
pub struct Collection {
    rows: BTreeMap<u64, Row>,
    numbers: HashMap<String, u64>,
    /// Where documents are found by the values of the indexed fields, written `field=value` in lower case.
    index: HashMap<String, BTreeSet<u64>>,
    indexed: &'static [&'static str],
    next: u64,
    undo: Vec<(u64, Option<Row>)>,
    removed: Vec<Arc<Document>>,
}

#[derive(Debug, Clone)]
struct Row {
    current: Arc<Document>,
    changed_at: Timestamp,
    previous: Option<Arc<Document>>,
}

impl Collection {
    /// An empty collection that finds documents quickly by these fields (and always by `id`).
    pub fn new(indexed: &'static [&'static str]) -> Self {
        Self {
            rows: BTreeMap::new(),
            numbers: HashMap::new(),
            index: HashMap::new(),
            indexed,
            next: 0,
            undo: Vec::new(),
            removed: Vec::new(),
        }
    }

    /// The document with that id.
    pub fn find(&self, id: &str) -> Option<&Document> {
        let row = self.rows.get(self.numbers.get(id)?)?;
        Some(&row.current)
    }

    /// All documents, oldest first.
    pub fn list(&self) -> impl DoubleEndedIterator<Item = &Document> {
        self.rows.values().map(|row| row.current.as_ref())
    }

    /// All documents as they were at `moment`, as far as one change back tells; removed ones stay away.
    pub fn list_as_of(&self, moment: Timestamp) -> impl Iterator<Item = &Document> {
        self.rows.values().filter_map(move |row| {
            if row.changed_at <= moment {
                Some(row.current.as_ref())
            } else {
                row.previous.as_deref()
            }
        })
    }

    /// Documents whose field has one of these values, oldest first, without regard to case.
    /// `None` where the field is not indexed.
    pub fn list_by<'a>(&'a self, field: &str, values: &[String]) -> Option<Vec<&'a Document>> {
        let numbers: BTreeSet<u64> = if field == "id" {
            let known = values.iter().filter_map(|id| self.numbers.get(id));
            known.copied().collect()
        } else if self.indexed.contains(&field) {
            let found = values
                .iter()
                .filter_map(|value| self.index.get(&term(field, value)));
            found.flatten().copied().collect()
        } else {
            return None;
        };
        let rows = numbers.iter().filter_map(|number| self.rows.get(number));
        Some(rows.map(|row| row.current.as_ref()).collect())
    }

    /// Whether another document than `id` has this value in an indexed field, without regard to case.
    pub fn is_taken(&self, field: &str, value: &str, id: Option<&str>) -> bool {
        let found = self.list_by(field, &[value.to_owned()]).unwrap_or_default();
        found
            .iter()
            .any(|document| id.is_none_or(|id| spelled(document, "id") != id))
    }

    /// Documents that were removed, in the order of their going.
    pub fn removed(&self) -> impl Iterator<Item = &Document> {
        self.removed.iter().map(Arc::as_ref)
    }

    /// Adds a document, or replaces the one with its id.
    pub fn put(&mut self, now: Timestamp, document: Document) {
        let id = spelled(&document, "id").into_owned();
        let number = self.numbers.get(&id).copied().unwrap_or_else(|| {
            self.next += 1;
            self.next
        });
        let row = Row {
            previous: self.rows.get(&number).map(|row| Arc::clone(&row.current)),
            current: Arc::new(document),
            changed_at: now,
        };
        self.replace(number, Some(row));
    }

    /// Removes a document; one that is not there is left alone.
    pub fn remove(&mut self, id: &str) {
        if let Some(number) = self.numbers.get(id).copied() {
            self.replace(number, None);
        }
    }

    /// Begins a new piece of work: what was done before can no longer be undone.
    pub fn settle(&mut self) {
        self.undo.clear();
    }

    /// Whether anything was written since the work began.
    pub fn has_changed(&self) -> bool {
        !self.undo.is_empty()
    }

    /// Takes back what was written since the work began.
    pub fn undo(&mut self) {
        while let Some((number, before)) = self.undo.pop() {
            let is_removal = !self.rows.contains_key(&number);
            self.set(number, before);
            if is_removal {
                self.removed.pop();
            }
        }
    }

    fn replace(&mut self, number: u64, row: Option<Row>) {
        let is_removal = row.is_none();
        let before = self.set(number, row);
        if let Some(gone) = before.as_ref().filter(|_| is_removal) {
            self.removed.push(Arc::clone(&gone.current));
        }
        self.undo.push((number, before));
    }

    fn set(&mut self, number: u64, row: Option<Row>) -> Option<Row> {
        let before = self.rows.remove(&number);
        if let Some(before) = &before {
            self.numbers.remove(spelled(&before.current, "id").as_ref());
            for term in terms(self.indexed, &before.current) {
                if let Some(numbers) = self.index.get_mut(&term) {
                    numbers.remove(&number);
                }
            }
        }
        if let Some(row) = row {
            self.numbers
                .insert(spelled(&row.current, "id").into_owned(), number);
            for term in terms(self.indexed, &row.current) {
                self.index.entry(term).or_default().insert(number);
            }
            self.rows.insert(number, row);
        }
        before
    }
}

/// A document's text member; empty when absent.
pub fn text<'a>(document: &'a Document, name: &str) -> &'a str {
    document
        .get(name)
        .and_then(Value::as_str)
        .unwrap_or_default()
}

/// What a document holds; null when absent.
pub fn value<'a>(document: &'a Document, name: &str) -> &'a Value {
    document.get(name).unwrap_or(&Value::Null)
}

/// A document's text or whole number as text; empty when absent.
pub fn spelled<'a>(document: &'a Document, name: &str) -> Cow<'a, str> {
    match document.get(name) {
        Some(Value::String(text)) => Cow::Borrowed(text),
        Some(Value::Number(number)) => Cow::Owned(number.to_string()),
        _ => Cow::Borrowed(""),
    }
}

/// A document's number; 0 when absent.
pub fn number(document: &Document, name: &str) -> i64 {
    document
        .get(name)
        .and_then(Value::as_i64)
        .unwrap_or_default()
}

/// A document's flag; false when absent.
pub fn flag(document: &Document, name: &str) -> bool {
    document
        .get(name)
        .and_then(Value::as_bool)
        .unwrap_or_default()
}

/// A document's point in time; `None` when absent.
pub fn time(document: &Document, name: &str) -> Option<Timestamp> {
    calendar::time(text(document, name)).ok()
}

/// The rows of a list member, such as `metadata`; empty when absent.
pub fn rows<'a>(document: &'a Document, name: &str) -> &'a [Value] {
    let rows = document.get(name).and_then(Value::as_array);
    rows.map(Vec::as_slice).unwrap_or_default()
}

fn terms(indexed: &'static [&'static str], document: &Document) -> Vec<String> {
    let mut terms = Vec::new();
    for field in indexed {
        match field.split_once('.') {
            None => terms.push(term(field, &spelled(document, field))),
            Some((list, member)) => {
                let rows = rows(document, list).iter().filter_map(Value::as_object);
                terms.extend(rows.map(|row| term(field, text(row, member))));
            }
        }
    }
    terms
}

fn term(field: &str, value: &str) -> String {
    format!("{field}={}", value.to_lowercase())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn document(id: &str, key: &str) -> Document {
        json!({ "id": id, "key": key }).as_object().unwrap().clone()
    }

    fn ids<'a>(documents: impl IntoIterator<Item = &'a Document>) -> Vec<&'a str> {
        documents
            .into_iter()
            .map(|document| text(document, "id"))
            .collect()
    }

    #[test]
    fn undo_takes_back_additions_changes_and_removals() {
        let now = Timestamp::UNIX_EPOCH;
        let mut collection = Collection::new(&["key"]);
        collection.put(now, document("a", "one"));
        collection.put(now, document("b", "two"));
        collection.settle();

        collection.put(now, document("a", "changed"));
        collection.put(now, document("c", "three"));
        collection.remove("b");
        collection.undo();

        assert_eq!(ids(collection.list()), ["a", "b"]);
        assert!(collection.is_taken("key", "ONE", None));
        assert!(!collection.is_taken("key", "changed", None));
        assert_eq!(collection.removed().count(), 0);
        assert!(!collection.has_changed());
    }

    #[test]
    fn the_past_shows_the_version_before_and_hides_what_is_new() {
        let [early, late] = [0, 10].map(|at| Timestamp::from_microsecond(at).unwrap());
        let mut collection = Collection::new(&["key"]);
        collection.put(early, document("a", "one"));
        collection.put(late, document("a", "two"));
        collection.put(late, document("b", "three"));

        let past: Vec<_> = collection
            .list_as_of(early)
            .map(|document| text(document, "key"))
            .collect();

        assert_eq!(past, ["one"]);
    }
}
