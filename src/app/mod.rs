//! Wiring: builds what the lower floors offer into running processes.

pub mod demo;
