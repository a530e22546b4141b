//! Whoever asks the API without end: lists of the account, checks of its token and of what products give, many at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use reqwest::Method;
use tokio::task::JoinSet;

use crate::processes::vendor::Vendor;
use crate::sender::Doors;
use crate::verdict::Verdict;

/// Questions that one vendor has under way at once.
const AT_ONCE: usize = 8;

/// A flood of one vendor's questions; it ends with this value.
pub struct Questions {
    tally: Arc<Tally>,
    _loops: JoinSet<()>,
}

#[derive(Default)]
struct Tally {
    answered: AtomicUsize,
    busy: AtomicUsize,
    broken: AtomicUsize,
}

impl Questions {
    /// Begins to ask.
    pub async fn begin(vendor: &Vendor, doors: &Doors) -> Self {
        let first = async |path: &str| {
            let listed = vendor.get(doors.next(), path).await;
            let id = listed["items"][0]["id"].as_str();
            id.expect("there is one").to_owned()
        };
        let (account, store) = (first("/license-servers").await, first("/storefronts").await);
        let paths: Arc<[(Method, String)]> = Arc::new([
            (Method::GET, format!("/license-servers/{account}/products")),
            (Method::POST, format!("/license-servers/{account}/check")),
            (Method::GET, format!("/license-servers/{account}/templates")),
            (Method::GET, format!("/storefronts/{store}/catalog-check")),
        ]);
        let tally = Arc::new(Tally::default());
        let mut loops = JoinSet::new();
        for number in 0..AT_ONCE {
            let (vendor, doors) = (vendor.clone(), doors.clone());
            let (paths, tally) = (Arc::clone(&paths), Arc::clone(&tally));
            loops.spawn(async move {
                for (method, path) in paths.iter().cycle().skip(number) {
                    let status = vendor.answer(doors.next(), method.clone(), path).await;
                    tally.count(status);
                }
            });
        }
        let _loops = loops;
        Self { tally, _loops }
    }

    /// Says how many were answered, and requires that the others were told to come again.
    pub fn tell(self, verdict: &mut Verdict) {
        let count = |of: &AtomicUsize| of.load(Ordering::Relaxed);
        let (answered, busy) = (count(&self.tally.answered), count(&self.tally.busy));
        verdict.figure("questions answered", answered);
        verdict.figure("told to come again", busy);
        verdict.require(answered > 0, "no question was answered");
        let broken = count(&self.tally.broken);
        verdict.require(broken == 0, format!("{broken} questions came to nothing"));
    }
}

impl Tally {
    fn count(&self, status: u16) {
        let of = match status {
            200 => &self.answered,
            503 => &self.busy,
            _ => &self.broken,
        };
        of.fetch_add(1, Ordering::Relaxed);
    }
}
