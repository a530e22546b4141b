//! API tokens: by what programs act for the company, what each may do, and when it was last used.

use actix_web::web::Path;
use askama::Template;
use strum::VariantArray as _;

use crate::accounts::scope::ApiScope;
use crate::accounts::setup::{FieldError, SetUpError, api_tokens};
use crate::domain::id::ApiTokenId;
use crate::domain::kind::ServiceNames;
use crate::store::api_tokens::ApiTokenRow;
use crate::web::answer::{Answer, page, page_to_mend, see};
use crate::web::once::{self, Once};
use crate::web::pages::failure::PageError;
use crate::web::pages::own_password;
use crate::web::pages::shell::{Area, Shell};
use crate::web::partials::{
    Badge, CopyField, FieldChoice, FormField, Icon, Moment, Ticks, Tone, Way,
};
use crate::web::sent::Sent;
use crate::web::services;
use crate::web::visitor::Visitor;
use crate::web::{assets, forms};

/// Where the page is.
const HERE: &str = "/setup/tokens";

/// The page.
#[derive(Debug, Clone, Template)]
#[template(path = "setup/tokens.html")]
pub struct Tokens {
    /// The frame.
    pub shell: Shell,
    /// A token that was made just now, shown this once.
    pub new_token: Option<CopyField>,
    /// The tokens, the newest first.
    pub rows: Vec<ListedToken>,
    /// What the next one shall be called.
    pub name: FormField,
    /// What it shall be allowed.
    pub scopes: Ticks,
    /// The person's password, asked before a secret is made.
    pub password: FormField,
}

/// One token.
#[derive(Debug, Clone)]
pub struct ListedToken {
    /// Its name.
    pub name: String,
    /// What it may do, as the API spells it.
    pub scopes: Vec<&'static str>,
    /// Whether it works.
    pub state: Badge,
    /// When it was made.
    pub made: Moment,
    /// About when it was last used; `None` when never.
    pub used: Option<Moment>,
    /// Makes it void; `None` when it is.
    pub revoke: Option<Way>,
}

/// What the page shows beside the tokens.
#[derive(Default)]
struct Shown {
    once: Once,
    name: String,
    /// What is ticked; `None` before anything was.
    scopes: Option<Vec<ApiScope>>,
    errors: Vec<FieldError>,
    password_error: Option<String>,
}

/// `GET /setup/tokens`.
pub async fn show(visitor: Visitor) -> Answer {
    let shown = Shown {
        once: once::take(&visitor, HERE).await?,
        ..Shown::default()
    };
    page(&build(&visitor, shown).await?)
}

/// `POST /setup/tokens`: the page of tokens shows the new one once.
pub async fn create(sent: Sent) -> Answer {
    let scopes: Vec<ApiScope> = ApiScope::VARIANTS
        .iter()
        .copied()
        .filter(|scope| sent.is_ticked(scope.as_str()))
        .collect();
    let filled = Shown {
        name: sent.text("name").to_owned(),
        scopes: Some(scopes.clone()),
        ..Shown::default()
    };
    if let Some(error) = own_password::refusal(&sent).await? {
        let shown = Shown {
            password_error: Some(error),
            ..filled
        };
        return page_to_mend(&build(&sent.visitor, shown).await?);
    }
    let vendor = sent.visitor.vendor().await?;
    match api_tokens::create(&vendor, &filled.name, &scopes).await {
        Ok(token) => {
            let once = once::keep(&sent.visitor, HERE, &token).await?;
            Ok(see(&once.with("done", "token-made").at(HERE)))
        }
        Err(SetUpError::Invalid(errors)) => {
            page_to_mend(&build(&sent.visitor, Shown { errors, ..filled }).await?)
        }
        Err(error) => Err(error.into()),
    }
}

/// `POST /setup/tokens/{token}/revoke`.
pub async fn revoke(sent: Sent, id: Path<String>) -> Answer {
    let id: ApiTokenId = id.parse().map_err(|_no_id| PageError::not_found())?;
    let vendor = sent.visitor.vendor().await?;
    api_tokens::revoke(&vendor, id).await?;
    sent.visitor.state.api_tokens.forget();
    Ok(see("/setup/tokens?done=token-revoked"))
}

async fn build(visitor: &Visitor, shown: Shown) -> Result<Tokens, PageError> {
    let vendor = visitor.vendor().await?;
    let tokens = api_tokens::list(&vendor).await?;
    let tenant = visitor.tenant;
    let kinds = visitor
        .read(move |db| services::of_accounts(db, tenant))
        .await?;
    let services = ServiceNames::and(kinds);
    let mut shell = visitor.shell("API tokens", Area::Setup).await?;
    shell.notice = shown.once.notice().or(shell.notice);
    Ok(Tokens {
        new_token: shown.once.shown().map(|token| CopyField {
            label: "New token".to_owned(),
            text: token.to_owned(),
        }),
        rows: tokens
            .iter()
            .map(|token| row(token, visitor, &shell.csrf))
            .collect(),
        name: FormField::text("name", "Name")
            .hint("The program that will use it, for example “Helpdesk”.")
            .value(shown.name)
            .error(forms::error(&shown.errors, "name", "Name")),
        scopes: Ticks {
            label: "What it may do".into(),
            choices: choices(shown.scopes.as_deref(), &services),
            error: forms::error(&shown.errors, "scopes", "What it may do"),
        },
        password: FormField::own_password()
            .hint("Asked again because whoever has the token can act for your company.")
            .error(shown.password_error),
        shell,
    })
}

fn row(token: &ApiTokenRow, visitor: &Visitor, csrf: &str) -> ListedToken {
    let scopes = ApiScope::split(&token.scopes);
    ListedToken {
        name: token.name.clone(),
        scopes: scopes.iter().map(|scope| scope.as_str()).collect(),
        state: match token.revoked_at {
            Some(at) => Badge::new(Tone::Quiet, format!("Revoked on {}", at.long_day())),
            None => Badge::new(Tone::Good, "Works"),
        },
        made: Moment::relative(token.created_at, visitor.now),
        used: token
            .last_used_at
            .map(|at| Moment::relative(at, visitor.now)),
        revoke: token
            .revoked_at
            .is_none()
            .then(|| Way::post("Revoke", format!("/setup/tokens/{}/revoke", token.id), csrf)),
    }
}

/// Looking is ticked beforehand, changing and keys are not.
fn choices(ticked: Option<&[ApiScope]>, services: &ServiceNames) -> Vec<FieldChoice> {
    let usual = [
        ApiScope::EventsRead,
        ApiScope::LicensesRead,
        ApiScope::ConfigRead,
    ];
    let ticked = ticked.unwrap_or(&usual);
    let choice = |scope: ApiScope| FieldChoice {
        value: scope.as_str().to_owned(),
        label: scope.as_str().to_owned(),
        text: scope.text(services),
        is_selected: ticked.contains(&scope),
    };
    ApiScope::VARIANTS.iter().copied().map(choice).collect()
}
