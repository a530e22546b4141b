//! The details that an event names by id alone and its plan depends on: looked up, fetched, and applied to the event.

use crate::domain::complete::{put_account, put_subscription};
use crate::domain::fact::{Fact, GroupNews, Person, ProductReference, SubscriptionNews};
use crate::domain::id::{StorefrontId, TenantId};
use crate::domain::policy::{Policy, TestEvents};
use crate::domain::rules::Rules;
use crate::outbound::Response;
use crate::pipeline::shop::ShopAccount;
use crate::store::shop_apis::{self, ShopApi};
use crate::store::storefronts::Storefront;
use crate::store::{Db, StoreError, customers, storefronts, subscriptions};
use crate::storefronts::Missing;
use crate::storefronts::shop_api::{ShopFailure, ShopQuestion};
use crate::vault::{TenantKeys, TermHash};

/// The missing details that matter; no plan depends on the others, and each one costs a call.
pub(in crate::pipeline) struct DetailLookup {
    missing: Vec<Wanted>,
    is_order: bool,
}

/// One thing, and the words by which a buyer would be known.
struct Wanted {
    missing: Missing,
    terms: Vec<Vec<TermHash>>,
}

/// Who is asked, and for what of it.
pub(in crate::pipeline) struct MissingDetails {
    /// The store; `None` when it is not there any more.
    pub storefront: Option<Storefront>,
    /// The state of its credentials; `None` when it has none.
    pub shop: Option<ShopApi>,
    /// What is not known from another event.
    pub missing: Vec<Missing>,
}

impl DetailLookup {
    /// Nothing is lookup for an event that is left alone.
    pub fn of(
        fact: &Fact,
        missing: &[Missing],
        is_live: bool,
        policy: &Policy,
        keys: &TenantKeys,
    ) -> Self {
        let is_left_alone = !is_live && policy.test_events == TestEvents::Ignore;
        let lookup = missing
            .iter()
            .filter(|missing| !is_left_alone && matters(fact, missing));
        Self {
            missing: lookup.map(|missing| Wanted::of(missing, keys)).collect(),
            is_order: matches!(fact, Fact::OrderCompleted(_)),
        }
    }

    /// Whether nobody has to be asked.
    pub fn is_empty(&self) -> bool {
        self.missing.is_empty()
    }

    /// A purchase's subscription or buyer may be known from another event.
    pub fn find_missing(
        &self,
        db: &mut Db,
        tenant: TenantId,
        storefront: StorefrontId,
    ) -> Result<MissingDetails, StoreError> {
        let mut missing = Vec::new();
        for wanted in &self.missing {
            if !self.is_known(db, tenant, storefront, wanted)? {
                missing.push(wanted.missing.clone());
            }
        }
        Ok(MissingDetails {
            storefront: storefronts::find(db, tenant, storefront)?,
            shop: shop_apis::find(db, tenant, storefront)?,
            missing,
        })
    }

    fn is_known(
        &self,
        db: &mut Db,
        tenant: TenantId,
        storefront: StorefrontId,
        wanted: &Wanted,
    ) -> Result<bool, StoreError> {
        match &wanted.missing {
            Missing::Subscription(id) if self.is_order => {
                let row = subscriptions::find(db, tenant, storefront, id)?;
                Ok(row.is_some_and(|row| row.next.is_some()))
            }
            Missing::Subscription(_) => Ok(false),
            Missing::Account(_) => Ok(!customers::search(db, tenant, &wanted.terms, 1)?.is_empty()),
        }
    }
}

impl Wanted {
    fn of(missing: &Missing, keys: &TenantKeys) -> Self {
        let terms = match missing {
            Missing::Subscription(_) => Vec::new(),
            Missing::Account(id) => vec![vec![keys.account_term(id)]],
        };
        let missing = missing.clone();
        Self { missing, terms }
    }
}

fn matters(fact: &Fact, missing: &Missing) -> bool {
    match (fact, missing) {
        // A charge carries no date, an order no interval.
        (Fact::Charged(_) | Fact::OrderCompleted(_), Missing::Subscription(_))
        | (
            Fact::Group(GroupNews::Charged | GroupNews::Updated, _),
            Missing::Subscription(_),
        )
        // These may make licenses, which belong to somebody.
        | (
            Fact::Subscription(SubscriptionNews::Activated | SubscriptionNews::Updated, _),
            Missing::Account(_),
        ) => true,
        _ => false,
    }
}

/// What the shop is asked.
pub(in crate::pipeline) fn question(missing: &Missing) -> ShopQuestion {
    match missing {
        Missing::Subscription(id) => ShopQuestion::Subscription(id.clone()),
        Missing::Account(id) => ShopQuestion::Account(id.clone()),
    }
}

/// Applies an answer to the fact; one about something else is none. Returns the products that it names.
pub(in crate::pipeline) fn apply_detail(
    fact: &mut Fact,
    rules: &mut Rules,
    account: &ShopAccount,
    missing: &Missing,
    response: &Response,
) -> Result<Vec<ProductReference>, ShopFailure> {
    match missing {
        Missing::Subscription(id) => {
            let found = account.api().read_subscription(&response.body)?;
            if found.snapshot.id != *id {
                return Err(ShopFailure::Unknown);
            }
            put_subscription(fact, found.snapshot);
            rules.see(&found.products);
            Ok(found.products)
        }
        Missing::Account(id) => {
            let person: Person = account.api().read_account(&response.body)?;
            if person.account_id.as_ref() != Some(id) {
                return Err(ShopFailure::Unknown);
            }
            put_account(fact, person);
            Ok(Vec::new())
        }
    }
}
