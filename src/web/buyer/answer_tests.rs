//! Each state of a buyer has its answer.

use super::*;

fn at(day: &str) -> Timestamp {
    format!("{day}T00:00:00Z").parse().unwrap()
}

fn held(product: &str, state: LicenseState, ends: Option<&str>) -> BuyerLicense {
    BuyerLicense {
        product: product.to_owned(),
        program: product.to_owned(),
        state,
        service: LicenseServerKind::Cryptlex,
        causes: Vec::new(),
        taken_for: None,
        is_by_hand: false,
        ends: ends.map(at),
        is_perpetual: ends.is_none(),
        paid_until: None,
        missed_since: None,
        href: String::new(),
    }
}

fn open(needs_vendor: bool) -> Open {
    Open {
        needs_vendor,
        reason: "Because of this.".to_owned(),
        next: Some("10:43".to_owned()),
        href: String::new(),
    }
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table of states")]
fn each_state_of_a_buyer_has_its_answer() {
    let paid = BuyerLicense {
        paid_until: Some(at("2027-01-03")),
        ..held("Studio Pro", LicenseState::Active, Some("2027-01-13"))
    };
    let reverb = held("Reverb", LicenseState::Active, None);
    let failed = BuyerLicense {
        missed_since: Some(at("2026-11-26")),
        ..held("Studio Pro", LicenseState::Active, Some("2026-12-06"))
    };
    let refunded = BuyerLicense {
        causes: vec![Cause::Refund],
        ..held("Reverb", LicenseState::Suspended, None)
    };
    let by_hand = BuyerLicense {
        is_by_hand: true,
        ..held("Reverb", LicenseState::Suspended, None)
    };
    let ended = held("Studio Lite", LicenseState::Expired, Some("2026-08-08"));
    let replaced = BuyerLicense {
        taken_for: Some(Cause::Replaced),
        ..held("Studio Lite", LicenseState::Deleted, None)
    };
    for (held, open, said) in [
        (
            vec![&paid, &reverb, &ended],
            None,
            "works: YES. Studio Pro is paid until 3 January 2027 and works until 13 January 2027. Reverb never ends.",
        ),
        (
            vec![&failed],
            None,
            "works_until: YES, until 6 December 2026. The payment failed on 26 November 2026. If none comes, Studio Pro stops then.",
        ),
        (
            vec![&failed, &reverb],
            None,
            "works: YES. Studio Pro works until 6 December 2026. Reverb never ends. The payment for Studio Pro failed on 26 November 2026.",
        ),
        (
            vec![&reverb],
            Some(open(true)),
            "works_and_needs_vendor: YES, and something else waits for you. Because of this. Reverb never ends.",
        ),
        (
            vec![&reverb],
            Some(open(false)),
            "works: YES. Reverb never ends. Something newer is under way. Because of this.",
        ),
        (
            vec![],
            Some(open(false)),
            "being_made: NO, and it is being mended. Because of this. Next try 10:43.",
        ),
        (
            vec![],
            Some(open(true)),
            "needs_vendor: NO, and it waits for you. Because of this.",
        ),
        (
            vec![&refunded],
            None,
            "rightly_not: NO, and that is right. Reverb is suspended, because the money went back. It can be switched on again.",
        ),
        (
            vec![&by_hand],
            None,
            "stopped_by_hand: NO. Someone at your company suspended Reverb. Payments do not lift it.",
        ),
        (
            vec![&ended],
            None,
            "rightly_not: NO, and that is right. Studio Lite ended on 8 August 2026, and nothing was paid for later.",
        ),
        (
            vec![&replaced],
            None,
            "rightly_not: NO, and that is right. Studio Lite was deleted, because another license took its place.",
        ),
        (
            vec![],
            None,
            "no_license: NO. No purchase of theirs gave a license.",
        ),
    ] {
        let held: Vec<BuyerLicense> = held.into_iter().cloned().collect();

        let answer = answer(&held, open.as_ref(), at("2026-12-03"));

        assert_eq!(
            format!("{}: {} {}", answer.kind.as_str(), answer.title, answer.text),
            said
        );
    }
}
