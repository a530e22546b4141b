//! What the check of the products found, as people read it: on *To fix*, on Products and on a product's page.

use crate::domain::catalog_check::Finding;
use crate::domain::id::{ProblemId, StorefrontId, TenantId};
use crate::domain::reason::ReasonCode;
use crate::domain::time::Timestamp;
use crate::pipeline::reconcile::catalog_check;
use crate::store::problems;
use crate::store::storefronts::Storefront;
use crate::store::{Db, StoreError};
use crate::web::partials::{Moment, ProblemItem, Way};
use crate::web::query::Query;

/// Something that is wrong with one product.
#[derive(Debug, Clone)]
pub struct ProductFinding {
    /// The store that sells it.
    pub store: StorefrontId,
    /// The product's path there.
    pub path: String,
    name: String,
    /// What it is.
    pub finding: Finding,
    /// When the check found it.
    pub checked_at: Timestamp,
}

/// What the last check of a store found; that nobody has chosen a license is left out, for pages say so themselves.
pub fn of_store(db: &mut Db, store: &Storefront) -> Result<Vec<ProductFinding>, StoreError> {
    let Some((products, checked_at)) = catalog_check::last(db, store)? else {
        return Ok(Vec::new());
    };
    let unmapped = ReasonCode::ProductNotMapped.as_str();
    let found = products.into_iter().flat_map(|product| {
        let name = product.display.unwrap_or_else(|| product.path.clone());
        let news = product.findings.into_iter();
        news.filter(|finding| finding.code != unmapped)
            .map(move |finding| ProductFinding {
                store: store.id,
                path: product.path.clone(),
                name: name.clone(),
                finding,
                checked_at,
            })
    });
    Ok(found.collect())
}

impl ProductFinding {
    /// What it is, and what to do about it.
    pub fn sentence(&self) -> String {
        format!("{} {}", self.finding.text, self.finding.fix)
    }

    /// The same for the same finding, for as long as it lasts and when it comes back.
    pub fn id(&self, tenant: TenantId) -> ProblemId {
        let (code, text) = (&self.finding.code, &self.finding.text);
        problems::id_of(tenant, self.store, code, &format!("{} {text}", self.path))
    }

    /// Whether it is of that kind.
    pub fn is(&self, code: &str) -> bool {
        self.finding.code == code
    }

    /// Whether messages that stand for this reason stumbled over it, and so say it already.
    pub fn is_told_by(
        &self,
        store: StorefrontId,
        code: Option<ReasonCode>,
        subject: Option<&str>,
    ) -> bool {
        store == self.store
            && code.is_some_and(|code| code.as_str() == self.finding.code)
            && subject == Some(self.path.as_str())
    }

    /// As a problem that needs a person.
    pub fn problem(&self, now: Timestamp) -> ProblemItem {
        let page = Query::default()
            .with("path", &self.path)
            .at(&format!("/products/{}", self.store));
        ProblemItem {
            key: format!("{} {} {}", self.store, self.path, self.finding.text),
            title: self.finding.text.clone(),
            text: format!(
                "The check of your products found this for “{}”, before a sale stumbles over it. {}",
                self.name, self.finding.fix
            ),
            since: Moment::checked(self.checked_at, now),
            ways: vec![Way::link("Correct it", page).primary()],
            items: Vec::new(),
            more: 0,
        }
    }
}
