//! One verified request for keys: whose it is, for which product, and what that product gives.

use std::collections::BTreeMap;
use std::sync::Arc;

use zeroize::Zeroizing;

use crate::domain::attribute::Vocabulary;
use crate::domain::compare::units;
use crate::domain::id::{LicenseServerId, StorefrontId, TenantId};
use crate::domain::kind::LicenseServerKind;
use crate::domain::portion::MostLicenses;
use crate::domain::reason::{Reason, ReasonCode};
use crate::domain::refusal::Refusal;
use crate::domain::rules::{Mode, Product, Rules, SINGLE_LICENSE};
use crate::domain::search_text;
use crate::domain::time::Timestamp;
use crate::license_servers::reply::Exchange;
use crate::pipeline::event::store_settings;
use crate::pipeline::ingest::receive::Hook;
use crate::pipeline::keys::answer::KeyAnswer;
use crate::store::storefronts::Storefront;
use crate::store::{Db, StoreError, license_servers, mappings, storefronts, tenants};
use crate::storefronts::key_request::{KeyRequest, KeyRequestError};
use crate::storefronts::{self as kinds, SignatureError};
use crate::vault::{Field, TenantKeys, VaultError};

/// A request that was signed with the right key. Cheap to clone.
#[derive(Clone)]
pub struct VerifiedRequest {
    /// Whose hook it was sent to.
    pub tenant: TenantId,
    /// The store at the shop.
    pub storefront: StorefrontId,
    /// What the store does with what arrives.
    pub mode: Mode,
    pub keys: Arc<TenantKeys>,
    /// What the form said.
    pub form: Arc<KeyRequest>,
    /// The product that keys are wanted for.
    pub product_path: String,
    /// What the form said of that product.
    pub parameters: BTreeMap<String, String>,
    /// How many licenses that makes, or why none.
    pub units: Result<u32, Reason>,
    /// The account that they live in.
    pub server: LicenseServerId,
    /// Its kind.
    pub kind: LicenseServerKind,
    /// What the shop was asked about the product, as long as that is not on record.
    pub asked: Option<Arc<ShopCall>>,
}

impl VerifiedRequest {
    /// Whether only the shop can say what the product gives, and the store is live.
    pub fn needs_shop_lookup(&self) -> bool {
        let is_unmapped = |reason: &Reason| reason.code == ReasonCode::ProductNotMapped;
        self.mode == Mode::Live && self.units.as_ref().is_err_and(is_unmapped)
    }
}

/// What one read of the database brings.
pub struct Loaded {
    storefront: Storefront,
    license_server_kind: LicenseServerKind,
    is_suspended: bool,
    mappings: Vec<mappings::Mapping>,
    seen: Vec<mappings::ProductSeen>,
}

/// Reads what decides on a request; `None` when the store was removed meanwhile.
pub fn load(
    db: &mut Db,
    tenant: TenantId,
    storefront: StorefrontId,
) -> Result<Option<Loaded>, StoreError> {
    let Some(found) = storefronts::find(db, tenant, storefront)? else {
        return Ok(None);
    };
    Ok(Some(Loaded {
        license_server_kind: license_servers::kind(db, tenant, found.license_server_id)?,
        storefront: found,
        is_suspended: tenants::get(db, tenant)?.suspended_at.is_some(),
        mappings: mappings::list(db, tenant, storefront)?,
        seen: mappings::list_seen(db, tenant, storefront)?,
    }))
}

/// Reads and checks a form; the product of the URL goes before those that the form names.
pub fn verify_request(
    hook: &Hook,
    loaded: Loaded,
    most: MostLicenses,
    path: Option<&str>,
    form: &[u8],
) -> Result<VerifiedRequest, VerifyError> {
    let kind = kinds::of(hook.kind);
    let read = kind.read_key_request(form);
    let product_path = match &read {
        Ok(request) => product_path(&loaded, path, request),
        Err(_) => path.map(str::to_owned),
    };
    // The signature is verified before the form is answered; the store's key counts where no product is named.
    let signed_for = product_path.as_deref().unwrap_or_default();
    let key = private_key(hook, &loaded, signed_for)?.unwrap_or_default();
    match kind.verify_key_request(form, &[&key]) {
        Ok(_the_only_one) => {}
        Err(SignatureError::Missing) => return Err(KeyAnswer::SignatureMissing.into()),
        Err(SignatureError::Mismatch) => return Err(KeyAnswer::SignatureMismatch.into()),
    }
    let request = read.map_err(KeyAnswer::Malformed)?;
    let Some(product_path) = product_path.filter(|path| search_text::check(path).is_ok()) else {
        let no_product = KeyRequestError::Invalid { what: "product" };
        return Err(KeyAnswer::Malformed(no_product).into());
    };
    let vocabulary = Vocabulary::of(loaded.license_server_kind);
    let parameters = parameters(vocabulary, &request);
    // Every store of a suspended company counts as paused.
    let mode = match loaded.is_suspended {
        true => Mode::Paused,
        false => loaded.storefront.mode,
    };
    let account = store_settings::account_of(&loaded.storefront, !request.is_test)?;
    let server = account.unwrap_or(loaded.storefront.license_server_id);
    let mut rules = store_settings::rules(
        loaded.license_server_kind,
        &loaded.storefront,
        loaded.mappings,
        &loaded.seen,
    )?;
    rules.hear(&product_path, &parameters);
    let units = licenses(&rules, &product_path, request.quantity);
    if let Ok(units) = units
        && units > most.per_line
    {
        return Err(too_many(units, most).into());
    }
    Ok(VerifiedRequest {
        tenant: hook.tenant,
        storefront: hook.storefront,
        mode,
        keys: Arc::clone(&hook.keys),
        units,
        form: Arc::new(request),
        product_path,
        parameters,
        server,
        kind: loaded.license_server_kind,
        asked: None,
    })
}

