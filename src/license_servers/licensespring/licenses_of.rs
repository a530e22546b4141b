//! Licenses by what they have. The server takes a filter that it does not know, or an empty one, for none: none goes
//! out empty, and what comes back is compared.

use secrecy::{ExposeSecret, SecretString};

use crate::license_servers::READ_MANY_LIMIT;
use crate::license_servers::http::failure;
use crate::license_servers::http::fields::{Fields, FromFields, UnreadableField};
use crate::license_servers::http::operation::Operation;
use crate::license_servers::http::paging::List;
use crate::license_servers::licensespring::dialect::get;
use crate::license_servers::licensespring::license::SpringLicense;
use crate::license_servers::reply::Failure;

/// What the wanted licenses have.
pub enum LicensesOf<'a> {
    /// One of these ids, 1 to [`READ_MANY_LIMIT`] of them, which one page holds.
    Ids(&'a [String]),
    /// This key, whatever the case of its letters. All licenses of a bundle may have it.
    Key(&'a SecretString),
    /// An order of this number.
    OrderNumber(&'a str),
    /// This subscription.
    Subscription(&'a str),
}

/// Licenses that were found.
#[derive(Clone)]
pub struct FoundLicenses {
    /// Those that can be read.
    pub licenses: Vec<SpringLicense>,
    /// The ids of those that are there, or may be there, and cannot be read.
    pub unreadable: Vec<String>,
    /// Whether no page follows.
    pub is_last: bool,
}

impl LicensesOf<'_> {
    /// The request for one page of them.
    pub fn operation(&self, page: u32) -> Operation {
        let operation = get(&["licenses"]);
        match self {
            Self::Ids(ids) => {
                let is_too_many = ids.len() > READ_MANY_LIMIT;
                let too_many = is_too_many
                    .then(|| format!("at most {READ_MANY_LIMIT} licenses are read at once"));
                operation.ids("id__in", ids).refuse(too_many)
            }
            Self::Key(key) => operation.private_filter("license_key", key.expose_secret()),
            Self::OrderNumber(number) => operation.filter(ORDER_NUMBER, number),
            Self::Subscription(id) => operation.filter(SUBSCRIPTION, id),
        }
        // The newest would come first, and each new license would push others to the next page.
        .parameter("order_by", "created_at")
        .page(page)
    }

    /// Those of a page that are wanted.
    pub fn found(&self, list: &List) -> Result<FoundLicenses, Failure> {
        let (licenses, unreadable) = match self {
            Self::Ids(ids) => list.read_of_ids(ids, |license: &SpringLicense| &license.license.id),
            _ => self.matching(list)?,
        };
        Ok(FoundLicenses {
            licenses,
            unreadable,
            is_last: list.is_last(),
        })
    }

    /// One that may be wanted and cannot be read is named; the list is of no use where that one is nameless.
    fn matching(&self, list: &List) -> Result<(Vec<SpringLicense>, Vec<String>), Failure> {
        let (mut licenses, mut unreadable) = (Vec::new(), Vec::new());
        for fields in list.objects() {
            let read = match self.is_wanted(&fields) {
                Ok(true) => SpringLicense::read(&fields),
                Ok(false) => continue,
                Err(field) => Err(field),
            };
            match (read, fields.text("id")) {
                (Ok(license), _) => licenses.push(license),
                (Err(_), Ok(id)) => unreadable.push(id),
                (Err(field), Err(_)) => return Err(failure::not_understood(field, false)),
            }
        }
        Ok((licenses, unreadable))
    }

    /// Whether a license has what is wanted; an error where that cannot be told.
    fn is_wanted(&self, fields: &Fields<'_>) -> Result<bool, UnreadableField> {
        let (name, wanted) = match self {
            Self::Ids(_) => return Ok(true),
            Self::Key(key) => {
                let found = fields.optional_text("license_key")?;
                return Ok(
                    found.is_some_and(|found| found.eq_ignore_ascii_case(key.expose_secret()))
                );
            }
            Self::OrderNumber(number) => (ORDER_NUMBER_SHOWN, *number),
            Self::Subscription(id) => (SUBSCRIPTION, *id),
        };
        match fields.optional_text(name)? {
            Some(found) => Ok(found == wanted),
            // A server that does not show it may have filtered by it all the same.
            None if !fields.has(name) => Err(UnreadableField(name)),
            None => Ok(false),
        }
    }
}

const ORDER_NUMBER: &str = "order__store_id";
const ORDER_NUMBER_SHOWN: &str = "order_store_id";
const SUBSCRIPTION: &str = "subscription_id";

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn listed(id: u64, more: &Value) -> Value {
        let mut body = json!({"id": id, "license_key": "AAAA-BBBB", "enabled": true,
            "order_store_id": "ORDER-1", "subscription_id": null});
        body.as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        body
    }

    fn ids(found: &FoundLicenses) -> Vec<&str> {
        found
            .licenses
            .iter()
            .map(|license| license.license.id.as_str())
            .collect()
    }

    #[test]
    fn each_filter_has_its_name_and_none_goes_out_empty() {
        let key = SecretString::from("AAAA-BBBB");
        let two = ["1733049840239917".to_owned(), "1733049840239918".to_owned()];
        let many = vec!["1".to_owned(); READ_MANY_LIMIT + 1];
        for (wanted, shown) in [
            (
                LicensesOf::Ids(&two),
                "id__in=1733049840239917%2C1733049840239918",
            ),
            (LicensesOf::Key(&key), "license_key=***"),
            (
                LicensesOf::OrderNumber("A B/1"),
                "order__store_id=A%20B%2F1",
            ),
            (LicensesOf::Subscription("sub"), "subscription_id=sub"),
        ] {
            let operation = wanted.operation(2);

            let target =
                format!("/api/v1/licenses/?{shown}&order_by=created_at&limit=100&offset=100");
            assert_eq!(operation.shown_target, target);
            assert_eq!(operation.refusal, None);
        }
        assert!(
            LicensesOf::Key(&key)
                .operation(1)
                .target
                .contains("=AAAA-BBBB&")
        );
        let empty = SecretString::from(" ");
        for wanted in [
            LicensesOf::Ids(&[]),
            LicensesOf::Ids(&many),
            LicensesOf::Key(&empty),
            LicensesOf::OrderNumber(""),
            LicensesOf::Subscription("\t"),
        ] {
            assert!(wanted.operation(1).refusal.is_some());
        }
    }

    #[test]
    fn what_was_not_asked_for_is_not_believed() {
        let list = List::of(&[
            listed(1, &json!({})),
            listed(
                2,
                &json!({"order_store_id": "ORDER-2", "subscription_id": "sub"}),
            ),
            listed(3, &json!({"license_key": "CCCC-DDDD"})),
            listed(
                4,
                &json!({"license_key": null, "subscription_id": "sub", "order_store_id": null}),
            ),
        ]);
        let key = SecretString::from("aaaa-bbbb");
        let wanted_ids = ["3".to_owned(), "9".to_owned()];
        for (wanted, expected) in [
            (LicensesOf::Ids(&wanted_ids), vec!["3"]),
            (LicensesOf::Key(&key), vec!["1", "2"]),
            (LicensesOf::OrderNumber("ORDER-1"), vec!["1", "3"]),
            (LicensesOf::Subscription("sub"), vec!["2", "4"]),
        ] {
            let found = wanted.found(&list).ok().unwrap();

            assert_eq!(ids(&found), expected);
            assert!(found.unreadable.is_empty() && found.is_last);
        }
    }

    #[test]
    fn what_may_be_wanted_and_cannot_be_read_is_named() {
        let list = List::of(&[
            listed(1, &json!({"enabled": "perhaps"})),
            listed(
                2,
                &json!({"enabled": "perhaps", "order_store_id": "ORDER-2"}),
            ),
            listed(3, &json!({"order_store_id": ["odd"]})),
            json!({"id": 4, "enabled": true}),
            listed(5, &json!({})),
        ]);

        let found = LicensesOf::OrderNumber("ORDER-1")
            .found(&list)
            .ok()
            .unwrap();

        assert_eq!(ids(&found), ["5"]);
        assert_eq!(found.unreadable, ["1", "3", "4"]);
        let nameless = List::of(&[json!({"order_store_id": "ORDER-1", "enabled": true})]);
        assert!(LicensesOf::OrderNumber("ORDER-1").found(&nameless).is_err());
    }
}
