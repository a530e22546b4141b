//! One short sentence per fact for lists, without anything personal: "Renewal paid · studio-pro".

use crate::domain::fact::{
    Charge, DueDate, Fact, GroupNews, KeysRequested, Notice, OrderSnapshot, Return,
    SubscriptionNews, SubscriptionSnapshot, Trial,
};
use crate::domain::wish::Wish;

/// The sentence; what it is about follows after a dot, where the event says so.
pub fn headline(fact: &Fact) -> String {
    let (what, about) = match fact {
        Fact::OrderCompleted(order) => ("New order", of_order(order)),
        Fact::Subscription(news, snapshot) => of_news(*news, snapshot),
        Fact::Charged(charge) => ("Renewal paid", of_charge(charge)),
        Fact::ChargeFailed(charge) => ("Payment failed", of_charge(charge)),
        Fact::Group(news, group) => (of_group(*news), count(group.members.len(), "subscription")),
        Fact::Returned(back) => of_return(back),
        Fact::ChargedBack(_) => ("Chargeback", None),
        Fact::FulfillmentFailed(failure) => ("Key not delivered", failure.product_path.clone()),
        Fact::KeysRequested(request) => ("Keys for a receipt", of_request(request)),
        Fact::AccountChanged(_) => ("Customer details changed", None),
        Fact::Notice(notice) => (of_notice(*notice), None),
        Fact::Unknown => ("Unknown message", None),
        Fact::DateCame(date) => (of_date(date), None),
        Fact::Wished(wished) => (of_wish(&wished.wish), Some(wished.product_path.clone())),
    };
    match about {
        Some(about) => format!("{what} · {about}"),
        None => what.to_owned(),
    }
}

const fn of_wish(wish: &Wish) -> &'static str {
    match wish {
        Wish::MoreDays { .. } => "More days given by hand",
        Wish::Lift { .. } => "Suspension lifted by hand",
    }
}

fn of_request(request: &KeysRequested) -> Option<String> {
    Some(format!(
        "{}{}",
        request.product_path,
        units(request.quantity)
    ))
}

fn units(quantity: u32) -> String {
    match quantity {
        0 | 1 => String::new(),
        quantity => format!(" × {quantity}"),
    }
}

fn of_order(order: &OrderSnapshot) -> Option<String> {
    let first = order.lines.first()?;
    let units = units(first.quantity);
    let others = match order.lines.len() - 1 {
        0 => String::new(),
        others => format!(" and {others} more"),
    };
    Some(format!("{}{units}{others}", first.product.path))
}

fn of_news(
    news: SubscriptionNews,
    snapshot: &SubscriptionSnapshot,
) -> (&'static str, Option<String>) {
    let what = match (news, snapshot.trial) {
        (SubscriptionNews::Activated, Some(Trial::Free)) => "Free trial began",
        (SubscriptionNews::Activated, Some(Trial::Paid)) => "Paid trial began",
        (SubscriptionNews::Activated, None) => "Subscription began",
        (SubscriptionNews::Updated, _) => "Subscription changed",
        (SubscriptionNews::Canceled, _) => "Subscription canceled, ends later",
        (SubscriptionNews::Uncanceled, _) => "Cancellation withdrawn",
        (SubscriptionNews::Paused, _) => "Subscription paused",
        (SubscriptionNews::Resumed, _) => "Subscription resumed",
        (SubscriptionNews::Overdue, _) => "Payment overdue",
        (SubscriptionNews::Ended, _) => "Subscription ended",
    };
    (what, path(snapshot))
}

fn of_charge(charge: &Charge) -> Option<String> {
    charge.subscription.as_ref().and_then(path)
}

fn path(snapshot: &SubscriptionSnapshot) -> Option<String> {
    let product = snapshot.product.as_ref()?;
    Some(product.path.clone())
}

fn of_group(news: GroupNews) -> &'static str {
    match news {
        GroupNews::Updated => "Subscription group changed",
        GroupNews::Charged => "Renewals paid together",
        GroupNews::ChargeFailed => "Payment of a group failed",
        GroupNews::Overdue => "Payment of a group overdue",
        GroupNews::Ended => "Subscription group ended",
    }
}

fn of_return(back: &Return) -> (&'static str, Option<String>) {
    let is_full =
        !back.lines.is_empty() && back.lines.iter().all(|line| line.is_full == Some(true));
    let is_partial = back.lines.iter().any(|line| line.is_full == Some(false));
    let what = match (is_full, is_partial) {
        (true, _) => "Refunded in full",
        (_, true) => "Refunded in part",
        _ => "Refunded",
    };
    (
        what,
        back.lines.first().map(|line| line.product_path.clone()),
    )
}

fn of_notice(notice: Notice) -> &'static str {
    match notice {
        Notice::OrderFailed => "Checkout payment declined",
        Notice::OrderCanceled => "Order canceled before payment",
        Notice::PaymentPending => "Waiting for payment",
        Notice::ApprovalPending => "Waiting for your approval",
        Notice::PaymentReminder => "Payment reminder sent",
        Notice::TrialReminder => "Trial reminder sent",
        Notice::Payout => "Payout note",
        Notice::AccountCreated => "New customer",
        Notice::Quote => "Quote",
        Notice::MailingList => "Mailing list changed",
        Notice::InvoiceReminder => "Invoice reminder sent",
        Notice::GroupPaymentReminder => "Payment reminder sent for a group",
    }
}

fn of_date(date: &DueDate) -> &'static str {
    match date {
        DueDate::OrderMissing(_) => "No order came for a subscription",
        DueDate::GraceOver(_) => "Extra days are over",
        DueDate::PauseBegins(_) => "Pause begins",
        DueDate::DeletionDue(_) => "Deletion is due",
        DueDate::DatesFollowed(_) => "Ends follow the store's dates",
        DueDate::KeysWithoutOrder(_) => "An order must have followed its keys",
    }
}

fn count(number: usize, thing: &str) -> Option<String> {
    match number {
        0 => None,
        1 => Some(format!("1 {thing}")),
        _ => Some(format!("{number} {thing}s")),
    }
}
