//! Release machines: those of a license that ended are listed, then freed one by one.

use crate::license_servers::reply::{Failure, FailureClass};
use crate::pipeline::protocol::known_license::KnownLicense;
use crate::pipeline::protocol::request::Request;
use crate::pipeline::protocol::response::{Mismatch, Response};
use crate::pipeline::protocol::step::{Finish, Proof, Protocol, Step};

/// Lists that are asked for: what is freed without an effect must not be freed for ever.
const LISTINGS: u32 = 20;

#[derive(Debug, Clone, Default)]
pub(super) struct MachineRelease {
    /// Machines of the last list that are still to be freed.
    machines: Vec<String>,
    listings: u32,
    pending: Pending,
}

#[derive(Debug, Clone, Copy, Default)]
enum Pending {
    #[default]
    List,
    Free,
}

impl Protocol for MachineRelease {
    fn start(&mut self, _license: &mut KnownLicense) -> Step {
        self.list()
    }

    fn on_response(
        &mut self,
        _license: &mut KnownLicense,
        response: Response,
    ) -> Result<Step, Mismatch> {
        Ok(match self.pending {
            Pending::List => self.on_list(response.machines()?),
            Pending::Free => {
                response.nothing()?;
                self.free_next()
            }
        })
    }

    /// One that is gone already is as good as freed.
    fn on_failure(&mut self, _license: &mut KnownLicense, failure: &Failure) -> Option<Step> {
        match (self.pending, &failure.class) {
            (Pending::Free, FailureClass::NotFound) => Some(self.free_next()),
            _ => None,
        }
    }
}

impl MachineRelease {
    fn list(&mut self) -> Step {
        if self.listings == LISTINGS {
            return Step::Finish(Finish::Done(Proof::default()));
        }
        self.listings += 1;
        self.pending = Pending::List;
        Step::Send(Request::ListMachines)
    }

    fn on_list(&mut self, machines: Vec<String>) -> Step {
        if machines.is_empty() {
            return Step::Finish(Finish::Done(Proof::default()));
        }
        self.machines = machines;
        self.free_next()
    }

    /// After the last of a page comes the next page, if there is one.
    fn free_next(&mut self) -> Step {
        let Some(machine) = self.machines.pop() else {
            return self.list();
        };
        self.pending = Pending::Free;
        Step::Send(Request::FreeMachine(machine))
    }
}
