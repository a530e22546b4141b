//! What is sent: bodies in the vendor's words, cut to the sizes that it documents.

use secrecy::{ExposeSecret as _, SecretString};
use serde::Serialize;

use crate::domain::action::{Issue, Metadata, StartTrigger, Term};
use crate::domain::fact::Person;
use crate::domain::license::Seats;
use crate::license_servers::order::{NewLicense, NewOrganization, NewUser, UserChange};

const NAME_LENGTH: usize = 256;
const METADATA_KEY_LENGTH: usize = 256;
const METADATA_VALUE_LENGTH: usize = 4096;
const METADATA_ROWS: usize = 50;

/// The interval of a license that no renewal extends; absent would mean the template's.
pub const NO_INTERVAL: &str = "";

/// The body of a new license. What is absent is inherited from the template.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LicenseBody<'a> {
    product_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    license_template_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    user_id: Option<&'a str>,
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    license_type: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    subscription_interval: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    subscription_start_trigger: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_at: Option<String>,
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    seats: Option<SeatsBody>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_allowed_release_version: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    maintenance_policy_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    entitlement_set_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    metadata: Vec<MetadataBody>,
    #[serde(skip_serializing_if = "Option::is_none")]
    notes: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    meter_attributes: Vec<MeterBody<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    suspended: Option<bool>,
}

/// A seat count under the name that the vendor gives its kind.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SeatsBody {
    #[serde(skip_serializing_if = "Option::is_none")]
    allowed_activations: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    allowed_floating_clients: Option<u32>,
}

/// A metadata row.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct MetadataBody {
    key: String,
    value: String,
    view_permissions: &'static [&'static str],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct MeterBody<'a> {
    name: &'a str,
    allowed_uses: i64,
}

/// The body of a new user.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct UserBody<'a> {
    email: &'a str,
    first_name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    company: Option<String>,
    password: &'a str,
    role: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    organization_id: Option<&'a str>,
}

/// The body of a new organization.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct OrganizationBody {
    name: String,
    email: String,
    allowed_users: i32,
}

/// The body of a change of a user.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct UserChangeBody<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    first_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    company: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    organization_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    role: Option<&'static str>,
}

/// The body that makes a license.
pub fn license(license: &NewLicense) -> LicenseBody<'_> {
    let issue = &license.issue;
    let (subscription_interval, expires_at) = term(issue.term);
    LicenseBody {
        product_id: &issue.license_product_id,
        key: license.key.as_ref().map(SecretString::expose_secret),
        license_template_id: given(issue.license_template_id.as_deref()),
        user_id: given(license.user_id.as_deref()),
        license_type: given(issue.license_type.as_deref()),
        subscription_interval,
        subscription_start_trigger: issue.start_trigger.map(start_trigger),
        expires_at,
        seats: issue.seats.map(seats),
        max_allowed_release_version: given(issue.max_allowed_release_version.as_deref()),
        maintenance_policy_id: given(issue.maintenance_policy_id.as_deref()),
        entitlement_set_id: given(issue.entitlement_set_id.as_deref()),
        metadata: metadata(&issue.metadata),
        notes: given(issue.note.as_deref()),
        meter_attributes: meters(issue),
        suspended: (!issue.suspended_for.is_empty()).then_some(true),
    }
}

/// The body that makes a user.
pub fn user(user: &NewUser) -> UserBody<'_> {
    let person = &user.person;
    let last_name = name(person.last_name.as_deref());
    let first_name = name(person.first_name.as_deref());
    UserBody {
        email: person.email.as_deref().unwrap_or_default().trim(),
        // A last name that stands in for the first is not said twice.
        last_name: first_name.is_some().then_some(last_name).flatten(),
        first_name: first_name.unwrap_or_else(|| stand_in_name(person)),
        company: name(person.company.as_deref()),
        password: user.password.expose_secret(),
        role: user.administers.as_ref().map_or("user", |_| ADMINISTRATOR),
        organization_id: given(user.administers.as_deref()),
    }
}

/// The role of whoever administers an organization.
const ADMINISTRATOR: &str = "organization-admin";
/// As many users as it likes.
const UNLIMITED: i32 = -1;

