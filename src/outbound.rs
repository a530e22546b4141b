//! The one HTTP client for everything outside, guarded against private addresses.
