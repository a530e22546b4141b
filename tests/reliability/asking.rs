//! A tenant whose people and programs look at pages and ask the API without a pause.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use reqwest::Client;
use reqwest::redirect::Policy;
use tokio::task::JoinSet;

use crate::processes::vendor::status;
use crate::sender::Sender;

const PAGES: [&str; 4] = ["/", "/activity", "/licenses?q=flood", "/to-fix"];
const LISTS: [&str; 4] = [
    "/events?limit=200",
    "/licenses?limit=200",
    "/customers",
    "/stats",
];

/// Those who ask, each as soon as it was answered.
pub struct Asking {
    is_over: Arc<AtomicBool>,
    tasks: JoinSet<Asked>,
}

/// How they were answered.
#[derive(Default)]
pub struct Asked {
    /// With what they asked for.
    pub served: usize,
    /// They shall come again.
    pub turned_away: usize,
    /// In any other way, or not at all.
    pub broken: usize,
}

impl Asking {
    /// Half of them look at pages, half ask the API.
    pub async fn begin(sender: &Sender, at_once: usize) -> Self {
        let (vendor, address) = (&sender.vendor, sender.doors.next());
        let cookie = vendor.signed_in(address).await;
        let builder = Client::builder().no_proxy().redirect(Policy::none());
        let http = builder.build().expect("a client");
        let is_over = Arc::new(AtomicBool::new(false));
        let mut tasks = JoinSet::new();
        for number in 0..at_once {
            let (vendor, http, cookie) = (vendor.clone(), http.clone(), cookie.clone());
            let is_over = Arc::clone(&is_over);
            tasks.spawn(async move {
                let mut asked = Asked::default();
                while !is_over.load(Ordering::Relaxed) {
                    let status = if number % 2 == 0 {
                        let page = PAGES[number / 2 % PAGES.len()];
                        let request = http.get(format!("http://{address}{page}"));
                        status(request.header("cookie", &cookie)).await
                    } else {
                        let list = LISTS[number / 2 % LISTS.len()];
                        vendor.ask(&http, address, list).await
                    };
                    asked.count(status);
                }
                asked
            });
        }
        Self { is_over, tasks }
    }

    /// Until each has its last answer.
    pub async fn end(self) -> Asked {
        self.is_over.store(true, Ordering::Relaxed);
        let mut sum = Asked::default();
        for asked in self.tasks.join_all().await {
            sum.served += asked.served;
            sum.turned_away += asked.turned_away;
            sum.broken += asked.broken;
        }
        sum
    }
}

impl Asked {
    fn count(&mut self, status: u16) {
        match status {
            200 => self.served += 1,
            429 | 503 => self.turned_away += 1,
            _ => self.broken += 1,
        }
    }
}
