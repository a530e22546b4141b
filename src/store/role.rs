//! Whether row-level security holds the role that serves: it passes by owners in part and by superusers altogether.

use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{Bool, Text};

use crate::store::connections::Purpose;
use crate::store::db::Db;
use crate::store::doors::Store;
use crate::store::error::StoreError;

/// Why nothing is served under the role that this process ends up with.
#[derive(Debug, thiserror::Error)]
pub enum RoleError {
    /// Nobody made it.
    #[error(
        "the role `{0}` (LATCHKEY_DATABASE_ROLE) is not there: run `CREATE ROLE \"{0}\" LOGIN PASSWORD '…';` in the database, then `latchkey migrate` as the owner of its tables"
    )]
    Missing(String),
    /// Whoever signs in is neither that role nor a member of it.
    #[error(
        "`{user}`, as whom this process signs in, may not take the role `{role}` (LATCHKEY_DATABASE_ROLE): sign in as `{role}`, or run `GRANT \"{role}\" TO \"{user}\";` in the database"
    )]
    NotTaken {
        /// Who signs in.
        user: String,
        /// The role that is set.
        role: String,
    },
    /// A superuser, or one that was made to pass.
    #[error(
        "row-level security, which keeps vendors apart, does not hold the role `{0}`: run `ALTER ROLE \"{0}\" NOSUPERUSER NOBYPASSRLS;` in the database, or serve under another role (LATCHKEY_DATABASE_ROLE)"
    )]
    Passes(String),
    /// The tables are its own.
    #[error(
        "the role `{0}` owns the tables, so that row-level security, which keeps vendors apart, would not hold it for sure: run `CREATE ROLE latchkey_app LOGIN PASSWORD '…';` in the database, then `latchkey migrate` as `{0}` with LATCHKEY_DATABASE_ROLE=latchkey_app, and serve with the URL of latchkey_app"
    )]
    Owns(String),
    /// It could not be asked.
    #[error("asking the database who we are in it")]
    Store(#[from] StoreError),
}

#[derive(QueryableByName)]
struct Standing {
    #[diesel(sql_type = Text)]
    signed_in: String,
    #[diesel(sql_type = Text)]
    acting: String,
    #[diesel(sql_type = Bool)]
    is_there: bool,
    #[diesel(sql_type = Bool)]
    passes: bool,
    #[diesel(sql_type = Bool)]
    owns: bool,
}

impl Store {
    /// Refuses a role that row-level security does not hold, and one that was set and is not taken; nothing on SQLite.
    pub async fn check_role(&self) -> Result<(), RoleError> {
        let wanted = self.role.clone();
        let purpose = Purpose::Serve {
            role: wanted.clone(),
        };
        let known = wanted.clone().unwrap_or_default();
        let standing = self.on_own_connection(purpose, move |db| standing(db, &known));
        match standing.await? {
            Some(standing) => standing.judge(wanted),
            None => Ok(()),
        }
    }
}

impl Standing {
    fn judge(self, wanted: Option<String>) -> Result<(), RoleError> {
        match wanted {
            Some(role) if !self.is_there => return Err(RoleError::Missing(role)),
            Some(role) if role != self.acting => {
                let user = self.signed_in;
                return Err(RoleError::NotTaken { user, role });
            }
            _ => {}
        }
        match self {
            Self { passes: true, .. } => Err(RoleError::Passes(self.acting)),
            Self { owns: true, .. } => Err(RoleError::Owns(self.acting)),
            _ => Ok(()),
        }
    }
}

fn standing(db: &mut Db, wanted: &str) -> Result<Option<Standing>, StoreError> {
    let Db::Postgres(connection) = db else {
        return Ok(None);
    };
    let standing = sql_query(
        "SELECT session_user::text AS signed_in, current_user::text AS acting, \
         EXISTS (SELECT FROM pg_roles WHERE rolname = $1) AS is_there, \
         rolsuper OR rolbypassrls AS passes, \
         EXISTS (SELECT FROM pg_tables WHERE schemaname = 'public' \
             AND pg_has_role(current_user, tableowner, 'MEMBER')) AS owns \
         FROM pg_roles WHERE rolname = current_user",
    )
    .bind::<Text, _>(wanted)
    .get_result(connection)?;
    Ok(Some(standing))
}
