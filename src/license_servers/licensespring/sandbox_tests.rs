//! The client against the sandbox: each finds the other's mistakes.

mod bundles_and_people;
mod faults;
mod orders;

use std::net::TcpListener;
use std::sync::Arc;

use jiff::Timestamp;
use latchkey_sandbox::Sandbox;
use latchkey_sandbox::message::Request;
use latchkey_sandbox::options::{Kind, SandboxOptions};
use latchkey_sandbox::shared::SharedSandbox;
use latchkey_sandbox::socket;
use secrecy::SecretString;
use serde_json::Value;

use crate::domain::action::Metadata;
use crate::domain::kind::LicenseServerKind;
use crate::license_servers::Account;
use crate::license_servers::base_url::BaseUrl;
use crate::license_servers::licensespring::LicenseSpring;
use crate::license_servers::licensespring::order::{
    ItemLicense, NewOrder, OrderContents, OrderItem,
};
use crate::outbound::{Leave, Outbound};

/// The company's management key.
const API_KEY: &str = "ABCDEFGH.0123456789abcdefghijklmnopqrstuv";
/// The number of the order that tests make.
const NUMBER: &str = "LAT261201-7719-46101";

/// A strict sandbox with the sample catalog.
fn strict(faults: &[&str]) -> SandboxOptions {
    SandboxOptions {
        is_strict: true,
        faults: faults.iter().map(|fault| fault.parse().unwrap()).collect(),
        ..SandboxOptions::of(Kind::LicenseSpring)
    }
}

/// The sandbox, and a client of it for each question.
fn open(options: SandboxOptions) -> (SharedSandbox, impl Fn() -> LicenseSpring + use<>) {
    let sandbox = SharedSandbox::new(Sandbox::sample(options, now()));
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(socket::serve(sandbox.clone(), listener, Arc::new(now)).unwrap());
    let outbound = Outbound::new(vec![address.to_string().parse().unwrap()]).unwrap();
    let base_url = BaseUrl::parse(&format!("http://{address}")).unwrap();
    // The client itself asks nobody which kind it is.
    let kind = LicenseServerKind::Cryptlex;
    let account = Account::new(kind, base_url, SecretString::from(API_KEY), outbound);
    let server = move || {
        let leave = Leave::grant(account.origin().clone());
        LicenseSpring::new(account.clone(), leave)
    };
    (sandbox, server)
}

/// What an application does, such as to use up something.
fn by_application(sandbox: &SharedSandbox, path: &str, body: &Value) {
    let request = Request {
        method: "POST".to_owned(),
        path: format!("/api/v4/{path}"),
        body: body.to_string().into_bytes(),
        ..Request::default()
    };
    let outcome = sandbox.handle(now(), &request);
    assert!(outcome.response.status < 300, "{:?}", outcome.response);
}

/// An order of one product.
fn order_of(product_code: &str, licenses: Vec<ItemLicense>) -> NewOrder {
    NewOrder {
        number: NUMBER.to_owned(),
        is_appended: false,
        is_test: false,
        customer: None,
        contents: OrderContents::Products(vec![OrderItem {
            product_code: product_code.to_owned(),
            subscription_id: Some("subscription 1/2".to_owned()),
            licenses,
        }]),
    }
}

/// A license with that key, marked as that unit.
fn unit(key: &str, mark: &str) -> ItemLicense {
    ItemLicense {
        key: Some(SecretString::from(key)),
        metadata: vec![Metadata {
            key: "unit".to_owned(),
            value: mark.to_owned(),
            is_visible: false,
        }],
        ..ItemLicense::default()
    }
}

fn now() -> Timestamp {
    "2027-01-13T00:00:00Z".parse().unwrap()
}
