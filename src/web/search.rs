//! What a person types into a search box, as everything that it may mean.

use crate::domain::id::{CustomerId, TenantId};
use crate::domain::time::Timestamp;
use crate::store::events::EventSearch;
use crate::store::licenses::{self, LicenseFilter, LicenseSearch};
use crate::store::{Db, StoreError, customers};
use crate::vault::{QueryWord, TenantKeys};

/// The most people that one word may find.
const MOST_PEOPLE: i64 = 1_000;
/// The most licenses whose events are looked for.
const MOST_LICENSES: i64 = 200;

/// The person of a whole address; an empty list when nobody has it.
pub fn people_of_email(
    db: &mut Db,
    tenant: TenantId,
    (keys, email): (&TenantKeys, &str),
) -> Result<Vec<CustomerId>, StoreError> {
    let term = keys.email_term(email);
    let customer = customers::find_by_email(db, tenant, &term.0)?;
    Ok(customer.map(|customer| customer.id).into_iter().collect())
}

/// Licenses that a text may mean: an id, the beginning of a product path, a key, or people who have all of its words.
pub fn of_licenses(
    db: &mut Db,
    tenant: TenantId,
    (keys, text): (&TenantKeys, &str),
) -> Result<LicenseSearch, StoreError> {
    let words = keys.terms_of_query(text);
    let key_hash = match words.as_slice() {
        [word] => Some(word.license_key.0.to_vec()),
        _ => None,
    };
    Ok(LicenseSearch {
        text: text.trim().to_owned(),
        customer_ids: people(db, tenant, &words)?,
        key_hash,
    })
}

/// Events that a text may mean: an id, people who have all of its words, or licenses that it finds.
pub fn of_events(
    db: &mut Db,
    tenant: TenantId,
    (keys, text): (&TenantKeys, &str),
    now: Timestamp,
) -> Result<EventSearch, StoreError> {
    let search = of_licenses(db, tenant, (keys, text))?;
    let filter = LicenseFilter {
        search: Some(search.clone()),
        ..LicenseFilter::default()
    };
    let found = licenses::list(db, tenant, (&filter, now), None, MOST_LICENSES)?;
    Ok(EventSearch {
        text: search.text,
        customer_ids: search.customer_ids,
        license_ids: found.into_iter().map(|license| license.id).collect(),
    })
}

fn people(
    db: &mut Db,
    tenant: TenantId,
    words: &[QueryWord],
) -> Result<Vec<CustomerId>, StoreError> {
    // A word that no person can have is found by nobody.
    if words.is_empty() || words.iter().any(|word| word.person.is_empty()) {
        return Ok(Vec::new());
    }
    let terms: Vec<_> = words
        .iter()
        .flat_map(|word| word.person.iter().map(|term| vec![*term]))
        .collect();
    customers::search(db, tenant, &terms, MOST_PEOPLE)
}
