//! A license server in memory that speaks Cryptlex's API: for the demo, the tests and trying things out.
