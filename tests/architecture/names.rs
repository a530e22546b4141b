//! Names that may be spoken in one place only.

use crate::source::{Source, find_word, line_of};

/// Words of the code, the places where they may stand, and what to do elsewhere.
struct Confined {
    words: &'static [&'static str],
    is_home: fn(&str) -> bool,
    counts_in_tests: bool,
    advice: &'static str,
}

/// Where the sandbox meets the network; the rest of its crate is pure.
const SANDBOX_SOCKET: &str = "crates/sandbox/src/socket.rs";

const RULES: &[Confined] = &[
    Confined {
        words: &["diesel", "diesel_migrations", "r2d2"],
        is_home: |path| is_in(path, "store"),
        counts_in_tests: true,
        advice: "write a function in src/store and call it",
    },
    Confined {
        words: &["actix_web", "actix_http", "actix_service", "askama"],
        is_home: |path| is_in(path, "web") || path == SANDBOX_SOCKET,
        counts_in_tests: true,
        advice: "return a plain value and let src/web turn it into an answer",
    },
    Confined {
        words: &["reqwest"],
        is_home: |path| is_in(path, "outbound"),
        counts_in_tests: true,
        advice: "send through src/outbound, the one guarded client",
    },
    Confined {
        words: &["Leave::grant"],
        // The demo's shop is somebody else, who calls us.
        is_home: |path| {
            let grants = ["src/pipeline/calls/budget.rs", "src/app/demo/post.rs"];
            grants.contains(&path) || path.ends_with("_tests.rs")
        },
        counts_in_tests: false,
        advice: "nothing is sent without a permit: ask through src/pipeline/calls/budgeted_call.rs",
    },
    Confined {
        words: &["lettre"],
        is_home: |path| is_in(path, "mail"),
        counts_in_tests: true,
        advice: "hand a message to src/mail",
    },
    Confined {
        words: &["std::env", "env::var", "env::var_os", "env::vars"],
        is_home: |path| is_in(path, "config") || is_in(path, "cli") || is_in(path, "main"),
        counts_in_tests: false,
        advice: "make it a setting in src/config and take it as an argument",
    },
    Confined {
        words: &[
            "Timestamp::now",
            "SystemTime::now",
            "Zoned::now",
            "Utc::now",
            "Local::now",
        ],
        is_home: |path| path == "src/pipeline/clock.rs",
        counts_in_tests: true,
        advice: "take the time as an argument; the one clock is src/pipeline/clock.rs",
    },
    Confined {
        words: &[
            "Instant::now",
            "tokio",
            "rand",
            "getrandom",
            "std::fs",
            "std::net",
            "std::process",
            "std::thread",
        ],
        is_home: |path| !is_in(path, "domain"),
        counts_in_tests: true,
        advice: "the domain is pure: do it on a higher floor and pass the result in",
    },
    Confined {
        words: &["Instant::now", "tokio", "std::fs", "std::net"],
        is_home: |path| !path.starts_with("crates/sandbox/") || path == SANDBOX_SOCKET,
        counts_in_tests: true,
        advice: "the sandbox is pure: only its socket meets the network and waits",
    },
    Confined {
        words: &["println!", "eprintln!", "print!", "eprint!"],
        is_home: |path| is_in(path, "cli"),
        counts_in_tests: false,
        advice: "log it with tracing, or return it and let src/cli print it",
    },
    Confined {
        words: &["block_in_place"],
        is_home: |_| false,
        counts_in_tests: true,
        advice: "it panics inside actix workers: use tokio::task::spawn_blocking",
    },
];

/// Every confined word that stands outside its place.
pub fn violations(source: &Source) -> Vec<String> {
    let mut found = Vec::new();
    for rule in RULES.iter().filter(|rule| !(rule.is_home)(&source.path)) {
        let code = if rule.counts_in_tests {
            &source.code
        } else {
            &source.shipped
        };
        for word in rule.words {
            // A macro's name ends in `!`, after which anything may follow.
            let name = word.trim_end_matches('!');
            for offset in find_word(code, name) {
                let is_the_word = code
                    .get(offset..)
                    .is_some_and(|rest| rest.starts_with(word));
                if is_the_word {
                    let line = line_of(code, offset);
                    found.push(source.complain(
                        line,
                        &format!("`{word}` does not belong here: {}", rule.advice),
                    ));
                }
            }
        }
    }
    found
}

fn is_in(path: &str, module: &str) -> bool {
    path.strip_prefix("src/")
        .and_then(|inside| inside.strip_prefix(module))
        .is_some_and(|rest| rest.starts_with('/') || rest == ".rs")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(path: &str, text: &str) -> usize {
        violations(&Source::new(path, text)).len()
    }

    #[test]
    fn diesel_is_for_the_store_alone() {
        assert_eq!(count("src/store/events.rs", "use diesel::prelude::*;"), 0);
        assert_eq!(count("src/store.rs", "use diesel::prelude::*;"), 0);
        assert_eq!(
            count("src/storefronts/mod.rs", "use diesel::prelude::*;"),
            1
        );
        assert_eq!(count("src/web/page.rs", "fn a() { diesel::delete(x) }"), 1);
    }

    #[test]
    fn the_clock_is_read_in_one_place() {
        assert_eq!(count("src/pipeline/clock.rs", "jiff::Timestamp::now()"), 0);
        assert_eq!(count("src/pipeline/worker.rs", "jiff::Timestamp::now()"), 1);
        assert_eq!(
            count("src/domain/fold.rs", "let start = Instant::now();"),
            1
        );
        assert_eq!(count("src/outbound.rs", "let start = Instant::now();"), 0);
    }

    #[test]
    fn the_sandbox_meets_the_network_in_its_socket_alone() {
        let text = "use actix_web::App; let listener = std::net::TcpListener::bind(a);";

        assert_eq!(count(SANDBOX_SOCKET, text), 0);
        assert_eq!(count("crates/sandbox/src/state.rs", text), 2);
    }

    #[test]
    fn leave_to_send_is_granted_by_whoever_keeps_the_budgets() {
        let text = "let leave = Leave::grant(origin); fn granted(leave: Leave) {}";

        assert_eq!(count("src/pipeline/calls/budget.rs", text), 0);
        assert_eq!(count("src/pipeline/reconcile/mod.rs", text), 1);
        assert_eq!(count("src/web/catalog.rs", text), 1);
        let tests = "#[cfg(test)]\nmod tests { fn a() { Leave::grant(b) } }";
        assert_eq!(count("src/outbound/mod.rs", tests), 0);
    }

    #[test]
    fn settings_are_read_by_config_and_cli() {
        assert_eq!(count("src/config/mod.rs", "std::env::var(\"A\")"), 0);
        assert_eq!(
            count("src/mail.rs", "let a = env!(\"CARGO_PKG_VERSION\");"),
            0
        );
        assert_eq!(count("src/mail.rs", "use std::env;"), 1);
    }

    #[test]
    fn words_in_comments_quotes_and_longer_names_do_not_count() {
        let text = "// diesel\nlet diesel_free = \"diesel\"; writeln!(out)?; let operand = 1;";

        assert_eq!(count("src/domain/a.rs", text), 0);
    }

    #[test]
    fn tests_may_print() {
        assert_eq!(
            count(
                "src/vault/a.rs",
                "#[cfg(test)]\nmod tests { fn a() { println!(); } }"
            ),
            0
        );
        assert_eq!(count("src/vault/a.rs", "fn a() { eprintln!(); }"), 1);
    }
}
