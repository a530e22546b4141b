//! The commands of the contract and their flags.
