//! One action carried out: its license is marked and a permit taken, one request is sent, and the end is written down.
//!
//! In comes a planned action; out go requests, then effect and license as they ended. Nothing here decides what shall be
//! done.

pub mod complete;
pub mod result;
pub mod send;
pub mod send_people;
pub mod start;