/// Why a request is not verified.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// The shop is answered at once, without keys.
    #[error("the request is refused")]
    Refused(KeyAnswer),
    #[error("reading a store's rules")]
    Store(#[from] StoreError),
    #[error("opening a private key")]
    Vault(#[from] VaultError),
}

impl From<KeyAnswer> for VerifyError {
    fn from(answer: KeyAnswer) -> Self {
        Self::Refused(answer)
    }
}

/// The first name that is known here, else the first at all.
fn product_path(loaded: &Loaded, path: Option<&str>, request: &KeyRequest) -> Option<String> {
    if let Some(path) = path.map(str::trim).filter(|path| !path.is_empty()) {
        return Some(path.to_owned());
    }
    let is_known = |path: &&String| {
        loaded.mappings.iter().any(|row| row.product_path == **path)
            || loaded.seen.iter().any(|row| row.product_path == **path)
    };
    let paths = &request.product_paths;
    paths
        .iter()
        .find(is_known)
        .or_else(|| paths.first())
        .cloned()
}

/// The product's own private key, else the store's.
fn private_key(
    hook: &Hook,
    loaded: &Loaded,
    product_path: &str,
) -> Result<Option<Zeroizing<Vec<u8>>>, VaultError> {
    let mapping = loaded
        .mappings
        .iter()
        .find(|row| row.product_path == product_path);
    let own = mapping.and_then(|row| {
        let sealed = row.fulfillment_key_sealed.as_ref()?;
        Some((Field::MappingFulfillmentKey(row.id), sealed))
    });
    let storefront = &loaded.storefront;
    let general = storefront
        .fulfillment_key_sealed
        .as_ref()
        .map(|sealed| (Field::FulfillmentKey(storefront.id), sealed));
    own.or(general)
        .map(|(field, sealed)| hook.keys.open(field.place(), sealed))
        .transpose()
}

/// What the form says of the product itself; all else is the shop's.
fn parameters(vocabulary: &Vocabulary, request: &KeyRequest) -> BTreeMap<String, String> {
    request
        .parameters
        .iter()
        .filter(|(name, _)| vocabulary.is_attribute(name) || *name == SINGLE_LICENSE)
        .map(|(name, value)| (name.clone(), value.trim().to_owned()))
        .collect()
}

/// How many licenses a quantity makes, or why none.
fn licenses(rules: &Rules, path: &str, quantity: u32) -> Result<u32, Reason> {
    match rules.product(path, None) {
        Ok(Product::Licensed(attributes)) if attributes.license_product_id.is_some() => {
            Ok(units(&attributes, quantity))
        }
        Ok(Product::Licensed(_) | Product::Bundle | Product::Ignored) => {
            Err(Reason::new(ReasonCode::NoLicensedProduct))
        }
        Ok(Product::Unmapped) => {
            let attribute = rules.vocabulary().product_name();
            Err(Reason::new(ReasonCode::ProductNotMapped)
                .with("product", path)
                .with("attribute", attribute))
        }
        Err(invalid) => Err(Reason::new(ReasonCode::MappingInvalid)
            .with("product", path)
            .with("attribute", invalid.name)
            .with("value", invalid.value)),
    }
}

/// Nobody in a checkout waits for a person's yes.
fn too_many(units: u32, MostLicenses { per_line }: MostLicenses) -> KeyAnswer {
    KeyAnswer::Refused {
        cause: Refusal::TooManyKeys,
        text: format!(
            "{units} keys were asked for; one line gets {per_line} at most. Sell one license with many seats instead (single_license)."
        ),
    }
}

/// What went over the wire, kept until there is an event to put it on record with.
#[derive(Debug)]
pub struct ShopCall {
    /// When it was asked.
    pub at: Timestamp,
    /// Question and answer, without the credentials.
    pub exchange: Exchange,
}
