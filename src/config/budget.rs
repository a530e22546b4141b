//! How many calls an origin may get from all replicas together.

use std::collections::BTreeMap;
use std::str::FromStr;
use std::time::Duration;

use url::Url;

use crate::config::length::Length;
use crate::outbound::Origin;

/// So many calls in any window of that length.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget {
    /// At most this many.
    pub calls: u32,
    /// In any span this long.
    pub window: Duration,
}

/// The budgets of all origins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Budgets {
    by_origin: BTreeMap<Origin, Option<Budget>>,
    others: Option<Budget>,
}

/// Text that is no list of budgets.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` in LATCHKEY_BUDGETS is not written origin=calls/length or origin=off; write for example https://api.fastspring.com=200/60s,*=50/5s"
)]
pub struct InvalidBudgets(String);

/// What Cryptlex allows per address; for every origin that is not named.
const STANDARD: Budget = Budget {
    calls: 50,
    window: Duration::from_secs(5),
};
const MOST_CALLS: u32 = 10_000;
const LONGEST_WINDOW: Duration = Duration::from_secs(3600);

impl Budgets {
    /// The budget of an origin; `None` means as many as one likes.
    pub fn of(&self, origin: &Origin) -> Option<Budget> {
        self.by_origin.get(origin).copied().unwrap_or(self.others)
    }
}

impl FromStr for Budgets {
    type Err = InvalidBudgets;

    /// A list of `origin=calls/length`, `*` for all others; `off` in place of the list or of one budget lifts it.
    fn from_str(text: &str) -> Result<Self, InvalidBudgets> {
        let mut budgets = Self {
            by_origin: BTreeMap::new(),
            others: Some(STANDARD),
        };
        if text.trim() == "off" {
            budgets.others = None;
            return Ok(budgets);
        }
        for entry in text.split(',').map(str::trim) {
            let (origin, budget) =
                parse_entry(entry).ok_or_else(|| InvalidBudgets(entry.to_owned()))?;
            match origin {
                Some(origin) => {
                    budgets.by_origin.insert(origin, budget);
                }
                None => budgets.others = budget,
            }
        }
        Ok(budgets)
    }
}

fn parse_entry(entry: &str) -> Option<(Option<Origin>, Option<Budget>)> {
    let (origin, budget) = entry.rsplit_once('=')?;
    let budget = match budget.trim() {
        "off" => None,
        budget => Some(parse_budget(budget)?),
    };
    match origin.trim() {
        "*" => Some((None, budget)),
        origin => Some((Some(parse_origin(origin)?), budget)),
    }
}

fn parse_origin(text: &str) -> Option<Origin> {
    let url = Url::parse(text).ok()?;
    let is_bare = url.has_host() && url.path() == "/" && url.query().is_none();
    (is_bare && matches!(url.scheme(), "http" | "https")).then(|| Origin::of(&url))
}

/// `calls/length`.
pub(super) fn parse_budget(text: &str) -> Option<Budget> {
    let (calls, window) = text.split_once('/')?;
    let calls = calls.trim().parse().ok()?;
    let Length(window) = window.parse().ok()?;
    let is_sensible =
        (1..=MOST_CALLS).contains(&calls) && !window.is_zero() && window <= LONGEST_WINDOW;
    is_sensible.then_some(Budget { calls, window })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn budget(calls: u32, seconds: u64) -> Option<Budget> {
        Some(Budget {
            calls,
            window: Duration::from_secs(seconds),
        })
    }

    fn of(budgets: &Budgets, url: &str) -> Option<Budget> {
        budgets.of(&Origin::of(&url.parse().unwrap()))
    }

    #[test]
    fn each_origin_has_its_own_and_the_rest_share_the_star() {
        let budgets: Budgets =
            "https://api.fastspring.com=200/60s, https://CRYPTLEX.internal:443/=off ,*=40/5s"
                .parse()
                .unwrap();

        assert_eq!(of(&budgets, "https://api.fastspring.com"), budget(200, 60));
        assert_eq!(
            of(&budgets, "https://API.fastspring.com.:443/"),
            budget(200, 60)
        );
        assert_eq!(of(&budgets, "https://cryptlex.internal"), None);
        assert_eq!(of(&budgets, "https://api.cryptlex.com"), budget(40, 5));
    }

    #[test]
    fn without_a_star_the_others_keep_what_cryptlex_allows() {
        let budgets: Budgets = "https://api.fastspring.com=200/60s".parse().unwrap();

        assert_eq!(of(&budgets, "https://api.cryptlex.com"), budget(50, 5));
    }

    #[test]
    fn off_lifts_every_budget() {
        let budgets: Budgets = "off".parse().unwrap();

        assert_eq!(of(&budgets, "https://api.cryptlex.com"), None);
    }

    #[test]
    fn anything_else_is_refused() {
        for text in [
            "",
            "on",
            "*",
            "*=50",
            "*=0/5s",
            "*=50/5",
            "*=50/0s",
            "*=50/2d",
            "api.fastspring.com=1/1s",
            "https://a/b=1/1s",
            "*=50/5s,",
            "ftp://a=1/1s",
        ] {
            assert!(text.parse::<Budgets>().is_err(), "{text}");
        }
    }
}
