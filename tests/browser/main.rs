//! The dashboard in a real Chromium: what a merchant does, how every page looks, what hostile text cannot do.
//!
//! Where Chromium or chromedriver is absent nothing is tested and standard error says so,
//! unless `LATCHKEY_TESTS_REQUIRE_BROWSER` is `1`.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking, in its helpers too"
)]

mod accessible;
mod answers;
mod chromium;
mod corpus;
mod installation;
mod looks;
mod pages;
mod patience;
mod scripts;
mod shop;
mod walk;

use std::sync::{Mutex, PoisonError};

use chromium::Chromium;
use installation::Installation;

/// One browser at a time: several starve each other on small machines.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

/// Runs the test with a new Latchkey and a new browser; not at all where there is no browser.
fn in_browser(test: impl AsyncFnOnce(&Installation, &Chromium)) {
    let Some(programs) = chromium::find() else {
        return;
    };
    let _turn = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let latchkey = Installation::start().await;
        let browser = Chromium::start(&programs, latchkey.folder()).await;
        test(&latchkey, &browser).await;
        browser.quit().await;
    });
}
