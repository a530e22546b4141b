//! Linking people beyond the one a license was made for: its manager first, then further users.
//!
//! Whoever cannot be linked is told of, and the others are linked all the same.

use super::request::Manager;
use super::{Conversation, Finish, Request, Response, Step, out_of_turn};
use crate::domain::action::Action;
use crate::license_servers::order::Setting;
use crate::license_servers::remote::{RemoteLicense, UserStanding};
use crate::license_servers::reply::{Failure, FailureClass};

/// What is known of people when the conversation begins.
#[derive(Debug, Clone, Default)]
pub struct Known {
    /// Whether the buyer has an address.
    pub has_manager: bool,
    /// Further users by address: their ids, where they are remembered.
    pub users: Vec<Option<String>>,
}

/// What is known of people by now.
#[derive(Debug, Clone, Default)]
pub(super) struct People {
    has_manager: bool,
    manager: Option<Manager>,
    users: Vec<User>,
    is_remembered: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum User {
    Unknown,
    Known(String),
    Refused,
}

impl People {
    pub(super) fn known(&self) -> Vec<(usize, String)> {
        let users = self.users.iter().enumerate();
        users
            .filter_map(|(place, user)| match user {
                User::Known(id) => Some((place, id.clone())),
                User::Unknown | User::Refused => None,
            })
            .collect()
    }
}

impl Conversation {
    /// Says whom the license is to be linked to beyond its holder.
    pub fn with_people(mut self, known: Known) -> Self {
        self.people = People {
            has_manager: known.has_manager,
            manager: None,
            is_remembered: known.users.iter().any(Option::is_some),
            users: known
                .users
                .into_iter()
                .map(|id| id.map_or(User::Unknown, User::Known))
                .collect(),
        };
        self
    }

    pub(super) fn start_people(&mut self) -> Step {
        match &self.action {
            Action::Assign {
                is_managed: true, ..
            } if self.people.has_manager => Step::Send(Request::FindManager),
            Action::Assign {
                is_managed: true, ..
            } => self.without_manager("the buyer has no address"),
            _ => self.next_person(),
        }
    }

    pub(super) fn on_people(&mut self, response: Response) -> Step {
        match (self.last.clone(), response) {
            (Some(Request::FindByKey), Response::Found(None)) => Step::Finish(Finish::Gone),
            (Some(Request::FindByKey), Response::Found(Some(_))) => self.start_people(),
            (Some(Request::FindManager), Response::Manager(manager)) => self.on_manager(manager),
            (Some(Request::FindOrganization), Response::Organization(None)) => {
                Step::Send(Request::CreateOrganization {
                    with_address: false,
                })
            }
            (
                Some(Request::FindOrganization | Request::CreateOrganization { .. }),
                Response::Organization(Some(organization_id)),
            ) => self.appoint(organization_id),
            (
                Some(
                    Request::MakeManager {
                        organization_id, ..
                    }
                    | Request::CreateManager { organization_id },
                ),
                Response::User(_),
            ) => Step::Send(Request::Set(Setting::Organization(organization_id))),
            (
                Some(Request::CreatePerson(place) | Request::FindPerson(place)),
                Response::User(found),
            ) => self.on_person(place, found),
            (Some(Request::Set(setting)), Response::License(license)) => {
                self.on_linked(&setting, license)
            }
            _ => out_of_turn(),
        }
    }

