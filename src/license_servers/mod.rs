//! License-server kinds: each performs actions at one vendor's licensing account.

pub mod cryptlex;
pub mod sandbox;
