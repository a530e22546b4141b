//! One account at a license server: its access token, and what the token may do.

use actix_web::web::Path;
use askama::Template;

use crate::accounts::setup::license_servers::{self, ConnectLicenseServer, LicenseServerEdit};
use crate::accounts::setup::{FieldError, SetUpError, storefronts};
use crate::domain::id::LicenseServerId;
use crate::domain::kind::{LicenseServerKind, ServiceNames};
use crate::pipeline::support::token_check::{self, check_changed};
use crate::store::license_servers::{LicenseServer, ServerState};
use crate::web::answer::{Answer, page, page_to_mend, see};
use crate::web::error::Problem;
use crate::web::pages::failure::PageError;
use crate::web::pages::own_password;
use crate::web::pages::shell::{Area, Shell};
use crate::web::partials::{FormField, Headline, Icon, Moment, PageNotice, Tone, Way};
use crate::web::sent::Sent;
use crate::web::visitor::Visitor;
use crate::web::{assets, event_words, forms};

/// Where Cryptlex's own cloud is.
const USUAL_BASE_URL: &str = "https://api.cryptlex.com";
/// Of a token that is accepted and names no permissions, as those of other systems and of sandboxes.
const TELLS_NOTHING: &str =
    "It does not tell what it may do. What it may not do is said when it is needed.";
/// What the address says after somebody asked whether the token works.
const CHECKED: &str = "checked";
/// What each permission is needed for.
const NEEDED: [(&str, &str); 9] = [
    ("license:read", "finding licenses and checking them"),
    ("license:write", "making and changing licenses"),
    ("user:read", "finding buyers"),
    ("user:write", "linking buyers to their licenses"),
    ("product:read", "choosing what each product gives"),
    ("licenseTemplate:read", "knowing how long a license runs"),
    ("licensePolicy:read", "knowing how long a license runs"),
    ("activation:read", "seeing the machines of a license"),
    ("activation:write", "freeing the machines of a license"),
];

/// The form for a new account.
#[derive(Debug, Clone, Template)]
#[template(path = "setup/account_new.html")]
pub struct NewAccount {
    /// The frame.
    pub shell: Shell,
    /// The license servers that it may be at.
    pub services: ServiceNames,
    /// Its name.
    pub name: FormField,
    /// The address of its web API.
    pub base_url: FormField,
    /// The access token.
    pub access_token: FormField,
}

/// An account's page.
#[derive(Debug, Clone, Template)]
#[template(path = "setup/account.html")]
pub struct AccountPage {
    /// The frame.
    pub shell: Shell,
    /// Its name.
    pub title: String,
    /// The license server that it is at.
    pub service: &'static str,
    /// Whether that accepts the token.
    pub standing: Headline,
    /// Its URL, what its forms post to below.
    pub href: String,
    /// The address of its web API.
    pub base_url: String,
    /// When the token was last checked; `None` when never.
    pub checked: Option<Moment>,
    /// What the token may and may not do.
    pub scopes: Vec<TokenScope>,
    /// Why nothing of that is known, where it is not.
    pub no_scopes: &'static str,
    /// Asks there now.
    pub check: Way,
    /// The new token.
    pub access_token: FormField,
    /// The person's password, asked before a secret is changed.
    pub password: FormField,
    /// The stores that use it, and their pages.
    pub stores: Vec<(String, String)>,
}

/// One permission of a token.
#[derive(Debug, Clone)]
pub struct TokenScope {
    /// As the page of the license server spells it.
    pub name: String,
    /// What it is needed for.
    pub text: &'static str,
    /// Whether the token has it.
    pub is_granted: bool,
}

/// `GET /setup/accounts/new`.
pub async fn new(visitor: Visitor) -> Answer {
    page(&new_form(&visitor, ("", USUAL_BASE_URL), &[]).await?)
}

