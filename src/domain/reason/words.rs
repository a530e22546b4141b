//! What merchants read for each reason; `{names}` are filled from the reason's details, `{service}` with the name of the
//! license server that is meant.

use crate::domain::reason::code::ReasonCode;

/// The words of a reason.
pub struct ReasonWords {
    /// What happened.
    pub text: &'static str,
    /// The way out; empty when there is nothing to do.
    pub fix: &'static str,
}

/// The words of an answer of which a field cannot be read; its code is that of a refusal.
pub const NOT_UNDERSTOOD: ReasonWords = ReasonWords {
    text: "{service} answered something that Latchkey does not understand: field {field}.",
    fix: "Look at the license at {service}, then run this again; if it stays so, tell support.",
};

/// The words of each code.
#[expect(clippy::too_many_lines, reason = "a table, one row per code")]
pub const fn words(code: ReasonCode) -> ReasonWords {
    let (text, fix) = match code {
        ReasonCode::UnknownEventType => (
            "FastSpring sent a kind of message we do not know yet. It is kept.",
            "Nothing to do; support can tell what it means.",
        ),
        ReasonCode::NoticeOnly => (
            "FastSpring only informed: {what}. No license is concerned.",
            "",
        ),
        ReasonCode::NoLicensedProduct => (
            "Nothing in this order gives a license.",
            "Choose a license for the product that should.",
        ),
        ReasonCode::NothingToDo => ("Your licenses already are as this message says.", ""),
        ReasonCode::ProductNotMapped => (
            "\"{product}\" was paid for, but nobody has said which license it gives.",
            "Choose the license, or never license it.",
        ),
        ReasonCode::MappingInvalid => (
            "{product}: {attribute} says \"{value}\", which makes no sense.",
            "Correct it.",
        ),
        ReasonCode::AlreadyApplied => (
            "Already done on {date} by an earlier copy of the same message.",
            "Show it.",
        ),
        ReasonCode::Stale => (
            "Overtaken: newer news about this subscription was already carried out on {date}.",
            "",
        ),
        ReasonCode::WaitingForOrder => (
            "Waiting for the purchase this belongs to; until {date}.",
            "Look it up at {service} now.",
        ),
        ReasonCode::LicenseNotFound => (
            "No license at {service} names this {purchase}. It may have been deleted by hand, or was made before Latchkey under another system.",
            "Pick the license, make one, or set the message aside.",
        ),
        ReasonCode::ExpansionOff => (
            "FastSpring sends numbers instead of details, because \"webhook expansion\" is off.",
            "Tick it at FastSpring, or give API access.",
        ),
        ReasonCode::IntervalMismatch => (
            "Sold for {sold}, licensed for {licensed}.",
            "Give {sold}, or say that {licensed} is meant.",
        ),
        ReasonCode::NothingToRenew => {
            ("This license never expires; a renewal changes nothing.", "")
        }
        ReasonCode::ProrationNoRenewal => (
            "A charge for changing the plan. The paid-through date did not move, so nothing was extended.",
            "",
        ),
        ReasonCode::ChangedByHand => (
            "Someone changed this license at {service} on {date}; we kept it.",
            "Follow the store again.",
        ),
        ReasonCode::AwaitingConsent => (
            "You asked to be asked before access is taken away.",
            "Do it, or keep it.",
        ),
        ReasonCode::Brake => (
            "The brake stopped {n} endings in one hour, more than usual for you.",
            "Look at the list; do them, or keep them all.",
        ),
        ReasonCode::KeptByChoice => (
            "You decided to keep it: nothing is taken away for this.",
            "",
        ),
        ReasonCode::TestEventIgnored => (
            "A test order; your rules say to leave tests alone.",
            "Change the rule.",
        ),
        ReasonCode::ShadowMode => ("Watch only: we would have {what}.", "Go live."),
        ReasonCode::StorefrontPaused => ("On hold: kept, nothing is done.", "Resume."),
        ReasonCode::LicenseServerUnauthorized => (
            "{service} refuses your access token since {time}. {n} changes wait safely.",
            "Replace the token. The one in use is tried again by itself, every half hour at the latest.",
        ),
        ReasonCode::LicenseServerMissingScope => (
            "Your token may not do this: \"{scope}\" is not ticked at {service}.",
            "Make a token with these ticks.",
        ),
        ReasonCode::LicenseServerUnreachable => (
            "{service} does not answer. Not your move.",
            "Next try {time}.",
        ),
        ReasonCode::LicenseServerRejected => (
            "{service} says no: \"{words}\".",
            "Change the product's settings, or try again.",
        ),
        ReasonCode::PlanLimit => (
            "Your {service} plan allows no more {what}.",
            "Open {service}'s plans, then try again.",
        ),
        ReasonCode::UserNotCreated => (
            "The license is made; the user could not be ({words}).",
            "Try again, or link the user by hand.",
        ),
        ReasonCode::RateBudget => (
            "Waiting our turn at {service} (50 calls in 5 s for everyone).",
            "About {n} s.",
        ),
        ReasonCode::UnsafeWithoutReference => (
            "The message does not say which subscription it means. Acting could touch the wrong customer, so we did nothing.",
            "Resend it from FastSpring, or set it aside.",
        ),
        ReasonCode::PayloadInvalid => (
            "FastSpring's message lacks {what}; the rest was carried out.",
            "Resend it from FastSpring.",
        ),
        ReasonCode::VerificationFailed => (
            "{service} answered \"done\" but shows {theirs} instead of {ours}. We asked once more without success.",
            "Check now, or set it by hand.",
        ),
        ReasonCode::RepeatedCrash => (
            "Latchkey stumbled over this message five times. Our fault; nothing is lost.",
            "Run again, or tell support.",
        ),
        ReasonCode::DuplicateConnection => {
            ("Two of your stores receive the same orders.", "Close one.")
        }
        ReasonCode::NotDueYet => ("Will be looked at on {date}.", ""),
        ReasonCode::DeliveryFailed => (
            "Paid, but FastSpring could not get a key and holds the order back.",
            "See why.",
        ),
        ReasonCode::KeyWithoutOrder => (
            "{n} keys were given out in receipts and no order followed for a day.",
            "Suspend them, or keep them.",
        ),
        ReasonCode::ShopKeyNotAdopted => (
            "FastSpring's receipt shows a key that Latchkey did not make, and {why}.",
            "Set it right at {service} and run this again, or let Latchkey make the licenses of {product}.",
        ),
        ReasonCode::RefundBeforeChange => (
            "The first payment was refunded. The buyer has changed to \"{product}\" since, and paid for that.",
            "End it, or keep it.",
        ),
        ReasonCode::WhichLicense => (
            "\"{product}\" was refunded, and the buyer has it more than once. FastSpring does not say which one.",
            "Choose the one that ends, or keep them.",
        ),
        ReasonCode::TooManyLicenses => (
            "{quantity} licenses of \"{product}\" were bought at once. Without your word Latchkey makes {most} for one line, and {most_of_order} for one order.",
            "Let the product give one license with seats{also}.",
        ),
        ReasonCode::TooManyLines => (
            "The message names {named} lines, add-ons and subscriptions; Latchkey works messages of up to {most}.",
            "Make its licenses by hand at {service}, then set it aside.",
        ),
        ReasonCode::ShopApiUnauthorized => (
            "FastSpring refuses your API credentials since {time}.",
            "Replace them. Those in use are tried again by themselves, every half hour at the latest.",
        ),
        ReasonCode::ShopApiUnreachable => (
            "FastSpring's API does not answer. Not your move.",
            "Next try {time}.",
        ),
    };
    ReasonWords { text, fix }
}
