//! The machines of a license, asked of the license server when a person wants to see them.

use actix_web::web::Path;
use askama::Template;

use crate::domain::id::LicenseId;
use crate::domain::time::Timestamp;
use crate::license_servers::remote::Activation;
use crate::license_servers::reply::{Failure, FailureClass};
use crate::pipeline::calls::budgeted_call::QuestionError;
use crate::pipeline::support::machines;
use crate::store::{StoreError, license_servers, licenses};
use crate::web::answer::{Answer, page};
use crate::web::assets;
use crate::web::error::Problem;
use crate::web::pages::failure::PageError;
use crate::web::pages::shell::{Area, Shell};
use crate::web::partials::{Empty, Icon, Moment, Tone, Way};
use crate::web::visitor::Visitor;

/// The page.
#[derive(Debug, Clone, Template)]
#[template(path = "licenses/machines.html")]
pub struct MachinesPage {
    /// The frame.
    pub shell: Shell,
    /// The license's page.
    pub back: String,
    /// The license server that was asked.
    pub service: &'static str,
    /// The machines, whoever asked last first.
    pub rows: Vec<ListedMachine>,
    /// In their place when there are none, or the license server does not tell.
    pub empty: Empty,
}

/// One machine.
#[derive(Debug, Clone)]
pub struct ListedMachine {
    /// What it is called.
    pub name: String,
    /// Its system; may be empty.
    pub system: String,
    /// When it was activated.
    pub since: Option<Moment>,
    /// When it last asked the license server.
    pub seen: Option<Moment>,
    /// Whether it was activated without a connection.
    pub is_offline: bool,
}

/// `GET /licenses/{license}/machines`.
pub async fn show(visitor: Visitor, id: Path<String>) -> Answer {
    let id: LicenseId = id.parse().map_err(|_no_id| PageError::not_found())?;
    let vendor = visitor.vendor().await?;
    let caller = visitor.state.caller(&vendor);
    let listed = machines::list(caller, vendor.author(), id).await;
    let service = service(&visitor, id).await?;
    let back = format!("/licenses/{id}");
    let empty = Empty {
        title: "No machine uses this license.".to_owned(),
        text: "It appears here once somebody has activated it.".to_owned(),
        way: Some(Way::link("To the license", &back)),
    };
    let (rows, empty) = match listed {
        Ok(machines) => (rows(machines, visitor.now), empty),
        Err(QuestionError::Server(failure)) => (Vec::new(), untold(&failure, service, &back)),
        Err(QuestionError::Call(error)) => return Err(Problem::from(error).into()),
    };
    page(&MachinesPage {
        shell: visitor.shell("Machines", Area::Licenses).await?,
        back,
        service,
        rows,
        empty,
    })
}

fn rows(mut machines: Vec<Activation>, now: Timestamp) -> Vec<ListedMachine> {
    machines.sort_by_key(|machine| std::cmp::Reverse(machine.last_seen_at));
    let row = |machine: Activation| ListedMachine {
        name: match machine.machine.as_str() {
            "" => "A machine without a name".to_owned(),
            name => name.to_owned(),
        },
        system: machine.system,
        since: machine.activated_at.map(|at| Moment::relative(at, now)),
        seen: machine.last_seen_at.map(|at| Moment::relative(at, now)),
        is_offline: machine.is_offline,
    };
    machines.into_iter().map(row).collect()
}

/// The name of the license server that a license is at.
async fn service(visitor: &Visitor, id: LicenseId) -> Result<&'static str, PageError> {
    let tenant = visitor.tenant;
    let kind = visitor
        .read(move |db| {
            let row = licenses::find(db, tenant, id)?.ok_or(StoreError::NotFound)?;
            license_servers::kind(db, tenant, row.license_server_id)
        })
        .await?;
    Ok(kind.name())
}

/// Why there is no list, and whose move it is.
fn untold(failure: &Failure, service: &str, back: &str) -> Empty {
    let (title, text) = match &failure.class {
        FailureClass::Forbidden { .. } => (
            "Your token may not list machines.",
            "Tick “activation:read” for it at {service}, then load this page again.",
        ),
        FailureClass::Unauthorized => (
            "{service} refuses your access token.",
            "Replace it under Setup; the machines can be listed afterwards.",
        ),
        FailureClass::NotFound => (
            "{service} has no such license any more.",
            "It may have been deleted there by hand.",
        ),
        FailureClass::Unreadable { .. } => (
            "Latchkey does not understand what {service} tells of its machines.",
            "Tell support; they are shown at {service} itself.",
        ),
        _ => (
            "{service} does not tell its machines just now.",
            "Not your move; load this page again in a moment.",
        ),
    };
    Empty {
        title: title.replace("{service}", service),
        text: text.replace("{service}", service),
        way: Some(Way::link("To the license", back)),
    }
}
