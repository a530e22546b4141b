//! Reads the keys of a line, and records that they were delivered.

use std::collections::BTreeMap;

use secrecy::SecretString;

use crate::domain::time::Timestamp;
use crate::pipeline::keys::request::VerifiedRequest;
use crate::store::key_requests::{self, Row};
use crate::store::{Db, StoreError, licenses};
use crate::vault::Field;

/// The keys of a line in order of its units, of each unit the newest license; none when any of them is not on record.
pub fn deliver_keys(
    db: &mut Db,
    request: &VerifiedRequest,
    row: &Row,
    now: Timestamp,
) -> Result<Vec<SecretString>, StoreError> {
    let tenant = request.tenant;
    key_requests::lock(db, request.storefront, &row.names())?;
    // Its order may have come meanwhile, and moved it.
    let row = key_requests::get(db, tenant, row.id)?;
    let root = row.root()?;
    let quantity = i32::try_from(request.form.quantity).unwrap_or(i32::MAX);
    let mut newest = BTreeMap::new();
    for license in licenses::list_of_roots(db, tenant, request.storefront, &[root])? {
        if license.slot == row.slot && license.unit <= quantity {
            newest.insert(license.unit, license);
        }
    }
    let units = request.units.as_ref().copied().unwrap_or(1);
    if newest.len() < usize::try_from(units).unwrap_or(usize::MAX) {
        return Ok(Vec::new());
    }
    let mut keys = Vec::new();
    for license in newest.into_values() {
        let sealed = license
            .key_sealed
            .ok_or_else(|| StoreError::corrupt("licenses.key", "a license without a key"))?;
        let key = request
            .keys
            .open(Field::LicenseKey(license.id).place(), &sealed)
            .map_err(|error| StoreError::corrupt("licenses.key", error))?;
        keys.push(SecretString::from(
            String::from_utf8_lossy(&key).into_owned(),
        ));
    }
    key_requests::answered(db, tenant, row.id, now)?;
    Ok(keys)
}
