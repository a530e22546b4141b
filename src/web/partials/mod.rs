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

pub use badge::{Badge, Icon, PageNotice, Tone};
pub use chart::{HourChart, Meter};
pub use copy::{CopyField, CopyableId};
pub use empty::Empty;
#[cfg(test)]
pub use field::ChoiceGroup;
pub use field::{Choices, FieldChoice, FormField, Select, Ticks};
pub use headline::Headline;
pub use moment::Moment;
pub use pager::{Pager, Tab};
pub use problem::{Item, ProblemItem};
pub use timeline::{CallEvidence, Change, StoryStep};
pub use way::Way;
