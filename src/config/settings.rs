//! The settings, judged: whoever holds them need not check again.

use std::net::SocketAddr;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use url::Url;

use crate::config::budget::{Budget, Budgets};
use crate::config::connections::{ConnectionLimits, connections};
use crate::config::database_url::DatabaseUrl;
use crate::config::error::{SettingsError, wrong};
use crate::config::flags::Flags;
use crate::config::signup::{Signup, signup};
use crate::config::trusted_proxies::TrustedProxies;
use crate::config::values::{
    DAY, SHORTEST, address, api_limit, count, endpoint, length, link, log, log_format, mail_server,
    number, outbound_allow, public_url, retry_schedule, role, set, shop_api,
};
use crate::domain::portion::MOST_AGREED;
use crate::mail::MailServer;
use crate::outbound::AllowRule;
use crate::telemetry::{LogFilter, LogFormat};
use crate::vault::MasterKeys;

/// Every setting of the process, right by itself and with the others. Has no `Debug`: some are secrets.
#[derive(Clone)]
pub struct Settings {
    /// Where to serve; port 0 means any.
    pub listen: SocketAddr,
    /// Where to serve metrics; `None` means nowhere.
    pub metrics_listen: Option<SocketAddr>,
    /// What the outside calls us, if it differs from where we listen; see [`Settings::public_url`].
    pub public_url: Option<Url>,
    /// Who is believed when they say where a request comes from.
    pub trusted_proxies: TrustedProxies,
    /// Open connections, in all and for one address.
    pub connections: ConnectionLimits,
    /// API requests of one token; `None` means as many as one likes.
    pub api_limit: Option<Budget>,
    /// The database.
    pub database_url: DatabaseUrl,
    /// Connections to it.
    pub database_pool: u32,
    /// The role that `migrate` grants to.
    pub database_role: String,
    /// Where the master keys are; see [`Settings::master_keys`].
    pub master_key_source: MasterKeySource,
    /// Who may make a tenant.
    pub signup: Signup,
    /// The mail server; `None` means that mail is kept for the operator to see.
    pub mail_server: Option<MailServer>,
    /// What may be called although it is private.
    pub outbound_allow: Vec<AllowRule>,
    /// Most calls per origin.
    pub budgets: Budgets,
    /// Where FastSpring's API is.
    pub fastspring_api: Url,
    /// The waits after each failed attempt, never empty.
    pub retry_schedule: Vec<Duration>,
    /// Subjects in work at once.
    pub workers: usize,
    /// How many licenses one line of a purchase gives without a person's yes.
    pub most_licenses_per_line: u32,
    /// How long an event waits for its order.
    pub wait_limit: Duration,
    /// How long payloads and call bodies are kept.
    pub retention: Duration,
    /// Where people find help.
    pub support_url: Option<Url>,
    /// Where this runs, in words.
    pub region: Option<String>,
    /// What is logged.
    pub log: LogFilter,
    /// How it is logged.
    pub log_format: LogFormat,
    /// Where traces go.
    pub otlp_endpoint: Option<Url>,
}

/// Where the master keys are.
#[derive(Clone)]
pub enum MasterKeySource {
    /// In the setting itself.
    Keys(MasterKeys),
    /// In this file, which must be there.
    File(PathBuf),
    /// In this file beside the SQLite database, which is made when it is not there.
    BesideDatabase(PathBuf),
    /// Nowhere: enough to migrate PostgreSQL, not to serve.
    Unset,
}

impl Settings {
    /// What the outside calls us, given the address that was really bound.
    pub fn public_url(&self, bound: SocketAddr) -> String {
        match &self.public_url {
            Some(url) => url.as_str().trim_end_matches('/').to_owned(),
            None => format!("http://{bound}"),
        }
    }

