//! Freeing the machines of a license that ended: listed, then freed one by one.

use super::{Ask, Conversation, Heard, Turn, finish_done, out_of_turn};

/// Lists that are asked for: what is freed without an effect must not be freed for ever.
const LISTINGS: u32 = 20;

impl Conversation {
    pub(super) fn hear_machines(&mut self, heard: Heard) -> Turn {
        match heard {
            Heard::Machines(machines) => {
                self.listings += 1;
                self.machines = machines;
                self.free_next()
            }
            Heard::Nothing if !self.machines.is_empty() => self.free_next(),
            // Those of the next page, if there is one.
            Heard::Nothing if self.listings < LISTINGS => Turn::Ask(Ask::ListMachines),
            Heard::Nothing => finish_done(),
            _ => out_of_turn(),
        }
    }

    /// One that is gone already is as good as freed.
    pub(super) fn free_next(&mut self) -> Turn {
        match self.machines.pop() {
            Some(machine) => Turn::Ask(Ask::FreeMachine(machine)),
            None => finish_done(),
        }
    }
}