/// `POST /setup/accounts`.
pub async fn create(sent: Sent) -> Answer {
    let visitor = &sent.visitor;
    let (name, base_url) = (sent.text("name"), sent.text("base_url"));
    let new = ConnectLicenseServer {
        kind: LicenseServerKind::Cryptlex,
        name: name.to_owned(),
        base_url: base_url.to_owned(),
        access_token: sent.secret("access_token").unwrap_or_default(),
    };
    let vendor = visitor.vendor().await?;
    match license_servers::create(&vendor, new).await {
        Ok(server) => {
            let caller = visitor.state.caller(&vendor);
            let server = check_changed(caller, server).await.map_err(Problem::from)?;
            Ok(see(&format!(
                "/setup/accounts/{}?done=account-made",
                server.id
            )))
        }
        Err(SetUpError::Invalid(errors)) => {
            page_to_mend(&new_form(visitor, (name, base_url), &errors).await?)
        }
        Err(error) => Err(error.into()),
    }
}

/// `GET /setup/accounts/{account}`.
pub async fn show(visitor: Visitor, id: Path<String>) -> Answer {
    let mut account = account(&visitor, &id, &[], None).await?;
    if visitor.query.get("done") == Some(CHECKED) {
        let sentence = format!("Checked at {} just now.", account.service);
        account.shell.notice = Some(PageNotice::done(sentence));
    }
    page(&account)
}

/// `POST /setup/accounts/{account}/check`.
pub async fn check(sent: Sent, id: Path<String>) -> Answer {
    let (id, visitor) = (account_id(&id)?, &sent.visitor);
    let vendor = visitor.vendor().await?;
    token_check::check(visitor.state.caller(&vendor), id)
        .await
        .map_err(Problem::from)?;
    visitor.state.wake.notify_one();
    Ok(see(&format!("/setup/accounts/{id}?done={CHECKED}")))
}

/// `POST /setup/accounts/{account}/token`: asks for the person's password first.
pub async fn replace_token(sent: Sent, id: Path<String>) -> Answer {
    let visitor = &sent.visitor;
    if let Some(error) = own_password::refusal(&sent).await? {
        return page_to_mend(&account(visitor, &id, &[], Some(error)).await?);
    }
    let edit = LicenseServerEdit {
        access_token: Some(sent.secret("access_token").unwrap_or_default()),
        ..LicenseServerEdit::default()
    };
    let vendor = visitor.vendor().await?;
    match license_servers::change(&vendor, account_id(&id)?, edit).await {
        Ok(server) => {
            let caller = visitor.state.caller(&vendor);
            let server = check_changed(caller, server).await.map_err(Problem::from)?;
            visitor.state.wake.notify_one();
            Ok(see(&format!(
                "/setup/accounts/{}?done=token-replaced",
                server.id
            )))
        }
        Err(SetUpError::Invalid(errors)) => {
            page_to_mend(&account(visitor, &id, &errors, None).await?)
        }
        Err(error) => Err(error.into()),
    }
}

fn account_id(text: &str) -> Result<LicenseServerId, PageError> {
    text.parse().map_err(|_no_id| PageError::not_found())
}

async fn new_form(
    visitor: &Visitor,
    (name, base_url): (&str, &str),
    errors: &[FieldError],
) -> Result<NewAccount, PageError> {
    let services = ServiceNames::addable();
    let title = format!("Add a {services} account");
    Ok(NewAccount {
        shell: visitor.shell(title, Area::Setup).await?,
        name: FormField::text("name", "Name")
            .hint(format!("As you call it, for example “{services}, EU”."))
            .value(name)
            .error(forms::error(errors, "name", "Name")),
        base_url: FormField {
            kind: "url",
            ..FormField::text("base_url", "Address of its web API")
                .hint(
                    "As it is, unless your account lives in another region or on your own servers.",
                )
                .value(base_url)
                .error(forms::error(errors, "base_url", "Address"))
        },
        services,
        access_token: FormField::secret("access_token", "Access token").error(forms::error(
            errors,
            "access_token",
            "Access token",
        )),
    })
}

