//! Use cases on events: ingest, claim, plan, perform, settle, sweep.
