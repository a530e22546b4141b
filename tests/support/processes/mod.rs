//! The real program as processes, the license server they call, and a vendor whose shop posts to them.

pub mod license_server;
pub mod program;
pub mod vendor;
