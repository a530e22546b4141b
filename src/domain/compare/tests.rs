//! Tables: situation in, plan out.
