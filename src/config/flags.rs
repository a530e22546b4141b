//! The settings as the command line and the environment give them. The comments are what `--help` shows.

use clap::Args;

/// Texts, not yet judged: turn them into [`Settings`](super::Settings). An empty text counts as not set.
///
/// Nothing here is parsed by clap, which would print a wrong value, and it may be a secret.
#[derive(Args, Clone, Default)]
pub struct Flags {
    /// Address and port to serve on; port 0 picks a free one, which is logged.
    #[arg(
        long,
        env = "LATCHKEY_LISTEN",
        hide_env_values = true,
        default_value = "127.0.0.1:8080"
    )]
    pub listen: String,

    /// Address and port of the Prometheus page `/metrics`, or `off`.
    #[arg(
        long,
        env = "LATCHKEY_METRICS_LISTEN",
        hide_env_values = true,
        default_value = "127.0.0.1:9464"
    )]
    pub metrics_listen: String,

    /// What webhook URLs begin with, as seen from outside; `https` turns secure cookies on. Unset: `http://` and the address.
    #[arg(long, env = "LATCHKEY_PUBLIC_URL", hide_env_values = true)]
    pub public_url: Option<String>,

    /// Proxies in front whose `Forwarded` or `X-Forwarded-For` is believed: networks or addresses, comma separated.
    #[arg(long, env = "LATCHKEY_TRUSTED_PROXIES", hide_env_values = true)]
    pub trusted_proxies: Option<String>,

    /// Most open connections per process; fewer where the system allows fewer open files.
    #[arg(
        long,
        env = "LATCHKEY_CONNECTIONS",
        hide_env_values = true,
        default_value = "16000"
    )]
    pub connections: String,

    /// Most open connections from one address, or from one /64 of IPv6; trusted proxies may have any number.
    #[arg(
        long,
        env = "LATCHKEY_CONNECTIONS_PER_ADDRESS",
        hide_env_values = true,
        default_value = "500"
    )]
    pub connections_per_address: String,

    /// Most API requests of one token per process: `requests/length`, so many at once and again within that length; `off` lifts it.
    #[arg(
        long,
        env = "LATCHKEY_API_LIMIT",
        hide_env_values = true,
        default_value = "200/10s"
    )]
    pub api_limit: String,

    /// `sqlite://path/of/file.db` or `postgres://user:password@host/name`.
    #[arg(
        long,
        env = "LATCHKEY_DATABASE_URL",
        hide_env_values = true,
        default_value = "sqlite://data/latchkey.db"
    )]
    pub database_url: String,

    /// Database connections per process.
    #[arg(
        long,
        env = "LATCHKEY_DATABASE_POOL",
        hide_env_values = true,
        default_value = "16"
    )]
    pub database_pool: String,

    /// The PostgreSQL role that `migrate` grants access to and `serve` uses.
    #[arg(
        long,
        env = "LATCHKEY_DATABASE_ROLE",
        hide_env_values = true,
        default_value = "latchkey_app"
    )]
    pub database_role: String,

    /// `name:base64 of 32 bytes`, comma separated; the first key seals, all open. PostgreSQL needs this or the file.
    #[arg(long, env = "LATCHKEY_MASTER_KEYS", hide_env_values = true)]
    pub master_keys: Option<String>,

    /// A file that holds the master keys, in place of the setting. Unset: made beside an SQLite database.
    #[arg(long, env = "LATCHKEY_MASTER_KEY_FILE", hide_env_values = true)]
    pub master_key_file: Option<String>,

    /// Who may make a new account: `open` (everybody) or `closed` (only by invitation or `admin create-tenant`).
    #[arg(
        long,
        env = "LATCHKEY_SIGNUP",
        hide_env_values = true,
        default_value = "closed"
    )]
    pub signup: String,

    /// `smtps://user:password@host` or `smtp://host:25`; unset, `latchkey admin outbox` shows the mail.
    #[arg(long, env = "LATCHKEY_SMTP_URL", hide_env_values = true)]
    pub smtp_url: Option<String>,

    /// The sender of mail, for example `Latchkey <latchkey@example.com>`; needed with the mail server.
    #[arg(long, env = "LATCHKEY_MAIL_FROM", hide_env_values = true)]
    pub mail_from: Option<String>,

    /// Private hosts that tenants' URLs may reach: `host:port` or networks like `10.1.0.0/16`, comma separated.
    #[arg(long, env = "LATCHKEY_OUTBOUND_ALLOW", hide_env_values = true)]
    pub outbound_allow: Option<String>,

    /// Most calls per origin, all replicas together: `origin=calls/length`, `*` for all others; `off` lifts it.
    #[arg(
        long,
        env = "LATCHKEY_BUDGETS",
        hide_env_values = true,
        default_value = "https://api.fastspring.com=200/60s,https://saas.licensespring.com=200/10s,*=50/5s"
    )]
    pub budgets: String,

    /// Where FastSpring's API is; another address only for a proxy, which then needs a budget of its own.
    #[arg(
        long,
        env = "LATCHKEY_FASTSPRING_API",
        hide_env_values = true,
        default_value = "https://api.fastspring.com"
    )]
    pub fastspring_api: String,

    /// The waits after each failed attempt; after one more failure the event parks.
    #[arg(
        long,
        env = "LATCHKEY_RETRY_SCHEDULE",
        hide_env_values = true,
        default_value = "5s,30s,2m,10m,30m,2h,6h,12h,24h,24h,24h,24h"
    )]
    pub retry_schedule: String,

    /// How many orders and subscriptions one process works on at once.
    #[arg(
        long,
        env = "LATCHKEY_WORKERS",
        hide_env_values = true,
        default_value = "8"
    )]
    pub workers: String,

    /// How many licenses one line of a purchase gives without a person's yes, 1 to 100000; one order gives ten times that.
    #[arg(
        long,
        env = "LATCHKEY_MOST_LICENSES_PER_LINE",
        hide_env_values = true,
        default_value = "1000"
    )]
    pub most_licenses_per_line: String,

    /// How long an event waits for its order before it parks.
    #[arg(
        long,
        env = "LATCHKEY_WAIT_LIMIT",
        hide_env_values = true,
        default_value = "3d"
    )]
    pub wait_limit: String,

    /// How long payloads and the bodies of calls are kept: `1d` to `365d`.
    #[arg(
        long,
        env = "LATCHKEY_RETENTION",
        hide_env_values = true,
        default_value = "90d"
    )]
    pub retention: String,

    /// Where people find help, a web or `mailto:` address; shown on errors and in the foot.
    #[arg(long, env = "LATCHKEY_SUPPORT_URL", hide_env_values = true)]
    pub support_url: Option<String>,

    /// Where this deployment runs, for example `eu-central`; shown in the foot and in set-up.
    #[arg(long, env = "LATCHKEY_REGION", hide_env_values = true)]
    pub region: Option<String>,

    /// What is logged: `error`, `warn`, `info`, `debug`, or per module like `info,latchkey::pipeline=debug`.
    #[arg(
        long,
        env = "LATCHKEY_LOG",
        hide_env_values = true,
        default_value = "info"
    )]
    pub log: String,

    /// `text` for people, `json` for production.
    #[arg(
        long,
        env = "LATCHKEY_LOG_FORMAT",
        hide_env_values = true,
        default_value = "text"
    )]
    pub log_format: String,

    /// Where traces go, for example `http://collector:4318`: the way of each webhook and event, whatever is logged.
    #[arg(long, env = "LATCHKEY_OTLP_ENDPOINT", hide_env_values = true)]
    pub otlp_endpoint: Option<String>,
}
