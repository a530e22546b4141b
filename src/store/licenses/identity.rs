//! Between a license row and the license of the domain.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::domain::license::{Identity, License, Root};
use crate::domain::shop_id::{OrderId, SubscriptionId};
use crate::store::error::StoreError;
use crate::store::licenses::Row;

impl Row {
    /// The license that the row holds.
    pub fn license(&self) -> Result<License, StoreError> {
        Ok(License {
            id: self.id,
            identity: self.identity()?,
            product_path: self.product_path.clone(),
            remote_id: self.remote_id.clone(),
            given: read("licenses.given", &self.given)?,
            shown: self
                .shown
                .as_deref()
                .map(|shown| read("licenses.shown", shown))
                .transpose()?,
            is_adopted: self.is_adopted,
            deleted_at: self.deleted_at,
        })
    }

    /// What makes it itself.
    pub fn identity(&self) -> Result<Identity, StoreError> {
        Ok(Identity {
            root: root_of(&self.root_kind, &self.root)?,
            slot: self.slot.clone(),
            unit: number("licenses.unit", self.unit)?,
            generation: number("licenses.generation", self.generation)?,
        })
    }

    /// Its place among the licenses of its purchases.
    pub(super) fn place(&self) -> (&str, &str, i32, i32) {
        (&self.root, &self.slot, self.unit, self.generation)
    }

    /// Writes an identity into the row.
    pub fn set_identity(&mut self, identity: &Identity) {
        root_kind(&identity.root).clone_into(&mut self.root_kind);
        identity.root.as_str().clone_into(&mut self.root);
        self.slot.clone_from(&identity.slot);
        self.unit = i32::try_from(identity.unit).unwrap_or(i32::MAX);
        self.generation = i32::try_from(identity.generation).unwrap_or(i32::MAX);
    }
}

/// The root of a row, from its two columns.
pub fn root_of(kind: &str, name: &str) -> Result<Root, StoreError> {
    let root = match kind {
        "subscription" => SubscriptionId::new(name).map(Root::Subscription),
        "order" => OrderId::new(name).map(Root::Order),
        "reference" => Some(Root::Reference(name.to_owned())),
        unknown => return Err(StoreError::unknown("kind of root", unknown)),
    };
    root.ok_or_else(|| StoreError::corrupt("root", "it is empty"))
}

/// How a kind of root is spelled in `root_kind`.
pub const fn root_kind(root: &Root) -> &'static str {
    match root {
        Root::Subscription(_) => "subscription",
        Root::Order(_) => "order",
        Root::Reference(_) => "reference",
    }
}

pub(super) fn write(value: &impl Serialize, what: &'static str) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|error| StoreError::corrupt(what, error))
}

fn read<T: DeserializeOwned>(what: &'static str, text: &str) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|error| StoreError::corrupt(what, error))
}

fn number(what: &'static str, value: i32) -> Result<u32, StoreError> {
    u32::try_from(value).map_err(|error| StoreError::corrupt(what, error))
}
