//! Delete: one request; a license that is gone already is deleted.

use crate::license_servers::reply::{Failure, FailureClass};
use crate::pipeline::protocol::known_license::KnownLicense;
use crate::pipeline::protocol::request::Request;
use crate::pipeline::protocol::response::{Mismatch, Response};
use crate::pipeline::protocol::step::{Finish, Proof, Protocol, Step};

#[derive(Debug, Clone, Copy)]
pub(super) struct Deletion;

impl Protocol for Deletion {
    fn start(&mut self, _license: &mut KnownLicense) -> Step {
        Step::Send(Request::Delete)
    }

    fn on_response(
        &mut self,
        _license: &mut KnownLicense,
        response: Response,
    ) -> Result<Step, Mismatch> {
        response.nothing()?;
        Ok(Step::Finish(Finish::Done(Proof::default())))
    }

    fn on_failure(&mut self, _license: &mut KnownLicense, failure: &Failure) -> Option<Step> {
        let is_gone = failure.class == FailureClass::NotFound;
        is_gone.then(|| Step::Finish(Finish::Done(Proof::default())))
    }
}
