//! Words of the shop, and uses of the platform's wide scope, each in its place.

use crate::source::{Source, find_word, is_identifier, line_of};

/// What the names of the shop's events begin with.
const EVENT_FAMILIES: &[&str] = &[
    "order",
    "subscription",
    "return",
    "chargeback",
    "payoutEntry",
    "account",
    "fulfillment",
    "quote",
    "mailingListEntry",
    "invoice",
];

/// What the names of the shop's events end with.
const EVENT_ENDINGS: &[&str] = &[
    "completed",
    "failed",
    "canceled",
    "uncanceled",
    "pending",
    "created",
    "updated",
    "removed",
    "abandoned",
    "activated",
    "deactivated",
    "overdue",
    "reminder",
    "paused",
    "resumed",
    "prorated",
    "email",
];

/// Files outside the shop's folder that may speak its language: the demo's shop sends what the real one would.
const SHOPS: &[&str] = &["src/storefronts/fastspring", "demo"];

/// Who may act for the whole platform instead of for one tenant, by variant of `PlatformUse`.
///
/// Row-level security is open under these scopes, so each use is listed, and reviewed when the list grows.
const PLATFORM_USES: &[(&str, &[&str])] = &[
    ("Claim", &["pipeline"]),
    ("Ingest", &["pipeline"]),
    ("Upkeep", &["pipeline", "accounts", "web", "app", "cli"]),
    ("SignIn", &["accounts", "web"]),
    ("Operator", &["accounts", "web", "app", "cli"]),
];

/// Every event name of the shop that stands outside its folder.
pub fn foreign_event_names(source: &Source) -> Vec<String> {
    if SHOPS.iter().any(|shop| source.path.contains(shop)) {
        return Vec::new();
    }
    source
        .quotes
        .iter()
        .filter(|(_, quote)| is_event_name(quote))
        .map(|(line, quote)| {
            source.complain(
                *line,
                &format!(
                    "\"{quote}\" is the shop's word: translate it to a fact in src/storefronts/fastspring and use that"
                ),
            )
        })
        .collect()
}

fn is_event_name(quote: &str) -> bool {
    let Some((family, rest)) = quote.split_once('.') else {
        return false;
    };
    let ending = rest.rsplit('.').next().unwrap_or_default();
    EVENT_FAMILIES.contains(&family) && EVENT_ENDINGS.contains(&ending)
}

/// Every use of a platform scope by a module that is not listed for it.
pub fn unlisted_platform_uses(source: &Source) -> Vec<String> {
    let path = source.module_path();
    let home = path.first().copied().unwrap_or_default();
    if home == "store" {
        return Vec::new();
    }
    find_word(&source.shipped, "PlatformUse")
        .filter_map(|offset| {
            let rest = source
                .shipped
                .get(offset..)?
                .strip_prefix("PlatformUse::")?;
            let end = rest
                .find(|character| !is_identifier(character))
                .unwrap_or(rest.len());
            let variant = rest.get(..end)?;
            let is_listed = PLATFORM_USES
                .iter()
                .any(|(name, modules)| *name == variant && modules.contains(&home));
            (!is_listed).then(|| {
                source.complain(
                    line_of(&source.shipped, offset),
                    &format!(
                        "`{home}` is not listed for PlatformUse::{variant}: use Scope::Tenant, \
                         or list it in tests/architecture/places.rs and say why in the commit"
                    ),
                )
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn event_names_belong_to_the_shop() {
        let text =
            "match kind { \"order.completed\" => a, \"subscription.charge.completed\" => b }";

        assert_eq!(
            foreign_event_names(&Source::new("src/pipeline/worker.rs", text)).len(),
            2
        );
        assert!(
            foreign_event_names(&Source::new("src/storefronts/fastspring/mod.rs", text)).is_empty()
        );
        assert!(foreign_event_names(&Source::new("src/app/demo.rs", text)).is_empty());
    }

    #[test]
    fn other_dotted_texts_are_nobodys_words() {
        let text =
            "a(\"order.id\"); b(\"event.kind\"); c(\"license.renewed\"); // \"order.completed\"";

        assert!(foreign_event_names(&Source::new("src/web/a.rs", text)).is_empty());
    }

    #[test]
    fn a_platform_scope_is_used_where_it_is_listed() {
        let text = "store.read(Scope::Platform(PlatformUse::Claim), step)";

        assert!(
            unlisted_platform_uses(&Source::new("src/pipeline/queue/claim.rs", text)).is_empty()
        );
        assert_eq!(
            unlisted_platform_uses(&Source::new("src/web/events.rs", text)).len(),
            1
        );
    }
}