    /// What a failure leaves to be done; `None` when it is handled like any other.
    pub(super) fn on_people_failure(&mut self, failure: &Failure) -> Option<Step> {
        let is_about_the_request = matches!(
            failure.class,
            FailureClass::NotFound
                | FailureClass::Conflict
                | FailureClass::Rejected
                | FailureClass::Unreadable { .. }
                | FailureClass::PlanLimit
        );
        if !is_about_the_request || !matches!(self.action, Action::Assign { .. }) {
            return None;
        }
        let is_taken = failure.class == FailureClass::Conflict;
        // Whoever was made, though the answer cannot be read, is found.
        let may_be_there = is_taken || matches!(failure.class, FailureClass::Unreadable { .. });
        match self.last.clone()? {
            Request::CreateOrganization {
                with_address: false,
            } if is_taken => Some(Step::Send(Request::CreateOrganization {
                with_address: true,
            })),
            Request::CreateManager { .. } if may_be_there && !self.repeated => {
                self.repeated = true;
                Some(Step::Send(Request::FindManager))
            }
            Request::FindManager
            | Request::FindOrganization
            | Request::CreateOrganization { .. }
            | Request::CreateManager { .. }
            | Request::MakeManager { .. } => Some(self.without_manager(&failure.text)),
            Request::CreatePerson(place) if may_be_there => {
                Some(Step::Send(Request::FindPerson(place)))
            }
            Request::CreatePerson(place) | Request::FindPerson(place) => {
                Some(self.refuse(place, &failure.text))
            }
            // One of those that were remembered may be gone: all are asked for once more.
            Request::Set(Setting::FurtherUsers(_)) if self.people.is_remembered => {
                self.people.is_remembered = false;
                self.people.users.fill(User::Unknown);
                Some(self.next_person())
            }
            _ => None,
        }
    }

    /// Nobody is raised above colleagues by a purchase, and no role of the vendor's own is changed.
    fn on_manager(&mut self, manager: Option<Manager>) -> Step {
        self.people.manager.clone_from(&manager);
        let Some(manager) = manager else {
            return Step::Send(Request::FindOrganization);
        };
        match (manager.standing, manager.organization_id) {
            (UserStanding::OrganizationAdmin, Some(organization)) => {
                Step::Send(Request::Set(Setting::Organization(organization)))
            }
            (UserStanding::User | UserStanding::OrganizationAdmin, None) => {
                Step::Send(Request::FindOrganization)
            }
            (UserStanding::User, Some(_)) => self
                .without_manager("the buyer belongs to an organization and does not administer it"),
            (UserStanding::Staff, _) => {
                self.without_manager("the buyer has a role of its own, which was left as it is")
            }
        }
    }

    fn appoint(&self, organization_id: String) -> Step {
        Step::Send(match &self.people.manager {
            Some(manager) => Request::MakeManager {
                user_id: manager.user_id.clone(),
                organization_id,
            },
            None => Request::CreateManager { organization_id },
        })
    }

    fn without_manager(&mut self, why: &str) -> Step {
        self.user_refused = Some(why.to_owned());
        self.next_person()
    }

    fn on_person(&mut self, place: usize, found: Option<String>) -> Step {
        let Some(id) = found else {
            return self.refuse(
                place,
                "the address is taken, but no user with exactly this address is shown",
            );
        };
        if let Some(user) = self.people.users.get_mut(place) {
            *user = User::Known(id);
        }
        self.next_person()
    }

    fn refuse(&mut self, place: usize, why: &str) -> Step {
        self.user_refused = Some(why.to_owned());
        if let Some(user) = self.people.users.get_mut(place) {
            *user = User::Refused;
        }
        self.next_person()
    }

    fn next_person(&self) -> Step {
        let mut users = self.people.users.iter();
        if let Some(place) = users.position(|user| *user == User::Unknown) {
            return Step::Send(Request::CreatePerson(place));
        }
        let known = self.people.known();
        if known.is_empty() {
            return Step::Finish(Finish::Done(self.proof(None)));
        }
        let ids = known.into_iter().map(|(_, id)| id).collect();
        Step::Send(Request::Set(Setting::FurtherUsers(ids)))
    }

    /// A server that says "done" and shows otherwise is asked once more.
    fn on_linked(&mut self, setting: &Setting, license: RemoteLicense) -> Step {
        let is_so = match setting {
            Setting::Organization(id) => license.organization_id.as_ref() == Some(id),
            Setting::FurtherUsers(ids) => {
                ids.iter().all(|id| license.further_user_ids.contains(id))
            }
            _ => return out_of_turn(),
        };
        match (is_so, setting) {
            (true, Setting::Organization(_)) => {
                self.repeated = false;
                self.next_person()
            }
            (true, _) => Step::Finish(Finish::Done(self.proof(Some(license)))),
            (false, _) if !self.repeated => {
                self.repeated = true;
                Step::Send(Request::Set(setting.clone()))
            }
            (false, _) => Step::Finish(Finish::Differs {
                ours: "linked to its people".to_owned(),
                theirs: "not all of them".to_owned(),
                proof: self.proof(Some(license)),
            }),
        }
    }
}
