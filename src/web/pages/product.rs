//! One product: choose the license it gives.

use std::collections::BTreeMap;

use actix_web::HttpResponse;
use actix_web::web::Path;
use askama::Template;

use crate::accounts::setup::mappings::{self, NewMapping};
use crate::accounts::setup::{FieldError, SetUpError};
use crate::domain::attribute::Vocabulary;
use crate::domain::effect::EventState;
use crate::domain::id::StorefrontId;
use crate::domain::key_delivery::KeyDelivery;
use crate::domain::mapping::Mapping;
use crate::domain::reason::ReasonCode;
use crate::license_servers::remote::{Catalog, CatalogItem};
use crate::store::storefronts::Storefront;
use crate::store::{StoreError, cause_counts, storefronts};
use crate::web::answer::{Answer, page, page_to_mend, see};
use crate::web::findings::ProductFinding;
use crate::web::pages::failure::PageError;
use crate::web::pages::own_password;
use crate::web::pages::product_fields::{
    self as fields, FULFILLMENT_KEY, PASSWORD, PathField, Pick,
};
use crate::web::pages::product_form::Filled;
use crate::web::pages::products::KnownProducts;
use crate::web::pages::shell::{Area, Shell};
use crate::web::partials::{Choices, CopyableId, FormField, Icon, PageNotice, Select, Tone, Way};
use crate::web::query::Query;
use crate::web::sent::Sent;
use crate::web::visitor::Visitor;
use crate::web::words::counted;
use crate::web::{assets, catalog, findings};

/// The form.
#[derive(Debug, Clone, Template)]
#[template(path = "products/product.html")]
pub struct ProductPage {
    /// The frame.
    pub shell: Shell,
    /// Its name at the shop, or that it is a new one.
    pub title: String,
    /// What waits for this choice; `None` when nothing does.
    pub waiting: Option<PageNotice>,
    /// What the last check found wrong or missing, each with what to do.
    pub findings: Vec<String>,
    /// What the form posts to.
    pub action: String,
    /// The product's path; fixed once it was sold.
    pub path: PathField,
    /// The license server that the store speaks to.
    pub service: &'static str,
    /// The product there.
    pub license: Pick,
    /// The template there.
    pub template: Pick,
    /// What the bought quantity becomes.
    pub quantity: Choices,
    /// The period of a subscription, where it differs from the template's.
    pub interval: Select,
    /// Who gives buyers the key, where it cannot be seen.
    pub key_giver: Select,
    /// Who does, as far as it is seen and said; `None` where the product gives no license.
    pub key: Option<PageNotice>,
    /// The product's own secret for keys in the receipt.
    pub fulfillment_key: FormField,
    /// The person's password, asked where that secret is changed.
    pub password: FormField,
    /// Attributes beyond these, one `name = value` per line.
    pub attributes: String,
    /// What is wrong with them.
    pub attributes_error: Option<String>,
    /// Never license this product; `None` when that is so already.
    pub never: Option<Way>,
    /// Back to what the attributes at FastSpring say; `None` when that is so already.
    pub forget: Option<Way>,
    /// What the attributes at FastSpring say, without the prefix.
    pub seen: Vec<(String, String)>,
}

/// `GET /products/{store}`: the product that `path` names, or a new one.
pub async fn show(visitor: Visitor, store: Path<String>) -> Answer {
    let store = find(&visitor, &store).await?;
    let path = visitor.query.get("path").map(str::to_owned);
    let known = known(&visitor, &store).await?;
    let mapping = path
        .as_ref()
        .and_then(|path| known.rules.mappings.get(path))
        .cloned()
        .unwrap_or_default();
    let filled = Filled::of(&mapping);
    page(&form(&visitor, &store, (path.as_deref(), &known), &filled, &[]).await?)
}

