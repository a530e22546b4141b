//! Assign: people beyond the one a license was made for are linked, its manager first, then further users.
//!
//! Whoever cannot be linked is told of, and the others are linked all the same.

use std::mem;

use crate::license_servers::order::Setting;
use crate::license_servers::remote::{RemoteLicense, UserStanding};
use crate::license_servers::reply::{Failure, FailureClass};
use crate::pipeline::protocol::known_license::KnownLicense;
use crate::pipeline::protocol::request::Request;
use crate::pipeline::protocol::response::{Manager, Mismatch, Response};
use crate::pipeline::protocol::step::{Finish, Proof, Protocol, Step};

/// What is known of people when the conversation begins.
#[derive(Debug, Clone, Default)]
pub struct KnownPeople {
    /// Whether the buyer has an address.
    pub has_manager: bool,
    /// Further users by address: their ids, where they are remembered.
    pub users: Vec<Option<String>>,
}

#[derive(Debug, Clone)]
pub(super) struct Assignment {
    /// Whether the buyer administers the organization that the license then belongs to.
    is_managed: bool,
    has_manager: bool,
    manager: Option<Manager>,
    users: Vec<FurtherUser>,
    /// Whether a further user is remembered from before, who may turn out gone.
    is_remembered: bool,
    /// Why somebody is not linked.
    refused: Option<String>,
    is_repeated: bool,
    pending: Pending,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum FurtherUser {
    Unknown,
    Known(String),
    Refused,
}

#[derive(Debug, Clone, Default)]
enum Pending {
    #[default]
    FindManager,
    FindOrganization,
    CreateOrganization {
        with_address: bool,
    },
    CreateManager {
        organization_id: String,
    },
    MakeManager {
        user_id: String,
        organization_id: String,
    },
    SetOrganization(String),
    /// The place of the address.
    CreateUser(usize),
    FindUser(usize),
    SetUsers(Vec<String>),
    ReadBack,
}

impl Pending {
    fn request(&self) -> Request {
        match self {
            Self::FindManager => Request::FindManager,
            Self::FindOrganization => Request::FindOrganization,
            Self::CreateOrganization { with_address } => Request::CreateOrganization {
                with_address: *with_address,
            },
            Self::CreateManager { organization_id } => Request::CreateManager {
                organization_id: organization_id.clone(),
            },
            Self::MakeManager {
                user_id,
                organization_id,
            } => Request::MakeManager {
                user_id: user_id.clone(),
                organization_id: organization_id.clone(),
            },
            Self::SetOrganization(id) => Request::Set(Setting::Organization(id.clone())),
            Self::CreateUser(place) => Request::CreateFurtherUser(*place),
            Self::FindUser(place) => Request::FindFurtherUser(*place),
            Self::SetUsers(ids) => Request::Set(Setting::FurtherUsers(ids.clone())),
            Self::ReadBack => Request::Read,
        }
    }
}

impl Protocol for Assignment {
    fn start(&mut self, _license: &mut KnownLicense) -> Step {
        match (self.is_managed, self.has_manager) {
            (true, true) => self.send(Pending::FindManager),
            (true, false) => self.without_manager("the buyer has no address"),
            (false, _) => self.next_user(),
        }
    }

    fn on_response(
        &mut self,
        _license: &mut KnownLicense,
        response: Response,
    ) -> Result<Step, Mismatch> {
        Ok(match mem::take(&mut self.pending) {
            Pending::FindManager => self.on_manager(response.manager()?),
            Pending::FindOrganization => match response.organization()? {
                Some(id) => self.appoint(id),
                None => self.send(Pending::CreateOrganization {
                    with_address: false,
                }),
            },
            Pending::CreateOrganization { .. } => {
                let id = response.organization()?.ok_or(Mismatch)?;
                self.appoint(id)
            }
            Pending::CreateManager { organization_id }
            | Pending::MakeManager {
                organization_id, ..
            } => {
                response.user()?;
                self.send(Pending::SetOrganization(organization_id))
            }
            Pending::SetOrganization(id) => self.on_organization_set(id, response.license()?),
            Pending::CreateUser(place) | Pending::FindUser(place) => {
                self.on_user(place, response.user()?)
            }
            Pending::SetUsers(ids) => self.on_users_set(ids, response.license()?),
            // It is not compared: the action is tried again from its start.
            Pending::ReadBack => return Err(Mismatch),
        })
    }

    fn on_failure(&mut self, _license: &mut KnownLicense, failure: &Failure) -> Option<Step> {
        if !is_about_the_request(&failure.class) {
            return None;
        }
        let is_taken = failure.class == FailureClass::Conflict;
        // Whoever was made, though the response cannot be read, is found.
        let may_be_there = is_taken || matches!(failure.class, FailureClass::Unreadable { .. });
        match self.pending {
            Pending::CreateOrganization {
                with_address: false,
            } if is_taken => Some(self.send(Pending::CreateOrganization { with_address: true })),
            Pending::CreateManager { .. } if may_be_there && !self.is_repeated => {
                self.is_repeated = true;
                Some(self.send(Pending::FindManager))
            }
            Pending::FindManager
            | Pending::FindOrganization
            | Pending::CreateOrganization { .. }
            | Pending::CreateManager { .. }
            | Pending::MakeManager { .. } => Some(self.without_manager(&failure.text)),
            Pending::CreateUser(place) if may_be_there => Some(self.send(Pending::FindUser(place))),
            Pending::CreateUser(place) | Pending::FindUser(place) => {
                Some(self.refuse(place, &failure.text))
            }
            // One of those that were remembered may be gone: all are asked for once more.
            Pending::SetUsers(_) if self.is_remembered => {
                self.is_remembered = false;
                self.users.fill(FurtherUser::Unknown);
                Some(self.next_user())
            }
            Pending::SetOrganization(_) | Pending::SetUsers(_) | Pending::ReadBack => None,
        }
    }

