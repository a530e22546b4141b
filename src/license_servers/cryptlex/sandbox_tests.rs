//! The client against the sandbox: each finds the other's mistakes.

use std::net::TcpListener;
use std::sync::Arc;

use latchkey_sandbox::Sandbox;
use latchkey_sandbox::options::SandboxOptions;
use latchkey_sandbox::shared::SharedSandbox;
use latchkey_sandbox::socket;
use secrecy::{ExposeSecret, SecretString};

use crate::domain::action::{Issue, Metadata, Term};
use crate::domain::fact::Person;
use crate::domain::kind::LicenseServerKind;
use crate::domain::license::PurchaseId;
use crate::domain::license::Seats;
use crate::domain::shop_id::SubscriptionId;
use crate::domain::time::Timestamp;
use crate::license_servers::base_url::BaseUrl;
use crate::license_servers::order::{NewLicense, NewUser, Setting};
use crate::license_servers::reply::FailureClass;
use crate::license_servers::{Account, LicenseServer};
use crate::outbound::{Leave, Outbound};

const KEY: &str = "0A1B2C-3D4E5F-0A1B2C-3D4E5F-0A1B2C-3D4E5F";

fn client(faults: &[&str]) -> (SharedSandbox, impl Fn() -> Box<dyn LicenseServer> + use<>) {
    let options = SandboxOptions {
        is_strict: true,
        faults: faults.iter().map(|fault| fault.parse().unwrap()).collect(),
        ..SandboxOptions::default()
    };
    let sandbox = SharedSandbox::new(Sandbox::new(options));
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let clock = Arc::new(|| "2027-01-13T00:00:00Z".parse().unwrap());
    tokio::spawn(socket::serve(sandbox.clone(), listener, clock).unwrap());
    let outbound = Outbound::new(vec![address.to_string().parse().unwrap()]).unwrap();
    let base_url = BaseUrl::parse(&format!("http://{address}/v3/")).unwrap();
    let token = SecretString::from("any");
    let account = Account::new(LicenseServerKind::Cryptlex, base_url, token, outbound);
    let server = move || account.ask(Leave::grant(account.origin().clone()));
    (sandbox, server)
}

fn new_license() -> NewLicense {
    let row = Metadata {
        key: "fastspring_subscription_id".to_owned(),
        value: "a b+c".to_owned(),
        is_visible: false,
    };
    NewLicense {
        key: Some(SecretString::from(KEY)),
        issue: Issue {
            license_product_id: "product".to_owned(),
            term: Term::Period("P1M".parse().unwrap()),
            seats: Some(Seats::Activations(3)),
            metadata: vec![row],
            meters: vec![("exports".to_owned(), 10)],
            ..Issue::default()
        },
        user_id: None,
    }
}

#[tokio::test]
async fn a_license_lives_through_all_that_the_client_can_do() {
    let (sandbox, server) = client(&[]);

    let license = server().issue(&new_license()).await.result.unwrap();
    let again = server().issue(&new_license()).await.result.unwrap_err();
    let by_key = server()
        .find_by_key(&SecretString::from(KEY))
        .await
        .result
        .unwrap();
    let purchase = PurchaseId::Subscription(SubscriptionId::new("a b+c").unwrap());
    let by_row = server()
        .list_of_purchase(&purchase, 1)
        .await
        .result
        .unwrap();
    let by_id = server()
        .read_many(&[license.id.clone(), "gone".to_owned()])
        .await
        .result
        .unwrap();
    let renewed = server().renew(&license.id).await.result.unwrap();
    let log = server().renewal_log(&license.id).await.result.unwrap();

    assert_eq!(again.class, FailureClass::Conflict);
    assert_eq!(license.key.as_ref().unwrap().expose_secret(), KEY);
    assert_eq!(by_key.unwrap().id, license.id);
    assert_eq!((by_row.items.len(), by_id.licenses.len()), (1, 1));
    assert_eq!(log[0].old_end, license.expires_at);
    assert_eq!(log[0].new_end, renewed.expires_at);
    let end: Timestamp = "2028-01-01T00:00:00Z".parse().unwrap();
    for setting in [
        Setting::Suspended(true),
        Setting::Revoked(true),
        Setting::Term(None),
        Setting::Term(Some(end)),
        Setting::Interval {
            period: Some("P1Y".parse().unwrap()),
            start_trigger: None,
        },
        Setting::Seats(Seats::Activations(5)),
        Setting::MaintenanceEnd(end),
        Setting::EntitlementSet("set".to_owned()),
        Setting::Metadata(new_license().issue.metadata),
    ] {
        let reply = server().set(&license.id, &setting).await;
        assert!(reply.result.is_ok(), "{:?}", reply.result.err());
    }
    let now = sandbox.licenses().remove(0);
    assert!(now.is_suspended && now.is_revoked);
    assert_eq!(
        (now.expires_at, now.maintenance_expires_at),
        (Some(end.as_jiff()), Some(end.as_jiff()))
    );
    assert_eq!(now.allowed_activations, 5);
    server().delete(&license.id).await.result.unwrap();
    assert_eq!(
        server().read(&license.id).await.result.unwrap_err().class,
        FailureClass::NotFound
    );
    assert_eq!(sandbox.ledger().unfiltered().count(), 0);
    assert!(sandbox.ledger().overlaps().is_empty());
}

