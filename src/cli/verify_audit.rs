//! `latchkey admin verify-audit`

use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context as _, Result};
use clap::Args;

use crate::accounts::audit::{PLATFORM, verify};
use crate::cli::admin::prepare;
use crate::cli::say;
use crate::config::Flags;
use crate::domain::id::TenantId;
use crate::store::audit::Verdict;

/// Whose acts are checked.
#[derive(Args)]
pub struct VerifyAudit {
    /// A company's id, `ten_…`; without it, all companies and the platform.
    #[arg(long)]
    tenant: Option<TenantId>,
    #[command(flatten)]
    flags: Flags,
}

impl VerifyAudit {
    /// One line per company; fails when a chain is not whole.
    pub async fn run(self) -> Result<ExitCode> {
        let (settings, store) = prepare(self.flags).await?;
        let master_keys = Arc::new(settings.master_keys()?);
        let verdicts = verify(&store, &master_keys, self.tenant)
            .await
            .context("checking who did what")?;
        let mut code = ExitCode::SUCCESS;
        for (tenant, verdict) in &verdicts {
            say(line(*tenant, verdict));
            if verdict.fault.is_some() {
                code = ExitCode::FAILURE;
            }
        }
        Ok(code)
    }
}

fn line(tenant: TenantId, verdict: &Verdict) -> String {
    let whose = match tenant {
        PLATFORM => "platform".to_owned(),
        tenant => tenant.to_string(),
    };
    let link: String = hex::encode(&verdict.link).chars().take(16).collect();
    let acts = verdict.intact;
    match &verdict.fault {
        None => format!("{whose}: ok, {acts} acts, last link {link}"),
        Some(fault) => {
            let at = fault.at.map(|at| format!(" of {at}")).unwrap_or_default();
            format!(
                "{whose}: BROKEN, act {}{at} {}; {acts} acts before it are as they were made, last link {link}",
                fault.number,
                fault.kind.text()
            )
        }
    }
}
