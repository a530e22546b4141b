//! Actions and notices in words, free of personal data.

use crate::domain::action::Action;
use crate::domain::fact::Notice;
use crate::domain::license::{Cause, Identity, Seats};

/// An action in one short sentence.
pub fn action(action: &Action, product_path: &str, license: &Identity) -> String {
    match action {
        Action::Issue(issue) => {
            let unit = license.unit;
            match issue.suspended_for.first() {
                None => format!("Make license {unit} of {product_path}"),
                Some(first) => {
                    let cause = cause(*first);
                    format!("Make license {unit} of {product_path}, suspended: {cause}")
                }
            }
        }
        Action::Renew {
            through: Some(date),
            ..
        } => format!("Renew {product_path}, paid until {}", date.long_day()),
        Action::Renew { through: None, .. } => format!("Renew {product_path}"),
        Action::SetTerm {
            end: Some(date), ..
        } => format!("Set the end of {product_path} to {}", date.long_day()),
        Action::SetTerm { end: None, .. } => format!("Let {product_path} never end"),
        Action::Suspend { cause: why } => format!("Suspend {product_path}: {}", cause(*why)),
        Action::Reinstate { .. } => format!("Switch {product_path} on again"),
        Action::Revoke { cause: why } => format!("Revoke {product_path}: {}", cause(*why)),
        Action::Delete { cause: why } => format!("Delete {product_path}: {}", cause(*why)),
        Action::SetSeats {
            seats: Seats::Activations(count),
        } => format!("Let {count} machines use {product_path}"),
        Action::SetSeats {
            seats: Seats::FloatingClients(count),
        } => format!("Let {count} clients use {product_path}"),
        Action::SetEntitlements { .. } => format!("Set the features of {product_path}"),
        Action::SetMaintenance {
            newest_version: Some(version),
            ..
        } => format!("Let {product_path} run up to version {version}"),
        Action::SetMaintenance { .. } => format!("Set the end of updates of {product_path}"),
        Action::Assign { .. } => format!("Link the people of {product_path}"),
        Action::Annotate {
            plan: Some(plan), ..
        } => format!("Let {product_path} be {} from now on", plan.product_path),
        Action::Annotate { .. } => format!("Write the notes of {product_path}"),
        Action::ReleaseMachines => format!("Free the machines of {product_path}"),
    }
}

const fn cause(cause: Cause) -> &'static str {
    match cause {
        Cause::Overdue => "payment is overdue",
        Cause::Pause => "the subscription is paused",
        Cause::Refund => "refunded",
        Cause::Chargeback => "the bank took the money back",
        Cause::Ended => "the subscription ended",
        Cause::FewerUnits => "fewer units are paid for",
        Cause::Replaced => "another license took its place",
        Cause::NoOrder => "no order followed",
        Cause::ByHand => "set by hand",
    }
}

/// What the shop informed about.
pub const fn notice(notice: Notice) -> &'static str {
    match notice {
        Notice::OrderFailed => "that a payment at checkout was declined",
        Notice::OrderCanceled => "that an order was canceled before payment",
        Notice::PaymentPending => "that an order waits for its payment",
        Notice::ApprovalPending => "that an order waits for your approval",
        Notice::PaymentReminder => "that it told the buyer a payment is coming",
        Notice::TrialReminder => "that it told the buyer a trial is about to end",
        Notice::Payout => "about a payout",
        Notice::AccountCreated => "that a buyer account was made",
        Notice::Quote => "about a quote",
        Notice::MailingList => "about a mailing list",
        Notice::InvoiceReminder => "that it mailed an invoice reminder",
        Notice::GroupPaymentReminder => "that it told the buyer a group payment is coming",
    }
}
