//! `latchkey admin outbox` and `latchkey admin send-proof`

use std::sync::Arc;

use anyhow::{Result, bail};
use clap::Args;

use crate::accounts::email::EmailAddress;
use crate::accounts::{outbox, proofs};
use crate::cli::operator::prepare;
use crate::cli::say;
use crate::config::Flags;
use crate::pipeline::clock::Clock;

/// The mail that waits to be sent.
#[derive(Args)]
pub struct Outbox {
    #[command(flatten)]
    flags: Flags,
}

/// Whose address is to be proved.
#[derive(Args)]
pub struct SendProof {
    /// The e-mail address of an account that somebody made by signing up.
    #[arg(long)]
    email: EmailAddress,
    #[command(flatten)]
    flags: Flags,
}

impl Outbox {
    /// Prints every mail that is in line.
    pub async fn run(self) -> Result<()> {
        let (settings, store) = prepare(self.flags).await?;
        let master_keys = Arc::new(settings.master_keys()?);
        let mails = outbox::list(&store, &master_keys, Clock::system().now()).await?;
        if mails.is_empty() {
            say("No mail waits to be sent.");
        }
        for (written_at, mail) in mails {
            let (to, subject, text) = (mail.to, mail.subject, mail.text);
            say(format_args!(
                "Written: {written_at}\nTo: {to}\nSubject: {subject}\n\n{text}"
            ));
        }
        Ok(())
    }
}

impl SendProof {
    /// Puts the link in line.
    pub async fn run(self) -> Result<()> {
        let (settings, store) = prepare(self.flags).await?;
        let master_keys = Arc::new(settings.master_keys()?);
        let url = settings.public_url(settings.listen);
        let now = Clock::system().now();
        let email = self.email.as_str();
        if !proofs::send((&store, &master_keys), &self.email, &url, now).await? {
            bail!("{email} has no account, or one whose address is proved: nothing is to be sent");
        }
        say(match settings.mail_server {
            Some(_) => format!("A link goes to {email}; a process that serves sends it."),
            None => format!(
                "LATCHKEY_SMTP_URL is not set, so no mail leaves. `latchkey admin outbox` shows the link for {email}."
            ),
        });
        Ok(())
    }
}
