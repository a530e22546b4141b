//! Webhook bodies as FastSpring would send them, for stories that are made up. Pure: ids and times come in.

pub mod body;
pub mod sale;
mod story;

pub use story::story;
