//! How a page of a list is asked for, and what comes back.

use serde_json::Value;

use crate::license_servers::http::failure;
use crate::license_servers::http::fields::{Fields, FromFields};
use crate::license_servers::reply::Failure;

/// The largest page that is asked for; servers have no default worth relying on.
pub const PAGE_SIZE: usize = 100;

/// One way of giving long lists by the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Paging {
    /// Pages are numbered, and a page is a bare array.
    Numbered,
    /// A page begins behind so many items, and is an object with `results` and `next`; short lists may be bare arrays.
    Offset,
}

impl Paging {
    /// The parameters that ask for a page, from 1.
    pub fn parameters(self, page: u32) -> [(&'static str, String); 2] {
        let page = page.max(1);
        let limit = ("limit", PAGE_SIZE.to_string());
        match self {
            Self::Numbered => [("page", page.to_string()), limit],
            Self::Offset => {
                let offset = u64::from(page - 1) * PAGE_SIZE as u64;
                [limit, ("offset", offset.to_string())]
            }
        }
    }

    /// The page that was answered; `None` when it is none.
    pub fn list(self, answer: Value) -> Option<List> {
        match (self, answer) {
            (Self::Numbered, Value::Array(items)) => Some(List {
                // No total is ever given: a page that is not full is the last.
                is_last: items.len() < PAGE_SIZE,
                items,
            }),
            (Self::Offset, Value::Array(items)) => Some(List {
                items,
                is_last: true,
            }),
            (Self::Offset, Value::Object(mut members)) => {
                let next = members.get("next");
                let is_last = next.is_none_or(Value::is_null);
                match members.remove("results") {
                    Some(Value::Array(items)) => Some(List { items, is_last }),
                    _ => None,
                }
            }
            _ => None,
        }
    }
}

/// A list that was answered. One item that cannot be read is no reason not to read the others.
pub struct List {
    items: Vec<Value>,
    is_last: bool,
}

impl List {
    /// A list of these, and no more.
    #[cfg(test)]
    pub fn of(items: &[Value]) -> Self {
        Self {
            items: items.to_vec(),
            is_last: true,
        }
    }

    /// Whether no page follows.
    pub const fn is_last(&self) -> bool {
        self.is_last
    }

    /// What can be read. What cannot is passed over, unless it may be what was asked for.
    pub fn read<T: FromFields>(
        &self,
        may_be_wanted: impl Fn(&Fields<'_>) -> bool,
    ) -> Result<Vec<T>, Failure> {
        let mut items = Vec::new();
        for fields in self.objects() {
            match T::read(&fields) {
                Ok(item) => items.push(item),
                Err(field) if may_be_wanted(&fields) => {
                    return Err(failure::not_understood(field, false));
                }
                Err(_of_no_interest) => {}
            }
        }
        Ok(items)
    }

    /// The items of these ids, and which of them cannot be read; one that does not say which it is may be any that was
    /// not shown.
    pub fn read_of_ids<T: FromFields>(
        &self,
        ids: &[String],
        id_of: impl Fn(&T) -> &str,
    ) -> (Vec<T>, Vec<String>) {
        let (mut items, mut unreadable, mut is_one_nameless) = (Vec::new(), Vec::new(), false);
        for fields in self.objects() {
            match (T::read(&fields), fields.text("id")) {
                (Ok(item), _) => items.push(item),
                (Err(_), Ok(id)) => unreadable.push(id),
                (Err(_), Err(_)) => is_one_nameless = true,
            }
        }
        items.retain(|item| ids.iter().any(|id| id == id_of(item)));
        if is_one_nameless {
            let is_shown = |id: &&String| items.iter().any(|item| id_of(item) == **id);
            unreadable = ids.iter().filter(|id| !is_shown(id)).cloned().collect();
        }
        (items, unreadable)
    }

    /// Its items that are objects.
    pub fn objects(&self) -> impl Iterator<Item = Fields<'_>> {
        self.items.iter().filter_map(Fields::of)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn pages_are_asked_for_in_the_kinds_own_way() {
        for (paging, page, expected) in [
            (Paging::Numbered, 0, "page=1&limit=100"),
            (Paging::Numbered, 2, "page=2&limit=100"),
            (Paging::Offset, 0, "limit=100&offset=0"),
            (Paging::Offset, 3, "limit=100&offset=200"),
        ] {
            let parameters = paging.parameters(page);
            let written = parameters.map(|(name, value)| format!("{name}={value}"));

            assert_eq!(written.join("&"), expected);
        }
    }

    #[test]
    fn the_last_page_is_told_in_the_kinds_own_way() {
        let full = vec![json!({}); PAGE_SIZE];
        for (paging, answer, is_last) in [
            (Paging::Numbered, json!([]), Some(true)),
            (Paging::Numbered, json!([{}]), Some(true)),
            (Paging::Numbered, json!(full), Some(false)),
            (Paging::Numbered, json!({"results": []}), None),
            (Paging::Offset, json!({"results": []}), Some(true)),
            (
                Paging::Offset,
                json!({"results": full, "next": null}),
                Some(true),
            ),
            (
                Paging::Offset,
                json!({"results": [{}], "next": "https://on.example/?offset=100"}),
                Some(false),
            ),
            (Paging::Offset, json!({"detail": "no"}), None),
            (Paging::Offset, json!([{}]), Some(true)),
            (Paging::Offset, json!("no"), None),
        ] {
            let list = paging.list(answer.clone());

            assert_eq!(list.map(|list| list.is_last()), is_last, "{answer}");
        }
    }
}