/// `POST /products/{store}`.
pub async fn save(sent: Sent, store: Path<String>) -> Answer {
    let visitor = &sent.visitor;
    let store = find(visitor, &store).await?;
    let path = sent.text("product_path").to_owned();
    let known = known(visitor, &store).await?;
    let mapped = known.rules.mappings.get(&path);
    let filled = Filled {
        key_mask: mapped.and_then(|mapping| mapping.key_mask.clone()),
        ..Filled::read(&sent)
    };
    let fulfillment_key = sent.secret(FULFILLMENT_KEY);
    let refusal = match &fulfillment_key {
        Some(_) => own_password::refusal(&sent).await?,
        None => None,
    };
    let vocabulary = known.rules.vocabulary();
    let mapping = filled
        .mapping(vocabulary)
        .and_then(|mapping| match refusal {
            Some(sentence) => Err(FieldError::new(PASSWORD, sentence)),
            None => Ok(mapping),
        });
    let result = match mapping {
        Ok(mapping) => {
            let new = NewMapping {
                mapping,
                fulfillment_key: fulfillment_key.map(Some),
            };
            let vendor = visitor.vendor().await?;
            mappings::put(&vendor, store.id, &path, new)
                .await
                .map(|_| ())
        }
        Err(error) => Err(error.into()),
    };
    match result {
        Ok(()) => Ok(done(visitor, &store, "product-saved")),
        Err(SetUpError::Invalid(errors)) => {
            let given = known.seen.contains_key(&path).then_some(path.as_str());
            let filled = Filled {
                path: path.clone(),
                ..filled
            };
            let form = form(visitor, &store, (given, &known), &filled, &errors).await?;
            page_to_mend(&form)
        }
        Err(error) => Err(error.into()),
    }
}

/// `POST /products/{store}/never`: this product gives no license.
pub async fn never(sent: Sent, store: Path<String>) -> Answer {
    let visitor = &sent.visitor;
    let store = find(visitor, &store).await?;
    let new = NewMapping {
        mapping: Mapping {
            ignore: true,
            ..Mapping::default()
        },
        fulfillment_key: None,
    };
    let vendor = visitor.vendor().await?;
    mappings::put(&vendor, store.id, sent.text("product_path"), new).await?;
    Ok(done(visitor, &store, "product-never"))
}

/// `POST /products/{store}/forget`: what the attributes at the shop say counts again.
pub async fn forget(sent: Sent, store: Path<String>) -> Answer {
    let visitor = &sent.visitor;
    let store = find(visitor, &store).await?;
    let vendor = visitor.vendor().await?;
    match mappings::delete(&vendor, store.id, sent.text("product_path")).await {
        // Pressed twice it is as it was asked for.
        Ok(()) | Err(SetUpError::NotFound) => Ok(done(visitor, &store, "product-forgotten")),
        Err(error) => Err(error.into()),
    }
}

fn done(visitor: &Visitor, store: &Storefront, notice: &str) -> HttpResponse {
    visitor.state.wake.notify_one();
    see(&Query::default()
        .with("store", store.id.to_string())
        .with("done", notice)
        .at("/products"))
}

async fn find(visitor: &Visitor, id: &str) -> Result<Storefront, PageError> {
    let id: StorefrontId = id.parse().map_err(|_no_id| PageError::not_found())?;
    let tenant = visitor.tenant;
    visitor
        .read(move |db| storefronts::find(db, tenant, id))
        .await?
        .ok_or_else(PageError::not_found)
}

async fn known(visitor: &Visitor, store: &Storefront) -> Result<KnownProducts, PageError> {
    let store = store.clone();
    visitor
        .read(move |db| KnownProducts::read(db, &store))
        .await
}

