//! Leased subjects that are processed here: released however their processing ends, and dropped when the lease expired.
//!
//! A process renews the leases on this list; one that never left it, for instance after a panic, would be renewed until
//! the process ends. A process that slept, or was cut off from the database, does not know that others go on with its subjects:
//! by the clock it does.

use std::collections::BTreeMap;
use std::future::poll_fn;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Poll;
use std::time::Duration;

use jiff::SignedDuration;
use tokio::time::{Instant, sleep};

use crate::domain::id::TenantId;
use crate::domain::time::Timestamp;
use crate::pipeline::clock::Clock;

/// How long a subject is held without being renewed.
pub const LEASE: SignedDuration = SignedDuration::from_secs(20);

/// Between two looks at the clock while nothing else happens.
const CLOCK_CHECK: Duration = Duration::from_secs(1);

/// A company, and the name of a subject of its events.
pub type Subject = (TenantId, String);

/// The subjects that this process has leased.
#[derive(Clone, Default)]
pub struct LeaseRegistry(Arc<Mutex<Subjects>>);

#[derive(Default)]
struct Subjects {
    /// Being processed: the number of the lease, and when it expires.
    held: BTreeMap<Subject, (u64, Timestamp)>,
    /// Leases so far.
    count: u64,
    /// Processed, and not released yet.
    finished: Vec<Subject>,
}

/// The lease of a subject that is processed; dropped, the subject is finished.
pub struct ActiveLease {
    subject: Subject,
    /// The number of this lease; a process that slept may lease the same subject anew.
    number: u64,
    registry: LeaseRegistry,
}

impl LeaseRegistry {
    /// Adds a lease that was just taken.
    pub fn add(&self, subject: Subject, until: Timestamp) {
        let mut subjects = self.lock();
        subjects.count += 1;
        let number = subjects.count;
        subjects.held.insert(subject, (number, until));
    }

    /// The leases that are to be extended.
    pub fn list_active(&self) -> Vec<Subject> {
        self.lock().held.keys().cloned().collect()
    }

    /// Extends the leases that had not expired at `now`; one that had is not brought back.
    pub fn extend(&self, now: Timestamp, until: Timestamp) {
        let mut subjects = self.lock();
        let held = subjects.held.values_mut();
        held.filter(|(_, held)| *held > now)
            .for_each(|(_, held)| *held = until);
    }

    /// Begins to process a leased subject.
    pub fn activate(&self, subject: Subject) -> ActiveLease {
        let number = self.lock().held.get(&subject).map(|(number, _)| *number);
        ActiveLease {
            subject,
            number: number.unwrap_or_default(),
            registry: self.clone(),
        }
    }

    /// The subjects that are to be released.
    pub fn take_finished(&self) -> Vec<Subject> {
        std::mem::take(&mut self.lock().finished)
    }

    /// Adds subjects that could not be released.
    pub fn add_finished(&self, subjects: Vec<Subject>) {
        self.lock().finished.extend(subjects);
    }

    fn lock(&self) -> MutexGuard<'_, Subjects> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ActiveLease {
    /// Ends when the lease has expired; polled before the processing, so that nothing is begun after that.
    pub async fn expired(&self, clock: &Clock) {
        let mut pause = pin!(sleep(CLOCK_CHECK));
        poll_fn(|context| {
            if !self.is_held(clock.now()) {
                return Poll::Ready(());
            }
            while pause.as_mut().poll(context).is_ready() {
                pause.as_mut().reset(Instant::now() + CLOCK_CHECK);
            }
            Poll::Pending
        })
        .await;
    }

    fn is_held(&self, now: Timestamp) -> bool {
        let subjects = self.registry.lock();
        let held = subjects.held.get(&self.subject);
        held.is_some_and(|(number, until)| *number == self.number && now < *until)
    }
}

impl Drop for ActiveLease {
    fn drop(&mut self) {
        let mut subjects = self.registry.lock();
        let held = subjects.held.get(&self.subject).map(|(number, _)| *number);
        // Leased anew: whoever processes it now releases it.
        if held.is_some_and(|number| number != self.number) {
            return;
        }
        subjects.held.remove(&self.subject);
        subjects.finished.push(self.subject.clone());
    }
}

/// The names of subjects, by whose they are.
pub fn by_tenant(subjects: &[Subject]) -> BTreeMap<TenantId, Vec<&str>> {
    let mut by_tenant: BTreeMap<TenantId, Vec<&str>> = BTreeMap::new();
    for (tenant, subject) in subjects {
        by_tenant.entry(*tenant).or_default().push(subject);
    }
    by_tenant
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::panic::{AssertUnwindSafe, catch_unwind};

    fn subject(name: &str) -> Subject {
        (TenantId::from_uuid(uuid::Uuid::nil()), name.to_owned())
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_microsecond(second * 1_000_000)
    }

    #[test]
    fn a_subject_whose_work_panics_is_finished() {
        let leases = LeaseRegistry::default();

        let work = catch_unwind(AssertUnwindSafe(|| {
            let _in_hand = leases.activate(subject("S"));
            panic!("poison");
        }));

        assert!(work.is_err());
        assert_eq!(leases.take_finished(), [subject("S")]);
        assert_eq!(leases.take_finished(), []);
    }

    #[test]
    fn a_lease_that_ran_out_is_not_brought_back() {
        let leases = LeaseRegistry::default();
        leases.add(subject("early"), at(20));
        leases.add(subject("late"), at(30));

        leases.extend(at(25), at(45));

        let is_held = |name| leases.activate(subject(name)).is_held(at(26));
        assert!(!is_held("early"));
        assert!(is_held("late"));
    }

    #[tokio::test]
    async fn work_that_could_go_on_does_not_once_the_lease_ran_out() {
        let (leases, clock) = (LeaseRegistry::default(), Clock::manual(at(0)));
        leases.add(subject("S"), at(20));
        let lease = leases.activate(subject("S"));
        let first_polled = |is_ready| {
            let (lease, clock) = (&lease, &clock);
            async move {
                tokio::select! {
                    biased;
                    () = lease.expired(clock) => "expired",
                    () = std::future::ready(is_ready) => "worked",
                }
            }
        };

        assert_eq!(first_polled(()).await, "worked");
        clock.advance(jiff::SignedDuration::from_secs(20));
        assert_eq!(first_polled(()).await, "expired");
    }
}