/// The body that makes an organization.
pub fn organization(organization: &NewOrganization) -> OrganizationBody {
    OrganizationBody {
        name: cut(organization.name.trim(), NAME_LENGTH),
        email: organization.email.trim().to_owned(),
        allowed_users: UNLIMITED,
    }
}

/// The body that changes a user.
pub fn user_change(change: &UserChange) -> UserChangeBody<'_> {
    let cut_name =
        |text: &Option<String>| text.as_deref().map(|text| cut(text.trim(), NAME_LENGTH));
    UserChangeBody {
        email: given(change.email.as_deref()),
        first_name: name(change.first_name.as_deref()),
        last_name: cut_name(&change.last_name),
        company: cut_name(&change.company),
        organization_id: given(change.administers.as_deref()),
        role: change.administers.as_ref().map(|_| ADMINISTRATOR),
    }
}

/// Metadata rows; those without a key and those beyond what the vendor takes are left out.
pub fn metadata(rows: &[Metadata]) -> Vec<MetadataBody> {
    rows.iter()
        .filter(|row| !row.key.trim().is_empty())
        .take(METADATA_ROWS)
        .map(|row| MetadataBody {
            key: cut(&row.key, METADATA_KEY_LENGTH),
            value: cut(&row.value, METADATA_VALUE_LENGTH),
            view_permissions: if row.is_visible {
                &["activation", "user"]
            } else {
                &[]
            },
        })
        .collect()
}

/// A seat count, held at the largest number that the vendor takes.
pub fn seats(seats: Seats) -> SeatsBody {
    let held = |count: u32| Some(count.min(i32::MAX.unsigned_abs()));
    match seats {
        Seats::Activations(count) => SeatsBody {
            allowed_activations: held(count),
            allowed_floating_clients: None,
        },
        Seats::FloatingClients(count) => SeatsBody {
            allowed_activations: None,
            allowed_floating_clients: held(count),
        },
    }
}

/// Why a seat count must not be sent.
pub fn seats_refusal(seats: Option<Seats>) -> Option<String> {
    match seats {
        Some(Seats::Activations(0) | Seats::FloatingClients(0)) => {
            Some("no seats at all would mean unlimited seats to this license server".to_owned())
        }
        _ => None,
    }
}

/// The vendor's word for when a term begins.
pub const fn start_trigger(trigger: StartTrigger) -> &'static str {
    match trigger {
        StartTrigger::Creation => "creation",
        StartTrigger::Activation => "activation",
    }
}

/// Interval and end of a new license.
fn term(term: Term) -> (Option<String>, Option<String>) {
    match term {
        Term::Template => (None, None),
        Term::Perpetual => (Some(NO_INTERVAL.to_owned()), None),
        Term::Period(period) => (Some(period.to_string()), None),
        Term::Until { end, period } => (
            period.map(|period| period.to_string()),
            Some(end.to_string()),
        ),
    }
}

fn meters(issue: &Issue) -> Vec<MeterBody<'_>> {
    issue
        .meters
        .iter()
        .map(|(name, allowed_uses)| MeterBody {
            name,
            allowed_uses: *allowed_uses,
        })
        .collect()
}

/// The vendor insists on a first name; buyers do not.
fn stand_in_name(person: &Person) -> String {
    let mailbox = person
        .email
        .as_deref()
        .and_then(|email| email.trim().split('@').next());
    name(person.last_name.as_deref())
        .or_else(|| name(person.company.as_deref()))
        .or_else(|| name(mailbox))
        .unwrap_or_else(|| "Customer".to_owned())
}

fn name(text: Option<&str>) -> Option<String> {
    given(text)
        .map(|text| cut(text, NAME_LENGTH))
        .filter(|text| !text.is_empty())
}

fn given(text: Option<&str>) -> Option<&str> {
    text.map(str::trim).filter(|text| !text.is_empty())
}

/// At most so many UTF-16 units, which is how the vendor counts, never half a character; NUL is dropped, since
/// databases refuse it.
fn cut(text: &str, length: usize) -> String {
    let mut left = length;
    text.chars()
        .filter(|&character| character != '\0')
        .take_while(|character| {
            let fits = character.len_utf16() <= left;
            left = left.saturating_sub(character.len_utf16());
            fits
        })
        .collect()
}

#[cfg(test)]
#[path = "outgoing_tests.rs"]
mod tests;
