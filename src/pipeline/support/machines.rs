//! The machines on which a license runs: asked of the license server when a person wants to see them, and never kept.

use serde_json::json;

use crate::domain::act::Act;
use crate::domain::id::LicenseId;
use crate::license_servers::remote::Activation;
use crate::pipeline::calls::budgeted_call::{ApiCaller, QuestionError};
use crate::store::audit::Author;
use crate::store::{Scope, StoreError, licenses};

/// Pages of a hundred that are asked for; whoever has more has no use for a list.
const MOST_PAGES: u32 = 5;

/// Asks for the machines of a license; none when it is not made yet, not found when it is another tenant's.
pub async fn list(
    caller: ApiCaller<'_>,
    author: Author,
    license: LicenseId,
) -> Result<Vec<Activation>, QuestionError> {
    let (tenant, store) = (caller.tenant, caller.budget.store);
    let row = store
        .write(Scope::Tenant(tenant), move |db| {
            let row = licenses::find(db, tenant, license)?.ok_or(StoreError::NotFound)?;
            author.record(db, Act::LicenseMachinesShow, license, &json!({}))?;
            Ok::<_, StoreError>(row)
        })
        .await?;
    let Some(remote_id) = row.remote_id else {
        return Ok(Vec::new());
    };
    let account = caller.account(row.license_server_id).await?;
    let mut machines = Vec::new();
    for page in 1..=MOST_PAGES {
        let asked = caller.call(&account, |client| client.list_activations(&remote_id, page));
        let listed = asked.await?.result.map_err(QuestionError::Server)?;
        machines.extend(listed.items);
        if listed.is_last {
            break;
        }
    }
    Ok(machines)
}
