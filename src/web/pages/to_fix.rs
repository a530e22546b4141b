//! To fix: every cause that needs a person, longest wait first.

use askama::Template;

use crate::web::answer::{Answer, page};
use crate::web::names::Names;
use crate::web::pages::shell::{Area, Shell};
use crate::web::partials::{Empty, Icon, Problem, Way};
use crate::web::visitor::Visitor;
use crate::web::{assets, to_fix};

/// The page.
#[derive(Debug, Clone, Template)]
#[template(path = "to_fix.html")]
pub struct ToFix {
    /// The frame.
    pub shell: Shell,
    /// The problems.
    pub problems: Vec<Problem>,
    /// In their place when there are none.
    pub empty: Empty,
}

/// `GET /to-fix`.
pub async fn show(visitor: Visitor) -> Answer {
    let (tenant, keys, now) = (visitor.tenant, visitor.keys().await?, visitor.now);
    let csrf = visitor.session.csrf_token.clone();
    let problems = visitor
        .read(move |db| {
            let names = Names::look_up(db, (tenant, &keys), None)?;
            let rows = to_fix::list(db, tenant)?;
            Ok(rows
                .iter()
                .map(|row| to_fix::problem(row, &names, &csrf, now))
                .collect())
        })
        .await?;
    page(&ToFix {
        shell: visitor.shell("To fix", Area::ToFix).await?,
        problems,
        empty: Empty {
            title: "Nothing needs you.".to_owned(),
            text: "When only you can decide something, it waits here with one button to settle it."
                .to_owned(),
            way: Some(Way::link("To the overview", "/")),
        },
    })
}
