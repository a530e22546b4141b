//! How long buyers waited from payment to license.

use jiff::SignedDuration;

use crate::domain::effect::EventState;
use crate::store::events::Digest;
use crate::web::kinds::{Kind, is};

/// The waits of purchases that were carried out, the shortest first; never empty.
pub struct Waits(Vec<SignedDuration>);

impl Waits {
    /// `None` when no purchase was carried out.
    pub fn of(digests: &[Digest]) -> Option<Self> {
        let mut waits: Vec<SignedDuration> = digests
            .iter()
            .filter(|digest| digest.state == EventState::Done && is(digest, Kind::Purchases))
            .filter_map(|digest| Some(digest.settled_at?.since(digest.received_at)))
            .collect();
        waits.sort_unstable();
        (!waits.is_empty()).then_some(Self(waits))
    }

    /// The wait that this share of them did not exceed.
    pub fn within(&self, percent: usize) -> SignedDuration {
        let index = (self.0.len() * percent).div_ceil(100).max(1) - 1;
        self.0.get(index).copied().unwrap_or_default()
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.0.len()
    }
}
