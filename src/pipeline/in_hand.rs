//! Leased subjects in work, given back with the next claim however that work ends.
//!
//! A process renews all its leases; one that was forgotten, by a panic too, would be held for as long as it lives.

use std::sync::{Arc, Mutex, PoisonError};

use crate::domain::id::TenantId;

/// A leased subject.
pub type Subject = (TenantId, String);

/// Subjects that are leased, but not in work any more.
#[derive(Clone, Default)]
pub struct Finished(Arc<Mutex<Vec<Subject>>>);

/// A subject in work; dropped, it is finished.
pub struct InHand {
    subject: Option<Subject>,
    finished: Finished,
}

impl Finished {
    /// Takes a leased subject in hand.
    pub fn take_in_hand(&self, subject: Subject) -> InHand {
        InHand {
            subject: Some(subject),
            finished: self.clone(),
        }
    }

    /// Everything that is to be given back.
    pub fn take(&self) -> Vec<Subject> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Adds what is to be given back, or could not be.
    pub fn add(&self, subjects: impl IntoIterator<Item = Subject>) {
        let mut finished = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        finished.extend(subjects);
    }
}

impl Drop for InHand {
    fn drop(&mut self) {
        self.finished.add(self.subject.take());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::panic::{AssertUnwindSafe, catch_unwind};

    #[test]
    fn a_subject_whose_work_panics_is_finished() {
        let finished = Finished::default();
        let subject = (TenantId::from_uuid(uuid::Uuid::nil()), "S".to_owned());

        let work = catch_unwind(AssertUnwindSafe(|| {
            let _in_hand = finished.take_in_hand(subject.clone());
            panic!("poison");
        }));

        assert!(work.is_err());
        assert_eq!(finished.take(), [subject]);
        assert_eq!(finished.take(), []);
    }
}
