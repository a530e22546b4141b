//! A whole deployment in one process, with a shop that keeps selling.

pub mod shop;
