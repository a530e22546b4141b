//! Filters of list calls: `field[operator]=value`, and the old plain form.

use serde_json::Value;

use crate::calendar;
use crate::message::Refusal;

/// What kind of field is filtered; it decides which operators there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FilterKind {
    /// Text with all text operators.
    Text,
    /// An id or a word of a list.
    Id,
    /// A number.
    Number,
    /// A point in time.
    Time,
    /// Equal or not.
    Equal,
    /// True or false, or plain equality: no operators.
    Plain,
}

/// A field that a list can be filtered by.
pub type Filterable = (&'static str, FilterKind);

/// One condition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filter {
    /// The field, in full: `metadata.key`.
    pub field: &'static str,
    kind: FilterKind,
    operator: Operator,
    values: Vec<String>,
    is_case_sensitive: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operator {
    Equal,
    NotEqual,
    StartsWith,
    EndsWith,
    Contains,
    NotContains,
    In,
    NotIn,
    Greater,
    GreaterOrEqual,
    Less,
    LessOrEqual,
}

/// The parameters of a list call that are no filters.
const PAGING: &[&str] = &["page", "limit", "sort", "search", "include"];

/// Old spellings, still understood.
const OLD_NAMES: &[(&str, &str)] = &[
    ("metadataKey", "metadata.key"),
    ("metadataValue", "metadata.value"),
    ("createdAfter", "createdAt[gt]"),
    ("createdBefore", "createdAt[lt]"),
];

/// The filters of a query. Empty values are no filters, which is why callers must never send one.
/// Unknown fields are ignored, or refused when strict.
pub fn parse(
    query: &[(String, String)],
    fields: &[Filterable],
    is_strict: bool,
    is_case_sensitive: bool,
) -> Result<Vec<Filter>, Refusal> {
    let mut filters = Vec::new();
    for (name, value) in query {
        let old = OLD_NAMES.iter().find(|(old, _)| old == name);
        let name = old.map_or(name.as_str(), |(_, new)| *new);
        let (field, operator) = match name.split_once('[') {
            Some((field, rest)) => (field, rest.trim_end_matches(']')),
            None => (name, ""),
        };
        let Some((field, kind)) = fields.iter().find(|(known, _)| *known == field).copied() else {
            if is_strict && !PAGING.contains(&name) {
                return Err(Refusal::invalid(format!("The filter {name} is unknown.")));
            }
            continue;
        };
        let Some(operator) = operator_of(kind, operator) else {
            return Err(Refusal::invalid(format!(
                "The filter {name} has no such operator."
            )));
        };
        if value.is_empty() {
            continue;
        }
        let values = match operator {
            Operator::In | Operator::NotIn => value
                .split(',')
                .map(|part| part.trim().to_owned())
                .collect(),
            _ => vec![value.clone()],
        };
        check_value(name, kind, value)?;
        filters.push(Filter {
            field,
            kind,
            operator,
            values,
            is_case_sensitive,
        });
    }
    Ok(filters)
}

fn operator_of(kind: FilterKind, text: &str) -> Option<Operator> {
    let operator = match text {
        "" | "eq" => Operator::Equal,
        "ne" => Operator::NotEqual,
        "sw" => Operator::StartsWith,
        "ew" => Operator::EndsWith,
        "cn" => Operator::Contains,
        "nc" => Operator::NotContains,
        "in" => Operator::In,
        "nin" => Operator::NotIn,
        "gt" => Operator::Greater,
        "gte" => Operator::GreaterOrEqual,
        "lt" => Operator::Less,
        "lte" => Operator::LessOrEqual,
        _ => return None,
    };
    let is_ordered = matches!(kind, FilterKind::Number | FilterKind::Time);
    let is_known = match operator {
        Operator::Equal => true,
        Operator::NotEqual => kind != FilterKind::Plain,
        Operator::In | Operator::NotIn => matches!(kind, FilterKind::Text | FilterKind::Id),
        Operator::Greater | Operator::GreaterOrEqual | Operator::Less | Operator::LessOrEqual => {
            is_ordered
        }
        _ => kind == FilterKind::Text,
    };
    is_known.then_some(operator)
}

fn check_value(name: &str, kind: FilterKind, value: &str) -> Result<(), Refusal> {
    let is_good = match kind {
        FilterKind::Number => value.parse::<i64>().is_ok(),
        FilterKind::Time => calendar::time(value).is_ok(),
        _ => true,
    };
    if is_good {
        Ok(())
    } else {
        Err(Refusal::invalid(format!(
            "The filter {name} has an unreadable value."
        )))
    }
}

impl Filter {
    /// The values that a document must have one of, for look-up in an index; `None` for other operators.
    pub fn sought(&self) -> Option<&[String]> {
        matches!(self.operator, Operator::Equal | Operator::In).then_some(self.values.as_slice())
    }

    /// Whether a document passes whose field holds these values (several for rows and tags).
    pub fn passes(&self, held: &[Value]) -> bool {
        let is_any = |test: &dyn Fn(&Value, &str) -> bool| {
            let mut values = self.values.iter();
            values.any(|value| held.iter().any(|held| test(held, value)))
        };
        match self.operator {
            Operator::Equal | Operator::In => is_any(&|held, value| self.equal(held, value)),
            Operator::NotEqual | Operator::NotIn => !is_any(&|held, value| self.equal(held, value)),
            Operator::StartsWith => {
                is_any(&|held, value| self.text(held).starts_with(&self.fold(value)))
            }
            Operator::EndsWith => {
                is_any(&|held, value| self.text(held).ends_with(&self.fold(value)))
            }
            Operator::Contains => {
                is_any(&|held, value| self.text(held).contains(&self.fold(value)))
            }
            Operator::NotContains => {
                !is_any(&|held, value| self.text(held).contains(&self.fold(value)))
            }
            Operator::Greater => {
                is_any(&|held, value| self.order(held, value).is_some_and(|order| order.is_gt()))
            }
            Operator::GreaterOrEqual => {
                is_any(&|held, value| self.order(held, value).is_some_and(|order| order.is_ge()))
            }
            Operator::Less => {
                is_any(&|held, value| self.order(held, value).is_some_and(|order| order.is_lt()))
            }
            Operator::LessOrEqual => {
                is_any(&|held, value| self.order(held, value).is_some_and(|order| order.is_le()))
            }
        }
    }

    fn equal(&self, held: &Value, value: &str) -> bool {
        match self.kind {
            FilterKind::Number | FilterKind::Time => {
                self.order(held, value).is_some_and(|order| order.is_eq())
            }
            _ => self.text(held) == self.fold(value),
        }
    }

    fn order(&self, held: &Value, value: &str) -> Option<std::cmp::Ordering> {
        match self.kind {
            FilterKind::Number => Some(held.as_i64()?.cmp(&value.parse().ok()?)),
            _ => {
                let held = calendar::time(held.as_str()?).ok()?;
                Some(held.cmp(&calendar::time(value).ok()?))
            }
        }
    }

    fn text(&self, held: &Value) -> String {
        match held {
            Value::String(text) => self.fold(text),
            Value::Null => String::new(),
            other => other.to_string(),
        }
    }

    fn fold(&self, text: &str) -> String {
        if self.is_case_sensitive {
            text.to_owned()
        } else {
            text.to_lowercase()
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const FIELDS: &[Filterable] = &[
        ("key", FilterKind::Text),
        ("id", FilterKind::Id),
        ("seats", FilterKind::Number),
        ("expiresAt", FilterKind::Time),
        ("suspended", FilterKind::Plain),
        ("metadata.key", FilterKind::Text),
    ];

    fn parsed(name: &str, value: &str) -> Result<Vec<Filter>, Refusal> {
        parse(&[(name.to_owned(), value.to_owned())], FIELDS, true, false)
    }

    #[test]
    fn each_operator_passes_what_it_should() {
        for (name, value, held, passes) in [
            ("key[eq]", "abc", json!(["ABC"]), true),
            ("key", "abc", json!(["abd"]), false),
            ("key[ne]", "abc", json!(["abd"]), true),
            ("key[sw]", "ab", json!(["abd"]), true),
            ("key[ew]", "ab", json!(["abd"]), false),
            ("key[cn]", "b", json!(["abd"]), true),
            ("key[nc]", "b", json!(["abd"]), false),
            ("id[in]", "a, b", json!(["b"]), true),
            ("id[nin]", "a,b", json!(["b"]), false),
            ("seats[gt]", "2", json!([10]), true),
            ("seats[lte]", "2", json!([10]), false),
            ("seats[eq]", "2", json!([2]), true),
            (
                "expiresAt[lt]",
                "2027-01-01T00:00:00Z",
                json!(["2026-12-31T23:59:59.9999990Z"]),
                true,
            ),
            (
                "expiresAt[lt]",
                "2027-01-01T00:00:00Z",
                json!([null]),
                false,
            ),
            ("suspended", "true", json!([true]), true),
            ("metadataKey", "one", json!(["two", "one"]), true),
        ] {
            let filters = parsed(name, value).unwrap();

            assert_eq!(
                filters[0].passes(held.as_array().unwrap()),
                passes,
                "{name}={value} {held}"
            );
        }
    }

    #[test]
    fn an_empty_value_is_no_filter() {
        assert_eq!(parsed("metadata.key[eq]", ""), Ok(Vec::new()));
    }

    #[test]
    fn what_cannot_be_understood_is_refused() {
        for (name, value) in [
            ("key[gt]", "a"),
            ("id[cn]", "a"),
            ("suspended[ne]", "true"),
            ("seats[eq]", "many"),
            ("expiresAt[gt]", "soon"),
            ("colour", "red"),
            ("key[is]", "a"),
        ] {
            assert_eq!(
                parsed(name, value).map_err(|refusal| refusal.status),
                Err(400),
                "{name}"
            );
        }
    }
}
