//! Every setting: what it is by default, and what is said when it is wrong.

use std::path::Path;
use std::time::Duration;

use clap::Parser;

use crate::config::values::DAY;
use crate::config::{Flags, MasterKeySource, Settings, Signup};

const KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

#[derive(Parser)]
struct CommandLine {
    #[command(flatten)]
    flags: Flags,
}

fn settings(arguments: &[&str]) -> Result<Settings, String> {
    let words = std::iter::once("latchkey").chain(arguments.iter().copied());
    let flags = CommandLine::try_parse_from(words)
        .map_err(|error| error.to_string())?
        .flags;
    Settings::try_from(flags).map_err(|error| error.to_string())
}

#[test]
fn the_defaults_are_right() {
    let settings = settings(&[]).unwrap();

    assert_eq!(settings.listen.to_string(), "127.0.0.1:8080");
    assert_eq!(
        settings.metrics_listen.unwrap().to_string(),
        "127.0.0.1:9464"
    );
    assert_eq!(settings.database_pool, 16);
    assert_eq!(settings.workers, 8);
    assert_eq!(settings.connections.per_address, 500);
    assert_eq!(settings.api_limit.unwrap().calls, 200);
    assert_eq!(settings.signup, Signup::Closed);
    assert_eq!(settings.retry_schedule.len(), 12);
    assert_eq!(settings.wait_limit, DAY * 3);
    assert_eq!(settings.retention, DAY * 90);
    assert!(settings.mail_server.is_none());
    assert!(matches!(
        &settings.master_key_source,
        MasterKeySource::BesideDatabase(path) if path == Path::new("data/latchkey.key")
    ));
    assert_eq!(
        settings.public_url("127.0.0.1:4711".parse().unwrap()),
        "http://127.0.0.1:4711"
    );
}

#[test]
fn settings_are_read() {
    let settings = settings(&[
        "--metrics-listen=off",
        "--public-url=https://latchkey.example.com/",
        "--database-url=postgres://latchkey:secret@db/latchkey",
        &format!("--master-keys=main:{KEY}"),
        "--signup=open",
        "--smtp-url=smtps://user:pass@mail.example.com",
        "--mail-from=Latchkey <latchkey@example.com>",
        "--outbound-allow=127.0.0.1:9800,10.0.0.0/8",
        "--budgets=off",
        "--retry-schedule=200ms,1m",
        "--wait-limit=5s",
        "--trusted-proxies=10.1.0.0/16",
        "--region=",
    ])
    .unwrap();

    assert_eq!(settings.metrics_listen, None);
    assert_eq!(settings.signup, Signup::Open);
    assert!(settings.mail_server.is_some());
    assert_eq!(settings.outbound_allow.len(), 2);
    let waits = [Duration::from_millis(200), Duration::from_secs(60)];
    assert_eq!(settings.retry_schedule, waits);
    assert_eq!(settings.wait_limit, Duration::from_secs(5));
    assert!(settings.trusted_proxies.has([10, 1, 2, 3].into()));
    assert_eq!(settings.region, None);
    assert_eq!(settings.master_keys().unwrap().active_name(), "main");
    assert_eq!(
        settings.public_url("127.0.0.1:1".parse().unwrap()),
        "https://latchkey.example.com"
    );
}

