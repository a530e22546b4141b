//! The two doors to the database, `read` and `write`; no other code holds a connection.

use std::error::Error;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tracing::Span;

use crate::config::DatabaseUrl;
use crate::store::connections::{Pool, Purpose, pool};
use crate::store::db::Db;
use crate::store::error::{StoreError, is_worth_repeating};
use crate::store::places::{Crowd, Entry, Place, Places};
use crate::store::scope::Scope;
use crate::store::transaction::{Access, Completion, Ending, Work, run};
use crate::store::writer::Writer;

/// How often a write is run when the database asks for it to be run again.
const ATTEMPTS: u32 = 4;

/// The database. Clones share its connections.
#[derive(Clone)]
pub struct Store {
    pub(super) url: DatabaseUrl,
    /// The PostgreSQL role that is taken, if one is.
    pub(super) role: Option<String>,
    pool: Pool,
    /// For deliveries, and for all else.
    places: (Places, Places),
    crowd: Crowd,
    line: Line,
    writer: Option<Writer>,
}

/// Who waits for a connection; each has places of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Line {
    /// Deliveries of the shops, which wait behind no work and no person.
    Deliveries,
    /// Events in work, and what the process does by itself.
    Work,
    /// People and programs, of whom any number may come at once.
    Crowd,
}

/// What is held from the asking to the end of the work, on whichever thread that is.
struct Held {
    _entry: Option<Entry>,
    _place: Option<Place>,
}

impl Store {
    /// Opens lazily: a database that is away is told by the first door that needs it.
    pub fn open(url: &DatabaseUrl, pool_size: u32) -> Result<Self, StoreError> {
        Self::open_with(url, pool_size, None)
    }

    /// As `open`; on PostgreSQL the role is taken by whoever signs in and may take it, so that row-level security holds.
    pub fn open_as(url: &DatabaseUrl, pool_size: u32, role: &str) -> Result<Self, StoreError> {
        Self::open_with(url, pool_size, Some(role.to_owned()))
    }

    fn open_with(
        url: &DatabaseUrl,
        pool_size: u32,
        role: Option<String>,
    ) -> Result<Self, StoreError> {
        let taken = role.clone();
        let (purpose, writer) = match url {
            DatabaseUrl::Postgres(_) => (Purpose::Serve { role: taken }, None),
            DatabaseUrl::Sqlite(_) => (
                Purpose::Read { role: None },
                Some(Writer::start(url.clone())?),
            ),
        };
        Ok(Self {
            url: url.clone(),
            role,
            pool: pool(url, pool_size, purpose),
            places: Places::with_some_for_deliveries(pool_size as usize),
            crowd: Crowd::new(pool_size as usize),
            line: Line::Work,
            writer,
        })
    }

    /// The same database for people and programs that wait for an answer, of whom any number may come at once: they
    /// share a quarter of the places, a tenant has half of these, and whoever comes when too many wait is refused.
    #[must_use]
    pub fn for_crowd(&self) -> Self {
        Self {
            line: Line::Crowd,
            ..self.clone()
        }
    }

    /// The same database for what deliveries need before they are answered: a quarter of the places, at most two, are
    /// for them alone.
    #[must_use]
    pub fn for_deliveries(&self) -> Self {
        Self {
            line: Line::Deliveries,
            ..self.clone()
        }
    }

    /// How many connections to the database there are at most.
    pub fn most_connections(&self) -> usize {
        self.pool.max_size() as usize
    }

    /// Reads in one consistent transaction; writing in it fails.
    pub async fn read<T, E>(
        &self,
        scope: Scope,
        work: impl FnOnce(&mut Db) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        let answer = Answer::default();
        let told = answer.clone();
        let mut work = Some(work);
        let work = Box::new(move |db: &mut Db| {
            let result = match work.take() {
                Some(work) => work(db),
                None => Err(StoreError::Other("a read began twice".into()).into()),
            };
            let completion = match result {
                Ok(_) => Completion::Commit,
                Err(_) => Completion::RollBack,
            };
            told.keep(result);
            completion
        });
        answer.after(self.transact(scope, Access::Read, work).await)
    }

