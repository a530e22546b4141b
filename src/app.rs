//! Wires the floors together into the running program.
