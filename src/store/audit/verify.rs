//! Checks a chain link by link and names the first bad one.

use diesel::prelude::*;

use crate::domain::id::TenantId;
use crate::domain::time::Timestamp;
use crate::store::audit::ActRow;
use crate::store::audit::chain::{END_LOST, audit_lock, find_head};
use crate::store::db::Db;
use crate::store::error::StoreError;
use crate::store::name_locks::lock_names;
use crate::store::schema::audit;
use crate::vault::TenantKeys;

/// Acts that are read at once.
const PAGE: i64 = 1_000;

/// What a check of a chain found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChainVerdict {
    /// How many acts are chained rightly, from the first one on.
    pub intact: i64,
    /// The last right link.
    pub link: Vec<u8>,
    /// The first thing that is wrong; `None` when all is right.
    pub fault: Option<ChainFault>,
}

/// The first bad link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChainFault {
    /// The number of the act.
    pub number: i64,
    /// When the act says that it was done, where it is there.
    pub at: Option<Timestamp>,
    /// What is wrong with it.
    pub kind: FaultKind,
}

/// What can be wrong with a chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FaultKind {
    /// The act does not say what it said when it was chained.
    Altered,
    /// The act is not there, and later ones are.
    Missing,
    /// The act is not there, nor are any later ones, and the sealed end says that there were.
    CutShort,
    /// The act came without being chained.
    Unchained,
    /// The sealed end of the chain is gone or was not made by us.
    EndForged,
    /// When the act was put on record, the sealed end of the chain was gone or not ours.
    EndLost,
}

impl FaultKind {
    /// What is wrong, as a sentence about the act goes on.
    pub const fn text(self) -> &'static str {
        match self {
            Self::Altered => "was altered",
            Self::Missing => "is missing",
            Self::CutShort => "and all after it are missing",
            Self::Unchained => "was put in by somebody else",
            Self::EndForged => "is where the chain seems to end, but that end is not ours",
            Self::EndLost => "was put on record when the end of the chain had been taken away",
        }
    }
}

/// Reads a tenant's acts in their order and stops at the first one that is wrong.
pub fn verify(
    db: &mut Db,
    keys: &TenantKeys,
    tenant: TenantId,
) -> Result<ChainVerdict, StoreError> {
    // An act that is put on record meanwhile would look like a fault.
    lock_names(db, &[audit_lock(tenant)])?;
    let head = find_head(db, tenant)?;
    let mut verdict = ChainVerdict {
        intact: 0,
        link: Vec::new(),
        fault: None,
    };
    loop {
        let acts = page(db, tenant, verdict.intact)?;
        let is_last = acts.len() < usize::try_from(PAGE).unwrap_or(usize::MAX);
        for act in &acts {
            if let Some(kind) = wrong(act, keys, &verdict) {
                return Ok(fault(verdict, Some(act), kind));
            }
            verdict.intact = act.number;
            verdict.link.clone_from(&act.link);
        }
        if is_last {
            break;
        }
    }
    let Some(head) = head.filter(|head| head.is_sealed_with(keys)) else {
        // Whoever has keys has a first act.
        let kind = match verdict.intact {
            0 => FaultKind::CutShort,
            _ => FaultKind::EndForged,
        };
        return Ok(fault(verdict, None, kind));
    };
    if head.number > verdict.intact {
        return Ok(fault(verdict, None, FaultKind::CutShort));
    }
    if head.link != verdict.link {
        return Ok(fault(verdict, None, FaultKind::EndForged));
    }
    let unchained: Option<ActRow> = audit::table
        .filter(audit::tenant_id.eq(tenant))
        .filter(audit::number.le(0))
        .order(audit::id)
        .first(db)
        .optional()?;
    Ok(match unchained {
        Some(act) => fault(verdict, Some(&act), FaultKind::Unchained),
        None => verdict,
    })
}

fn page(db: &mut Db, tenant: TenantId, after: i64) -> Result<Vec<ActRow>, StoreError> {
    Ok(audit::table
        .filter(audit::tenant_id.eq(tenant))
        .filter(audit::number.gt(after))
        .order(audit::number)
        .limit(PAGE)
        .load(db)?)
}

fn wrong(act: &ActRow, keys: &TenantKeys, so_far: &ChainVerdict) -> Option<FaultKind> {
    if act.number != so_far.intact + 1 {
        return Some(FaultKind::Missing);
    }
    if act.link_after(keys, &so_far.link) == act.link {
        return None;
    }
    Some(match act.link_after(keys, END_LOST) == act.link {
        true => FaultKind::EndLost,
        false => FaultKind::Altered,
    })
}

fn fault(so_far: ChainVerdict, act: Option<&ActRow>, kind: FaultKind) -> ChainVerdict {
    let number = match kind {
        FaultKind::Altered | FaultKind::Missing | FaultKind::CutShort | FaultKind::EndLost => {
            so_far.intact + 1
        }
        FaultKind::Unchained => 0,
        FaultKind::EndForged => so_far.intact,
    };
    let is_there = kind != FaultKind::Missing;
    ChainVerdict {
        fault: Some(ChainFault {
            number,
            at: act.filter(|_| is_there).map(|act| act.at),
            kind,
        }),
        ..so_far
    }
}
