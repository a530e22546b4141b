//! The HTTP server: whom it lets in, how long it waits for whom, and how it lets go of its callers at the end.

use std::io;
use std::net::TcpListener;
use std::rc::Rc;
use std::time::Duration;

use actix_http::HttpService;
use actix_http::error::DispatchError;
use actix_service::{IntoServiceFactory as _, ServiceFactoryExt as _, map_config};
use actix_web::body::MessageBody;
use actix_web::dev::{AppConfig, Server, ServiceRequest, ServiceResponse, fn_service};
use actix_web::http::ConnectionType;
use actix_web::middleware::{Next, from_fn};
use actix_web::rt::net::TcpStream;
use actix_web::web::{Data, ServiceConfig};
use actix_web::{App, Error};

use crate::web::connection::{Connection, HEADERS_WITHIN, KEEP_ALIVE, Waiting};
use crate::web::connections::OpenConnections;
use crate::web::security;
use crate::web::state::State;

/// What requests in flight are given at the end; the slowest wait five seconds for the database.
const FINISH_WITHIN_SECONDS: u64 = 20;
/// After an early answer the rest of a request is passed over for so long, so that its sender gets to read the answer.
const PASSED_OVER: Duration = Duration::from_secs(1);
/// Threads of a worker beside those for the database: for hashing passwords and compressing pages.
const MORE_THREADS: usize = 8;

/// Serves these URLs until the server is stopped; the caller handles signals.
///
/// What the web framework's own server would do, over connections that are counted and timed.
pub fn serve(
    state: State,
    listener: TcpListener,
    urls: fn(&mut ServiceConfig, &State),
) -> io::Result<Server> {
    let server = Server::build()
        .disable_signals()
        .shutdown_timeout(FINISH_WITHIN_SECONDS)
        .worker_max_blocking_threads(state.store.most_connections() + MORE_THREADS);
    let ending = server.graceful_shutdown_signal();
    let connections = OpenConnections::new(state.connection_limits, state.trusted_proxies.clone());
    let server = server.listen("http", listener, move || {
        let state = state.clone();
        let app = App::new()
            .wrap(security::for_everybody())
            .wrap(from_fn(attend))
            .configure(|config| urls(config, &state));
        let app = app
            .into_factory()
            .map_err(|error: Error| error.error_response());
        let ending = ending.clone();
        let http = HttpService::build()
            .keep_alive(KEEP_ALIVE)
            .client_request_timeout(HEADERS_WITHIN)
            .client_disconnect_timeout(PASSED_OVER)
            .graceful_shutdown_signal(move || {
                let ending = ending.clone();
                async move { ending.notified().await }
            })
            .on_connect_ext(|connection: &Connection, data| {
                data.insert(connection.waiting());
            })
            .h1(map_config(app, |()| AppConfig::default()));
        let connections = connections.clone();
        fn_service(move |stream: TcpStream| {
            let let_in = let_in(&connections, stream);
            async move { let_in }
        })
        .and_then(http)
    })?;
    Ok(server.run())
}

/// A connection with a seat, and who is at its other end; refused without a word where there is none.
fn let_in(
    connections: &OpenConnections,
    stream: TcpStream,
) -> Result<(Connection, Option<std::net::SocketAddr>), DispatchError> {
    let peer = stream.peer_addr().map_err(DispatchError::Io)?;
    let seat = connections.let_in(peer.ip());
    let refused = || DispatchError::Io(io::ErrorKind::ConnectionRefused.into());
    let seat = seat.ok_or_else(refused)?;
    Ok((Connection::new(stream, seat), Some(peer)))
}

/// Tells the connection when it waits for its caller, and lets go of the caller once the end has begun: each answer then
/// closes its connection, so that no caller sends another request into it.
async fn attend(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let state = request.app_data::<Data<State>>().cloned();
    let waiting = request.conn_data::<Rc<Waiting>>().cloned();
    if let Some(waiting) = &waiting {
        waiting.end();
    }
    let answered = next.call(request).await;
    if let Some(waiting) = &waiting {
        waiting.begin();
    }
    let mut response = answered?;
    if state.is_some_and(|state| state.readiness.is_stopping()) {
        response
            .response_mut()
            .head_mut()
            .set_connection_type(ConnectionType::Close);
    }
    Ok(response)
}
