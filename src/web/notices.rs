//! What a page says after something was done: the address names it, the words are here.

use crate::web::partials::PageNotice;

/// The sentence of a `done=` in an address; `None` for names that are not ours.
pub fn done(name: &str) -> Option<PageNotice> {
    let text = match name {
        "run-again" => {
            "In line again. What is done stays done; only what is missing is carried out."
        }
        "run-many-again" => {
            "In line again, oldest first. What is done stays done; only what is missing is carried out."
        }
        "more-days" => "In line. The new end shows here within seconds.",
        "lifted" => {
            "In line. The license runs again within seconds, and stays so until something new happens."
        }
        "token-revoked" => "Revoked. Programs that use this token are refused from now on.",
        "overtaken" => {
            return Some(PageNotice::failed(
                "The license does not stand any more as you saw it, so nothing was asked. Look again.",
            ));
        }
        "set-aside" => "Set aside. It stays here to be read, and can be run again at any time.",
        "picked" => "The license is this purchase's now, and the message runs again.",
        "approved" => "In line. What was shown is done as far as it is still wanted.",
        "dropped" => "Kept. The license stays as it is, and the same thing is not asked again.",
        "store-made" => "The store is made. Now paste its address and secret at FastSpring.",
        "secret-made" => {
            "The new secret is in force. Paste it at FastSpring within 24 hours; until then both are accepted."
        }
        "token-made" => "The token is made. Copy it now: it is shown this once.",
        "mode-set" => "Set. It holds for what comes from now on.",
        "compare" => "Comparing. It looks only, and changes nothing; come back in a while.",
        "resumed" => "Set. What was kept meanwhile is being worked on, oldest first.",
        "rules-set" => "The rules hold for what comes from now on.",
        "account-made" => "The account is added.",
        "token-replaced" => "The token is replaced. What waited for it runs by itself.",
        "shop-saved" => "Saved. What waited for it runs by itself.",
        "shop-checked" => "FastSpring was asked just now.",
        "pretended" => "The pretend order is on its way; it appears here within seconds.",
        "product-saved" => "Saved. Orders that waited for this are being served, oldest first.",
        "product-never" => {
            "Saved. This product gives no license; what waited for the answer is settled."
        }
        "product-forgotten" => "What the product's attributes at FastSpring say counts again.",
        "signed-up" => {
            "Done. Sign in with this address and its password; where the address had an account before, its own password counts. We wrote to the address."
        }
        "proved" => {
            "The address is yours. Sign in with it and the password that you have just written."
        }
        "proof-sent" => "The link is on its way; where one was sent a moment ago, that one counts.",
        "company" => "You act for this company now.",
        _ => return None,
    };
    Some(PageNotice::done(text))
}
