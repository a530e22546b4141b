//! The overview's first sentence in each of its states.

use crate::domain::kind::{LicenseServerKind, ServiceNames};
use crate::domain::time::Timestamp;
use crate::web::event_words::tried_again;
use crate::web::partials::{Headline, Tone, Way};
use crate::web::words::{counted, spelled};

/// How things are for a company; the worst that holds is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CompanyStanding {
    /// Every store is on hold.
    OnHold {
        /// Since when.
        since: Timestamp,
        /// Who, and why, as written then: `Ana: "Cryptlex move"`; may be empty.
        by: String,
        /// How many messages wait.
        messages: u64,
        /// The store's page.
        store_url: String,
    },
    /// A license server refuses the access token.
    TokenRefused {
        /// Which one.
        service: LicenseServerKind,
        /// Since when.
        since: Timestamp,
        /// When it is tried again.
        again: Option<Timestamp>,
        /// How many changes wait.
        changes: u64,
        /// The account's page.
        account_url: String,
    },
    /// Things need a person.
    NeedsYou {
        /// How many problems.
        problems: u64,
        /// How many buyers wait for a key because of them.
        buyers: u64,
        /// Today's messages.
        today: Messages,
    },
    /// A license server does not answer.
    Away {
        /// Which one.
        service: LicenseServerKind,
        /// Since when.
        since: Timestamp,
        /// How many messages wait for it.
        changes: u64,
    },
    /// A license server was away, and what was kept is being done.
    CatchingUp {
        /// How many changes are queued.
        changes: u64,
        /// How long it will take.
        minutes: u64,
    },
    /// The shop has been quiet for longer than usual.
    Silence {
        /// For how many hours.
        hours: u64,
        /// How often it usually calls, in minutes.
        usual_minutes: u64,
        /// The day of the week, `Saturday`.
        weekday: String,
        /// The store's page.
        store_url: String,
    },
    /// Every store only watches.
    WatchOnly {
        /// Licenses that would have been made in the last 7 days.
        made: u64,
        /// Licenses that would have ended.
        ended: u64,
    },
    /// Nothing has ever arrived.
    Empty {
        /// The store's page; `None` before there is a store.
        store_url: Option<String>,
    },
    /// All well.
    Well {
        /// Today's messages.
        today: Messages,
    },
}

/// Today's messages by what became of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Messages {
    /// All of them.
    pub all: u64,
    /// Finished.
    pub done: u64,
    /// Waiting for a person.
    pub needs_you: u64,
    /// Being tried again.
    pub trying_again: u64,
    /// In line, in work, or waiting for something else.
    pub waiting: u64,
}

impl Messages {
    /// Those that neither wait for a person nor are finished: `1 is being tried again`, `2 are in line or waiting`.
    fn under_way(self) -> Vec<String> {
        [
            (
                self.trying_again,
                "is being tried again",
                "are being tried again",
            ),
            (
                self.waiting,
                "is in line or waiting",
                "are in line or waiting",
            ),
        ]
        .into_iter()
        .filter(|(count, ..)| *count > 0)
        .map(|(count, one, several)| counted(count, one, several))
        .collect()
    }
}

impl CompanyStanding {
    /// The sentence, what follows, and the way out, for a company with accounts at these services.
    pub fn headline(&self, services: &ServiceNames) -> Headline {
        match self {
            Self::OnHold {
                since,
                by,
                messages,
                store_url,
            } => on_hold(*since, by, *messages).way(Way::link("Resume", store_url).button()),
            Self::TokenRefused { service, since, again, changes, account_url } => Headline::new(
                Tone::Bad,
                format!("{} refuses your access token since {}.", service.name(), clock(*since)),
                format!(
                    "{} safely. {}Paste a new token and everything runs by itself.",
                    counted(*changes, "change waits", "changes wait"),
                    tried_again(*again)
                ),
            )
            .way(Way::link("Replace the token", account_url).primary()),
            Self::NeedsYou { problems, buyers, today } => needs_you(*problems, *buyers, (*today, services)),
            Self::Away { service, since, changes } => Headline::new(
                Tone::Wait,
                format!("{} does not answer since {}.", service.name(), clock(*since)),
                format!(
                    "It is not your fault and not your buyers'. {} and {} by themselves once it is back; we look every 10 seconds.",
                    counted(*changes, "message waits safely", "messages wait safely"),
                    if *changes == 1 { "runs" } else { "run" }
                ),
            ),
            Self::CatchingUp { changes, minutes } => Headline::new(
                Tone::Work,
                "Catching up.",
                format!(
                    "{} in line, purchases first; about {} left. Nothing is lost.",
                    counted(*changes, "message is", "messages are"),
                    counted(*minutes, "minute", "minutes")
                ),
            ),
            Self::Silence { hours, usual_minutes, weekday, store_url } => Headline::new(
                Tone::Wait,
                format!(
                    "FastSpring has been quiet for {}; on {weekday}s you usually hear from it every {}.",
                    counted(*hours, "hour", "hours"),
                    counted(*usual_minutes, "minute", "minutes")
                ),
                "Perhaps no one bought; perhaps the webhook was switched off.",
            )
            .way(Way::link("How to check", store_url)),
            Self::WatchOnly { made, ended } => Headline::new(
                Tone::Quiet,
                "Watching only.",
                format!(
                    "In the last 7 days Latchkey would have made {} and ended {ended}; it changed nothing.",
                    counted(*made, "license", "licenses")
                ),
            )
            .way(Way::link("See what it would have done", "/activity?reason=shadow_mode")),
            Self::Empty { store_url } => empty(store_url.as_deref()),
            Self::Well { today } => well(*today, services),
        }
    }
}

