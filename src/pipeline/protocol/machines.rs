//! Freeing the machines of a license that ended: listed, then freed one by one.

use super::{Conversation, Finish, Request, Response, Step, finish_done, out_of_turn};

/// Lists that are asked for: what is freed without an effect must not be freed for ever.
const LISTINGS: u32 = 20;

impl Conversation {
    pub(super) fn on_machines(&mut self, response: Response) -> Step {
        match (self.last.clone(), response) {
            (Some(Request::FindByKey), Response::Found(None)) => Step::Finish(Finish::Gone),
            (Some(Request::FindByKey), Response::Found(Some(_))) => self.list_machines(),
            (Some(Request::ListMachines), Response::Machines(machines)) if machines.is_empty() => {
                finish_done()
            }
            (Some(Request::ListMachines), Response::Machines(machines)) => {
                self.machines = machines;
                self.free_next()
            }
            (Some(Request::FreeMachine(_)), Response::Nothing) => self.free_next(),
            _ => out_of_turn(),
        }
    }

    /// One that is gone already is as good as freed; after the last of a page comes the next page, if there is one.
    pub(super) fn free_next(&mut self) -> Step {
        match self.machines.pop() {
            Some(machine) => Step::Send(Request::FreeMachine(machine)),
            None => self.list_machines(),
        }
    }

    pub(super) fn list_machines(&mut self) -> Step {
        if self.listings == LISTINGS {
            return finish_done();
        }
        self.listings += 1;
        Step::Send(Request::ListMachines)
    }
}
