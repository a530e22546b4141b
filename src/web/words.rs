//! The words of the screen for the words of the code.

use crate::domain::action::ActionKind;
use crate::domain::license::{Aspect, Cause, LicenseState};
use crate::web::partials::{Badge, FieldChoice, Tone};

/// A license's state, with what it means for the one who uses it.
pub fn license_state(state: LicenseState) -> Badge {
    let (tone, text) = match state {
        LicenseState::Pending => (Tone::Work, "Being made"),
        LicenseState::Active => (Tone::Good, "Active"),
        LicenseState::Expired => (Tone::Quiet, "Ended (the app says expired)"),
        LicenseState::Suspended => (Tone::Wait, "Suspended (can be switched on again)"),
        LicenseState::Revoked => (Tone::Bad, "Revoked (machines must activate again)"),
        LicenseState::Deleted => (Tone::Quiet, "Deleted (cannot be undone)"),
    };
    Badge::new(tone, text)
}

/// Why a license is suspended or revoked.
pub const fn cause(cause: Cause) -> &'static str {
    match cause {
        Cause::Overdue => "a payment is overdue",
        Cause::Pause => "the subscription is paused",
        Cause::Refund => "the money went back",
        Cause::Chargeback => "the buyer's bank took the money back",
        Cause::Ended => "the subscription ended",
        Cause::FewerUnits => "fewer are paid for",
        Cause::Replaced => "another license took its place",
        Cause::NoOrder => "the key was in a receipt and no order followed",
        Cause::ByHand => "someone did it by hand; payments do not lift it",
    }
}

/// A side of a license that somebody changed.
pub const fn side(aspect: Aspect) -> &'static str {
    match aspect {
        Aspect::Existence => "whether it is there",
        Aspect::Term => "its end",
        Aspect::Standing => "whether it is suspended or revoked",
        Aspect::Seats => "how many may use it",
        Aspect::Entitlements => "its features",
        Aspect::Maintenance => "which updates it includes",
        Aspect::Holder => "its user",
        Aspect::Notes => "its notes",
        Aspect::Machines => "its machines",
    }
}

/// What is done to a license, as a step of *What will be done*.
pub const fn action(kind: ActionKind) -> &'static str {
    match kind {
        ActionKind::Issue => "Make the license",
        ActionKind::Renew => "Add one period",
        ActionKind::SetTerm => "Move the license's end",
        ActionKind::Suspend => "Suspend the license",
        ActionKind::Reinstate => "Switch the license on again",
        ActionKind::Revoke => "Revoke the license",
        ActionKind::Delete => "Delete the license",
        ActionKind::SetSeats => "Change the number of seats",
        ActionKind::SetEntitlements => "Change the features",
        ActionKind::SetMaintenance => "Move the end of updates",
        ActionKind::Assign => "Link its people",
        ActionKind::Annotate => "Write the order's numbers on the license",
        ActionKind::ReleaseMachines => "Free its machines",
    }
}

/// What a store that makes licenses at that service does with what comes, the current one selected.
pub fn modes(current: &str, service: &str) -> Vec<FieldChoice> {
    [
        ("live", "On", "Licenses follow what FastSpring says."),
        (
            "shadow",
            "Watch only",
            &format!("Shows what would be done, and changes nothing at {service}."),
        ),
        ("paused", "Hold", "Everything is kept, nothing is done."),
    ]
    .map(|(value, label, text)| FieldChoice::new(value, label, text, current))
    .into()
}

/// The starting sets of rules, the current one selected.
pub fn presets(current: &str) -> Vec<FieldChoice> {
    [
        (
            "recommended",
            "Recommended",
            "Follows what was paid, gives customers 10 days, deletes nothing.",
        ),
        (
            "cryptlex",
            "Like Cryptlex's script",
            "Same behavior as today: renews by interval, suspends at the first overdue notice, deletes when a subscription ends.",
        ),
        (
            "licensespring",
            "Like LicenseSpring",
            "Follows the shop's date, ignores overdue notices, suspends when a subscription ends.",
        ),
    ]
    .map(|(value, label, text)| FieldChoice::new(value, label, text, current))
    .into()
}

/// A count with its noun: `1 change`, `12 changes`.
pub fn counted(count: u64, one: &str, many: &str) -> String {
    if count == 1 {
        format!("1 {one}")
    } else {
        format!("{count} {many}")
    }
}

/// What changed rules mean for what is there: `The rules apply to what comes from now on; 1,204 licenses keep their terms.`
pub fn rules_note(licenses: u64) -> String {
    let kept = match licenses {
        0 => return "The rules apply to what comes from now on.".to_owned(),
        1 => "1 license keeps its terms".to_owned(),
        count => format!("{} licenses keep their terms", grouped(count)),
    };
    format!("The rules apply to what comes from now on; {kept}.")
}

/// `1,204`.
fn grouped(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::new();
    for (position, digit) in digits.chars().enumerate() {
        if position > 0 && (digits.len() - position).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A small number in words at the beginning of a sentence: `Two`; digits above twelve.
pub fn spelled(count: u64) -> String {
    const WORDS: [&str; 13] = [
        "No", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine", "Ten",
        "Eleven", "Twelve",
    ];
    usize::try_from(count)
        .ok()
        .and_then(|index| WORDS.get(index))
        .map_or_else(|| count.to_string(), |word| (*word).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_never_plural() {
        assert_eq!(counted(1, "change", "changes"), "1 change");
        assert_eq!(counted(0, "change", "changes"), "0 changes");
        assert_eq!(grouped(999), "999");
        assert_eq!(grouped(1_204_000), "1,204,000");
        assert_eq!(
            rules_note(1_204),
            "The rules apply to what comes from now on; 1,204 licenses keep their terms."
        );
        assert_eq!(spelled(2), "Two");
        assert_eq!(spelled(41), "41");
    }
}
