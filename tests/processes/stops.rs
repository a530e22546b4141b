//! Stops the program under load: every request that it takes is answered, and it ends well.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use reqwest::Client;
use reqwest::header::CONNECTION;
use tokio::task::JoinSet;

use crate::processes::license_server::LicenseServer;
use crate::processes::program::Setup;
use crate::processes::vendor::Vendor;
use crate::shop::order;

const CALLERS: usize = 4;
/// Answered before it is asked to end.
const UNDER_LOAD: usize = 40;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stop_under_load_fails_no_request() {
    let license_server = LicenseServer::unlimited(&[]);
    let setup = Setup::sqlite().with("LATCHKEY_BUDGETS", "off").with(
        "LATCHKEY_OUTBOUND_ALLOW",
        license_server.address.to_string(),
    );
    let serving = setup.serve();
    let vendor = Vendor::create(&setup, serving.address, &license_server).await;
    let load = Arc::new(Load::default());
    let mut callers = JoinSet::new();
    for _ in 0..CALLERS {
        callers.spawn(call(vendor.clone(), serving.address, Arc::clone(&load)));
    }
    while load.answered.load(Ordering::Relaxed) < UNDER_LOAD {
        assert!(callers.len() == CALLERS, "a caller gave up early");
        tokio::task::yield_now().await;
    }

    load.is_ending.store(true, Ordering::Relaxed);
    serving.terminate();
    let mut acknowledged = Vec::new();
    while let Some(caller) = callers.join_next().await {
        acknowledged.extend(caller.expect("every request is answered"));
    }
    let ended = serving.ended();

    assert_eq!(ended.code(), Some(0));
    assert!(
        acknowledged.len() > UNDER_LOAD,
        "none was answered after it"
    );
    let serving = setup.serve();
    let events = vendor.events(serving.address).await;
    for id in acknowledged {
        assert!(
            events.contains_key(&id),
            "{id} was acknowledged and is lost"
        );
    }
}

#[test]
fn a_terminal_that_is_gone_ends_it_like_any_other_wish() {
    let setup = Setup::sqlite();
    let serving = setup.serve();

    serving.hang_up();
    let ended = serving.ended();

    assert_eq!(ended.code(), Some(0));
}

#[derive(Default)]
struct Load {
    answered: AtomicUsize,
    begun: AtomicUsize,
    is_ending: AtomicBool,
}

/// Posts over one connection until the program lets go of it, as a load balancer's would be; gives what was acknowledged.
async fn call(vendor: Vendor, address: SocketAddr, load: Arc<Load>) -> Vec<String> {
    let http = Client::builder().no_proxy().build().expect("a client");
    let mut acknowledged = Vec::new();
    loop {
        let number = load.begun.fetch_add(1, Ordering::Relaxed);
        let bought = order(&format!("A-{number}")).line("reverb", 1).completed();
        let answer = vendor.post(&http, address, std::slice::from_ref(&bought));
        let answer = answer.await;
        let answer = answer.expect("the program is there until it lets go");
        assert_eq!(answer.status(), 200);
        let is_let_go = answer
            .headers()
            .get(CONNECTION)
            .is_some_and(|value| value == "close");
        answer.text().await.expect("a whole answer");
        acknowledged.push(bought.id);
        load.answered.fetch_add(1, Ordering::Relaxed);
        if is_let_go {
            assert!(load.is_ending.load(Ordering::Relaxed), "nobody asked it to");
            return acknowledged;
        }
    }
}
