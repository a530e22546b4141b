//! What an account offers to choose from: its products and templates, asked for and remembered for a while.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::timeout;

use crate::domain::id::LicenseServerId;
use crate::license_servers::remote::{Catalog, CatalogItem};
use crate::pipeline::calls::budgeted_call::CallError;
use crate::store::StoreError;
use crate::web::error::Problem;
use crate::web::pages::failure::PageError;
use crate::web::visitor::Visitor;

/// A page is shown without the list rather than late.
const PATIENCE: Duration = Duration::from_secs(4);
/// Pages of a list that are asked for.
const PAGES: u32 = 5;

/// What can be chosen, by name; `None` when the account does not answer or does not let us look.
pub async fn list(
    visitor: &Visitor,
    account: LicenseServerId,
    catalog: Catalog,
) -> Result<Option<Arc<Vec<CatalogItem>>>, PageError> {
    let key = (visitor.tenant, account, catalog);
    let known = &visitor.remembered.catalogs;
    if let Some(items) = known.get(&key) {
        return Ok(Some(items));
    }
    let items = match timeout(PATIENCE, ask(visitor, account, catalog)).await {
        Ok(items) => items?,
        Err(_late) => None,
    };
    let Some(mut items) = items else {
        return Ok(None);
    };
    items.sort_by_key(|item| item.display_name.to_lowercase());
    let items = Arc::new(items);
    known.insert(key, Arc::clone(&items));
    Ok(Some(items))
}

async fn ask(
    visitor: &Visitor,
    account: LicenseServerId,
    catalog: Catalog,
) -> Result<Option<Vec<CatalogItem>>, PageError> {
    let vendor = visitor.vendor().await?;
    let caller = visitor.state.caller(&vendor);
    let account = match caller.account(account).await {
        Ok(account) => account,
        Err(CallError::Store(StoreError::NotFound)) => return Ok(None),
        Err(error) => return Err(Problem::from(error).into()),
    };
    let mut items = Vec::new();
    for page in 1..=PAGES {
        let asked = caller.call(&account, |client| client.list_catalog(catalog, page));
        let Some(listed) = asked.await.ok().and_then(|reply| reply.result.ok()) else {
            return Ok(None);
        };
        items.extend(listed.items);
        if listed.is_last {
            break;
        }
    }
    Ok(Some(items))
}
