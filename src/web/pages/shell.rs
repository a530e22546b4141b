//! What surrounds every page of a signed-in person.

use strum::{EnumString, IntoStaticStr};

use crate::web::partials::PageNotice;

/// The frame of a page.
#[derive(Debug, Clone)]
pub struct Shell {
    /// What the browser's tab says.
    pub title: String,
    /// Where in the navigation the page belongs.
    pub area: Area,
    /// The company's name.
    pub company: String,
    /// The companies that the person may act for instead, by id and name; empty for those of one company.
    pub others: Vec<(String, String)>,
    /// The person's name.
    pub person: String,
    /// The session's form token.
    pub csrf: String,
    /// How many problems need a person; the navigation shows it unless it is 0.
    pub to_fix: u64,
    /// Colors as chosen; `None` follows the system.
    pub theme: Option<Theme>,
    /// What was searched for.
    pub query: String,
    /// What has just been done, or why it was not.
    pub notice: Option<PageNotice>,
    /// Where the data lives, when the operator says so.
    pub region: Option<String>,
    /// Where to ask for help, when the operator says so.
    pub support_url: Option<String>,
}

/// The entries of the navigation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Area {
    /// How things are.
    Overview,
    /// What FastSpring sent.
    Activity,
    /// Who bought.
    Customers,
    /// What was made of it.
    Licenses,
    /// What needs a person.
    ToFix,
    /// What each product gives.
    Products,
    /// Stores and Cryptlex accounts.
    Setup,
}

impl Area {
    /// Every entry, in order.
    pub const ALL: [Self; 7] = [
        Self::Overview,
        Self::Activity,
        Self::Customers,
        Self::Licenses,
        Self::ToFix,
        Self::Products,
        Self::Setup,
    ];

    /// What the entry says.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Overview => "Overview",
            Self::Activity => "Activity",
            Self::Customers => "Customers",
            Self::Licenses => "Licenses",
            Self::ToFix => "To fix",
            Self::Products => "Products",
            Self::Setup => "Setup",
        }
    }

    /// Where it leads.
    pub const fn href(self) -> &'static str {
        match self {
            Self::Overview => "/",
            Self::Activity => "/activity",
            Self::Customers => "/customers",
            Self::Licenses => "/licenses",
            Self::ToFix => "/to-fix",
            Self::Products => "/products",
            Self::Setup => "/setup",
        }
    }
}

/// Colors as a person chose them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, EnumString, IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum Theme {
    /// Dark on light.
    Light,
    /// Light on dark.
    Dark,
}

impl Theme {
    /// As the cookie and the page spell it.
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// The theme of that spelling; anything else follows the system.
    pub fn parse(text: &str) -> Option<Self> {
        text.parse().ok()
    }
}
