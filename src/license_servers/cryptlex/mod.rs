//! Cryptlex, web API v3.
