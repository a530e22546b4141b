//! What can be chosen from when products are mapped. Codes are the ids, save of fields, which are known by their names.

use crate::license_servers::http::fields::{Fields, FromFields, UnreadableField};
use crate::license_servers::licensespring::license::product_code;
use crate::license_servers::licensespring::value::{id, optional_id};
use crate::license_servers::remote::CatalogItem;

/// A product, which may be a bundle of others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpringProduct {
    /// By its short code.
    pub item: CatalogItem,
    /// The server's own id, by which its policies, features, fields and members are asked for.
    pub remote_id: String,
    /// Whether people log in instead of entering a key.
    pub is_for_users: bool,
    /// Whether it is a bundle.
    pub is_bundle: bool,
}

/// A license policy: what licenses are made of where nothing else is said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LicensePolicy {
    /// By its code.
    pub item: CatalogItem,
    /// The product that it is for.
    pub product: OfProduct,
    /// Whether it is the product's own, for licenses that name none.
    pub is_default: bool,
    /// The type of its licenses, in the server's own words.
    pub license_type: Option<String>,
    /// Machines that may be activated; 0 = unlimited.
    pub max_activations: Option<i64>,
    /// People who may use a license; 0 = unlimited.
    pub max_license_users: Option<i64>,
    /// Machines that each of them may activate.
    pub user_max_activations: Option<i64>,
    /// How many may use a license at once; `None` = it does not float.
    pub floating_users: Option<i64>,
    /// How long a license lasts, as the server writes it.
    pub valid_duration: Option<String>,
}

/// A feature, or a field, of a product.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProductPart {
    /// By its code, or by its name where it is a field.
    pub item: CatalogItem,
    /// The product that it is of.
    pub product: OfProduct,
}

/// The product of something, as far as the server tells; by id, by code, or by both.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OfProduct {
    /// The server's own id.
    pub remote_id: Option<String>,
    /// The short code; may be empty.
    pub code: String,
}

impl OfProduct {
    /// Whether it is that product, or may be.
    pub fn may_be(&self, product: &SpringProduct) -> bool {
        match &self.remote_id {
            Some(id) => *id == product.remote_id,
            None => self.code.is_empty() || self.code == product.item.id,
        }
    }

    fn read(fields: &Fields<'_>) -> Self {
        Self {
            remote_id: optional_id(fields, "product").unwrap_or_default(),
            code: product_code(fields),
        }
    }
}

impl FromFields for SpringProduct {
    fn read(fields: &Fields<'_>) -> Result<Self, UnreadableField> {
        // Members of a bundle may be listed with the product inside.
        if let Some(product) = fields.inner("product") {
            return Self::read(&product);
        }
        let code = fields.text("short_code")?;
        let name = first(fields, ["product_name", "name"]);
        Ok(Self {
            item: item(code, name),
            remote_id: id(fields, "id")?,
            is_for_users: fields.shown("authorization_method") == "user",
            is_bundle: fields.optional_flag("is_bundle")?.unwrap_or(false),
        })
    }
}

impl FromFields for LicensePolicy {
    fn read(fields: &Fields<'_>) -> Result<Self, UnreadableField> {
        let flag = |name| fields.optional_flag(name).map(Option::unwrap_or_default);
        let count = |name| fields.integer(name).unwrap_or_default();
        let is_floating = flag("is_floating_cloud")?;
        let is_unlimited = flag("allow_unlimited_activations")?;
        Ok(Self {
            item: item(fields.text("code")?, fields.shown("name")),
            product: OfProduct::read(fields),
            is_default: flag("is_default")?,
            license_type: Some(first(fields, ["default_license_type", "license_type"]))
                .filter(|text| !text.is_empty()),
            max_activations: match is_unlimited {
                true => Some(0),
                false => count("max_activations"),
            },
            max_license_users: count("max_license_users"),
            user_max_activations: count("user_max_activations"),
            floating_users: count("floating_users").filter(|_| is_floating),
            valid_duration: fields.optional_text("valid_duration").unwrap_or_default(),
        })
    }
}

