//! The API document, put together from the handlers themselves.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use actix_web::HttpResponse;
use utoipa::openapi::path::Operation;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{ContentBuilder, OpenApi as Document, Ref, RefOr, ResponseBuilder};
use utoipa::{Modify, OpenApi};

use crate::web::api::docs_schemas::{shape_of, shapes};
use crate::web::api::{
    audit, catalog, catalog_check, check_api, consent, customers, deliveries, events, jobs,
    license_history, license_servers, licenses, long_work, mappings, me, orders, plan, problems,
    products, rotate_secret, run_again, simulate, stats, storefronts,
};
use crate::web::error::ProblemDocument;

/// The document; made once.
pub static DOCUMENT: LazyLock<Document> = LazyLock::new(Api::openapi);

const BEARER: &str = "token";

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Latchkey API",
        description = "Turns a software vendor's shop orders into software licenses, exactly once. \
            Send a token in the header `Authorization: Bearer lk_…`. \
            Errors are problem documents (RFC 9457); lists come in pages; times are RFC 3339 in UTC; secrets are never shown. \
            The shop itself calls two addresses outside this API, which a store shows as `webhook_url` and `fulfillment_url`: \
            `POST /hooks/{token}` with its events, and `POST /hooks/{token}/license` or `POST /hooks/{token}/license/{product_path}` \
            to ask for the keys of a receipt.",
        license(name = "MIT OR Apache-2.0")
    ),
    servers((url = "/api/v1")),
    paths(
        me::show,
        audit::list,
        license_servers::create,
        license_servers::list,
        license_servers::show,
        license_servers::change,
        license_servers::remove,
        license_servers::check,
        catalog::products,
        catalog::templates,
        catalog::entitlement_sets,
        catalog::features,
        storefronts::create,
        storefronts::list,
        storefronts::show,
        storefronts::change,
        storefronts::remove,
        rotate_secret::rotate_secret,
        check_api::check_api,
        simulate::simulate,
        products::list,
        mappings::list,
        mappings::put,
        mappings::remove,
        catalog_check::check,
        plan::show,
        events::list,
        events::show,
        run_again::replay,
        run_again::discard,
        run_again::replay_many,
        run_again::link,
        consent::approve_event,
        consent::drop_event,
        problems::list,
        consent::approve_problem,
        consent::drop_problem,
        deliveries::list,
        jobs::show,
        long_work::reconcile,
        long_work::follow_dates,
        long_work::take_over,
        long_work::takeovers,
        stats::show,
        licenses::list,
        licenses::show,
        licenses::show_key,
        license_history::history,
        orders::show_licenses,
        customers::list,
        customers::show,
    ),
    components(schemas(ProblemDocument)),
    modifiers(&Token, &Problems, &Names, &Sentences)
)]
struct Api;

/// Every operation asks for a token.
struct Token;

/// Every operation may answer with a problem.
struct Problems;

/// Every operation has a name of its own, made of method and address.
struct Names;

/// Every response says what it is: as the shape that it holds does.
struct Sentences;

impl Modify for Token {
    fn modify(&self, document: &mut Document) {
        let scheme = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .description(Some("An API token of the company, `lk_` and 43 characters"))
            .build();
        document
            .components
            .get_or_insert_default()
            .add_security_scheme(BEARER, SecurityScheme::Http(scheme));
        let nothing: [String; 0] = [];
        document.security = Some(vec![SecurityRequirement::new(BEARER, nothing)]);
    }
}

impl Modify for Problems {
    fn modify(&self, document: &mut Document) {
        for operation in operations(document) {
            let content = ContentBuilder::new()
                .schema(Some(RefOr::Ref(Ref::from_schema_name("Problem"))))
                .build();
            let problem = ResponseBuilder::new()
                .description("It could not be served; `code` says why.")
                .content("application/problem+json", content)
                .build();
            operation
                .responses
                .responses
                .insert("default".to_owned(), RefOr::T(problem));
        }
    }
}

impl Modify for Names {
    fn modify(&self, document: &mut Document) {
        for (path, item) in &mut document.paths.paths {
            let address: Vec<&str> = path
                .split(|character: char| !character.is_ascii_alphanumeric())
                .filter(|word| !word.is_empty())
                .collect();
            let address = address.join("_");
            for (method, operation) in [
                ("get", &mut item.get),
                ("put", &mut item.put),
                ("post", &mut item.post),
                ("patch", &mut item.patch),
                ("delete", &mut item.delete),
            ] {
                if let Some(operation) = operation {
                    operation.operation_id = Some(format!("{method}_{address}"));
                }
            }
        }
    }
}

impl Modify for Sentences {
    fn modify(&self, document: &mut Document) {
        let shapes = descriptions(document);
        for operation in operations(document) {
            for response in operation.responses.responses.values_mut() {
                let RefOr::T(response) = response else {
                    continue;
                };
                if response.description.is_empty() {
                    let shape = shape_of(response);
                    let sentence = shapes.get(&shape).map_or(NOTHING, String::as_str);
                    sentence.clone_into(&mut response.description);
                }
            }
        }
    }
}

