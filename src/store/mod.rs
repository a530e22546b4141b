//! The database: the only floor that names diesel.
