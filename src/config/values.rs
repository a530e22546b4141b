//! Reads the text of one setting each.

use std::net::SocketAddr;
use std::ops::RangeInclusive;
use std::str::FromStr;
use std::time::Duration;

use url::Url;

use crate::config::budget::{Budget, parse_budget};
use crate::config::error::{SettingsError, wrong};
use crate::config::flags::Flags;
use crate::config::length::Length;
use crate::mail::MailServer;
use crate::outbound::AllowRule;
use crate::telemetry::{LogFilter, LogFormat};

/// The shortest wait that is one.
pub(super) const SHORTEST: Duration = Duration::from_millis(1);
pub(super) const DAY: Duration = Duration::from_secs(24 * 60 * 60);
const MOST_RETRIES: usize = 50;

/// Blank text is an unset one: composed environments often cannot leave a variable out.
pub(super) fn set(text: &Option<String>) -> Option<&str> {
    text.as_deref()
        .map(str::trim)
        .filter(|text| !text.is_empty())
}

pub(super) fn address(setting: &'static str, text: &str) -> Result<SocketAddr, SettingsError> {
    let problem = "not an IP address with a port";
    parsed(text).ok_or(wrong(setting, problem, "0.0.0.0:8080"))
}

pub(super) fn number<T: FromStr + PartialOrd>(
    setting: &'static str,
    text: &str,
    range: RangeInclusive<T>,
) -> Result<T, SettingsError> {
    parsed(text)
        .filter(|number| range.contains(number))
        .ok_or(wrong(setting, "not a whole number from 1 to 1000", "8"))
}

pub(super) fn api_limit(text: &str) -> Result<Option<Budget>, SettingsError> {
    let problem = "neither requests/length nor off";
    match text.trim() {
        "off" => Ok(None),
        text => parse_budget(text)
            .map(Some)
            .ok_or(wrong("LATCHKEY_API_LIMIT", problem, "200/10s")),
    }
}

/// A number of licenses.
pub(super) fn count(setting: &'static str, text: &str, most: u32) -> Result<u32, SettingsError> {
    parsed(text)
        .filter(|count| (1..=most).contains(count))
        .ok_or(wrong(
            setting,
            "not a whole number from 1 to 100000",
            "1000",
        ))
}

pub(super) fn length(
    setting: &'static str,
    text: &str,
    range: RangeInclusive<Duration>,
) -> Result<Duration, SettingsError> {
    let Length(length) = text
        .parse()
        .map_err(|source| SettingsError::Length { setting, source })?;
    if range.contains(&length) {
        return Ok(length);
    }
    Err(SettingsError::OutOfRange {
        setting,
        from: Length(*range.start()),
        to: Length(*range.end()),
    })
}

pub(super) fn retry_schedule(text: &str) -> Result<Vec<Duration>, SettingsError> {
    const SETTING: &str = "LATCHKEY_RETRY_SCHEDULE";
    let schedule: Vec<Duration> = text
        .split(',')
        .map(|wait| length(SETTING, wait, SHORTEST..=DAY * 7))
        .collect::<Result<_, _>>()?;
    if schedule.len() > MOST_RETRIES {
        return Err(wrong(SETTING, "longer than 50 waits", "5s,30s,2m,10m,1h"));
    }
    Ok(schedule)
}

pub(super) fn public_url(text: Option<&str>) -> Result<Option<Url>, SettingsError> {
    const SETTING: &str = "LATCHKEY_PUBLIC_URL";
    let url = endpoint(SETTING, text)?;
    match &url {
        Some(url) if url.path() != "/" => Err(wrong(
            SETTING,
            "an address with a path, which Latchkey cannot be served under",
            "https://latchkey.example.com",
        )),
        _ => Ok(url),
    }
}

/// A web address without query, fragment and credentials.
pub(super) fn endpoint(
    setting: &'static str,
    text: Option<&str>,
) -> Result<Option<Url>, SettingsError> {
    let Some(text) = text else { return Ok(None) };
    let is_plain = |url: &Url| {
        matches!(url.scheme(), "http" | "https")
            && url.query().is_none()
            && url.fragment().is_none()
            && url.username().is_empty()
    };
    parsed(text).filter(is_plain).map(Some).ok_or(wrong(
        setting,
        "not a plain http:// or https:// address",
        "https://latchkey.example.com",
    ))
}

/// The address of an API that is always there, so an empty text is wrong.
pub(super) fn shop_api(setting: &'static str, text: &str) -> Result<Url, SettingsError> {
    const EXAMPLE: &str = "https://api.fastspring.com";
    endpoint(setting, Some(text))?.ok_or(wrong(setting, "not an address", EXAMPLE))
}

/// Something to click on.
pub(super) fn link(
    setting: &'static str,
    text: Option<&str>,
) -> Result<Option<Url>, SettingsError> {
    let Some(text) = text else { return Ok(None) };
    // Other schemes (`javascript:`) would run in the reader's page.
    let is_link = |url: &Url| matches!(url.scheme(), "http" | "https" | "mailto");
    parsed(text).filter(is_link).map(Some).ok_or(wrong(
        setting,
        "not a web or mailto: address",
        "https://example.com/support",
    ))
}

pub(super) fn role(text: &str) -> Result<String, SettingsError> {
    let text = text.trim();
    let is_name = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    let begins_well = text.starts_with(|c: char| c.is_ascii_lowercase() || c == '_');
    // The name is written into GRANT statements, where it cannot be a parameter.
    if begins_well && text.len() <= 63 && text.chars().all(is_name) {
        return Ok(text.to_owned());
    }
    Err(wrong(
        "LATCHKEY_DATABASE_ROLE",
        "not a role name of lower-case letters, digits and _",
        "latchkey_app",
    ))
}

pub(super) fn log(text: &str) -> Result<LogFilter, SettingsError> {
    let problem = "not a log filter";
    parsed(text).ok_or(wrong("LATCHKEY_LOG", problem, "info,latchkey=debug"))
}

pub(super) fn log_format(text: &str) -> Result<LogFormat, SettingsError> {
    let problem = "neither text nor json";
    parsed(text).ok_or(wrong("LATCHKEY_LOG_FORMAT", problem, "json"))
}

pub(super) fn outbound_allow(text: Option<&str>) -> Result<Vec<AllowRule>, SettingsError> {
    let rules = text.into_iter().flat_map(|text| text.split(','));
    Ok(rules.map(str::parse).collect::<Result<_, _>>()?)
}

pub(super) fn mail_server(flags: &Flags) -> Result<Option<MailServer>, SettingsError> {
    let (url, from) = match (set(&flags.smtp_url), set(&flags.mail_from)) {
        (Some(url), Some(from)) => (url, from),
        (None, _) => return Ok(None),
        (Some(_), None) => {
            return Err(wrong(
                "LATCHKEY_MAIL_FROM",
                "not set although LATCHKEY_SMTP_URL is",
                "Latchkey <latchkey@example.com>",
            ));
        }
    };
    Ok(Some(MailServer::new(url, from)?))
}

pub(super) fn parsed<T: FromStr>(text: &str) -> Option<T> {
    text.trim().parse().ok()
}
