//! Wiring: builds what the lower floors offer into a running process, and ends it without breaking anything off.

mod chores;
mod database;
pub mod demo;
mod memory;
mod open_files;
mod running;
mod start;
mod workers;

pub use database::{open as open_database, open_for_schema, open_tenant_keys};
pub use memory::use_small_pages;
pub use running::Running;
pub use start::{start, start_by};

/// What a process does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ProcessRole {
    /// Takes deliveries, shows pages, works on events.
    #[default]
    All,
    /// Takes deliveries and shows pages.
    Web,
    /// Works on events; answers health checks only.
    Worker,
}

impl ProcessRole {
    /// Whether it serves pages, hooks and the API.
    pub const fn serves(self) -> bool {
        matches!(self, Self::All | Self::Web)
    }

    /// Whether it works on events.
    pub const fn works(self) -> bool {
        matches!(self, Self::All | Self::Worker)
    }
}
