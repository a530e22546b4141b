//! What must hold of any bytes that a stranger can send. Shared with the fuzz targets.

use latchkey::domain::compare::{Question, compare};
use latchkey::domain::consent::Consents;
use latchkey::domain::fold::fold;
use latchkey::domain::kind::StorefrontKind;
use latchkey::domain::mapping::Mapping;
use latchkey::domain::plan::{Known, Outcome};
use latchkey::domain::portion::Portion;
use latchkey::domain::record::Records;
use latchkey::domain::rules::Rules;
use latchkey::domain::time::Timestamp;
use latchkey::storefronts::{self, Storefront, Translation};

/// What the shop signs with.
pub const SECRET: &[u8] = b"whsec-of-the-shop";
/// A signed body that is not the one under test.
const BODY: &[u8] = br#"{"events":[]}"#;

/// The shop whose words are read.
pub fn shop() -> &'static dyn Storefront {
    storefronts::of(StorefrontKind::Fastspring)
}

/// A body is taken apart, or refused; what is kept of it is a part of it, and it is believed for its signature alone.
pub fn body_is_taken_apart_or_refused(body: &[u8]) {
    let signed = shop().sign(body, SECRET);
    assert!(is_believed(body, &signed, &[SECRET]));
    assert!(!is_believed(body, &signed, &[b"another", b""]));
    assert!(!is_believed(&[body, b" "].concat(), &signed, &[SECRET]));
    let Ok(envelope) = shop().split(body) else {
        return;
    };
    let text = String::from_utf8_lossy(body);
    for event in envelope.events {
        assert!(text.contains(event.payload), "no part of the body");
        assert!(!event.source_id.is_empty(), "an event without an id");
        assert!(!event.event_type.is_empty(), "an event without a type");
    }
}

/// No header is believed but the signature itself; blanks around a header's value are no part of it.
pub fn header_is_no_signature(header: &[u8]) {
    let signed = shop().sign(BODY, SECRET);
    let is_ours = signed
        .iter()
        .any(|(_, value)| value.as_bytes() == header.trim_ascii());
    for (name, _) in &signed {
        let headers = |wanted: &str| match wanted == *name {
            true => vec![header],
            false => Vec::new(),
        };
        let is_believed = shop().verify(&headers, BODY, &[SECRET]).is_ok();
        assert!(!is_believed || is_ours, "believed: {header:?}");
    }
}

/// A request for keys that nobody signed is never believed, and read without harm.
pub fn key_request_is_not_believed(form: &[u8]) {
    assert!(
        shop()
            .verify_key_request(form, &[b"a private key", b""])
            .is_err()
    );
    drop(shop().read_key_request(form));
}

/// Events are understood or refused; nothing is planned for a purchase without a name.
pub fn events_are_understood_or_refused(body: &[u8]) {
    let Ok(envelope) = shop().split(body) else {
        return;
    };
    let mut rules = Rules::default();
    let mut records = Records::default();
    for event in envelope.events {
        let payload = event.payload.as_bytes();
        let Ok(translation) = shop().translate(&event.event_type, payload) else {
            continue;
        };
        let now = event.occurred_at.unwrap_or(Timestamp::from_microsecond(0));
        records = fold(records, &translation.fact, now);
        for product in &translation.products {
            let mapping = Mapping {
                license_product_id: Some("a-product".to_owned()),
                license_template_id: Some("a-template".to_owned()),
                ..Mapping::default()
            };
            rules.mappings.insert(product.path.clone(), mapping);
        }
        plan_names_its_purchase(&translation, &records, &rules, now);
    }
}

fn plan_names_its_purchase(
    translation: &Translation,
    records: &Records,
    rules: &Rules,
    now: Timestamp,
) {
    let outcome = compare(&Question {
        fact: &translation.fact,
        occurred_at: now,
        records,
        rules,
        licenses: &[],
        known: &Known::default(),
        now,
        is_live: true,
        consents: &Consents::default(),
        portion: &Portion::default(),
    });
    let Outcome::Plan(plan) = outcome else {
        return;
    };
    for planned in plan.actions.iter().chain(&plan.held) {
        let root = planned.license.root.as_str();
        assert!(!root.trim().is_empty(), "a license of no purchase");
    }
}

fn is_believed(body: &[u8], signed: &[(&'static str, String)], secrets: &[&[u8]]) -> bool {
    let headers = |wanted: &str| {
        let named = signed.iter().filter(|(name, _)| *name == wanted);
        named.map(|(_, value)| value.as_bytes()).collect()
    };
    shop().verify(&headers, body, secrets).is_ok()
}
