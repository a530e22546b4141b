//! The least that any durable ingest must do: verify, parse, and insert the raw body with whatever else has come.

use std::net::SocketAddr;
use std::sync::mpsc::{Receiver, Sender, channel};

use actix_web::web::{Bytes, Data, PayloadConfig, to};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer};
use anyhow::{Context as _, Result};
use diesel::connection::SimpleConnection as _;
use diesel::sql_types::{Array, Binary, Text};
use diesel::{
    Connection as _, ExpressionMethods as _, PgConnection, RunQueryDsl as _, SqliteConnection,
    insert_into,
};
use latchkey::domain::kind::StorefrontKind;
use tokio::sync::oneshot;

use crate::template::SECRET;

/// Bodies in one commit, as Latchkey does it.
const BATCH: usize = 256;

diesel::table! {
    floor (id) {
        id -> Text,
        body -> Binary,
    }
}

struct Waiting {
    id: String,
    body: Bytes,
    answer: oneshot::Sender<()>,
}

/// Writes one batch in one transaction.
type Commit = Box<dyn FnMut(&[Waiting]) -> diesel::QueryResult<()> + Send>;

/// Serves on a loopback port, for as long as the process runs.
pub fn serve(database_url: &str) -> Result<SocketAddr> {
    let (queue, bodies) = channel();
    let commit = match database_url.strip_prefix("sqlite://") {
        Some(path) => sqlite(path)?,
        None => postgres(database_url)?,
    };
    std::thread::spawn(move || write(&bodies, commit));
    let server = HttpServer::new(move || {
        App::new()
            .app_data(PayloadConfig::new(2 * 1024 * 1024))
            .app_data(Data::new(queue.clone()))
            .default_service(to(receive))
    });
    let server = server.disable_signals().bind("127.0.0.1:0")?;
    let address = server.addrs().first().copied().context("it is bound")?;
    tokio::spawn(server.run());
    Ok(address)
}

async fn receive(queue: Data<Sender<Waiting>>, http: HttpRequest, body: Bytes) -> HttpResponse {
    let kind = latchkey::storefronts::of(StorefrontKind::Fastspring);
    let headers = |name: &str| -> Vec<&[u8]> {
        let values = http.headers().get_all(name);
        values.map(|value| value.as_bytes()).collect()
    };
    let is_signed = kind.verify(&headers, &body, &[SECRET.as_bytes()]).is_ok();
    let id = kind.split(&body).ok().and_then(|envelope| {
        envelope
            .events
            .first()
            .map(|event| event.source_id.to_string())
    });
    let (true, Some(id)) = (is_signed, id) else {
        return HttpResponse::BadRequest().finish();
    };
    let (answer, answered) = oneshot::channel();
    let waiting = Waiting {
        id: id.clone(),
        body,
        answer,
    };
    if queue.send(waiting).is_err() || answered.await.is_err() {
        return HttpResponse::ServiceUnavailable().finish();
    }
    HttpResponse::Ok().body(id)
}

/// Drain, commit, repeat; a batch that fails is answered by nobody, which is a 503.
fn write(bodies: &Receiver<Waiting>, mut commit: Commit) {
    while let Ok(first) = bodies.recv() {
        let batch: Vec<Waiting> = std::iter::once(first)
            .chain(bodies.try_iter().take(BATCH - 1))
            .collect();
        if commit(&batch).is_ok() {
            for waiting in batch {
                // A client that has gone needs no answer.
                waiting.answer.send(()).unwrap_or_default();
            }
        }
    }
}

fn sqlite(path: &str) -> Result<Commit> {
    let mut connection = SqliteConnection::establish(path)?;
    connection.batch_execute(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -16000; \
         CREATE TABLE floor (id TEXT PRIMARY KEY, body BLOB NOT NULL) STRICT",
    )?;
    Ok(Box::new(move |batch| {
        connection.immediate_transaction(|connection| {
            for waiting in batch {
                let row = (floor::id.eq(&waiting.id), floor::body.eq(&*waiting.body));
                insert_into(floor::table).values(row).execute(connection)?;
            }
            Ok(())
        })
    }))
}

fn postgres(url: &str) -> Result<Commit> {
    let mut connection = PgConnection::establish(url)?;
    connection.batch_execute("CREATE TABLE floor (id text PRIMARY KEY, body bytea NOT NULL)")?;
    Ok(Box::new(move |batch| {
        let ids: Vec<&str> = batch.iter().map(|waiting| waiting.id.as_str()).collect();
        let bodies: Vec<&[u8]> = batch.iter().map(|waiting| &*waiting.body).collect();
        connection.transaction(|connection| {
            diesel::sql_query("INSERT INTO floor SELECT * FROM unnest($1, $2)")
                .bind::<Array<Text>, _>(ids)
                .bind::<Array<Binary>, _>(bodies)
                .execute(connection)
                .map(drop)
        })
    }))
}