    /// Writes in one transaction: all of it or nothing. `work` may be run again where the database asks for it.
    pub async fn write<T, E>(
        &self,
        scope: Scope,
        mut work: impl FnMut(&mut Db) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Error + Send + 'static,
    {
        let answer = Answer::default();
        let told = answer.clone();
        let work = Box::new(move |db: &mut Db| {
            let result = work(db);
            let completion = match &result {
                Ok(_) => Completion::Commit,
                Err(error) if is_worth_repeating(error) => Completion::Repeat,
                Err(_) => Completion::RollBack,
            };
            told.keep(result);
            completion
        });
        answer.after(self.transact(scope, Access::Write, work).await)
    }

    async fn transact(&self, scope: Scope, access: Access, mut work: Work) -> Ending {
        let held = match self.hold(scope, access).await {
            Ok(held) => held,
            Err(error) => return Ending::NotBegun(error),
        };
        // On whichever thread it runs, it belongs to whoever asked for it.
        let span = Span::current();
        let mut work: Work = Box::new(move |db| {
            let _ended_with_it = &held;
            span.in_scope(|| work(db))
        });
        if let (Some(writer), Access::Write) = (&self.writer, access) {
            return writer.write(scope, work).await;
        }
        let pool = self.pool.clone();
        let transaction = move || match access {
            Access::Read => in_transaction(&pool, scope, access, &mut work),
            Access::Write => in_transaction_with_retries(&pool, scope, &mut work),
        };
        let ended = tokio::task::spawn_blocking(transaction).await;
        ended.unwrap_or_else(|error| Ending::NotBegun(StoreError::unavailable(error)))
    }

    /// Waits until there is room: a thread that waited instead would keep its memory long after.
    async fn hold(&self, scope: Scope, access: Access) -> Result<Held, StoreError> {
        let entry = match self.line {
            Line::Crowd => Some(self.crowd.enter(scope).await?),
            Line::Deliveries | Line::Work => None,
        };
        // SQLite's writer has a connection and a thread of its own.
        let (for_deliveries, others) = &self.places;
        let place = match (&self.writer, access, self.line) {
            (Some(_), Access::Write, _) => None,
            (.., Line::Deliveries) => Some(for_deliveries.take().await?),
            (.., Line::Work | Line::Crowd) => Some(others.take().await?),
        };
        Ok(Held {
            _entry: entry,
            _place: place,
        })
    }
}

/// What the work of a transaction answered, on its way back from the thread that it ran on.
struct Answer<T, E>(Arc<Mutex<Option<Result<T, E>>>>);

impl<T, E> Default for Answer<T, E> {
    fn default() -> Self {
        Self(Arc::default())
    }
}

impl<T, E> Clone for Answer<T, E> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T, E: From<StoreError>> Answer<T, E> {
    fn keep(&self, answer: Result<T, E>) {
        *self.place() = Some(answer);
    }

    /// What the caller of a door is told once the transaction has ended.
    fn after(self, ending: Ending) -> Result<T, E> {
        let error = match ending {
            Ending::Completed(_) => match self.place().take() {
                Some(answer) => return answer,
                None => StoreError::Other("a store function gave no answer".into()),
            },
            Ending::NotBegun(error) | Ending::NotCommitted(error) => error,
            Ending::Panicked => StoreError::Other("a store function panicked".into()),
        };
        Err(error.into())
    }

    fn place(&self) -> MutexGuard<'_, Option<Result<T, E>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn in_transaction_with_retries(pool: &Pool, scope: Scope, work: &mut Work) -> Ending {
    for _ in 1..ATTEMPTS {
        match in_transaction(pool, scope, Access::Write, work) {
            Ending::Completed(Completion::Repeat) => {}
            Ending::NotCommitted(error) if is_worth_repeating(&error) => {}
            ending => return ending,
        }
    }
    in_transaction(pool, scope, Access::Write, work)
}

/// Takes a connection and runs `work`; connections that died while idle are passed over, since nothing was done on them.
fn in_transaction(pool: &Pool, scope: Scope, access: Access, work: &mut Work) -> Ending {
    for _ in 0..pool.max_size() {
        let mut pooled = match pool.get() {
            Ok(pooled) => pooled,
            Err(error) => return Ending::NotBegun(StoreError::unavailable(error)),
        };
        match run(&mut pooled, scope, access, work) {
            Ending::NotBegun(_) => {}
            ending => return ending,
        }
    }
    match pool.get() {
        Ok(mut pooled) => run(&mut pooled, scope, access, work),
        Err(error) => Ending::NotBegun(StoreError::unavailable(error)),
    }
}