    /// Reads the master keys; makes the file beside an SQLite database when it is not there yet, and says so in the log.
    pub fn master_keys(&self) -> Result<MasterKeys, SettingsError> {
        match &self.master_key_source {
            MasterKeySource::Keys(keys) => Ok(keys.clone()),
            MasterKeySource::File(path) => Ok(MasterKeys::read_file(path)?),
            MasterKeySource::BesideDatabase(path) if path.exists() => {
                Ok(MasterKeys::read_file(path)?)
            }
            MasterKeySource::BesideDatabase(path) => make_key_file(path),
            MasterKeySource::Unset => Err(wrong(
                "LATCHKEY_MASTER_KEYS",
                "not set, and a PostgreSQL database needs it; make a key with `openssl rand -base64 32`",
                "main:KEY",
            )),
        }
    }
}

impl TryFrom<Flags> for Settings {
    type Error = SettingsError;

    fn try_from(flags: Flags) -> Result<Self, SettingsError> {
        let database_url = flags.database_url.parse()?;
        Ok(Self {
            listen: address("LATCHKEY_LISTEN", &flags.listen)?,
            metrics_listen: match flags.metrics_listen.trim() {
                "off" => None,
                text => Some(address("LATCHKEY_METRICS_LISTEN", text)?),
            },
            public_url: public_url(set(&flags.public_url))?,
            connections: connections(&flags)?,
            api_limit: api_limit(&flags.api_limit)?,
            trusted_proxies: set(&flags.trusted_proxies).unwrap_or_default().parse()?,
            master_key_source: master_key_source(&flags, &database_url)?,
            database_url,
            database_pool: number("LATCHKEY_DATABASE_POOL", &flags.database_pool, 1..=1000)?,
            database_role: role(&flags.database_role)?,
            signup: signup(&flags.signup)?,
            mail_server: mail_server(&flags)?,
            outbound_allow: outbound_allow(set(&flags.outbound_allow))?,
            budgets: flags.budgets.parse()?,
            fastspring_api: shop_api("LATCHKEY_FASTSPRING_API", &flags.fastspring_api)?,
            retry_schedule: retry_schedule(&flags.retry_schedule)?,
            workers: number("LATCHKEY_WORKERS", &flags.workers, 1..=1000)?,
            most_licenses_per_line: count(
                "LATCHKEY_MOST_LICENSES_PER_LINE",
                &flags.most_licenses_per_line,
                MOST_AGREED,
            )?,
            wait_limit: length(
                "LATCHKEY_WAIT_LIMIT",
                &flags.wait_limit,
                SHORTEST..=DAY * 90,
            )?,
            retention: length("LATCHKEY_RETENTION", &flags.retention, DAY..=DAY * 365)?,
            support_url: link("LATCHKEY_SUPPORT_URL", set(&flags.support_url))?,
            region: set(&flags.region).map(str::to_owned),
            log: log(&flags.log)?,
            log_format: log_format(&flags.log_format)?,
            otlp_endpoint: endpoint("LATCHKEY_OTLP_ENDPOINT", set(&flags.otlp_endpoint))?,
        })
    }
}

fn master_key_source(
    flags: &Flags,
    database_url: &DatabaseUrl,
) -> Result<MasterKeySource, SettingsError> {
    match (set(&flags.master_keys), set(&flags.master_key_file)) {
        (Some(_), Some(_)) => Err(wrong(
            "LATCHKEY_MASTER_KEY_FILE",
            "set beside LATCHKEY_MASTER_KEYS; keep one of the two",
            "/run/secrets/latchkey.key",
        )),
        (Some(keys), None) => Ok(MasterKeySource::Keys(keys.parse()?)),
        (None, Some(file)) => Ok(MasterKeySource::File(PathBuf::from(file))),
        (None, None) => match database_url {
            DatabaseUrl::Sqlite(path) => {
                Ok(MasterKeySource::BesideDatabase(path.with_extension("key")))
            }
            DatabaseUrl::Postgres(_) => Ok(MasterKeySource::Unset),
        },
    }
}

fn make_key_file(path: &Path) -> Result<MasterKeys, SettingsError> {
    if let Some(folder) = path.parent() {
        std::fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(folder)
            .map_err(|error| SettingsError::KeyFolder(folder.display().to_string(), error))?;
    }
    let keys = MasterKeys::generate_file(path)?;
    tracing::warn!(
        path = %path.display(),
        "made a master key file: keep a copy of it apart from the database, without it nothing sealed can be read"
    );
    Ok(keys)
}
