//! Faults, the ledger, the limit and the control endpoints.

use super::*;

#[test]
fn faults_strike_before_or_after_the_work_and_the_ledger_tells() {
    for (fault, status, ending, licenses) in [
        ("status=503", 503, Ending::Whole, 0),
        ("status=500,when=after", 500, Ending::Whole, 1),
        ("cut=before", 200, Ending::Dropped, 0),
        ("cut=after", 201, Ending::Dropped, 1),
        ("hang=30s", 200, Ending::Dropped, 0),
        ("lie", 201, Ending::Whole, 0),
        ("garble", 201, Ending::Whole, 1),
        ("misspell=suspended", 201, Ending::Whole, 1),
        (
            "slow-bytes=1ms",
            201,
            Ending::SlowBytes(Duration::from_millis(1)),
            1,
        ),
        ("latency=1s,on=renew", 201, Ending::Whole, 1),
    ] {
        let caller = caller(SandboxOptions {
            faults: vec![fault.parse().unwrap()],
            ..SandboxOptions::default()
        });

        let outcome = caller.send("POST", "/v3/licenses", json!({ "productId": ids::REVERB }));

        let ledger = caller.sandbox.ledger();
        let entry = ledger.entries().next().unwrap();
        assert_eq!(
            (outcome.response.status, outcome.ending),
            (status, ending),
            "{fault}"
        );
        assert_eq!(caller.sandbox.licenses().len(), licenses, "{fault}");
        assert_eq!(entry.took_effect, licenses == 1, "{fault}");
        assert_eq!(entry.license_id.is_some(), licenses == 1, "{fault}");
        assert_eq!(entry.status.is_none(), ending == Ending::Dropped, "{fault}");
    }
}

#[test]
fn a_stale_search_misses_what_is_new() {
    let caller = caller(SandboxOptions {
        faults: vec!["stale-search=2s".parse().unwrap()],
        ..SandboxOptions::default()
    });
    caller.license(json!({ "productId": ids::REVERB, "key": "AAAAAAAAAAAAAAAA" }));
    let url = "/v3/licenses?key[eq]=AAAAAAAAAAAAAAAA";

    let (_, early) = caller.answer("GET", url, Value::Null);
    let later = Caller {
        now: caller.now + SignedDuration::from_secs(2),
        ..caller
    };
    let (_, late) = later.answer("GET", url, Value::Null);

    assert_eq!(early, json!([]));
    assert_eq!(late.as_array().unwrap().len(), 1);
}

#[test]
fn the_ledger_names_lists_without_a_filter() {
    let caller = caller(SandboxOptions::default());
    for url in [
        "/v3/licenses?limit=100",
        "/v3/licenses?metadata.value[eq]=&page=1",
        "/v3/licenses?id[in]=a",
        "/v3/users",
        "/v3/licenses?metadata.key[eq]=order&metadata.value[eq]=",
        "/v3/users?email[eq]=",
        "/v3/users?email[eq]=a@example.com",
        "/v3/products",
    ] {
        caller.send("GET", url, Value::Null);
    }

    let numbers: Vec<u64> = caller
        .sandbox
        .ledger()
        .unfiltered()
        .map(|entry| entry.number)
        .collect();

    assert_eq!(numbers, [1, 2, 4, 5, 6]);
}

#[test]
fn the_control_endpoints_set_faults_and_the_clock_and_show_the_ledger() {
    let caller = caller(SandboxOptions::default());
    let post = |path: &str, body: &str| {
        let request = Request {
            method: "POST".to_owned(),
            path: path.to_owned(),
            body: body.as_bytes().to_vec(),
            ..Request::default()
        };
        caller.sandbox.handle(caller.now, &request).response.status
    };

    assert_eq!(
        post("/_sandbox/faults", "status=500,times=1\n\nlatency=1s\n"),
        200
    );
    assert_eq!(post("/_sandbox/faults", "nonsense"), 400);
    assert_eq!(
        caller.send("GET", "/v3/me", Value::Null).response.status,
        500
    );
    assert_eq!(
        caller
            .send("DELETE", "/_sandbox/faults", Value::Null)
            .response
            .status,
        204
    );
    assert_eq!(post("/_sandbox/clock", "2030-01-01T00:00:00Z"), 200);
    assert_eq!(
        caller.license(json!({ "productId": ids::REVERB }))["createdAt"],
        "2030-01-01T00:00:00.0000000Z"
    );
    assert_eq!(
        caller
            .answer("GET", "/_sandbox/ledger", Value::Null)
            .1
            .as_array()
            .unwrap()
            .len(),
        2
    );
}

#[test]
fn the_limit_answers_the_fifty_first_call_with_429() {
    let now = NOW.parse().unwrap();
    let caller = Caller {
        sandbox: SharedSandbox::new(Sandbox::new(SandboxOptions::default())),
        now,
    };

    let statuses: Vec<u16> = (0..51)
        .map(|_| caller.send("GET", "/v3/me", Value::Null).response.status)
        .collect();

    assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 50);
    assert_eq!(statuses.last(), Some(&429));
    assert_eq!(caller.sandbox.ledger().busiest(Duration::from_secs(5)), 51);
}
