//! Mail on its way: written down sealed with what it is about, sent a moment later, and kept until it is.
//!
//! Without a mail server it stays, for the operator to read.

use std::sync::Arc;

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

use crate::accounts::audit::{PLATFORM, platform_keys};
use crate::accounts::new_id;
use crate::domain::id::MailId;
use crate::domain::time::Timestamp;
use crate::mail::{Mail, MailOutcome, Mailer};
use crate::store::outbox::{self, OutgoingMail};
use crate::store::{Db, PlatformUse, Scope, Store, StoreError};
use crate::vault::{Field, MasterKeys, TenantKeys};

/// Mail that could not be sent for this long is given up; links in it are void by then.
pub const KEPT: SignedDuration = SignedDuration::from_hours(72);
/// Between two tries; the mail is this process's until then.
const AGAIN: SignedDuration = SignedDuration::from_mins(10);
/// Mail in one go.
const AT_ONCE: i64 = 10;

/// A mail as it is sealed.
#[derive(Serialize, Deserialize)]
struct Letter {
    to: String,
    subject: String,
    text: String,
}

/// Puts a mail in line, in the transaction that gives the reason for it.
pub(super) fn put(
    db: &mut Db,
    master_keys: &MasterKeys,
    mail: Mail,
    now: Timestamp,
) -> Result<(), StoreError> {
    let keys = platform_keys(db, master_keys, now)?;
    let id = MailId::from_uuid(new_id(now));
    let letter = Letter {
        to: mail.to,
        subject: mail.subject,
        text: mail.text,
    };
    let letter =
        serde_json::to_vec(&letter).map_err(|error| StoreError::corrupt("outbox.sealed", error))?;
    let row = OutgoingMail {
        tenant_id: PLATFORM,
        id,
        created_at: now,
        due_at: now,
        sealed: keys.seal(Field::Mail(id).place(), &letter),
    };
    tracing::info!(mail.id = %id, "a mail is in the outbox");
    outbox::create(db, &row)
}

/// Every mail that is in line, the oldest first, with the time when it was written.
pub async fn list(
    store: &Store,
    master_keys: &Arc<MasterKeys>,
    now: Timestamp,
) -> Result<Vec<(Timestamp, Mail)>, StoreError> {
    let master_keys = Arc::clone(master_keys);
    // A write, since it may make the platform's keys.
    store
        .write(Scope::Platform(PlatformUse::Operator), move |db| {
            let keys = platform_keys(db, &master_keys, now)?;
            let rows = outbox::list_across_tenants(db)?.into_iter();
            rows.map(|row| Ok((row.created_at, open(&keys, &row)?)))
                .collect()
        })
        .await
}

/// Sends what is due and says how much was sent; what the server does not take is tried again later.
pub async fn send_due(
    (store, master_keys): (&Store, &Arc<MasterKeys>),
    mailer: &Mailer,
    now: Timestamp,
) -> Result<usize, StoreError> {
    let keys = Arc::clone(master_keys);
    let scope = Scope::Platform(PlatformUse::Upkeep);
    let due = store
        .write(scope, move |db| {
            let rows = outbox::take_due_across_tenants(db, (now, now.plus(AGAIN)), AT_ONCE)?;
            if rows.is_empty() {
                return Ok(Vec::new());
            }
            let keys = platform_keys(db, &keys, now)?;
            let rows = rows.into_iter();
            rows.map(|row| Ok((row.id, open(&keys, &row)?)))
                .collect::<Result<Vec<(MailId, Mail)>, StoreError>>()
        })
        .await?;
    let mut sent = 0;
    for (id, mail) in due {
        match mailer.send(mail).await {
            Ok(MailOutcome::Sent) => {
                sent += 1;
                store
                    .write(scope, move |db| outbox::delete_one(db, PLATFORM, id))
                    .await?;
            }
            Ok(MailOutcome::Unsent) => {}
            Err(error) => tracing::warn!(
                mail.id = %id,
                error = &error as &dyn std::error::Error,
                "a mail was not taken; it is tried again"
            ),
        }
    }
    Ok(sent)
}

fn open(keys: &TenantKeys, row: &OutgoingMail) -> Result<Mail, StoreError> {
    let letter = keys
        .open(Field::Mail(row.id).place(), &row.sealed)
        .map_err(|error| StoreError::corrupt("outbox.sealed", error))?;
    let letter: Letter = serde_json::from_slice(&letter)
        .map_err(|error| StoreError::corrupt("outbox.sealed", error))?;
    Ok(Mail {
        to: letter.to,
        subject: letter.subject,
        text: letter.text,
    })
}
