//! What arrives at a hook: checked, sealed, and stored in a group commit before it is answered.
//!
//! In come bytes and a signature; out go rows of events that are on disk. Nothing here is folded, planned or sent.

pub(crate) mod event_types;
pub mod group_commit;
pub mod receive;
pub mod rejections;
pub(crate) mod sealed_rows;