async fn form(
    visitor: &Visitor,
    store: &Storefront,
    (path, known): (Option<&str>, &KnownProducts),
    filled: &Filled,
    errors: &[FieldError],
) -> Result<ProductPage, PageError> {
    let csrf = &visitor.session.csrf_token;
    let href = format!("/products/{}", store.id);
    let seen = path.and_then(|path| known.seen.get(path));
    let mapping = path.and_then(|path| known.rules.mappings.get(path));
    let name = seen.and_then(|seen| seen.display.clone());
    let named = name.as_deref().or(path);
    let (account, service) = (store.license_server_id, known.rules.kind.name());
    let products = catalog::list(visitor, account, Catalog::Products).await?;
    let templates = catalog::list(visitor, account, Catalog::Templates).await?;
    let another = |label, action: &str| {
        let way = Way::post(label, format!("{href}/{action}"), csrf);
        way.with("product_path", path.unwrap_or_default())
    };
    Ok(ProductPage {
        shell: visitor.shell("Choose the license", Area::Products).await?,
        title: named.map_or_else(
            || "Which license does a product give?".to_owned(),
            |name| format!("Which license does {name} give?"),
        ),
        waiting: waiting(visitor, store.id, path).await?,
        findings: found(visitor, store, path).await?,
        action: href.clone(),
        path: fields::path_field(path, &filled.path, errors),
        service,
        license: fields::license(
            service,
            &filled.license_product_id,
            errors,
            products.as_deref(),
        ),
        template: fields::template(
            service,
            &filled.license_template_id,
            errors,
            templates.as_deref(),
        ),
        quantity: fields::quantity(&filled.quantity),
        interval: fields::interval(&filled.interval, errors),
        key_giver: fields::key_giver(service, &filled.key_giver),
        key: path.and_then(|path| key(known, path, products.as_deref())),
        fulfillment_key: fields::fulfillment_key(errors),
        password: fields::own_password(errors),
        attributes: filled.attributes.clone(),
        attributes_error: fields::attributes_error(errors),
        never: path
            .filter(|_| !mapping.is_some_and(|mapping| mapping.ignore))
            .map(|_| another("Never license this product", "never")),
        forget: mapping.map(|_| another("Follow its attributes at FastSpring", "forget")),
        seen: path
            .and_then(|path| known.rules.seen.get(path))
            .map(|attributes| short(known.rules.vocabulary(), attributes))
            .unwrap_or_default(),
    })
}

fn key(
    known: &KnownProducts,
    path: &str,
    offered: Option<&Vec<CatalogItem>>,
) -> Option<PageNotice> {
    let offered = offered.map_or(&[][..], Vec::as_slice);
    let delivery = known.key_delivery(path, offered)?;
    let tone = match delivery {
        KeyDelivery::Nobody(_) => Tone::Bad,
        KeyDelivery::Unknown => Tone::Act,
        _ => Tone::Good,
    };
    Some(PageNotice {
        tone,
        text: delivery.sentences(known.rules.kind),
    })
}

/// What waits for this choice.
async fn waiting(
    visitor: &Visitor,
    store: StorefrontId,
    path: Option<&str>,
) -> Result<Option<PageNotice>, PageError> {
    let Some(path) = path.map(str::to_owned) else {
        return Ok(None);
    };
    let tenant = visitor.tenant;
    let count = visitor
        .read(move |db| {
            let causes = cause_counts::list(db, tenant)?.into_iter();
            let of_path = causes.filter(|cause| {
                cause.storefront_id == store
                    && cause.is(EventState::Parked, ReasonCode::ProductNotMapped)
                    && cause.reason_subject.as_deref() == Some(&path)
            });
            Ok::<_, StoreError>(of_path.map(|cause| cause.count).sum::<i64>())
        })
        .await?;
    let count = u64::try_from(count).unwrap_or(0);
    Ok((count > 0).then(|| PageNotice {
        tone: Tone::Act,
        text: format!(
            "{} for this. When you save, {} served at once, oldest first.",
            counted(count, "paid order waits", "paid orders wait"),
            if count == 1 { "it is" } else { "they are" }
        ),
    }))
}

async fn found(
    visitor: &Visitor,
    store: &Storefront,
    path: Option<&str>,
) -> Result<Vec<String>, PageError> {
    let store = store.clone();
    let found = visitor
        .read(move |db| findings::of_store(db, &store))
        .await?;
    let of_product = found
        .iter()
        .filter(|found| Some(found.path.as_str()) == path);
    Ok(of_product.map(ProductFinding::sentence).collect())
}

fn short(vocabulary: &Vocabulary, attributes: &BTreeMap<String, String>) -> Vec<(String, String)> {
    attributes
        .iter()
        .map(|(name, value)| (vocabulary.short_name(name).to_owned(), value.clone()))
        .collect()
}
