//! The eighteen everyday situations that the official script was measured against; the seventeenth, about pace, is among
//! the tests of the budget.

mod changes;
mod doubts;
mod faults;
mod purchases;
