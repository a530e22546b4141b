//! People: users, passwords, sessions, roles, API tokens.
