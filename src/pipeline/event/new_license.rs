//! The row of a license that is to be issued, with its key.

use crate::domain::id::{EffectId, LicenseId};
use crate::domain::license::{Given, Identity, License};
use crate::pipeline::clock::id_at;
use crate::pipeline::event::context::EventContext;
use crate::pipeline::event::license_row::{LicenseOrigin, license_row};
use crate::pipeline::event::state::{LoadedLicense, ProcessingState};
use crate::store::{Db, StoreError, licenses};
use crate::vault::KeyMask;

/// A license that has no row yet.
pub struct NewLicense<'a> {
    /// What makes it itself.
    pub identity: &'a Identity,
    /// The product path it was bought as.
    pub product_path: &'a str,
    /// Where it comes from.
    pub origin: LicenseOrigin,
    /// The effect that issues it, which marks it busy from the first.
    pub maker: Option<EffectId>,
}

/// Creates the row of a license, so that key and identity are on disk before anything is sent.
///
/// A key that another storefront has derived is never shared: then it is `false`, and there is no row.
pub fn create_license(
    db: &mut Db,
    context: &EventContext,
    state: &mut ProcessingState,
    new: NewLicense<'_>,
) -> Result<bool, StoreError> {
    let opened = &context.opened;
    let mask = opened
        .rules
        .mappings
        .get(new.product_path)
        .and_then(|mapping| mapping.key_mask.as_deref())
        .and_then(|mask| mask.parse::<KeyMask>().ok())
        .unwrap_or_default();
    let id = LicenseId::from_uuid(id_at(context.now));
    let key = opened.keys.license_key(new.identity, &mask);
    let license = License {
        id,
        identity: new.identity.clone(),
        product_path: new.product_path.to_owned(),
        remote_id: None,
        given: Given::default(),
        shown: None,
        is_adopted: false,
        deleted_at: None,
    };
    let busy = new.maker.map(|effect| (effect, context.now));
    let row = licenses::Row {
        busy_effect_id: new.maker,
        busy_since: new.maker.map(|_| context.now),
        ..license_row(
            &opened.home(),
            &license,
            Some(&key),
            new.origin,
            context.now,
        )?
    };
    let key_sealed = row.key_sealed.clone();
    let is_created = licenses::create(db, &[row])?.contains(&id);
    if is_created {
        state.licenses.push(LoadedLicense {
            license,
            updated_at: context.now,
            busy,
            key_sealed,
        });
    }
    Ok(is_created)
}
