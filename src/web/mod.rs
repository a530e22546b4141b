//! HTTP in: hooks, dashboard, API, the sandbox's socket.

#![expect(dead_code, reason = "pages are drawn before their handlers come")]
#![cfg_attr(
    not(test),
    expect(unused_imports, reason = "pages are drawn before their handlers come")
)]

mod assets;
mod pages;
mod partials;
pub mod sandbox;
mod words;
