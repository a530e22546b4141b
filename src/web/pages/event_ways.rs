//! What a person may do about one message now: mend its cause, name its license, run it again, set it aside, answer it.

use crate::domain::effect::EventState;
use crate::domain::reason::ReasonCode;
use crate::pipeline::planning::approvals::awaits_approval;
use crate::store::events::Event;
use crate::web::pages::event_found::FoundEvent;
use crate::web::pages::event_story::is_moving;
use crate::web::partials::{FormField, Way};
use crate::web::{asked, mend};

/// A form in which a person names the license of the purchase.
#[derive(Debug, Clone)]
pub struct LicensePick {
    /// What it posts to.
    pub address: String,
    /// The license's id or key.
    pub license: FormField,
}

/// The form where a license is missing; with what was named, and why it could not be that one.
pub fn pick(
    event: &Event,
    service: &str,
    href: &str,
    refused: Option<(&str, String)>,
) -> Option<LicensePick> {
    let license = FormField::text("license", format!("Its key or its id at {service}")).hint(
        format!("Where there is none any more, make one at {service} first."),
    );
    (is_license_missing(event) || refused.is_some()).then(|| LicensePick {
        address: format!("{href}/pick"),
        license: match refused {
            Some((named, error)) => license.value(named).error(Some(error)),
            None => license,
        },
    })
}

/// The ways out, the one that most will take first.
pub fn ways(found: &FoundEvent, href: &str, csrf: &str) -> Vec<Way> {
    let event = &found.story.event;
    let mut ways = Vec::new();
    if awaits_approval(event)
        && let Some(code) = event.reason_code
    {
        let subject = event.reason_subject.as_deref();
        let effects = &found.story.effects;
        ways.extend(match code {
            ReasonCode::WhichLicense => asked::choices(event, effects, &found.names, href, csrf),
            _ => asked::answers(code, href, csrf).to_vec(),
        });
        ways.extend(mend::way(event.storefront_id, code, subject));
        return ways;
    }
    let mend = event.reason_code.filter(|_| is_mendable(event));
    let mend =
        mend.and_then(|code| mend::way(event.storefront_id, code, event.reason_subject.as_deref()));
    let is_mended_elsewhere = mend.is_some() || is_license_missing(event);
    ways.extend(mend.map(|way| match event.state {
        EventState::Ignored => way.button(),
        _ => way.primary(),
    }));
    if event.state != EventState::Working {
        let again = Way::post("Run again", format!("{href}/run-again"), csrf);
        ways.push(match event.state {
            EventState::Parked if !is_mended_elsewhere => again.primary(),
            _ => again,
        });
    }
    if is_unsettled(event) {
        ways.push(Way::post("Set aside", format!("{href}/set-aside"), csrf).quiet());
    }
    ways
}

/// Whether its reason holds it back, or had it left alone.
fn is_mendable(event: &Event) -> bool {
    is_unsettled(event) || event.state == EventState::Ignored
}

/// Whether it waits for a person to name its license.
pub fn is_license_missing(event: &Event) -> bool {
    event.state == EventState::Parked && event.reason_code == Some(ReasonCode::LicenseNotFound)
}

/// Whether something is still to come of it, by itself or by a person.
fn is_unsettled(event: &Event) -> bool {
    is_moving(event) || event.state == EventState::Parked
}
