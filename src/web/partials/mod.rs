//! The parts that pages are made of; each is a small template that may be written into any other.

mod badge;
mod chart;
mod copy;
mod empty;
mod field;
mod headline;
mod moment;
mod pager;
mod problem;
mod timeline;
mod way;

pub use badge::{Badge, Icon, Notice, Tone};
pub use chart::{HourChart, Meter};
pub use copy::{CopyField, Id};
pub use empty::Empty;
#[cfg(test)]
pub use field::Group;
pub use field::{Choice, Choices, Field, Select, Ticks};
pub use headline::Headline;
pub use moment::Moment;
pub use pager::{Pager, Tab};
pub use problem::{Item, Problem};
pub use timeline::{Call, Change, Step};
pub use way::Way;
