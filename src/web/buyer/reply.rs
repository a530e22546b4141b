//! A reply that support can send to a buyer. It names what was paid for, never the extra days: those are the company's secret.

use crate::domain::license::LicenseState;
use crate::domain::time::Timestamp;
use crate::web::buyer::answer::{Answer, AnswerKind, BuyerLicense};

/// The reply; `None` where support has to find words of its own.
pub fn reply(
    first_name: &str,
    answer: &Answer,
    held: &[BuyerLicense],
    paid_at: Option<Timestamp>,
) -> Option<String> {
    let what = match answer.kind {
        AnswerKind::Works | AnswerKind::WorksUntil => working(held, paid_at)?,
        AnswerKind::BeingMade => {
            "your purchase has arrived and your license is being made right now. It will reach you by itself.".to_owned()
        }
        AnswerKind::Rightly | AnswerKind::NeedsVendor | AnswerKind::WorksAndNeedsVendor | AnswerKind::ByHand | AnswerKind::Nothing => return None,
    };
    let name = if first_name.is_empty() {
        String::new()
    } else {
        format!(" {first_name}")
    };
    Some(format!(
        "Hello{name}, {what} If anything is still not right, simply answer this mail."
    ))
}

fn working(held: &[BuyerLicense], paid_at: Option<Timestamp>) -> Option<String> {
    let license = held
        .iter()
        .find(|license| license.state == LicenseState::Active)?;
    let product = &license.product;
    if let Some(missed) = license.missed_since {
        return Some(format!(
            "the payment for {product} of {} did not go through. Please check your payment details; as soon as it is paid, your license goes on.",
            missed.long_day()
        ));
    }
    let payment = paid_at
        .map(|at| format!("your payment of {} has arrived and ", at.long_day()))
        .unwrap_or_default();
    let until = match (license.paid_until, license.ends) {
        (Some(paid), Some(_)) => {
            format!("your license of {product} runs until {}.", paid.long_day())
        }
        (_, None) if license.is_perpetual => format!("your license of {product} never ends."),
        // Where nobody says what was paid for, an end may hold days that are no business of the buyer's.
        _ => format!("your license of {product} is active."),
    };
    Some(format!(
        "{payment}{until} Please close {} and start it again while connected to the internet; it will then see this.",
        license.program
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::kind::LicenseServerKind;
    use crate::web::buyer::answer::answer;

    fn at(day: &str) -> Timestamp {
        format!("{day}T00:00:00Z").parse().unwrap()
    }

    fn held(paid_until: Option<&str>, ends: Option<&str>) -> BuyerLicense {
        BuyerLicense {
            product: "Studio Pro …C204E8".to_owned(),
            program: "Studio Pro".to_owned(),
            state: LicenseState::Active,
            service: LicenseServerKind::Cryptlex,
            causes: Vec::new(),
            taken_for: None,
            is_by_hand: false,
            ends: ends.map(at),
            is_perpetual: ends.is_none(),
            paid_until: paid_until.map(at),
            missed_since: None,
            href: String::new(),
        }
    }

    fn said(held: BuyerLicense, paid_at: Option<&str>) -> String {
        let held = [held];
        let answer = answer(&held, None, at("2026-12-04"));
        reply("Anna", &answer, &held, paid_at.map(at)).unwrap_or_default()
    }

    #[test]
    fn the_paid_date_is_named_and_never_the_extra_days() {
        let reply = said(
            held(Some("2027-01-03"), Some("2027-01-13")),
            Some("2026-12-03"),
        );

        assert_eq!(
            reply,
            "Hello Anna, your payment of 3 December 2026 has arrived and your license of Studio Pro …C204E8 runs until 3 January 2027. \
             Please close Studio Pro and start it again while connected to the internet; it will then see this. \
             If anything is still not right, simply answer this mail."
        );
        assert!(!said(held(None, Some("2027-01-13")), None).contains("13 January"));
        assert!(said(held(None, None), None).contains("never ends"));
    }

    #[test]
    fn a_missing_payment_is_said_without_a_date_of_the_end() {
        let failed = BuyerLicense {
            missed_since: Some(at("2026-11-26")),
            ..held(Some("2026-11-26"), Some("2026-12-06"))
        };

        let reply = said(failed, None);

        assert!(
            reply.contains("of 26 November 2026 did not go through"),
            "{reply}"
        );
        assert!(!reply.contains("December"), "{reply}");
    }

    #[test]
    fn where_the_license_rightly_does_not_work_support_finds_its_own_words() {
        let ended = BuyerLicense {
            state: LicenseState::Expired,
            ..held(None, Some("2026-08-08"))
        };

        assert_eq!(said(ended, None), "");
    }
}
