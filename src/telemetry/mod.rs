//! Logs, traces and metrics: what the operator sees.

mod metrics;
mod traces;

use std::io::IsTerminal as _;
use std::str::FromStr;

use ::metrics::SetRecorderError;
use metrics_exporter_prometheus::{BuildError, PrometheusHandle, PrometheusRecorder};
use opentelemetry_otlp::ExporterBuildError;
use opentelemetry_sdk::trace::SdkTracerProvider;
use tracing_subscriber::filter::{EnvFilter, ParseError};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::{SubscriberInitExt, TryInitError};
use tracing_subscriber::{Layer, Registry, fmt};
use url::Url;

pub use metrics::{install as install_metrics, names};
pub use metrics_exporter_prometheus::PrometheusHandle as Metrics;

/// The HTTP library calls each request that it cannot read an error of ours; whoever wants to see them names it again.
const FAULTS_OF_CALLERS: &str = "actix_http::h1::dispatcher=off,actix_http::h1::decoder=off";

/// How a line of the log is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// For people at a terminal.
    Text,
    /// One JSON object per line, for machines.
    Json,
}

/// What is logged, in the notation of `tracing`: `info,latchkey=debug`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogFilter(String);

/// Keeps what [`init`] began; to be closed last.
#[must_use = "traces that were not sent yet are lost without it"]
pub struct Telemetry {
    metrics: PrometheusHandle,
    traces: Option<SdkTracerProvider>,
}

/// Logs, traces or metrics could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum TelemetryError {
    /// A filter that was not checked.
    #[error("reading the log filter")]
    Filter(#[from] ParseError),
    /// Set up twice in one process.
    #[error("setting up the log")]
    Log(#[from] TryInitError),
    /// The exporter does not accept the address.
    #[error("setting up traces to LATCHKEY_OTLP_ENDPOINT")]
    Traces(#[from] ExporterBuildError),
    /// Buckets without bounds.
    #[error("setting up metrics")]
    Metrics(#[from] BuildError),
    /// Set up twice in one process.
    #[error("setting up metrics")]
    Recorder(#[from] SetRecorderError<PrometheusRecorder>),
}

/// Sets up logs on standard error, metrics, and traces if there is an endpoint; once per process, inside the runtime.
pub fn init(
    filter: &LogFilter,
    format: LogFormat,
    otlp_endpoint: Option<&Url>,
) -> Result<Telemetry, TelemetryError> {
    let traces = otlp_endpoint.map(traces::provider).transpose()?;
    let lines: Box<dyn Layer<Registry> + Send + Sync> = match format {
        LogFormat::Text => fmt::layer()
            .with_ansi(std::io::stderr().is_terminal())
            .with_writer(std::io::stderr)
            .boxed(),
        LogFormat::Json => fmt::layer()
            .json()
            .flatten_event(true)
            .with_writer(std::io::stderr)
            .boxed(),
    };
    let logged = EnvFilter::try_new(format!("{FAULTS_OF_CALLERS},{}", filter.0))?;
    tracing_subscriber::registry()
        .with(lines.with_filter(logged))
        .with(traces.as_ref().map(traces::layer))
        .try_init()?;
    Ok(Telemetry {
        metrics: metrics::install()?,
        traces,
    })
}

impl Telemetry {
    /// The metrics as Prometheus reads them.
    pub fn metrics(&self) -> PrometheusHandle {
        self.metrics.clone()
    }

    /// Sends what is left of the traces; blocks up to a few seconds, so call it from a blocking thread.
    pub fn close(self) {
        if let Some(Err(error)) = self.traces.map(|provider| provider.shutdown()) {
            tracing::warn!(%error, "the last traces were not sent");
        }
    }
}

impl FromStr for LogFormat {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        match text {
            "text" => Ok(Self::Text),
            "json" => Ok(Self::Json),
            _ => Err(()),
        }
    }
}

impl FromStr for LogFilter {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        EnvFilter::try_new(text).map(|_filter| Self(text.to_owned()))
    }
}
