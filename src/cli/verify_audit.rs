//! `latchkey admin verify-audit`

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context as _, Result, bail};
use clap::Args;

use crate::accounts::audit::{PLATFORM, missing, verify};
use crate::accounts::chain_ends::digest_of;
use crate::cli::operator::prepare;
use crate::cli::say;
use crate::config::Flags;
use crate::domain::id::TenantId;
use crate::store::audit::{ChainEnd, ChainVerdict};

/// Whose acts are checked, and against what.
#[derive(Args)]
pub struct VerifyAudit {
    /// A company's id, `ten_…`; without it, all companies and the platform.
    #[arg(long)]
    tenant: Option<TenantId>,
    /// An act that must still be on record, as `ten_…:NUMBER:LINK`; may be given several times.
    #[arg(long, value_name = "TENANT:NUMBER:LINK")]
    expect: Vec<ChainEnd>,
    /// A file that names such acts, for example a log or the answer of an earlier check.
    #[arg(long, value_name = "FILE")]
    expect_file: Option<PathBuf>,
    #[command(flatten)]
    flags: Flags,
}

impl VerifyAudit {
    /// One line per company; fails when a chain is not whole, or does not contain what was kept of it.
    pub async fn run(mut self) -> Result<ExitCode> {
        let expected = self.expected()?;
        let (settings, store) = prepare(self.flags).await?;
        let master_keys = Arc::new(settings.master_keys()?);
        let verdicts = verify(&store, &master_keys, self.tenant)
            .await
            .context("checking who did what")?;
        let missing = missing(&store, expected)
            .await
            .context("looking for what was kept")?;
        let mut code = ExitCode::SUCCESS;
        for checked in &verdicts {
            say(line(checked));
            if checked.1.fault.is_some() {
                code = ExitCode::FAILURE;
            }
        }
        for end in missing {
            say(format_args!(
                "{}: BROKEN, act {} does not end with the link that was kept of it, or is gone: {end}",
                whose(end.tenant_id),
                end.number
            ));
            code = ExitCode::FAILURE;
        }
        if self.tenant.is_none() && code == ExitCode::SUCCESS {
            let ends: Vec<ChainEnd> = verdicts.iter().map(end).collect();
            say(format_args!("all: ok, digest {}", digest_of(&ends)));
        }
        Ok(code)
    }

    /// What was kept of the companies that are checked.
    fn expected(&mut self) -> Result<Vec<ChainEnd>> {
        let mut expected = std::mem::take(&mut self.expect);
        if let Some(path) = &self.expect_file {
            let text = std::fs::read_to_string(path)
                .with_context(|| format!("reading {}", path.display()))?;
            let kept = ChainEnd::find_all(&text);
            if kept.is_empty() {
                bail!("{} names no act as ten_…:NUMBER:LINK", path.display());
            }
            expected.extend(kept);
        }
        expected.retain(|end| self.tenant.is_none_or(|tenant| tenant == end.tenant_id));
        Ok(expected)
    }
}

fn whose(tenant: TenantId) -> String {
    match tenant {
        PLATFORM => "platform".to_owned(),
        tenant => tenant.to_string(),
    }
}

/// The last act that is chained rightly.
fn end((tenant_id, verdict): &(TenantId, ChainVerdict)) -> ChainEnd {
    ChainEnd {
        tenant_id: *tenant_id,
        number: verdict.intact,
        link: verdict.link.clone(),
    }
}

fn line(checked: &(TenantId, ChainVerdict)) -> String {
    let (tenant, verdict) = (checked.0, &checked.1);
    let (whose, acts) = (whose(tenant), verdict.intact);
    match &verdict.fault {
        None => format!("{whose}: ok, {acts} acts, the last one {}", end(checked)),
        Some(fault) => {
            let at = fault.at.map(|at| format!(" of {at}")).unwrap_or_default();
            format!(
                "{whose}: BROKEN, act {}{at} {}; {acts} acts before it are as they were made",
                fault.number,
                fault.kind.text()
            )
        }
    }
}