    fn on_unreadable(&mut self, _license: &KnownLicense) -> Option<Step> {
        Some(self.send(Pending::ReadBack))
    }
}

impl Assignment {
    pub(super) const fn new(is_managed: bool) -> Self {
        Self {
            is_managed,
            has_manager: false,
            manager: None,
            users: Vec::new(),
            is_remembered: false,
            refused: None,
            is_repeated: false,
            pending: Pending::FindManager,
        }
    }

    pub(super) fn link_to(&mut self, people: KnownPeople) {
        self.has_manager = people.has_manager;
        self.is_remembered = people.users.iter().any(Option::is_some);
        let users = people.users.into_iter();
        self.users = users
            .map(|id| id.map_or(FurtherUser::Unknown, FurtherUser::Known))
            .collect();
    }

    fn send(&mut self, pending: Pending) -> Step {
        let request = pending.request();
        self.pending = pending;
        Step::Send(request)
    }

    /// Nobody is raised above colleagues by a purchase, and no role of the vendor's own is changed.
    fn on_manager(&mut self, manager: Option<Manager>) -> Step {
        self.manager.clone_from(&manager);
        let Some(manager) = manager else {
            return self.send(Pending::FindOrganization);
        };
        match (manager.standing, manager.organization_id) {
            (UserStanding::OrganizationAdmin, Some(id)) => self.send(Pending::SetOrganization(id)),
            (UserStanding::User | UserStanding::OrganizationAdmin, None) => {
                self.send(Pending::FindOrganization)
            }
            (UserStanding::User, Some(_)) => self
                .without_manager("the buyer belongs to an organization and does not administer it"),
            (UserStanding::Staff, _) => {
                self.without_manager("the buyer has a role of its own, which was left as it is")
            }
        }
    }

    fn appoint(&mut self, organization_id: String) -> Step {
        let pending = match &self.manager {
            Some(manager) => Pending::MakeManager {
                user_id: manager.user_id.clone(),
                organization_id,
            },
            None => Pending::CreateManager { organization_id },
        };
        self.send(pending)
    }

    fn without_manager(&mut self, why: &str) -> Step {
        self.refused = Some(why.to_owned());
        self.next_user()
    }

    fn on_organization_set(&mut self, id: String, license: RemoteLicense) -> Step {
        if license.organization_id.as_ref() == Some(&id) {
            self.is_repeated = false;
            return self.next_user();
        }
        self.on_difference(Pending::SetOrganization(id), license)
    }

    fn next_user(&mut self) -> Step {
        let mut users = self.users.iter();
        if let Some(place) = users.position(|user| *user == FurtherUser::Unknown) {
            return self.send(Pending::CreateUser(place));
        }
        let known = self.known_users();
        if known.is_empty() {
            return Step::Finish(Finish::Done(self.proof(Proof::default())));
        }
        let ids = known.into_iter().map(|(_, id)| id).collect();
        self.send(Pending::SetUsers(ids))
    }

    fn on_user(&mut self, place: usize, found: Option<String>) -> Step {
        let Some(id) = found else {
            return self.refuse(
                place,
                "the address is taken, but no user with exactly this address is shown",
            );
        };
        if let Some(user) = self.users.get_mut(place) {
            *user = FurtherUser::Known(id);
        }
        self.next_user()
    }

    fn refuse(&mut self, place: usize, why: &str) -> Step {
        self.refused = Some(why.to_owned());
        if let Some(user) = self.users.get_mut(place) {
            *user = FurtherUser::Refused;
        }
        self.next_user()
    }

    fn on_users_set(&mut self, ids: Vec<String>, license: RemoteLicense) -> Step {
        if ids.iter().all(|id| license.further_user_ids.contains(id)) {
            return Step::Finish(Finish::Done(self.proof(Proof::of(license))));
        }
        self.on_difference(Pending::SetUsers(ids), license)
    }

    /// A server that says "done" and shows otherwise is asked once more.
    fn on_difference(&mut self, again: Pending, license: RemoteLicense) -> Step {
        if !self.is_repeated {
            self.is_repeated = true;
            return self.send(again);
        }
        Step::Finish(Finish::Differs {
            ours: "linked to its people".to_owned(),
            theirs: "not all of them".to_owned(),
            proof: self.proof(Proof::of(license)),
        })
    }

    fn known_users(&self) -> Vec<(usize, String)> {
        let users = self.users.iter().enumerate();
        users
            .filter_map(|(place, user)| match user {
                FurtherUser::Known(id) => Some((place, id.clone())),
                FurtherUser::Unknown | FurtherUser::Refused => None,
            })
            .collect()
    }

    fn proof(&self, proof: Proof) -> Proof {
        Proof {
            user_refused: self.refused.clone(),
            further_users: self.known_users(),
            ..proof
        }
    }
}

/// Whether a failure is about what was asked, and not about the server or the token as a whole.
const fn is_about_the_request(class: &FailureClass) -> bool {
    matches!(
        class,
        FailureClass::NotFound
            | FailureClass::Conflict
            | FailureClass::Rejected
            | FailureClass::Unreadable { .. }
            | FailureClass::PlanLimit
    )
}
