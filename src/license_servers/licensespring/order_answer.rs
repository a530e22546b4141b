//! What is answered of an order.

use crate::domain::time::Timestamp;
use crate::license_servers::http::fields::{Fields, FromFields, UnreadableField};
use crate::license_servers::licensespring::license::{SpringLicense, product_code};
use crate::license_servers::licensespring::value::{day, id, optional_id};

/// An order as LicenseSpring lists it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemoteOrder {
    /// The server's own id.
    pub id: String,
    /// The number that whoever sent it gave to it.
    pub number: Option<String>,
    /// Whether it is a test's.
    pub is_test: bool,
    /// When it was made.
    pub created_at: Option<Timestamp>,
}

/// An order that was just made or appended to.
#[derive(Clone)]
pub struct OrderAnswer {
    /// The server's own id of the order, if it was told.
    pub order_id: Option<String>,
    /// The licenses that it lists: those that were asked for, and in an order that was appended to maybe others.
    ///
    /// Of a bundle, those of the bundle and of its members alike; each tells its product.
    pub licenses: Vec<SpringLicense>,
    /// The ids of licenses that it lists and that cannot be read.
    pub unreadable: Vec<String>,
}

impl FromFields for RemoteOrder {
    fn read(fields: &Fields<'_>) -> Result<Self, UnreadableField> {
        Ok(Self {
            id: id(fields, "id")?,
            number: number(fields)?,
            is_test: fields.optional_flag("is_test").unwrap_or_default() == Some(true),
            created_at: day(fields, "created_at").unwrap_or_default(),
        })
    }
}

/// The number of an order, under whichever of its names; one that shows neither may have any.
pub fn number(fields: &Fields<'_>) -> Result<Option<String>, UnreadableField> {
    const NAMES: [&str; 2] = ["store_id", "client_order_id"];
    let name = NAMES.into_iter().find(|name| fields.has(name));
    fields.optional_text(name.ok_or(UnreadableField("store_id"))?)
}

impl FromFields for OrderAnswer {
    fn read(fields: &Fields<'_>) -> Result<Self, UnreadableField> {
        const ITEMS: &str = "order_items";
        if fields.get(ITEMS).is_none() {
            return Err(UnreadableField(ITEMS));
        }
        let mut answer = Self {
            order_id: optional_id(fields, "id").unwrap_or_default(),
            licenses: Vec::new(),
            unreadable: Vec::new(),
        };
        for item in fields.objects::<ListedItem>(ITEMS)? {
            answer.licenses.extend(item.licenses);
            answer.unreadable.extend(item.unreadable);
        }
        Ok(answer)
    }
}

impl OrderAnswer {
    /// The licenses of a bundle's order by unit, the bundle's own first.
    ///
    /// What a bundle's order answers is not documented. Licenses of a unit share its key; where there are no keys,
    /// those of members are taken to follow the bundle's own.
    pub fn bundle_units(&self, bundle_code: &str) -> Vec<Vec<&SpringLicense>> {
        let is_own = |license: &SpringLicense| license.license.product_id == bundle_code;
        let mut units: Vec<Vec<&SpringLicense>> = Vec::new();
        for license in &self.licenses {
            let has_key = |other: &&SpringLicense| other.key() == license.key();
            let may_join = |unit: &&mut Vec<&SpringLicense>| {
                let has_own = unit.iter().any(|other| is_own(other));
                unit.iter().any(has_key) && !(has_own && is_own(license))
            };
            match units.iter_mut().rev().find(may_join) {
                Some(unit) if is_own(license) => unit.insert(0, license),
                Some(unit) => unit.push(license),
                None => units.push(vec![license]),
            }
        }
        units
    }
}

/// An item of an order with its licenses.
struct ListedItem {
    licenses: Vec<SpringLicense>,
    unreadable: Vec<String>,
}

impl FromFields for ListedItem {
    fn read(fields: &Fields<'_>) -> Result<Self, UnreadableField> {
        let product = product_code(fields);
        let (mut licenses, mut unreadable) = (Vec::new(), Vec::new());
        for listed in fields.objects::<Listed>("licenses")? {
            match listed {
                Listed::License(mut license) => {
                    if license.license.product_id.is_empty() {
                        license.license.product_id.clone_from(&product);
                    }
                    licenses.push(*license);
                }
                Listed::Unreadable(id) => unreadable.push(id),
            }
        }
        Ok(Self {
            licenses,
            unreadable,
        })
    }
}

/// A license of a list, or its id at least.
enum Listed {
    License(Box<SpringLicense>),
    Unreadable(String),
}

