//! The license server to try things with: whose API it speaks, and to whom.

use reqwest::{Client, StatusCode};
use serde_json::Value;

use crate::processes::program::Setup;

#[tokio::test]
async fn each_kind_speaks_its_own_api_to_whoever_has_any_key() {
    for (kind, authorization, path, products) in [
        ("cryptlex", "Bearer any", "/v3/products", ""),
        (
            "licensespring",
            "Api-Key any",
            "/api/v1/products/",
            "/results",
        ),
    ] {
        let setup = Setup::sqlite();
        let sandbox = setup.sandbox(kind);
        let url = format!("http://{}{path}", sandbox.address);
        let client = Client::new();

        let answer = client.get(&url).header("authorization", authorization);
        let answer = answer.send().await.expect("it listens");
        let stranger = client.get(&url).send().await.expect("it listens");

        assert_eq!(answer.status(), StatusCode::OK, "{kind}");
        let answer: Value = answer.json().await.expect("it answers JSON");
        let listed = answer.pointer(products).and_then(Value::as_array);
        assert!(listed.is_some_and(|listed| !listed.is_empty()), "{answer}");
        assert!(stranger.status().is_client_error(), "{kind}");
    }
}

#[test]
fn a_kind_that_there_is_not_is_refused_by_name() {
    let ended = Setup::sqlite().run(&["sandbox", "--kind", "keygen"]);

    assert_ne!(ended.code, Some(0));
    for part in ["keygen", "cryptlex", "licensespring"] {
        assert!(ended.errors.contains(part), "{}", ended.errors);
    }
}
