//! Traces to an OpenTelemetry collector, over HTTP.

use std::sync::Arc;
use std::time::Duration;

use opentelemetry::trace::TracerProvider;
use opentelemetry_otlp::{ExporterBuildError, Protocol, WithExportConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::{OTelSdkError, OTelSdkResult};
use opentelemetry_sdk::trace::{SdkTracerProvider, SpanData, SpanExporter};
use tokio::runtime::Handle;
use tracing::{Level, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::filter::{FilterExt as _, Targets, filter_fn};
use tracing_subscriber::registry::LookupSpan;
use url::Url;

const SERVICE: &str = "latchkey";

/// Collects spans and sends them in batches to `<endpoint>/v1/traces`.
pub(super) fn provider(endpoint: &Url) -> Result<SdkTracerProvider, ExporterBuildError> {
    let base = endpoint.as_str().trim_end_matches('/');
    let exporter = opentelemetry_otlp::SpanExporter::builder()
        .with_http()
        .with_protocol(Protocol::HttpBinary)
        .with_endpoint(format!("{base}/v1/traces"))
        .with_timeout(Duration::from_secs(10))
        .build()?;
    let exporter = OnRuntime {
        exporter: Arc::new(exporter),
        runtime: Handle::current(),
    };
    Ok(SdkTracerProvider::builder()
        .with_resource(Resource::builder().with_service_name(SERVICE).build())
        .with_batch_exporter(exporter)
        .build())
}

/// Turns our spans into spans of the provider, whatever is logged; what is logged within one goes along as its events.
pub(super) fn layer<S>(provider: &SdkTracerProvider) -> impl Layer<S> + use<S>
where
    S: Subscriber + for<'span> LookupSpan<'span>,
{
    let ours = Targets::new().with_target(SERVICE, Level::DEBUG);
    let told = filter_fn(|metadata| metadata.is_span() || *metadata.level() <= Level::INFO);
    tracing_opentelemetry::layer()
        .with_tracer(provider.tracer(SERVICE))
        .with_filter(ours.and(told))
}

/// Sends on our runtime: the batches come from a thread of their own, on which the HTTP client cannot work.
#[derive(Debug)]
struct OnRuntime<Exporter> {
    exporter: Arc<Exporter>,
    runtime: Handle,
}

impl<Exporter: SpanExporter + 'static> SpanExporter for OnRuntime<Exporter> {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        let exporter = Arc::clone(&self.exporter);
        self.runtime
            .spawn(async move { exporter.export(batch).await })
            .await
            .map_err(|error| OTelSdkError::InternalFailure(error.to_string()))?
    }
}

#[cfg(test)]
mod tests {
    use opentelemetry::trace::Tracer;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    use super::*;

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn spans_reach_the_collector_at_the_latest_on_shutdown() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}/", listener.local_addr().unwrap());
        let collector = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut bytes = vec![0; 4096];
            let length = stream.read(&mut bytes).await.unwrap();
            let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
            stream.write_all(answer).await.unwrap();
            String::from_utf8_lossy(&bytes[..length]).into_owned()
        });
        let provider = provider(&endpoint.parse().unwrap()).unwrap();

        provider.tracer("test").in_span("deliver", |_context| {});
        let closed = tokio::task::spawn_blocking(move || provider.shutdown())
            .await
            .unwrap();

        assert!(closed.is_ok(), "{closed:?}");
        assert!(collector.await.unwrap().starts_with("POST /v1/traces "));
    }
}
