//! The end of a chain, as it is kept outside the database to be held against it later.

use std::fmt;
use std::str::FromStr;

use diesel::dsl::exists;
use diesel::prelude::*;
use diesel::select;

use crate::domain::id::TenantId;
use crate::store::db::Db;
use crate::store::error::StoreError;
use crate::store::schema::{audit, audit_heads};

/// The last act of a tenant, written `ten_…:NUMBER:LINK` with the link in hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Queryable)]
pub struct ChainEnd {
    /// Whose chain.
    pub tenant_id: TenantId,
    /// The number of the act.
    pub number: i64,
    /// Its link, which depends on every act before it.
    pub link: Vec<u8>,
}

/// Text that names no end of a chain.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "the end of a chain is written ten_ID:NUMBER:LINK, as `latchkey admin verify-audit` prints it"
)]
pub struct InvalidChainEnd;

/// The ends of all chains, as the database has them now; whether they are ours only a check tells.
pub fn list_ends_across_tenants(db: &mut Db) -> Result<Vec<ChainEnd>, StoreError> {
    Ok(ends().order(audit_heads::tenant_id).load(db)?)
}

/// The end of a tenant's chain; `None` when it is gone.
pub fn find_end(db: &mut Db, tenant: TenantId) -> Result<Option<ChainEnd>, StoreError> {
    let of_tenant = ends().filter(audit_heads::tenant_id.eq(tenant));
    Ok(of_tenant.first(db).optional()?)
}

/// Whether the acts on record contain this one with this link.
pub fn contains(db: &mut Db, end: &ChainEnd) -> Result<bool, StoreError> {
    let same = audit::table
        .filter(audit::tenant_id.eq(end.tenant_id))
        .filter(audit::number.eq(end.number))
        .filter(audit::link.eq(&end.link));
    Ok(select(exists(same)).get_result(db)?)
}

#[diesel::dsl::auto_type(no_type_alias)]
fn ends() -> _ {
    audit_heads::table.select((
        audit_heads::tenant_id,
        audit_heads::number,
        audit_heads::link,
    ))
}

impl fmt::Display for ChainEnd {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let link = hex::encode(&self.link);
        write!(formatter, "{}:{}:{link}", self.tenant_id, self.number)
    }
}

impl FromStr for ChainEnd {
    type Err = InvalidChainEnd;

    fn from_str(text: &str) -> Result<Self, InvalidChainEnd> {
        let parts: Vec<&str> = text.split(':').collect();
        let [tenant, number, link] = parts.as_slice() else {
            return Err(InvalidChainEnd);
        };
        let end = Self {
            tenant_id: tenant.parse().map_err(|_unknown| InvalidChainEnd)?,
            number: number.parse().map_err(|_unknown| InvalidChainEnd)?,
            link: hex::decode(link).map_err(|_unknown| InvalidChainEnd)?,
        };
        match end.number > 0 && end.link.len() == 32 {
            true => Ok(end),
            false => Err(InvalidChainEnd),
        }
    }
}

impl ChainEnd {
    /// Every end that a text names, such as a log or the answer of an earlier check.
    pub fn find_all(text: &str) -> Vec<Self> {
        let is_part =
            |character: char| character.is_ascii_alphanumeric() || "_:".contains(character);
        text.split(|character| !is_part(character))
            .filter_map(|word| word.trim_matches(':').parse().ok())
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const END: &str = "ten_00000000000000000000000000000001:12:465cb214f311ec0b0e9ab447ebf38d0d3a70ead62b7d835456e249d8e57b9763";

    #[test]
    fn an_end_survives_its_text_form() {
        assert_eq!(END.parse::<ChainEnd>().unwrap().to_string(), END);
    }

    #[test]
    fn anything_else_is_no_end() {
        for text in [
            "",
            "ten_1:12:46",
            &END.replace(":12:", ":0:"),
            &END.replace(":12:", ":x:"),
            &END[..END.len() - 2],
            &format!("{END}:1"),
        ] {
            assert_eq!(text.parse::<ChainEnd>(), Err(InvalidChainEnd), "{text}");
        }
    }

    #[test]
    fn ends_are_found_in_logs_of_both_forms() {
        let end: ChainEnd = END.parse().unwrap();
        for line in [
            format!("2027-01-15T10:00:00Z  INFO audit chain {END} tenant.id=ten_1 number=12"),
            format!(r#"{{"level":"INFO","message":"audit chain {END}","number":12}}"#),
            format!("ten_1: ok, 12 acts, {END}\n"),
        ] {
            assert_eq!(
                ChainEnd::find_all(&line),
                std::slice::from_ref(&end),
                "{line}"
            );
        }
        assert_eq!(ChainEnd::find_all("nothing of the kind"), []);
    }
}