/// What an answer without a body says.
const NOTHING: &str = "It is done; there is nothing to say about it.";

/// What each shape is, by its name.
fn descriptions(document: &Document) -> BTreeMap<String, String> {
    let shapes = shapes(document).into_iter();
    shapes
        .map(|shape| (shape.name, shape.description))
        .filter(|(_, description)| !description.is_empty())
        .collect()
}

/// Every operation of the document.
fn operations(document: &mut Document) -> impl Iterator<Item = &mut Operation> {
    document.paths.paths.values_mut().flat_map(|item| {
        [
            &mut item.get,
            &mut item.put,
            &mut item.post,
            &mut item.patch,
            &mut item.delete,
        ]
        .into_iter()
        .flatten()
    })
}

/// `GET /api/openapi.json`
pub async fn serve() -> HttpResponse {
    HttpResponse::Ok().json(&*DOCUMENT)
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    #[test]
    fn every_operation_has_a_name_and_is_described_and_may_fail() {
        let mut document = DOCUMENT.clone();
        let mut names = std::collections::BTreeSet::new();
        for operation in operations(&mut document) {
            let id = operation.operation_id.clone().unwrap_or_default();

            assert!(names.insert(id.clone()), "{id}");
            assert!(operation.summary.is_some(), "{id}");
            assert!(
                operation.responses.responses.contains_key("default"),
                "{id}"
            );
        }
    }

    #[test]
    fn every_reference_leads_somewhere() {
        let json = serde_json::to_string(&*DOCUMENT).unwrap();
        let document: serde_json::Value = serde_json::from_str(&json).unwrap();

        for reference in json.split("\"$ref\":\"#").skip(1) {
            let pointer = reference.split('"').next().unwrap_or_default();

            assert!(document.pointer(pointer).is_some(), "{pointer}");
        }
    }

    #[test]
    fn every_answer_is_a_sentence() {
        let mut document = DOCUMENT.clone();
        for operation in operations(&mut document) {
            for (status, response) in &operation.responses.responses {
                let RefOr::T(response) = response else {
                    panic!("{status} is written elsewhere");
                };
                let id = operation.operation_id.as_deref().unwrap_or_default();

                assert!(
                    response.description.ends_with('.'),
                    "{id} {status}: {}",
                    response.description
                );
            }
        }
    }

    /// An object that says nothing of its fields is one without any to who generates a client.
    #[test]
    fn every_object_says_what_it_holds() {
        let document = serde_json::to_value(&*DOCUMENT).unwrap();

        assert_eq!(bare(&document, ""), [""; 0]);
    }

    fn bare(value: &Value, at: &str) -> Vec<String> {
        let is_object = value["type"] == "object"
            || value["type"]
                .as_array()
                .is_some_and(|types| types.contains(&"object".into()));
        let says = ["properties", "additionalProperties", "allOf"];
        let is_bare = is_object && !says.iter().any(|field| value.get(field).is_some());
        let inner: Vec<(String, &Value)> = match value {
            Value::Object(fields) => fields
                .iter()
                .map(|(name, value)| (name.clone(), value))
                .collect(),
            Value::Array(items) => items
                .iter()
                .enumerate()
                .map(|(number, value)| (number.to_string(), value))
                .collect(),
            _ => Vec::new(),
        };
        let inner = inner
            .iter()
            .flat_map(|(name, value)| bare(value, &format!("{at}/{name}")));
        is_bare
            .then(|| at.to_owned())
            .into_iter()
            .chain(inner)
            .collect()
    }

    /// Words in the description of a text are a set that programs should know of.
    #[test]
    fn what_is_one_of_a_few_words_says_which() {
        let document = serde_json::to_value(&*DOCUMENT).unwrap();
        let schemas = document["components"]["schemas"].as_object().unwrap();

        for (name, words) in [
            ("EventState", "discarded"),
            ("EffectState", "skipped"),
            ("EffectKind", "release_machines"),
            ("LicenseState", "pending"),
            ("CredentialState", "unchecked"),
            ("Mode", "shadow"),
            ("DeliveryOutcome", "fetched"),
            ("EventKind", "refunds"),
            ("OrderState", "needs_you"),
            ("PlanOutcome", "actions"),
        ] {
            let known = schemas[name]["enum"].as_array().unwrap();
            assert!(known.contains(&words.into()), "{name}: {known:?}");
        }
        for (name, schema) in schemas {
            for (field, schema) in schema["properties"].as_object().into_iter().flatten() {
                let said = schema["description"].as_str().unwrap_or_default();
                let is_list =
                    said.starts_with('`') && said.contains("` or `") && said.ends_with("`.");
                assert!(
                    !is_list || schema["type"] != "string",
                    "{name}.{field}: {said}"
                );
            }
        }
    }

    #[test]
    fn it_is_openapi_3_1() {
        let document = serde_json::to_value(&*DOCUMENT).unwrap();

        assert_eq!(document["openapi"], "3.1.0");
    }
}