impl FromFields for Listed {
    fn read(fields: &Fields<'_>) -> Result<Self, UnreadableField> {
        match SpringLicense::read(fields) {
            Ok(license) => Ok(Self::License(Box::new(license))),
            Err(field) => id(fields, "id")
                .map(Self::Unreadable)
                .map_err(|_nameless| field),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn read(body: &Value) -> Result<OrderAnswer, UnreadableField> {
        OrderAnswer::read(&Fields::of(body).unwrap())
    }

    #[test]
    fn the_licenses_of_all_items_are_read_and_tell_their_product() {
        let body = json!({
            "id": 1_733_049_840_239_000_u64,
            "order_items": [
                {"product": {"short_code": "studio"}, "licenses": [
                    {"id": 1_733_049_840_239_001_u64, "license_key": "A", "enabled": true,
                     "validity_period": "2027-01-31T00:00:00Z"},
                    {"id": 1_733_049_840_239_002_u64, "license_key": "B", "enabled": "perhaps"},
                ]},
                {"licenses": [
                    {"id": 1_733_049_840_239_003_u64, "license_key": "C", "enabled": true,
                     "product": {"short_code": "paint"}},
                ]},
            ],
        });

        let answer = read(&body).ok().unwrap();

        let licenses: Vec<_> = answer
            .licenses
            .iter()
            .map(|license| {
                (
                    license.license.id.as_str(),
                    license.license.product_id.as_str(),
                )
            })
            .collect();
        assert_eq!(answer.order_id.as_deref(), Some("1733049840239000"));
        assert_eq!(
            licenses,
            [
                ("1733049840239001", "studio"),
                ("1733049840239003", "paint")
            ]
        );
        assert_eq!(answer.unreadable, ["1733049840239002"]);
    }

    fn listed(id: u64, product: &str, key: Option<&str>) -> Value {
        json!({"id": id, "license_key": key, "enabled": true, "product": {"short_code": product}})
    }

    #[test]
    fn the_licenses_of_a_bundle_are_told_apart_by_unit() {
        for (licenses, expected) in [
            (
                vec![
                    listed(1, "suite", Some("A")),
                    listed(2, "paint", Some("A")),
                    listed(3, "suite", Some("B")),
                    listed(4, "paint", Some("B")),
                    listed(5, "write", Some("A")),
                ],
                vec![vec!["1", "2", "5"], vec!["3", "4"]],
            ),
            (
                vec![listed(2, "paint", Some("A")), listed(1, "suite", Some("A"))],
                vec![vec!["1", "2"]],
            ),
            (
                vec![
                    listed(1, "suite", None),
                    listed(2, "paint", None),
                    listed(3, "suite", None),
                    listed(4, "paint", None),
                ],
                vec![vec!["1", "2"], vec!["3", "4"]],
            ),
            (
                vec![listed(2, "paint", Some("A")), listed(4, "paint", Some("B"))],
                vec![vec!["2"], vec!["4"]],
            ),
        ] {
            let answer = read(&json!({"order_items": [{"licenses": licenses}]}))
                .ok()
                .unwrap();

            let units = answer.bundle_units("suite");
            let ids = |unit: &Vec<&SpringLicense>| -> Vec<String> {
                unit.iter()
                    .map(|license| license.license.id.clone())
                    .collect()
            };
            assert_eq!(units.iter().map(ids).collect::<Vec<_>>(), expected);
        }
    }

    #[test]
    fn an_answer_without_its_licenses_is_unreadable() {
        for (body, field) in [
            (json!({"id": 1}), "order_items"),
            (json!({"order_items": null}), "order_items"),
            (json!({"order_items": [{"licenses": "two"}]}), "order_items"),
            (
                json!({"order_items": [{"licenses": [{"license_key": "A"}]}]}),
                "order_items",
            ),
        ] {
            assert_eq!(read(&body).err(), Some(UnreadableField(field)), "{body}");
        }
    }

    #[test]
    fn an_order_of_a_list_tells_its_number() {
        for (body, number) in [
            (json!({"id": 1, "store_id": "ORDER-1"}), Some("ORDER-1")),
            (json!({"id": 1, "client_order_id": 17}), Some("17")),
            (json!({"id": 1, "store_id": null}), None),
        ] {
            let order = RemoteOrder::read(&Fields::of(&body).unwrap()).unwrap();

            assert_eq!((order.id.as_str(), order.number.as_deref()), ("1", number));
        }
        let silent = json!({"id": 1});
        let order = RemoteOrder::read(&Fields::of(&silent).unwrap());
        assert_eq!(order, Err(UnreadableField("store_id")));
    }
}
