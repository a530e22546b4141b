//! What is shown once: kept sealed from the form that made it until the page that shows it, in whichever process.
//!
//! A form answers with the way to that page, so that nothing is repeated when it is loaded anew.

use jiff::SignedDuration;
use secrecy::{ExposeSecret as _, SecretString};

use crate::domain::id::OnceId;
use crate::store::Scope;
use crate::store::shown_once::{self, ShownOnce};
use crate::vault::{Field, TenantKeys};
use crate::web::pages::failure::PageError;
use crate::web::partials::PageNotice;
use crate::web::query::Query;
use crate::web::visitor::Visitor;

/// How long a browser takes to follow; who comes later finds nothing.
const KEPT: SignedDuration = SignedDuration::from_mins(10);
/// What the page's address calls it.
const NAME: &str = "once";

/// What a page has to show once.
#[derive(Default)]
pub enum Once {
    /// Nothing was made.
    #[default]
    Nothing,
    /// It was shown already, or its time is over.
    Over,
    /// This.
    Shown(SecretString),
}

impl Once {
    /// What is to be shown; `None` when nothing is, or not any more.
    pub fn shown(&self) -> Option<&str> {
        match self {
            Self::Shown(secret) => Some(secret.expose_secret()),
            Self::Nothing | Self::Over => None,
        }
    }

    /// What the page says instead of what was done, when it shows nothing any more.
    pub fn notice(&self) -> Option<PageNotice> {
        match self {
            Self::Over => Some(PageNotice::failed(
                "This was shown once already, and is not shown again. Nothing was repeated.",
            )),
            Self::Nothing | Self::Shown(_) => None,
        }
    }
}

/// What a page is to show this visitor once, to be kept with what made it; and the page's address.
pub fn on(visitor: &Visitor, keys: &TenantKeys, page: &str, secret: &str) -> (ShownOnce, Query) {
    let id = OnceId::from_uuid(visitor.state.clock.id());
    let once = ShownOnce {
        tenant_id: visitor.tenant,
        id,
        user_id: visitor.session.user,
        page: page.to_owned(),
        sealed: keys.seal(Field::ShownOnce(id).place(), secret.as_bytes()),
        expires_at: visitor.now.plus(KEPT),
    };
    (once, Query::default().with(NAME, id.to_string()))
}

/// Keeps a secret that was made, for the page to show it; answers what the page's address asks for.
pub async fn keep(
    visitor: &Visitor,
    page: &str,
    secret: &SecretString,
) -> Result<Query, PageError> {
    let keys = visitor.keys().await?;
    let (once, query) = on(visitor, &keys, page, secret.expose_secret());
    let store = &visitor.state.store;
    store
        .write(Scope::Tenant(visitor.tenant), move |db| {
            shown_once::create(db, &once)
        })
        .await?;
    Ok(query)
}

/// What the page of this path, as it was asked for, shows this visitor now and never again.
pub async fn take(visitor: &Visitor, page: &str) -> Result<Once, PageError> {
    let Some(id) = visitor.query.get(NAME) else {
        return Ok(Once::Nothing);
    };
    let Ok(id) = id.parse::<OnceId>() else {
        return Ok(Once::Over);
    };
    let (tenant, user, now) = (visitor.tenant, visitor.session.user, visitor.now);
    let (store, page) = (&visitor.state.store, page.to_owned());
    let taken = store
        .write(Scope::Tenant(tenant), move |db| {
            shown_once::take(db, tenant, (id, user, &page), now)
        })
        .await?;
    let Some(sealed) = taken else {
        return Ok(Once::Over);
    };
    let secret = visitor
        .keys()
        .await?
        .open(Field::ShownOnce(id).place(), &sealed)?;
    Ok(Once::Shown(
        String::from_utf8_lossy(&secret).into_owned().into(),
    ))
}
