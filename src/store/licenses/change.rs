//! Changes of licenses, and the mark that lets one effect at a time call for one.

use diesel::prelude::*;
use diesel::update;

use crate::domain::id::{CustomerId, EffectId, LicenseId, TenantId};
use crate::domain::license::{License, LicenseState};
use crate::domain::shop_id::{OrderId, SubscriptionId};
use crate::domain::time::Timestamp;
use crate::store::db::Db;
use crate::store::error::StoreError;
use crate::store::kept;
use crate::store::licenses::identity::write;
use crate::store::schema::licenses;
use crate::store::tenants::present;

/// What changed of a license; `None` leaves it as it is, `Some(None)` empties it.
#[derive(Debug, Clone, Default, AsChangeset)]
#[diesel(table_name = licenses)]
pub struct LicenseChange {
    /// The order that brought it.
    pub order_id: Option<OrderId>,
    /// The receipt number of that order.
    pub reference: Option<String>,
    /// The subscription it belongs to.
    pub subscription_id: Option<SubscriptionId>,
    /// Who it is for.
    pub customer_id: Option<CustomerId>,
    /// Keyed hash of the license key.
    pub key_hash: Option<Vec<u8>>,
    /// The license key, sealed.
    pub key_sealed: Option<Vec<u8>>,
    /// The product path it is for.
    pub product_path: Option<String>,
    /// Its id at the license server.
    pub remote_id: Option<Option<String>>,
    /// What we gave, as JSON.
    pub given: Option<String>,
    /// What the license server last showed, as JSON.
    pub shown: Option<Option<String>>,
    /// Whether it was found rather than made.
    pub is_adopted: Option<bool>,
    /// When it was deleted or found gone.
    pub deleted_at: Option<Option<Timestamp>>,
    /// When what it shows was last as it should be.
    pub verified_at: Option<Option<Timestamp>>,
    /// When a change by a person was seen.
    pub changed_by_hand_at: Option<Option<Timestamp>>,
    /// Where it stands; an end that has passed is not written here, but seen from `expires_at`.
    pub state: Option<LicenseState>,
    /// Its end, as last shown.
    pub expires_at: Option<Option<Timestamp>>,
    /// The effect that may be calling the license server for it.
    pub busy_effect_id: Option<Option<EffectId>>,
    /// Since when.
    pub busy_since: Option<Option<Timestamp>>,
    /// Now.
    pub updated_at: Option<Timestamp>,
}

impl LicenseChange {
    /// Everything that the domain knows of the license, as it stands now.
    pub fn of(license: &License, now: Timestamp) -> Result<Self, StoreError> {
        let state = match license.state(now) {
            LicenseState::Expired => LicenseState::Active,
            state => state,
        };
        let shown = license.shown.as_ref();
        Ok(Self {
            product_path: Some(license.product_path.clone()),
            remote_id: Some(license.remote_id.clone()),
            given: Some(write(&license.given, "licenses.given")?),
            shown: Some(
                shown
                    .map(|shown| write(shown, "licenses.shown"))
                    .transpose()?,
            ),
            is_adopted: Some(license.is_adopted),
            deleted_at: Some(license.deleted_at),
            state: Some(state),
            expires_at: Some(shown.and_then(|shown| shown.expires_at)),
            updated_at: Some(now),
            ..Self::default()
        })
    }
}

/// Writes what changed; an error when the license is not there.
pub fn change(
    db: &mut Db,
    tenant: TenantId,
    license: LicenseId,
    change: &LicenseChange,
) -> Result<(), StoreError> {
    match kept::execute(
        db,
        update(licenses::table.find((tenant, license))).set(change),
    ) {
        Ok(changed) => present(changed),
        // A change of nothing is no statement.
        Err(diesel::result::Error::QueryBuilderError(_)) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// Writes what was seen of a license at rest; false when an effect may be calling for it, or it was changed since then.
///
/// Who asked the license server without a mark may hold an answer that is older than what is stored by now.
pub fn change_at_rest(
    db: &mut Db,
    tenant: TenantId,
    license: LicenseId,
    change: &LicenseChange,
    since: Timestamp,
) -> Result<bool, StoreError> {
    let changed = kept::execute(
        db,
        update(licenses::table.find((tenant, license)))
            .filter(licenses::updated_at.eq(since))
            .filter(licenses::busy_effect_id.is_null())
            .set(change),
    )?;
    Ok(changed == 1)
}

/// Notes whom a license is for that was put on record before that was known; one that is somebody's stays theirs.
///
/// Nothing else is said of the license by it, so that whoever works on it goes on.
pub fn name_customer(
    db: &mut Db,
    tenant: TenantId,
    license: LicenseId,
    customer: CustomerId,
) -> Result<(), StoreError> {
    kept::execute(
        db,
        update(licenses::table.find((tenant, license)))
            .filter(licenses::customer_id.is_null())
            .set(licenses::customer_id.eq(customer)),
    )?;
    Ok(())
}

/// Writes what changed of a license that an effect marked then; false when it was marked by another, or once more, since.
pub fn change_marked(
    db: &mut Db,
    tenant: TenantId,
    license: LicenseId,
    change: &LicenseChange,
    (effect, since): (EffectId, Timestamp),
) -> Result<bool, StoreError> {
    let changed = kept::execute(
        db,
        update(licenses::table.find((tenant, license)))
            .filter(licenses::busy_effect_id.eq(effect))
            .filter(licenses::busy_since.eq(since))
            .set(change),
    )?;
    Ok(changed == 1)
}

/// Marks the license as busy with an effect; false when it is busy with another, or was changed since it was `seen`.
///
/// The same effect may mark it again.
pub fn mark_busy(
    db: &mut Db,
    tenant: TenantId,
    license: LicenseId,
    effect: EffectId,
    (seen, now): (Timestamp, Timestamp),
) -> Result<bool, StoreError> {
    let changed = kept::execute(
        db,
        update(licenses::table.find((tenant, license)))
            .filter(licenses::updated_at.eq(seen))
            .filter(
                licenses::busy_effect_id
                    .is_null()
                    .or(licenses::busy_effect_id.eq(effect).assume_not_null()),
            )
            .set((
                licenses::busy_effect_id.eq(effect),
                licenses::busy_since.eq(now),
            )),
    )?;
    Ok(changed == 1)
}

/// Takes the mark away; silent when it is busy with another effect by now.
pub fn clear_busy(
    db: &mut Db,
    tenant: TenantId,
    license: LicenseId,
    effect: EffectId,
) -> Result<(), StoreError> {
    kept::execute(
        db,
        update(licenses::table.find((tenant, license)))
            .filter(licenses::busy_effect_id.eq(effect))
            .set((
                licenses::busy_effect_id.eq(None::<EffectId>),
                licenses::busy_since.eq(None::<Timestamp>),
            )),
    )?;
    Ok(())
}
