//! The API document as a page, in the dashboard's look.

use std::sync::LazyLock;

use actix_web::HttpResponse;
use actix_web::http::header::ContentType;
use askama::Template;
use strum::VariantArray as _;
use utoipa::openapi::RefOr;
use utoipa::openapi::path::{Operation, ParameterIn, PathItem};

use crate::web::api::docs_schemas::{Shape, shape_of, shapes};
use crate::web::api::openapi::DOCUMENT;
use crate::web::assets;
use crate::web::error::{Problem, ProblemCode};
use crate::web::partials::Icon;

/// The page; it is the same for everybody.
static PAGE: LazyLock<Option<String>> = LazyLock::new(|| page().render().ok());

#[derive(Template)]
#[template(path = "api_docs.html")]
struct Page {
    description: String,
    base: &'static str,
    groups: Vec<Group>,
    shapes: Vec<Shape>,
    problems: Vec<(&'static str, u16, &'static str)>,
}

/// Calls about one thing.
struct Group {
    name: String,
    calls: Vec<Call>,
}

/// One method of one address.
struct Call {
    anchor: String,
    method: &'static str,
    path: String,
    summary: String,
    parameters: Vec<(String, String)>,
    body: Option<String>,
    answers: Vec<(String, String)>,
}

/// `GET /api/docs`
pub async fn show() -> Result<HttpResponse, Problem> {
    let page = PAGE.as_ref().ok_or_else(Problem::not_found)?;
    Ok(HttpResponse::Ok()
        .content_type(ContentType::html())
        .body(page.as_str()))
}

fn page() -> Page {
    let mut groups: Vec<Group> = Vec::new();
    for (path, item) in &DOCUMENT.paths.paths {
        for (method, operation) in operations(item) {
            let name = operation
                .tags
                .iter()
                .flatten()
                .next()
                .cloned()
                .unwrap_or_default();
            let call = call(method, path, operation);
            match groups.iter_mut().find(|group| group.name == name) {
                Some(group) => group.calls.push(call),
                None => groups.push(Group {
                    name,
                    calls: vec![call],
                }),
            }
        }
    }
    Page {
        description: DOCUMENT
            .info
            .description
            .clone()
            .unwrap_or_default()
            .replace('`', ""),
        base: "/api/v1",
        groups,
        shapes: shapes(&DOCUMENT),
        problems: ProblemCode::VARIANTS
            .iter()
            .map(|code| (code.as_str(), code.status().as_u16(), code.title()))
            .collect(),
    }
}

fn operations(item: &PathItem) -> impl Iterator<Item = (&'static str, &Operation)> {
    [
        ("GET", &item.get),
        ("POST", &item.post),
        ("PUT", &item.put),
        ("PATCH", &item.patch),
        ("DELETE", &item.delete),
    ]
    .into_iter()
    .filter_map(|(method, operation)| Some((method, operation.as_ref()?)))
}

fn call(method: &'static str, path: &str, operation: &Operation) -> Call {
    let parameters = operation.parameters.iter().flatten();
    let parameters = parameters.filter_map(|parameter| match parameter {
        RefOr::T(parameter) => Some(parameter),
        RefOr::Ref(_) => None,
    });
    let responses = &operation.responses.responses;
    let anchor = format!("{method}{path}")
        .replace(|character: char| !character.is_ascii_alphanumeric(), "-");
    Call {
        anchor: anchor.to_lowercase(),
        method,
        path: path.to_owned(),
        summary: operation.summary.clone().unwrap_or_default(),
        parameters: parameters
            .filter(|parameter| parameter.parameter_in == ParameterIn::Query)
            .map(|parameter| {
                let what = parameter.description.clone().unwrap_or_default();
                (parameter.name.clone(), what)
            })
            .collect(),
        body: operation.request_body.as_ref().map(shape_of),
        answers: responses
            .iter()
            .filter(|(status, _)| status.as_str() != "default")
            .map(|(status, response)| (status.clone(), shape_of(response)))
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_call_is_on_the_page() {
        let html = page().render().unwrap();

        for path in DOCUMENT.paths.paths.keys() {
            assert!(html.contains(&format!("/api/v1{path}")), "{path}");
        }
        for code in ProblemCode::VARIANTS {
            let anchor = format!("id=\"problem-{}\"", code.as_str());
            assert!(html.contains(&anchor), "{anchor}");
        }
        assert!(!html.contains("style=") && !html.contains("<script>"));
    }
}
