//! What goes wrong: lost answers, limits, refused keys, unreadable fields, and what the record keeps of it all.

use std::time::Duration;

use latchkey_sandbox::licensespring::sample::codes;
use latchkey_sandbox::limiter::RateLimit;
use latchkey_sandbox::options::{PlanFeature, SandboxOptions};
use secrecy::SecretString;

use super::{API_KEY, NUMBER, open, order_of, strict, unit};
use crate::license_servers::licensespring::licenses_of::LicensesOf;
use crate::license_servers::licensespring::order::{ItemLicense, NewOrder};
use crate::license_servers::licensespring::patch::LicensePatch;
use crate::license_servers::remote::TokenState;
use crate::license_servers::reply::FailureClass;

const KEY: &str = "AAAA-BBBB-CCCC-0001";

fn order() -> NewOrder {
    order_of(codes::STUDIO, vec![unit(KEY, "1")])
}

#[tokio::test]
async fn a_lost_answer_is_settled_by_looking() {
    for (fault, is_there) in [
        ("cut=after,on=create,times=1", true),
        ("status=502,when=after,on=create,times=1", true),
        ("garble,on=create,times=1", true),
        ("misspell=order_items,on=create,times=1", true),
        ("cut=before,on=create,times=1", false),
        ("status=503,on=create,times=1", false),
        ("lie,on=create,times=1", false),
    ] {
        let (sandbox, server) = open(strict(&[fault]));

        let lost = server().create_order(&order()).await.result;
        let is_in_doubt = lost.is_ok_and(|_| fault.starts_with("lie"))
            || server().orders_of(NUMBER, 1).await.result.is_ok();
        let wanted = LicensesOf::OrderNumber(NUMBER);
        let found = server().licenses_of(&wanted, 1).await.result.ok().unwrap();
        let ours = found
            .licenses
            .iter()
            .filter(|license| license.license.has_metadata("unit", "1"));
        let count = ours.count();
        if count == 0 {
            server().create_order(&order()).await.result.ok().unwrap();
        }

        assert!(is_in_doubt);
        assert_eq!(count == 1, is_there, "{fault}");
        assert_eq!(sandbox.licenses().len(), 1, "{fault}");
    }
}

#[tokio::test]
async fn faults_come_to_the_client_as_their_classes() {
    let order_items = FailureClass::Unreadable {
        field: "order_items",
    };
    for (fault, class, may_have_applied) in [
        ("status=503", FailureClass::Transient, true),
        ("cut=after", FailureClass::Transient, true),
        ("garble", FailureClass::Transient, true),
        ("misspell=order_items", order_items, true),
        ("status=401", FailureClass::Unauthorized, false),
        ("status=403", FailureClass::Forbidden { scope: None }, false),
        ("status=404", FailureClass::NotFound, false),
        ("status=400", FailureClass::Rejected, false),
        ("status=301", FailureClass::Rejected, false),
        ("status=429", FailureClass::RateLimited, false),
    ] {
        let (_, server) = open(strict(&[fault]));

        let failure = server().create_order(&order()).await.result.err().unwrap();

        assert_eq!(
            (failure.class, failure.may_have_applied),
            (class, may_have_applied),
            "{fault}"
        );
    }
}

#[tokio::test]
async fn a_limit_is_heard_with_and_without_the_time_to_wait() {
    let (_, server) = open(strict(&["status=429,retry-after=3,times=1"]));
    let told = server().probe().await.result.unwrap_err();
    let (sandbox, server) = open(strict(&[]));
    sandbox.set_company_limit(RateLimit {
        requests: Some(1),
        window: Duration::from_secs(60),
        ..RateLimit::default()
    });
    server().probe().await.result.unwrap();
    let untold = server().create_order(&order()).await.result.err().unwrap();

    assert_eq!(
        (told.class, told.after),
        (FailureClass::RateLimited, Some(Duration::from_secs(3)))
    );
    assert_eq!(untold.class, FailureClass::RateLimited);
    assert!(!untold.may_have_applied);
    assert_eq!(sandbox.licenses().len(), 0);
}

