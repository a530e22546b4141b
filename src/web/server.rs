//! The HTTP server: how long it waits for whom, and how it lets go of its callers at the end.

use std::io;
use std::net::TcpListener;
use std::time::Duration;

use actix_web::body::MessageBody;
use actix_web::dev::{Server, ServiceRequest, ServiceResponse};
use actix_web::http::ConnectionType;
use actix_web::middleware::{Next, from_fn};
use actix_web::web::{Data, ServiceConfig};
use actix_web::{App, Error, HttpServer};

use crate::web::security;
use crate::web::state::State;

/// Longer than load balancers keep a connection, so that none closes under a request.
const KEEP_ALIVE: Duration = Duration::from_secs(75);
/// A caller who sends its headers more slowly means no good.
const HEADERS_WITHIN: Duration = Duration::from_secs(10);
/// What requests in flight are given at the end; the slowest wait five seconds for the database.
const FINISH_WITHIN_SECONDS: u64 = 20;

/// Serves these URLs until the server is stopped; the caller handles signals.
pub fn serve(
    state: State,
    listener: TcpListener,
    urls: fn(&mut ServiceConfig, &State),
) -> io::Result<Server> {
    let server = HttpServer::new(move || {
        App::new()
            .wrap(security::for_everybody())
            .wrap(from_fn(let_go))
            .configure(|config| urls(config, &state))
    });
    let server = server
        .keep_alive(KEEP_ALIVE)
        .client_request_timeout(HEADERS_WITHIN)
        .shutdown_timeout(FINISH_WITHIN_SECONDS)
        .disable_signals()
        .listen(listener)?;
    Ok(server.run())
}

/// Once the end has begun each answer closes its connection, so that no caller sends another request into it.
async fn let_go(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let state = request.app_data::<Data<State>>().cloned();
    let mut response = next.call(request).await?;
    if state.is_some_and(|state| state.readiness.is_stopping()) {
        response
            .response_mut()
            .head_mut()
            .set_connection_type(ConnectionType::Close);
    }
    Ok(response)
}
