//! Plays a made-up story through a store's real webhook URL, so that a vendor sees what would come of it.
//!
//! Its events are test events, signed with the store's own secret: nothing tells them from those of the shop's test
//! mode.

use serde_json::json;
use url::Url;

use crate::domain::id::{JobId, StorefrontId, TenantId};
use crate::domain::job::{JobKind, JobState};
use crate::domain::time::Timestamp;
use crate::outbound::{Leave, Method, Origin, Outbound, Request};
use crate::pipeline::calls::budget::{self, PermitDecision};
use crate::pipeline::clock::Clock;
use crate::pipeline::jobs;
use crate::pipeline::support::real_account::makes_real_licenses;
use crate::store::jobs::{self as rows, Job};
use crate::store::license_servers::LicenseServer;
use crate::store::storefronts::Storefront;
use crate::store::{Db, Scope, Store, StoreError, license_servers, storefronts};
use crate::storefronts::pretend::{Pretended, Scenario};
use crate::storefronts::{self as kinds};
use crate::vault::{Field, TenantKeys, VaultError, random_token};

/// Letters of a story's tag; enough that no two of a store are alike.
const TAG: usize = 8;
/// The most of a product that is pretended to be bought.
const MOST: u32 = 20;

/// The story that is asked for.
pub struct SimulationPlan {
    pub scenario: Scenario,
    pub product_path: String,
    /// What a plan changes to, or what comes with a bundle.
    pub other_product_path: Option<String>,
    pub quantity: u32,
    /// Whether it is paid yearly rather than monthly.
    pub is_yearly: bool,
    /// Whether its licenses may be made in an account of real ones.
    pub is_confirmed: bool,
}

/// What a story is played with.
#[derive(Clone)]
pub struct Stage {
    pub store: Store,
    pub clock: Clock,
    /// A client that may reach our own address.
    pub own: Outbound,
    /// What webhook URLs begin with.
    pub public_url: String,
}

