//! Settings: every one a flag and an environment variable, checked before anything starts.
