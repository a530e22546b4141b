//! Devices and what is used up.

use super::*;

fn activate(caller: &Caller, key: &str, hardware_id: &str) -> (u16, Value) {
    let body = json!({ "product": codes::STUDIO, "license_key": key, "hardware_id": hardware_id });
    caller.answer("POST", "/api/v4/activate_license", body)
}

#[test]
fn what_has_a_length_begins_with_its_first_device() {
    let caller = caller();
    let license = json!({
        "key": "A", "license_type": "time-limited", "valid_duration": "1y",
        "enable_maintenance_period": true, "maintenance_duration": "6m",
    });
    let (path, before) = caller.license(codes::STUDIO, license);
    let later = Caller {
        now: "2027-02-10T00:00:00Z".parse().unwrap(),
        ..caller
    };

    let (status, _) = activate(&later, "A", "one");

    let after = later.done("GET", &path, Value::Null);
    assert_eq!(status, 201);
    assert_eq!(
        (&before["validity_period"], &before["status"]),
        (&Value::Null, &json!("inactive"))
    );
    assert_eq!(
        (&after["validity_period"], &after["status"]),
        (&json!("2028-02-10"), &json!("active"))
    );
    assert_eq!(after["maintenance_period"], "2027-08-10");
}

#[test]
fn devices_are_listed_and_freed_one_by_one_or_all_at_once() {
    let caller = caller();
    let (path, license) = caller.license(codes::STUDIO, json!({ "key": "A" }));
    let statuses = ["one", "one", "two", "three"].map(|device| activate(&caller, "A", device).0);
    let url = format!("devices/?license={}", license["id"]);
    let devices = || caller.done("GET", &url, Value::Null);

    let listed = devices();
    let one = format!("devices/{}/reset/", listed["results"][0]["id"]);
    caller.done("POST", &one, Value::Null);
    let after_one = (
        devices()["count"].clone(),
        caller.done("GET", &path, Value::Null)["times_activated"].clone(),
    );
    let sentence = caller.done("POST", &format!("{path}reset/"), Value::Null);
    let after_all = (
        devices()["count"].clone(),
        caller.done("GET", &path, Value::Null)["times_activated"].clone(),
    );

    assert_eq!(statuses, [201, 200, 201, 400]);
    assert_eq!(listed["count"], 2);
    assert_eq!(after_one, (json!(1), json!(1)));
    assert_eq!(after_all, (json!(0), json!(0)));
    assert_eq!(field_of(&sentence), "message");
}

#[test]
fn a_reset_clears_what_was_used_up() {
    let caller = caller();
    let license = json!({
        "key": "A", "license_type": "consumption", "max_consumptions": 9,
        "product_features": [{ "code": codes::EXPORTS }],
    });
    let (path, _) = caller.license(codes::STUDIO, license);
    let use_up = |feature: &str, count: u64| {
        let mut body =
            json!({ "product": codes::STUDIO, "license_key": "A", "consumptions": count });
        if !feature.is_empty() {
            body["feature"] = json!(feature);
        }
        caller.done("POST", "/api/v4/add_consumption", body);
    };
    use_up("", 4);
    use_up(codes::EXPORTS, 2);
    let counters = || {
        let license = caller.done("GET", &path, Value::Null);
        let feature = license["product_features"][0]["total_consumptions"].clone();
        (license["total_consumptions"].clone(), feature)
    };

    let before = counters();
    caller.done("POST", &format!("{path}reset/"), Value::Null);

    assert_eq!(before, (json!(4), json!(2)));
    assert_eq!(counters(), (json!(0), json!(0)));
}

#[test]
fn a_license_that_is_off_or_over_takes_no_device() {
    let caller = caller();
    let (path, _) = caller.license(
        codes::STUDIO,
        json!({ "key": "A", "validity_period": "2027-02-01" }),
    );
    let late = Caller {
        sandbox: caller.sandbox.clone(),
        now: "2027-02-01T00:00:00Z".parse().unwrap(),
    };

    let over = activate(&late, "A", "one");
    caller.done("POST", &format!("{path}disable/"), Value::Null);
    let off = activate(&caller, "A", "one");
    let unknown = activate(&caller, "B", "one");

    for ((status, refusal), word) in [
        (over, "license_expired"),
        (off, "license_not_enabled"),
        (unknown, "license_not_found"),
    ] {
        assert_eq!((status, &refusal["detail"]), (400, &json!(word)));
    }
}

#[test]
fn users_activate_by_their_address() {
    let caller = caller();
    caller.order(
        "A",
        codes::TEAM,
        json!({ "users": [{ "email": "ada@example.com" }] }),
    );
    let body =
        |email: &str| json!({ "product": codes::TEAM, "username": email, "hardware_id": "one" });
    let status = |email| {
        caller
            .answer("POST", "/api/v4/activate_license", body(email))
            .0
    };

    assert_eq!(
        (status("ada@example.com"), status("bob@example.com")),
        (201, 400)
    );
}
