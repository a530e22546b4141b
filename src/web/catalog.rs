//! What an account offers to choose from: its products and templates, asked for and remembered for a while.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::timeout;

use crate::domain::id::LicenseServerId;
use crate::license_servers::base_url::BaseUrl;
use crate::license_servers::connect;
use crate::license_servers::remote::{Catalog, CatalogItem};
use crate::store::license_servers;
use crate::vault::Field;
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
    let tenant = visitor.tenant;
    let server = visitor
        .read(move |db| license_servers::find(db, tenant, account))
        .await?;
    let Some(server) = server else {
        return Ok(None);
    };
    let Ok(base_url) = BaseUrl::parse(&server.base_url) else {
        return Ok(None);
    };
    let place = Field::AccessToken(account);
    let keys = visitor.keys().await?;
    let token = keys.open(place.place(), &server.access_token_sealed)?;
    let token = String::from_utf8_lossy(&token).into_owned().into();
    let client = connect(
        server.kind,
        &base_url,
        token,
        visitor.state.outbound.clone(),
    );
    let mut items = Vec::new();
    for page in 1..=PAGES {
        let call = client.list_catalog(catalog, page);
        let reply = visitor.state.within_budget(client.origin(), call).await;
        let Some(listed) = reply.ok().and_then(|reply| reply.result.ok()) else {
            return Ok(None);
        };
        items.extend(listed.items);
        if listed.is_last {
            break;
        }
    }
    Ok(Some(items))
}