/// Why no story is played.
#[derive(Debug, thiserror::Error)]
pub enum SimulationError {
    /// The store's account holds real licenses, and nobody has said that pretended ones may be made there.
    #[error("pretended orders would make licenses in an account of real ones")]
    RealAccount,
    /// A part of the wish cannot be so.
    #[error("{field}: {message}")]
    Invalid {
        /// The part, as the API spells it.
        field: &'static str,
        /// What is wrong with it.
        message: &'static str,
    },
    /// The operator has suspended the company, and nobody is called for it.
    #[error("the company is suspended")]
    Suspended,
    /// There is no such store, or the database does not answer.
    #[error("looking up the store")]
    Store(#[from] StoreError),
    /// The store's secrets do not open.
    #[error("opening the store's secrets")]
    Vault(#[from] VaultError),
}

/// A story ready to be played; dropping it leaves its job running until it counts as interrupted.
pub struct SimulationRun {
    pub job: JobId,
    stage: Stage,
    tenant: TenantId,
    hook_url: Url,
    posts: Vec<HookCall>,
    tag: String,
}

/// One call of the story.
struct HookCall {
    headers: Vec<(&'static str, String)>,
    body: String,
}

/// Writes the story and puts its job on record.
pub async fn prepare(
    stage: Stage,
    tenant: TenantId,
    keys: &TenantKeys,
    id: StorefrontId,
    simulation: SimulationPlan,
) -> Result<SimulationRun, SimulationError> {
    let (storefront, server) = stage
        .store
        .read(Scope::Tenant(tenant), move |db| load(db, tenant, id))
        .await?;
    check(&simulation)?;
    let hook_url = hook_url(&stage.public_url, keys, &storefront)?;
    if stage.leave(tenant, Origin::of(&hook_url)).await?.is_none() {
        return Err(SimulationError::Suspended);
    }
    if !simulation.is_confirmed && makes_real_licenses(&storefront, &server)? {
        return Err(SimulationError::RealAccount);
    }
    let (tag, posts) = posts(keys, &storefront, simulation, stage.clock.now())?;
    let job = JobId::from_uuid(stage.clock.id());
    let row = Job {
        total: i64::try_from(posts.len()).unwrap_or(i64::MAX),
        owned_until: Some(stage.clock.now().plus(jobs::HELD)),
        ..Job::begun(tenant, job, JobKind::Simulate, stage.clock.now())
    };
    let scope = Scope::Tenant(tenant);
    stage
        .store
        .write(scope, move |db| rows::create(db, &row))
        .await?;
    Ok(SimulationRun {
        job,
        stage,
        tenant,
        hook_url,
        posts,
        tag,
    })
}

/// The store's webhook URL, as the shop has it.
fn hook_url(
    public_url: &str,
    keys: &TenantKeys,
    storefront: &Storefront,
) -> Result<Url, SimulationError> {
    let place = Field::HookToken(storefront.id);
    let token = keys.open(place.place(), &storefront.hook_token_sealed)?;
    let url = format!("{public_url}/hooks/{}", String::from_utf8_lossy(&token));
    let url = Url::parse(&url);
    Ok(url.map_err(|error| StoreError::corrupt("storefronts.hook_token", error))?)
}

/// The story's tag, and its signed bodies.
fn posts(
    keys: &TenantKeys,
    storefront: &Storefront,
    simulation: SimulationPlan,
    now: Timestamp,
) -> Result<(String, Vec<HookCall>), SimulationError> {
    let place = Field::WebhookSecret(storefront.id);
    let secret = keys.open(place.place(), &storefront.webhook_secret_sealed)?;
    let letters = random_token();
    let letters = letters.chars().filter(char::is_ascii_alphanumeric);
    let pretended = Pretended {
        scenario: simulation.scenario,
        product_path: simulation.product_path,
        other_product_path: simulation.other_product_path,
        quantity: simulation.quantity,
        is_yearly: simulation.is_yearly,
        tag: letters.take(TAG).collect(),
        now,
    };
    let kind = kinds::of(storefront.kind);
    let posts = kind.pretend(&pretended).into_iter().map(|body| HookCall {
        headers: kind.sign(body.as_bytes(), &secret),
        body,
    });
    Ok((pretended.tag, posts.collect()))
}

impl Stage {
    /// The leave to post to our own address once; none while the company is suspended.
    async fn leave(&self, tenant: TenantId, origin: Origin) -> Result<Option<Leave>, StoreError> {
        let asked = self.store.read(Scope::Tenant(tenant), move |db| {
            budget::acquire_for_ourselves(db, tenant, &origin)
        });
        Ok(match asked.await? {
            PermitDecision::Granted(mut permit) => permit.leave(),
            PermitDecision::Refused(_) => None,
        })
    }
}

impl SimulationRun {
    /// Posts the story, one call after the other, and ends its job; a call that is refused ends the story.
    pub async fn run(self) {
        let mut failure = None;
        for (number, post) in self.posts.iter().enumerate() {
            failure = self.send(post).await.err();
            if failure.is_some() {
                break;
            }
            let done = i64::try_from(number + 1).unwrap_or(i64::MAX);
            let (tenant, job) = (self.tenant, self.job);
            self.write(move |db| rows::progress(db, tenant, job, done))
                .await;
        }
        let (state, result) = match failure {
            None => (
                JobState::Done,
                json!({ "order_prefix": format!("PRETEND-{}", self.tag) }),
            ),
            Some(error) => (JobState::Failed, json!({ "error": error })),
        };
        let (tenant, job, now) = (self.tenant, self.job, self.stage.clock.now());
        let result = result.to_string();
        self.write(move |db| rows::finish(db, tenant, job, (state, Some(&result)), now))
            .await;
    }

    async fn send(&self, post: &HookCall) -> Result<(), String> {
        let mut headers = post.headers.clone();
        headers.push(("content-type", "application/json".to_owned()));
        let request = Request {
            headers,
            body: Some(post.body.as_bytes().to_vec()),
            ..Request::new(Method::POST, self.hook_url.clone())
        };
        let origin = Origin::of(&request.url);
        let leave = self.stage.leave(self.tenant, origin).await;
        let leave = leave.map_err(|error| error.to_string())?;
        let Some(leave) = leave else {
            return Err(SimulationError::Suspended.to_string());
        };
        match self.stage.own.send(leave, request).await {
            Ok(response) if response.status == 200 => Ok(()),
            Ok(response) => Err(format!(
                "the webhook URL answered {}: {}",
                response.status,
                String::from_utf8_lossy(&response.body)
            )),
            Err(error) => Err(format!(
                "{} cannot be reached from here: {error}",
                self.stage.public_url
            )),
        }
    }

    async fn write(&self, work: impl FnMut(&mut Db) -> Result<(), StoreError> + Send + 'static) {
        let written = self.stage.store.write(Scope::Tenant(self.tenant), work);
        if let Err(error) = written.await {
            tracing::warn!(job.id = %self.job, error = %error, "a job was not brought up to date");
        }
    }
}

fn load(
    db: &mut Db,
    tenant: TenantId,
    id: StorefrontId,
) -> Result<(Storefront, LicenseServer), StoreError> {
    let storefront = storefronts::find(db, tenant, id)?.ok_or(StoreError::NotFound)?;
    let server = license_servers::find(db, tenant, storefront.license_server_id)?;
    Ok((storefront, server.ok_or(StoreError::NotFound)?))
}

fn check(simulation: &SimulationPlan) -> Result<(), SimulationError> {
    let invalid = |field, message| Err(SimulationError::Invalid { field, message });
    if !(1..=MOST).contains(&simulation.quantity) {
        return invalid("quantity", "write a number from 1 to 20");
    }
    let is_path = |path: &str| !path.trim().is_empty() && path.len() <= 200;
    if !is_path(&simulation.product_path) {
        return invalid("product_path", "write a product's path");
    }
    if !simulation.other_product_path.as_deref().is_none_or(is_path) {
        return invalid(
            "other_product_path",
            "write a product's path, or leave it out",
        );
    }
    Ok(())
}