async fn account(
    visitor: &Visitor,
    id: &str,
    errors: &[FieldError],
    password_error: Option<String>,
) -> Result<AccountPage, PageError> {
    let (id, vendor) = (account_id(id)?, visitor.vendor().await?);
    let server = license_servers::get(&vendor, id).await?;
    let stores = storefronts::list(&vendor).await?;
    let href = format!("/setup/accounts/{id}");
    Ok(AccountPage {
        shell: visitor.shell(server.name.clone(), Area::Setup).await?,
        title: server.name.clone(),
        service: server.kind.name(),
        standing: standing(&server),
        base_url: server.base_url.clone(),
        checked: server
            .checked_at
            .map(|at| Moment::relative(at, visitor.now)),
        scopes: scopes(&server),
        no_scopes: match server.state {
            ServerState::Ok => TELLS_NOTHING,
            _ => "Not known before the token is checked.",
        },
        check: Way::post(
            "Check now",
            format!("{href}/check"),
            &visitor.session.csrf_token,
        ),
        access_token: FormField::secret("access_token", "New access token").error(forms::error(
            errors,
            "access_token",
            "New access token",
        )),
        password: FormField::own_password().error(password_error),
        stores: stores
            .into_iter()
            .filter(|store| store.license_server_id == id)
            .map(|store| (store.name, format!("/setup/stores/{}", store.id)))
            .collect(),
        href,
    })
}

fn standing(server: &LicenseServer) -> Headline {
    let service = server.kind.name();
    if let Some(since) = server.broken_since {
        return Headline::new(
            Tone::Wait,
            format!(
                "{service} does not answer since {}.",
                event_words::clock(since)
            ),
            "We look every 10 seconds; what waits goes on by itself.",
        );
    }
    let missing: Vec<&str> = server.missing_scopes.split_whitespace().collect();
    match server.state {
        ServerState::Ok if missing.is_empty() => Headline::new(
            Tone::Good,
            format!("{service} accepts your token."),
            match server.scopes.is_empty() {
                true => TELLS_NOTHING,
                false => "It may do everything that Latchkey needs.",
            },
        ),
        ServerState::Ok => Headline::new(
            Tone::Act,
            "Your token may not do everything.",
            format!(
                "Not ticked at {service}: {}. Make a token with these ticks too, and paste it here.",
                missing.join(", ")
            ),
        ),
        ServerState::Unauthorized => Headline::new(
            Tone::Bad,
            match server.held_since {
                Some(since) => format!(
                    "{service} refuses your access token since {}.",
                    event_words::clock(since)
                ),
                None => format!("{service} refuses your access token."),
            },
            format!(
                "What needs it waits safely. {}Paste a new token and everything runs by itself.",
                event_words::tried_again(server.held_since.and(server.next_probe_at))
            ),
        ),
        ServerState::Unreachable => Headline::new(
            Tone::Wait,
            format!("{service} did not answer when we last looked."),
            "If the address below is right, there is nothing to do for you.",
        ),
        ServerState::Unchecked => Headline::new(
            Tone::Quiet,
            "Not checked yet.",
            format!("Press “Check now” to ask {service} whether it accepts the token."),
        ),
    }
}

/// What the token may do, and what it may not and should.
fn scopes(server: &LicenseServer) -> Vec<TokenScope> {
    let needed = |name: &str| {
        NEEDED
            .iter()
            .find(|(known, _)| *known == name)
            .map(|(_, text)| *text)
    };
    let missing = server
        .missing_scopes
        .split_whitespace()
        .map(|name| TokenScope {
            name: name.to_owned(),
            text: needed(name).unwrap_or("making licenses"),
            is_granted: false,
        });
    let granted = server.scopes.split_whitespace().filter_map(|name| {
        Some(TokenScope {
            name: name.to_owned(),
            text: needed(name)?,
            is_granted: true,
        })
    });
    missing.chain(granted).collect()
}