fn on_hold(since: Timestamp, by: &str, messages: u64) -> Headline {
    let by = if by.is_empty() {
        String::new()
    } else {
        format!(" ({by})")
    };
    Headline::new(
        Tone::Wait,
        format!("On hold since {}{by}.", clock(since)),
        format!(
            "Everything FastSpring sends is kept; {}.",
            counted(messages, "message waits", "messages wait")
        ),
    )
}

fn well(today: Messages, services: &ServiceNames) -> Headline {
    let text = match today.all {
        0 => format!(
            "Nothing came from FastSpring today; everything before is done and checked at {services}."
        ),
        all => {
            let mut rest = today.under_way();
            rest.push(match rest.is_empty() {
                true => format!("everything is done and checked at {services}."),
                false => format!("everything else is done and checked at {services}."),
            });
            let messages = counted(all, "message", "messages");
            format!("{messages} from FastSpring today; {}", rest.join(", "))
        }
    };
    Headline::new(Tone::Good, "All is well.", text)
}

fn needs_you(problems: u64, buyers: u64, (today, services): (Messages, &ServiceNames)) -> Headline {
    let needs = counted(problems, "thing needs", "things need");
    let needs = needs.split_once(' ').map_or("", |(_, words)| words);
    let served = match buyers {
        0 => "Every buyer is served.".to_owned(),
        1 => "1 buyer is waiting for a key; everyone else is served.".to_owned(),
        _ => format!("{buyers} buyers are waiting for a key; everyone else is served."),
    };
    let mut text = format!(
        "Of {} from FastSpring today, {} done and checked at {services}, {} for you",
        counted(today.all, "message", "messages"),
        counted(today.done, "is", "are"),
        counted(today.needs_you, "waits", "wait"),
    );
    for part in today.under_way() {
        text.push_str(&format!(", {part}"));
    }
    text.push('.');
    Headline::new(
        Tone::Act,
        format!("{} {needs} you. {served}", spelled(problems)),
        text,
    )
}

fn empty(store_url: Option<&str>) -> Headline {
    let title = "Nothing has arrived yet.";
    match store_url {
        Some(url) => Headline::new(
            Tone::Quiet,
            title,
            "Set up your store's webhook as its page says; the first call will appear here by itself.",
        )
        .way(Way::link("Show me how", url).primary()),
        None => Headline::new(
            Tone::Quiet,
            title,
            format!(
                "Two things have to be known first: your {} account, and your store at FastSpring.",
                ServiceNames::addable()
            ),
        )
        .way(Way::link("Begin the set-up", "/setup").primary()),
    }
}

fn clock(at: Timestamp) -> String {
    at.as_jiff().strftime("%H:%M").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_state_has_its_sentence() {
        let since: Timestamp = "2026-12-03T09:58:00Z".parse().unwrap();
        let today = Messages {
            all: 356,
            done: 342,
            needs_you: 13,
            trying_again: 1,
            waiting: 0,
        };
        for (standing, title) in [
            (
                CompanyStanding::NeedsYou {
                    problems: 2,
                    buyers: 12,
                    today,
                },
                "Two things need you. 12 buyers are waiting for a key; everyone else is served.",
            ),
            (
                CompanyStanding::NeedsYou {
                    problems: 1,
                    buyers: 0,
                    today,
                },
                "One thing needs you. Every buyer is served.",
            ),
            (CompanyStanding::Well { today }, "All is well."),
            (
                CompanyStanding::TokenRefused {
                    service: LicenseServerKind::Cryptlex,
                    since,
                    again: None,
                    changes: 41,
                    account_url: String::new(),
                },
                "Cryptlex refuses your access token since 09:58.",
            ),
            (
                CompanyStanding::OnHold {
                    since,
                    by: "Ana: \"Cryptlex move\"".to_owned(),
                    messages: 18,
                    store_url: String::new(),
                },
                "On hold since 09:58 (Ana: \"Cryptlex move\").",
            ),
            (
                CompanyStanding::Empty { store_url: None },
                "Nothing has arrived yet.",
            ),
        ] {
            assert_eq!(standing.headline(&ServiceNames::addable()).title, title);
        }
    }

    #[test]
    fn the_numbers_of_today_add_up_in_words() {
        let today = Messages {
            all: 358,
            done: 342,
            needs_you: 13,
            trying_again: 1,
            waiting: 2,
        };

        let headline = CompanyStanding::NeedsYou {
            problems: 2,
            buyers: 12,
            today,
        }
        .headline(&ServiceNames::addable());

        assert_eq!(
            headline.text,
            "Of 358 messages from FastSpring today, 342 are done and checked at Cryptlex, 13 wait for you, 1 is being tried again, 2 are in line or waiting."
        );
        assert_eq!(
            CompanyStanding::Well { today }
                .headline(&ServiceNames::addable())
                .text,
            "358 messages from FastSpring today; 1 is being tried again, 2 are in line or waiting, everything else is done and checked at Cryptlex."
        );
    }
}
