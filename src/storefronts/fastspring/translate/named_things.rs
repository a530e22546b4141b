//! How many things a message names: each is looked at beside all others, so that there must be an end to them.

use crate::domain::portion::MOST_NAMED;
use crate::storefronts::TranslateError;
use crate::storefronts::fastspring::payload::{Object, Value};

/// Lists whose members are things of a purchase or people.
const LISTS: [&str; 4] = ["items", "subscriptions", "addons", "recipients"];
/// Objects that may hold such lists, too.
const HOLDERS: [&str; 3] = ["order", "original", "subscription"];

/// The add-ons of the subscription of a line of a charge's order.
const DEEPEST: u8 = 3;

/// Refuses a message that names more things than can be worked at once.
pub fn check(data: &Object<'_>) -> Result<(), TranslateError> {
    let mut named = 0;
    count(data, DEEPEST, &mut named);
    match named > MOST_NAMED {
        true => Err(TranslateError::TooMany { named }),
        false => Ok(()),
    }
}

/// Looks into members only as long as they are few, and no deeper than a purchase is.
fn count(object: &Object<'_>, depth: u8, named: &mut usize) {
    let members: Vec<Value<'_>> = LISTS.iter().flat_map(|list| object.list(list)).collect();
    *named += members.len();
    let held = HOLDERS.iter().filter_map(|holder| object.object(holder));
    let listed = members.into_iter().filter_map(Value::object);
    for inner in held.chain(listed) {
        if *named > MOST_NAMED || depth == 0 {
            return;
        }
        count(&inner, depth - 1, named);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_message_names_is_counted_wherever_it_stands() {
        let many = |count: usize| vec!["{}"; count].join(",");
        for (data, expected) in [
            (
                r#"{"items":[{},{"subscription":{"addons":[{},{}]}}]}"#.to_owned(),
                Ok(()),
            ),
            (format!(r#"{{"items":[{}]}}"#, many(MOST_NAMED)), Ok(())),
            (
                format!(r#"{{"items":[{}]}}"#, many(MOST_NAMED + 1)),
                Err(MOST_NAMED + 1),
            ),
            (
                format!(
                    r#"{{"order":{{"items":[{{"subscription":{{"addons":[{}]}}}}]}}}}"#,
                    many(300)
                ),
                Err(301),
            ),
            (
                format!(
                    r#"{{"subscriptions":[{{"addons":[{}]}},{{"addons":[{}]}}]}}"#,
                    many(200),
                    many(200)
                ),
                Err(402),
            ),
        ] {
            let data = Object::parse(&data).unwrap();

            let counted = check(&data);

            let expected = expected.map_err(|named| TranslateError::TooMany { named });
            assert_eq!(counted, expected);
        }
    }

    #[test]
    fn depth_does_no_harm() {
        let deep = format!("{}1{}", r#"{"order":"#.repeat(10_000), "}".repeat(10_000));
        let data = Object::parse(&deep).unwrap_or_default();

        assert_eq!(check(&data), Ok(()));
    }
}