/// What is wrong, and the setting that is named for it.
const WRONG: &[(&[&str], &str)] = &[
    (&["--listen=localhost"], "LATCHKEY_LISTEN"),
    (&["--metrics-listen=on"], "LATCHKEY_METRICS_LISTEN"),
    (
        &["--public-url=latchkey.example.com"],
        "LATCHKEY_PUBLIC_URL",
    ),
    (
        &["--public-url=https://example.com/latchkey"],
        "LATCHKEY_PUBLIC_URL",
    ),
    (
        &["--database-url=postgress://u:hidden@db/x"],
        "LATCHKEY_DATABASE_URL",
    ),
    (&["--database-pool=0"], "LATCHKEY_DATABASE_POOL"),
    (&["--database-role=a; drop"], "LATCHKEY_DATABASE_ROLE"),
    (&["--master-keys=hidden"], "LATCHKEY_MASTER_KEYS"),
    (
        &["--master-keys=a:b", "--master-key-file=c"],
        "LATCHKEY_MASTER_KEY_FILE",
    ),
    (&["--signup=yes"], "LATCHKEY_SIGNUP"),
    (&["--smtp-url=smtp://u:hidden@mail"], "LATCHKEY_MAIL_FROM"),
    (
        &["--smtp-url=hidden", "--mail-from=a@b.c"],
        "LATCHKEY_SMTP_URL",
    ),
    (
        &["--smtp-url=smtp://mail", "--mail-from=nobody"],
        "LATCHKEY_MAIL_FROM",
    ),
    (&["--outbound-allow=localhost"], "LATCHKEY_OUTBOUND_ALLOW"),
    (&["--trusted-proxies=proxy"], "LATCHKEY_TRUSTED_PROXIES"),
    (&["--connections=9"], "LATCHKEY_CONNECTIONS"),
    (
        &["--connections-per-address=many"],
        "LATCHKEY_CONNECTIONS_PER_ADDRESS",
    ),
    (&["--api-limit=200"], "LATCHKEY_API_LIMIT"),
    (&["--budgets=50"], "LATCHKEY_BUDGETS"),
    (&["--fastspring-api="], "LATCHKEY_FASTSPRING_API"),
    (
        &["--fastspring-api=https://u:hidden@api.example"],
        "LATCHKEY_FASTSPRING_API",
    ),
    (&["--retry-schedule=5"], "LATCHKEY_RETRY_SCHEDULE"),
    (&["--retry-schedule="], "LATCHKEY_RETRY_SCHEDULE"),
    (&["--retry-schedule=0s"], "LATCHKEY_RETRY_SCHEDULE"),
    (&["--workers=many"], "LATCHKEY_WORKERS"),
    (
        &["--most-licenses-per-line=0"],
        "LATCHKEY_MOST_LICENSES_PER_LINE",
    ),
    (&["--wait-limit=0s"], "LATCHKEY_WAIT_LIMIT"),
    (&["--retention=366d"], "LATCHKEY_RETENTION"),
    (
        &["--support-url=javascript:alert(1)"],
        "LATCHKEY_SUPPORT_URL",
    ),
    (&["--log=a=b=c"], "LATCHKEY_LOG"),
    (&["--log-format=xml"], "LATCHKEY_LOG_FORMAT"),
    (
        &["--otlp-endpoint=collector:4318"],
        "LATCHKEY_OTLP_ENDPOINT",
    ),
];

#[test]
fn a_wrong_setting_is_named_and_secrets_are_not_shown() {
    for (arguments, setting) in WRONG {
        let refusal = settings(arguments).err().unwrap();

        assert!(refusal.contains(setting), "{arguments:?}: {refusal}");
        assert!(!refusal.contains("hidden"), "{refusal}");
    }
}

#[test]
fn the_key_file_beside_a_database_is_made_once() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!(
        "--database-url=sqlite://{}/data/latchkey.db",
        folder.path().display()
    );
    let settings = settings(&[&url]).unwrap();

    settings.master_keys().unwrap();
    let made = std::fs::read(folder.path().join("data/latchkey.key")).unwrap();
    settings.master_keys().unwrap();

    assert_eq!(
        std::fs::read(folder.path().join("data/latchkey.key")).unwrap(),
        made
    );
}

#[test]
fn postgres_needs_a_master_key_only_where_it_is_used() {
    let settings = settings(&["--database-url=postgres://u:hidden@db/x"]).unwrap();

    let refusal = settings.master_keys().err().unwrap().to_string();

    assert!(refusal.contains("LATCHKEY_MASTER_KEYS"), "{refusal}");
    assert!(!refusal.contains("hidden"), "{refusal}");
}

#[test]
fn a_key_file_that_was_named_is_never_made() {
    let settings = settings(&["--master-key-file=/nowhere/latchkey.key"]).unwrap();

    let refusal = settings.master_keys().err().unwrap().to_string();

    assert!(refusal.contains("/nowhere/latchkey.key"), "{refusal}");
}
