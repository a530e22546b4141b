//! What kind of news an event is, of those that a merchant counts.

use serde::{Deserialize, Serialize};
use strum::{EnumString, IntoStaticStr, VariantArray};

use crate::domain::fact::{Fact, GroupNews, SubscriptionNews};

/// A kind of news.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[derive(EnumString, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "snake_case")]
pub enum News {
    /// Something was bought.
    Purchases,
    /// A subscription went on.
    Renewals,
    /// A payment for one did not come.
    Failed,
    /// One ended.
    Ended,
    /// Money went back.
    Refunds,
}

impl News {
    /// What a fact is; `None` for what is not counted.
    pub const fn of(fact: &Fact) -> Option<Self> {
        match fact {
            Fact::OrderCompleted(_) => Some(Self::Purchases),
            Fact::Charged(_) => Some(Self::Renewals),
            Fact::ChargeFailed(_) => Some(Self::Failed),
            Fact::Returned(_) => Some(Self::Refunds),
            Fact::Subscription(news, _) => Self::of_subscription(*news),
            Fact::Group(news, _) => Self::of_group(*news),
            Fact::ChargedBack(_)
            | Fact::FulfillmentFailed(_)
            | Fact::KeysRequested(_)
            | Fact::AccountChanged(_)
            | Fact::Notice(_)
            | Fact::Unknown
            | Fact::DateCame(_)
            | Fact::Wished(_) => None,
        }
    }

    const fn of_subscription(news: SubscriptionNews) -> Option<Self> {
        match news {
            SubscriptionNews::Ended => Some(Self::Ended),
            SubscriptionNews::Activated
            | SubscriptionNews::Updated
            | SubscriptionNews::Canceled
            | SubscriptionNews::Uncanceled
            | SubscriptionNews::Paused
            | SubscriptionNews::Resumed
            | SubscriptionNews::Overdue => None,
        }
    }

    const fn of_group(news: GroupNews) -> Option<Self> {
        match news {
            GroupNews::Charged => Some(Self::Renewals),
            GroupNews::ChargeFailed => Some(Self::Failed),
            GroupNews::Ended => Some(Self::Ended),
            GroupNews::Updated | GroupNews::Overdue => None,
        }
    }

    /// As the API and the store spell it.
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// The kind of that spelling.
    pub fn parse(text: &str) -> Option<Self> {
        text.parse().ok()
    }

    /// What people call it.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Purchases => "Purchases",
            Self::Renewals => "Renewals",
            Self::Failed => "Payments failed",
            Self::Ended => "Ended",
            Self::Refunds => "Money back",
        }
    }
}
