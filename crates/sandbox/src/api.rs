//! What one kind of license server has of its own: its URLs, its memory and its words.

use std::fmt;

use jiff::Timestamp;

use crate::call::Call;
use crate::collection::{Collection, Document};
use crate::message::{Answer, Refusal, Request, Response};
use crate::options::SandboxOptions;
use crate::random::Random;
use crate::snapshot::{HandEdit, LicenseSnapshot};

/// A license server behind its socket, limit, faults and ledger.
pub trait Api: fmt::Debug + Send {
    /// How it behaves.
    fn options(&self) -> &SandboxOptions;

    /// How it behaves, to be changed.
    fn options_mut(&mut self) -> &mut SandboxOptions;

    /// What chances are drawn from.
    fn random(&mut self) -> &mut Random;

    /// Everything it remembers.
    fn collections(&mut self) -> Vec<&mut Collection>;

    /// Its licenses.
    fn licenses(&self) -> &Collection;

    /// Its licenses, to be changed by hand.
    fn licenses_mut(&mut self) -> &mut Collection;

    /// Where a request leads; `None` where there is no such URL.
    fn find<'a>(&self, request: &'a Request) -> Option<Destination<'a>>;

    /// Lets the caller in and does the work; what it wrote before it refused is taken back by the caller.
    fn answer(&mut self, destination: Option<&Destination<'_>>, call: &Call<'_>) -> Answer;

    /// A refusal in its words.
    fn refuse(&self, refusal: Refusal) -> Response;

    /// A license as tests look at it.
    fn snapshot(&self, license: &Document) -> LicenseSnapshot;

    /// A change that a person makes by hand; false where there is no such license.
    fn edit_by_hand(&mut self, now: Timestamp, id: &str, edit: HandEdit) -> bool;

    /// Puts the sample catalog there.
    fn stock(&mut self, now: Timestamp);
}

/// Where a request leads.
#[derive(Debug)]
pub struct Destination<'a> {
    /// The place of its URL among those of the license server.
    pub place: usize,
    /// What the ledger and the faults call it.
    pub kind: &'static str,
    /// The ids in the path.
    pub ids: Vec<&'a str>,
    /// Whether the path's first id is that of a license.
    pub names_license: bool,
    /// Whether it is a list of licenses or people without a filter, or with an empty one.
    pub is_unfiltered: bool,
}