#[tokio::test]
async fn a_refused_key_is_told_from_everything_else() {
    let (sandbox, server) = open(strict(&[]));
    let accepted = server().check().await.result;
    sandbox.refuse_tokens(vec![API_KEY.to_owned()]);

    let refused = server().check().await.result;
    let order = server().create_order(&order()).await.result.err().unwrap();
    let many = server()
        .licenses_of(&LicensesOf::OrderNumber(NUMBER), 1)
        .await;

    assert_eq!(TokenState::of(&accepted), TokenState::Ok);
    assert_eq!(TokenState::of(&refused), TokenState::Unauthorized);
    assert_eq!(
        (order.class, order.may_have_applied),
        (FailureClass::Unauthorized, false)
    );
    assert_eq!(many.result.err().unwrap().class, FailureClass::Unauthorized);
}

#[tokio::test]
async fn a_plan_that_lacks_something_says_so() {
    let (_, server) = open(SandboxOptions {
        lacking: vec![PlanFeature::Floating],
        ..strict(&[])
    });
    let floating = ItemLicense {
        max_activations: Some(5),
        floating_users: Some(4),
        ..unit(KEY, "1")
    };

    let order = server()
        .create_order(&order_of(codes::STUDIO, vec![floating]))
        .await;

    assert_eq!(order.result.err().unwrap().class, FailureClass::PlanLimit);
}

#[tokio::test]
async fn what_an_order_says_wrong_is_refused_with_the_fields_name() {
    let (sandbox, server) = open(strict(&[]));
    let with = |change: fn(&mut ItemLicense)| {
        let mut license = unit(KEY, "1");
        change(&mut license);
        order_of(codes::STUDIO, vec![license])
    };
    for (order, word) in [
        (
            with(|license| license.policy_code = Some("other".to_owned())),
            "policy_code",
        ),
        (
            with(|license| license.features = vec!["other".to_owned()]),
            "product_features",
        ),
        (
            with(|license| license.license_type = Some("other".to_owned())),
            "license_type",
        ),
        (
            with(|license| license.floating_users = Some(99)),
            "floating_users",
        ),
        (order_of("other", vec![unit(KEY, "1")]), "product_code"),
        (order_of(codes::TEAM, vec![ItemLicense::default()]), "users"),
    ] {
        let failure = server().create_order(&order).await.result.err().unwrap();

        assert_eq!(failure.class, FailureClass::Rejected, "{}", failure.text);
        assert!(failure.text.contains(word), "{word}: {}", failure.text);
    }
    assert_eq!(sandbox.licenses().len(), 0);
}

/// Nobody reads what is not asked for, and what cannot be read of one license is no reason not to read the others.
#[tokio::test]
async fn a_license_that_cannot_be_read_keeps_no_other_from_being_shown() {
    let (_, server) = open(strict(&["misspell=enabled,on=list"]));
    let order = order_of(
        codes::STUDIO,
        vec![unit(KEY, "1"), unit("AAAA-BBBB-CCCC-0002", "2")],
    );
    let answer = server().create_order(&order).await.result.ok().unwrap();
    let made = answer.licenses.iter();
    let ids: Vec<String> = made.map(|license| license.license.id.clone()).collect();

    for wanted in [LicensesOf::Ids(&ids), LicensesOf::OrderNumber(NUMBER)] {
        let found = server().licenses_of(&wanted, 1).await.result.ok().unwrap();

        assert_eq!((found.licenses.len(), found.unreadable.len()), (1, 1));
        assert_ne!(found.unreadable[0], found.licenses[0].license.id);
        assert!(ids.contains(&found.unreadable[0]));
    }
}

#[tokio::test]
async fn neither_the_account_nor_keys_and_addresses_are_in_the_record() {
    let (_, server) = open(strict(&["repeat,on=create"]));
    let key = SecretString::from(KEY);

    let order = server().create_order(&order()).await;
    let found = server().licenses_of(&LicensesOf::Key(&key), 1).await;
    let patched = server().patch("../users", &LicensePatch::default()).await;

    let failure = order.result.err().unwrap();
    assert!(
        !failure.text.contains(API_KEY) && !failure.text.contains(KEY),
        "{}",
        failure.text
    );
    let repeated = order.exchange.response.unwrap();
    assert!(!repeated.contains(API_KEY), "{repeated}");
    assert_eq!(
        found.exchange.url,
        "/api/v1/licenses/?license_key=***&order_by=created_at&limit=100&offset=0"
    );
    assert_eq!(
        (patched.exchange.status, patched.exchange.method),
        (None, "PATCH")
    );
}