impl FromFields for ProductPart {
    fn read(fields: &Fields<'_>) -> Result<Self, UnreadableField> {
        let name = fields.shown("name");
        // Fields have no code.
        let id = match fields.optional_text("code")? {
            Some(code) => code,
            None => fields.text("name")?,
        };
        Ok(Self {
            item: item(id, name),
            product: OfProduct::read(fields),
        })
    }
}

/// Whether the server mails keys is no matter of its products.
fn item(code: String, name: String) -> CatalogItem {
    CatalogItem {
        display_name: if name.is_empty() { code.clone() } else { name },
        name: code.clone(),
        id: code,
        is_key_mailed: None,
    }
}

fn first(fields: &Fields<'_>, names: [&'static str; 2]) -> String {
    let mut names = names.into_iter().map(|name| fields.shown(name));
    names.find(|name| !name.is_empty()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn read<T: FromFields>(body: &Value) -> T {
        T::read(&Fields::of(body).unwrap()).ok().unwrap()
    }

    #[test]
    fn a_product_tells_whom_it_is_for_and_whether_it_is_a_bundle() {
        for (body, is_for_users, is_bundle) in [
            (json!({"authorization_method": "license-key"}), false, false),
            (
                json!({"authorization_method": "user", "is_bundle": false}),
                true,
                false,
            ),
            (json!({"is_bundle": true}), false, true),
        ] {
            let mut full = json!({"id": 1_733_049_840_239_917_u64, "short_code": "studio", "product_name": "Studio"});
            full.as_object_mut()
                .unwrap()
                .extend(body.as_object().unwrap().clone());

            let product: SpringProduct = read(&full);
            let member: SpringProduct = read(&json!({"id": 5, "product": full}));

            assert_eq!(
                (product.item.id.as_str(), product.item.display_name.as_str()),
                ("studio", "Studio")
            );
            assert_eq!(product.remote_id, "1733049840239917");
            assert_eq!(
                (product.is_for_users, product.is_bundle),
                (is_for_users, is_bundle),
                "{body}"
            );
            assert_eq!(member, product);
        }
    }

    #[test]
    fn a_policy_tells_its_product_and_its_counts() {
        let policy: LicensePolicy = read(&json!({
            "id": 5, "code": "yearly", "name": "Yearly", "product": 17, "is_default": true,
            "default_license_type": "subscription", "max_activations": 3, "is_floating_cloud": true,
            "floating_users": 2, "max_license_users": 0, "valid_duration": "1y",
        }));
        let unlimited: LicensePolicy =
            read(&json!({"code": "x", "allow_unlimited_activations": true, "floating_users": 2}));

        assert_eq!(
            (policy.item.id.as_str(), policy.is_default),
            ("yearly", true)
        );
        assert_eq!(
            (policy.max_activations, policy.floating_users),
            (Some(3), Some(2))
        );
        assert_eq!(
            (unlimited.max_activations, unlimited.floating_users),
            (Some(0), None)
        );
    }

    #[test]
    fn whose_something_is_may_be_told_by_id_or_code_or_not_at_all() {
        let studio: SpringProduct = read(&json!({"id": 17, "short_code": "studio"}));
        for (body, may_be) in [
            (json!({"product": 17}), true),
            (json!({"product": 18}), false),
            (json!({"product": {"id": 17, "short_code": "studio"}}), true),
            (json!({"product": {"id": 18, "short_code": "paint"}}), false),
            (json!({"product_code": "studio"}), true),
            (json!({"product_code": "paint"}), false),
            (json!({}), true),
        ] {
            let mut full = json!({"name": "Color"});
            full.as_object_mut()
                .unwrap()
                .extend(body.as_object().unwrap().clone());

            let part: ProductPart = read(&full);

            assert_eq!(part.item.id, "Color");
            assert_eq!(part.product.may_be(&studio), may_be, "{body}");
        }
    }
}
