//! The kinds of news that a merchant counts, told apart by how their headlines are worded.

/// A kind of news.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
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

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 5] = [
        Self::Purchases,
        Self::Renewals,
        Self::Failed,
        Self::Ended,
        Self::Refunds,
    ];

    /// As an address spells it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Purchases => "purchases",
            Self::Renewals => "renewals",
            Self::Failed => "failed",
            Self::Ended => "ended",
            Self::Refunds => "refunds",
        }
    }

    /// The kind of that spelling.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
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

    /// How its headlines begin, and what comes somewhere later in them.
    const fn wording(self) -> (&'static str, &'static str) {
        match self {
            Self::Purchases => ("New order", ""),
            Self::Renewals => ("Renewal", ""),
            Self::Failed => ("Payment", "failed"),
            Self::Ended => ("Subscription", "ended"),
            Self::Refunds => ("Refunded", ""),
        }
    }

    /// Whether a headline is of this kind.
    pub fn fits(self, headline: &str) -> bool {
        let (begin, later) = self.wording();
        let what = headline
            .split_once(" · ")
            .map_or(headline, |(what, _)| what);
        what.strip_prefix(begin)
            .is_some_and(|rest| rest.contains(later))
    }

    /// The same as a pattern for the store.
    pub fn pattern(self) -> String {
        let (begin, later) = self.wording();
        format!("{begin}%{later}%").replace("%%", "%")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headlines_are_told_apart() {
        for (headline, kind) in [
            ("New order · studio-pro × 2", Some(Kind::Purchases)),
            (
                "Renewals paid together · 2 subscriptions",
                Some(Kind::Renewals),
            ),
            ("Payment of a group failed", Some(Kind::Failed)),
            ("Subscription group ended", Some(Kind::Ended)),
            ("Subscription canceled, ends later · studio-pro", None),
            ("Payment reminder sent", None),
        ] {
            let found = Kind::ALL.into_iter().find(|kind| kind.fits(headline));

            assert_eq!(found, kind, "{headline}");
        }
    }

    #[test]
    fn patterns_leave_the_rest_open() {
        assert_eq!(Kind::Purchases.pattern(), "New order%");
        assert_eq!(Kind::Failed.pattern(), "Payment%failed%");
    }
}
