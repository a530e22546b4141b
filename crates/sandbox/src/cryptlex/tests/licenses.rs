//! Licenses: changes, refusals, lists, changes by hand.

use super::*;

#[test]
fn a_patch_changes_what_it_names_and_merges_metadata_unless_told_to_replace() {
    for (metadata_patch, keys) in [
        (MetadataPatch::Merge, vec!["a", "b", "c"]),
        (MetadataPatch::Replace, vec!["b", "c"]),
    ] {
        let caller = caller(SandboxOptions {
            metadata_patch,
            ..SandboxOptions::default()
        });
        let row =
            |key: &str, value: &str| json!({ "key": key, "value": value, "viewPermissions": [] });
        let license = caller.license(json!({
            "productId": ids::STUDIO_PRO, "allowedActivations": 3, "metadata": [row("a", "1"), row("b", "1")],
        }));
        let url = format!("/v3/licenses/{}", license["id"].as_str().unwrap());

        let body = json!({ "suspended": true, "metadata": [row("b", "2"), row("c", "2")] });
        let (status, patched) = caller.answer("PATCH", &url, body);

        let metadata = patched["metadata"].as_array().unwrap();
        let held: Vec<&str> = metadata
            .iter()
            .map(|row| row["key"].as_str().unwrap())
            .collect();
        assert_eq!((status, held), (200, keys));
        assert_eq!(patched["suspended"], true);
        assert_eq!(patched["allowedActivations"], 3);
        assert_eq!(patched["expiresAt"], license["expiresAt"]);
    }
}

#[test]
fn licenses_that_break_a_rule_are_refused() {
    let options = SandboxOptions {
        is_catalog_closed: true,
        is_strict: true,
        ..SandboxOptions::default()
    };
    let caller = caller(options);
    for members in [
        json!({ "productId": null }),
        json!({ "productId": "unknown" }),
        json!({ "licenseTemplateId": "unknown" }),
        json!({ "entitlementSetId": "unknown" }),
        json!({ "tags": ["unknown"] }),
        json!({ "userId": "unknown" }),
        json!({ "key": "short" }),
        json!({ "colour": 1 }),
    ] {
        let mut body = json!({ "productId": ids::REVERB });
        let body_members = body.as_object_mut().unwrap();
        body_members.extend(members.as_object().unwrap().clone());

        let (status, error) = caller.answer("POST", "/v3/licenses", body);

        assert_eq!((status, &error["code"]), (400, &Value::Null), "{error}");
        assert!(error["message"].is_string());
        assert!(caller.sandbox.licenses().is_empty());
    }
}

#[test]
fn a_key_is_taken_once() {
    let caller = caller(SandboxOptions::default());
    let body = json!({ "productId": ids::REVERB, "key": "AAAAAA-BBBBBB-CCCCCC" });
    caller.license(body.clone());

    let (status, error) = caller.answer("POST", "/v3/licenses", body);

    assert_eq!(status, 409);
    assert_eq!(error["code"], "DUPLICATE_FIELD_VALUE");
}

#[test]
fn what_is_not_there_is_not_found() {
    let options = SandboxOptions {
        is_catalog_closed: true,
        ..SandboxOptions::default()
    };
    let caller = caller(options);
    for (method, url) in [
        ("GET", "/v3/licenses/none"),
        ("POST", "/v3/licenses/none/renew"),
        ("PATCH", "/v3/users/none"),
        ("GET", "/v3/products/none"),
        ("GET", "/v3/nothing"),
    ] {
        assert_eq!(
            caller.answer(method, url, Value::Null).0,
            404,
            "{method} {url}"
        );
    }
}

#[test]
fn lists_filter_sort_and_page() {
    let caller = caller(SandboxOptions::default());
    let metadata = |value: &str| json!([{ "key": "order", "value": value }]);
    for (key, order) in [
        ("AAAAAAAAAAAAAAAA", "one"),
        ("BBBBBBBBBBBBBBBB", "two"),
        ("CCCCCCCCCCCCCCCC", "two"),
    ] {
        caller
            .license(json!({ "productId": ids::REVERB, "key": key, "metadata": metadata(order) }));
    }
    for (query, first_letters) in [
        ("metadata.key[eq]=order&metadata.value[eq]=two", "BC"),
        ("metadataKey=order&metadataValue=one", "A"),
        ("metadata.value%5Beq%5D=two&limit=1&page=2", "C"),
        ("metadata.value[eq]=none", ""),
        ("metadata.value[eq]=", "ABC"),
        ("key[in]=AAAAAAAAAAAAAAAA,CCCCCCCCCCCCCCCC&sort=-key", "CA"),
        ("key[sw]=b", "B"),
        ("metadata.value[nin]=two", "A"),
        ("suspended=true", ""),
        ("perpetual=true&sort=%2BcreatedAt|-key", "CBA"),
        ("search=aaaa", "A"),
    ] {
        let (_, page) = caller.answer("GET", &format!("/v3/licenses?{query}"), Value::Null);

        let letters: String = page
            .as_array()
            .unwrap()
            .iter()
            .map(|license| &license["key"].as_str().unwrap()[..1])
            .collect();
        assert_eq!(letters, first_letters, "{query}");
    }
}

#[test]
fn a_change_by_hand_is_seen_by_callers_and_not_by_the_ledger() {
    let caller = caller(SandboxOptions::default());
    let license = caller.license(json!({ "productId": ids::STUDIO_PRO }));
    let id = license["id"].as_str().unwrap();

    let edit = HandEdit {
        is_suspended: Some(true),
        expires_at: Some(None),
        ..HandEdit::default()
    };
    assert!(caller.sandbox.edit_license_by_hand(caller.now, id, edit));

    let (_, read) = caller.answer("GET", &format!("/v3/licenses/{id}"), Value::Null);
    assert_eq!(
        (&read["suspended"], &read["perpetual"]),
        (&json!(true), &json!(true))
    );
    assert_eq!(caller.sandbox.ledger().effects("patch", id), 0);
}