#[tokio::test]
async fn users_the_catalog_and_the_token_are_understood() {
    let (_, server) = client(&[]);
    let user = NewUser {
        administers: None,
        person: Person {
            email: Some("Ada@example.com".to_owned()),
            ..Person::default()
        },
        password: SecretString::from("012345678901234567890123"),
    };

    let created = server().create_user(&user).await.result.unwrap();
    let again = server().create_user(&user).await.result.err().unwrap();
    let found = server()
        .find_user("ada@example.com")
        .await
        .result
        .unwrap()
        .unwrap();
    let product = server().product("product").await.result.unwrap();
    let template = server().template("template").await.result.unwrap();

    assert_eq!(again.class, FailureClass::Conflict);
    assert_eq!(found.id, created.id);
    assert_eq!(product.id, "product");
    assert_eq!(template.interval, None);
    assert!(server().check().await.result.is_ok());
    assert!(server().probe().await.result.is_ok());
}

#[tokio::test]
async fn faults_come_to_the_client_as_their_classes() {
    for (fault, class, may_have_applied) in [
        ("status=503", FailureClass::Transient, true),
        ("cut=after", FailureClass::Transient, true),
        ("garble", FailureClass::Transient, true),
        (
            "misspell=suspended",
            FailureClass::Unreadable { field: "suspended" },
            true,
        ),
        ("status=401", FailureClass::Unauthorized, false),
        ("status=422", FailureClass::Rejected, false),
    ] {
        let (_, server) = client(&[fault]);

        let failure = server().issue(&new_license()).await.result.unwrap_err();

        assert_eq!(
            (failure.class, failure.may_have_applied),
            (class, may_have_applied),
            "{fault}"
        );
    }
}

/// Nobody reads what is not asked for, and what cannot be read of one license is no reason not to read the others.
#[tokio::test]
async fn a_license_that_cannot_be_read_keeps_no_other_from_being_shown() {
    let (_, server) = client(&["misspell=suspended,on=list"]);
    let other = NewLicense {
        key: Some(SecretString::from("OTHER-KEY-0123456789")),
        ..new_license()
    };
    let first = server().issue(&new_license()).await.result.unwrap();
    let second = server().issue(&other).await.result.unwrap();
    let ids = [first.id.clone(), second.id.clone()];

    let many = server().read_many(&ids).await.result.unwrap();
    let by_key = server().find_by_key(&SecretString::from(KEY)).await.result;

    let (unreadable, read) = (&many.unreadable, &many.licenses);
    assert_eq!((unreadable.len(), read.len()), (1, 1));
    assert!(ids.contains(&unreadable[0]) && ids.contains(&read[0].id));
    assert_ne!(unreadable[0], read[0].id);
    let failure = by_key.unwrap_err();
    assert_eq!(
        failure.class,
        FailureClass::Unreadable { field: "suspended" }
    );
    assert!(!failure.may_have_applied);
}
