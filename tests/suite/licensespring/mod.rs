//! What LicenseSpring's connection to the shop does, row by row, and what happens here instead.
//!
//! Each file is a table of `docs/licensespring.md`, and each test is named after a row of it.

mod connection;
mod events;
mod features;
mod people;
mod trials;
