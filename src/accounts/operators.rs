//! Making a person who sees the operator pages.

use std::sync::Arc;

use secrecy::SecretString;
use serde_json::json;

use crate::accounts::audit::platform_author;
use crate::accounts::email::EmailAddress;
use crate::accounts::new_id;
use crate::accounts::password;
use crate::accounts::tenants::{CreateTenantError, find_proved_or_create};
use crate::domain::act::Act;
use crate::domain::id::UserId;
use crate::domain::time::Timestamp;
use crate::store::users::User;
use crate::store::{self, Store};
use crate::store::{PlatformUse, Scope};
use crate::vault::MasterKeys;

/// Makes an operator, and says whether they had an account before; whoever had one keeps its password.
pub async fn create(
    (store, master_keys): (&Store, &Arc<MasterKeys>),
    email: &EmailAddress,
    password: SecretString,
    now: Timestamp,
) -> Result<(UserId, bool), CreateTenantError> {
    let operator = User {
        id: UserId::from_uuid(new_id(now)),
        email: email.as_str().to_owned(),
        name: String::new(),
        password_hash: password::hash(password).await?,
        is_operator: true,
        created_at: now,
        email_proved_at: Some(now),
    };
    let master_keys = Arc::clone(master_keys);
    store
        .write(Scope::Platform(PlatformUse::Operator), move |db| {
            let (id, was_known) = find_proved_or_create(db, &operator)?;
            store::users::set_operator(db, id, true)?;
            let author = platform_author(db, &master_keys, now)?;
            author.record(db, Act::OperatorCreate, id, &json!({}))?;
            Ok((id, was_known))
        })
        .await
}
