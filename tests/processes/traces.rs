//! The way of a renewal through the program, as its traces tell it, is the one that ARCHITECTURE.md shows.

use std::fs;

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::trace::v1::Span;
use prost::Message as _;

use crate::processes::license_server::LicenseServer;
use crate::processes::program::Setup;
use crate::processes::vendor::{Vendor, client};
use crate::servers::Server;
use crate::shop::{order, subscription};

/// The heading above the steps.
const HEADING: &str = "## A webhook arrives\n";
/// The span that a delivery begins with.
const DELIVERY: &str = "webhook";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_renewal_enters_the_files_that_the_page_names_in_their_order() {
    let license_server = LicenseServer::unlimited(&[]);
    let collector = Server::of_http(&[200]).await;
    let allowed = license_server.address.to_string();
    let setup = Setup::sqlite()
        .with(
            "LATCHKEY_OTLP_ENDPOINT",
            format!("http://{}", collector.address),
        )
        .with("LATCHKEY_OUTBOUND_ALLOW", allowed);
    let serving = setup.serve();
    let vendor = Vendor::create(&setup, serving.address, &license_server).await;
    let (http, bought) = (client(), subscription("S"));
    let rebill = order("B").line("studio-pro", 1);
    let renewal = bought
        .clone()
        .paid_for(2)
        .charged(&rebill, "2027-01-15T09:45:00Z");
    for events in [
        vec![bought.activated(), bought.first_order().completed()],
        vec![renewal],
    ] {
        let answer = vendor.post(&http, serving.address, &events).await;
        assert_eq!(answer.expect("it answers").status(), 200);
        vendor.settled_events(serving.address).await;
    }

    serving.terminate();
    serving.ended();

    let spans = spans(&collector);
    let renewal = spans.iter().rposition(|span| span.name == DELIVERY);
    let renewal = renewal.expect("deliveries are told");
    let (entered, section) = (entered(&spans[renewal..]), section());
    let steps = steps(&section);
    let (in_steps, beside): (Vec<_>, Vec<_>) =
        entered.into_iter().partition(|file| steps.contains(file));
    assert_eq!(in_steps, steps);
    for file in beside {
        assert!(section.contains(&file), "{file} is not on the way");
    }
}

/// What the collector was told, in the order in which it began.
fn spans(collector: &Server) -> Vec<Span> {
    let heard = collector.heard();
    let bodies = heard.iter().skip(1).step_by(2);
    let requests = bodies.map(|body| ExportTraceServiceRequest::decode(&body[..]));
    let resources = requests.flat_map(|request| request.expect("it is OTLP").resource_spans);
    let scopes = resources.flat_map(|resource| resource.scope_spans);
    let mut spans: Vec<Span> = scopes.flat_map(|scope| scope.spans).collect();
    spans.sort_by_key(|span| span.start_time_unix_nano);
    spans
}

/// The files in which these spans began, each where it was entered first.
fn entered(spans: &[Span]) -> Vec<String> {
    let mut files: Vec<String> = Vec::new();
    for file in spans.iter().filter_map(file) {
        if !files.contains(file) {
            files.push(file.clone());
        }
    }
    files
}

fn file(span: &Span) -> Option<&String> {
    let attribute = span
        .attributes
        .iter()
        .find(|attribute| attribute.key == "code.file.path")?;
    match attribute.value.as_ref()?.value.as_ref()? {
        Value::StringValue(file) => Some(file),
        _ => None,
    }
}

/// What the page says of a webhook.
fn section() -> String {
    let page = fs::read_to_string("ARCHITECTURE.md").expect("the page is there");
    let (_, section) = page.split_once(HEADING).expect("it has the section");
    section.split("\n## ").next().unwrap_or_default().to_owned()
}

/// The file of each step: the first that it names.
fn steps(section: &str) -> Vec<String> {
    let is_step = |line: &&str| line.starts_with(|first: char| first.is_ascii_digit());
    let files = section.lines().filter(is_step).map(|step| {
        let file = step.split('`').find(|text| text.starts_with("src/"));
        file.expect("a step names its file").to_owned()
    });
    files.collect()
}
