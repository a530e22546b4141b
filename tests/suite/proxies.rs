//! Behind a proxy: limits count whoever calls, and nobody calls under a made-up address.

use std::net::{IpAddr, Ipv4Addr};

use crate::world::{Answer, Browser, World, WorldOptions};

on_both! {
    in behind_a_proxy:
    a_stranger_behind_the_proxy_locks_nobody_else_out,
    an_address_that_a_caller_makes_up_helps_nobody,
}

const PROXY: IpAddr = IpAddr::V4(Ipv4Addr::new(127, 0, 0, 2));
/// More tries than any limit leaves to one address.
const MANY: usize = 200;

fn behind_a_proxy() -> WorldOptions {
    WorldOptions {
        trusted_proxies: PROXY.to_string().parse().expect("an address"),
        ..WorldOptions::default()
    }
}

async fn a_stranger_behind_the_proxy_locks_nobody_else_out(world: &World) {
    guess_until_stopped(|_| Browser::behind(world, PROXY, "192.0.2.1")).await;

    let other = guess(Browser::behind(world, PROXY, "192.0.2.2"), "ana").await;
    let same = guess(Browser::behind(world, PROXY, "192.0.2.2, 192.0.2.1"), "ana").await;

    other.expect(422);
    same.expect(429);
}

async fn an_address_that_a_caller_makes_up_helps_nobody(world: &World) {
    let nobody_special = IpAddr::from([127, 0, 0, 3]);

    guess_until_stopped(|number| {
        Browser::behind(world, nobody_special, &format!("192.0.2.{number}"))
    })
    .await;

    let proxied = guess(Browser::behind(world, PROXY, "192.0.2.1"), "ana").await;
    proxied.expect(422);
}

/// Tries one account after the other until no more is allowed.
async fn guess_until_stopped(browser: impl Fn(usize) -> Browser) {
    for number in 0..MANY {
        let answer = guess(browser(number), &format!("person-{number}")).await;
        if answer.status.as_u16() == 429 {
            return;
        }
        answer.expect(422);
    }
    panic!("{MANY} tries and no end");
}

async fn guess(mut browser: Browser, name: &str) -> Answer {
    let email = format!("{name}@vendor.example");
    browser.sign_in(&email, "a wrong horse").await
}
