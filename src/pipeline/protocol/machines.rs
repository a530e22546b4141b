//! Freeing the machines of a license that ended: listed, then freed one by one.

use super::{Ask, Conversation, Finish, Heard, Turn, finish_done, out_of_turn};

/// Lists that are asked for: what is freed without an effect must not be freed for ever.
const LISTINGS: u32 = 20;

impl Conversation {
    pub(super) fn hear_machines(&mut self, heard: Heard) -> Turn {
        match (self.last.clone(), heard) {
            (Some(Ask::FindByKey), Heard::Found(None)) => Turn::Finish(Finish::Gone),
            (Some(Ask::FindByKey), Heard::Found(Some(_))) => self.list_machines(),
            (Some(Ask::ListMachines), Heard::Machines(machines)) if machines.is_empty() => {
                finish_done()
            }
            (Some(Ask::ListMachines), Heard::Machines(machines)) => {
                self.machines = machines;
                self.free_next()
            }
            (Some(Ask::FreeMachine(_)), Heard::Nothing) => self.free_next(),
            _ => out_of_turn(),
        }
    }

    /// One that is gone already is as good as freed; after the last of a page comes the next page, if there is one.
    pub(super) fn free_next(&mut self) -> Turn {
        match self.machines.pop() {
            Some(machine) => Turn::Ask(Ask::FreeMachine(machine)),
            None => self.list_machines(),
        }
    }

    pub(super) fn list_machines(&mut self) -> Turn {
        if self.listings == LISTINGS {
            return finish_done();
        }
        self.listings += 1;
        Turn::Ask(Ask::ListMachines)
    }
}
