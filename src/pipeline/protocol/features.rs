//! Set features one by one: those of the license are listed, then what differs is added, changed or removed.
//!
//! A feature whose id is not among them is looked for by its name in the list of all. Features that others set stay.

use std::collections::BTreeMap;
use std::mem;

use crate::license_servers::remote::{CatalogItem, FeatureValue, Page};
use crate::license_servers::reply::{Failure, FailureClass};
use crate::pipeline::protocol::known_license::KnownLicense;
use crate::pipeline::protocol::request::Request;
use crate::pipeline::protocol::response::{Mismatch, Response};
use crate::pipeline::protocol::step::{Finish, Proof, Protocol, Step};

/// Pages of a list that are followed.
const PAGES: u32 = 20;

#[derive(Debug, Clone)]
pub(super) struct FeatureChange {
    /// The features to be set by their names, with their values.
    features: Vec<(String, String)>,
    /// What the license has by itself, as far as it was listed.
    values: Vec<FeatureValue>,
    /// Ids by name, as far as they were listed.
    ids: BTreeMap<String, String>,
    /// What is still to be sent, the last first.
    changes: Vec<Edit>,
    is_repeated: bool,
    pending: Pending,
}

#[derive(Debug, Clone)]
enum Edit {
    Add { feature_id: String, value: String },
    Change { value_id: String, value: String },
    Remove { value_id: String },
}

#[derive(Debug, Clone)]
enum Pending {
    ListValues { page: u32 },
    ListFeatures { page: u32 },
    Send(Edit),
}

impl Default for Pending {
    fn default() -> Self {
        Self::ListValues { page: 1 }
    }
}

impl Pending {
    fn request(&self) -> Request {
        match self {
            Self::ListValues { page } => Request::ListFeatureValues { page: *page },
            Self::ListFeatures { page } => Request::ListFeatures { page: *page },
            Self::Send(Edit::Add { feature_id, value }) => Request::AddFeature {
                feature_id: feature_id.clone(),
                value: value.clone(),
            },
            Self::Send(Edit::Change { value_id, value }) => Request::ChangeFeature {
                value_id: value_id.clone(),
                value: value.clone(),
            },
            Self::Send(Edit::Remove { value_id }) => Request::RemoveFeature {
                value_id: value_id.clone(),
            },
        }
    }
}

impl Protocol for FeatureChange {
    fn start(&mut self, _license: &mut KnownLicense) -> Step {
        self.list()
    }

    fn on_response(
        &mut self,
        license: &mut KnownLicense,
        response: Response,
    ) -> Result<Step, Mismatch> {
        Ok(match mem::take(&mut self.pending) {
            Pending::ListValues { page } => {
                self.on_values(license, page, response.feature_values()?)
            }
            Pending::ListFeatures { page } => self.on_features(license, page, response.features()?),
            Pending::Send(_) => {
                response.nothing()?;
                self.next_change()
            }
        })
    }

    fn on_failure(&mut self, _license: &mut KnownLicense, failure: &Failure) -> Option<Step> {
        match (&self.pending, &failure.class) {
            // It is off already.
            (Pending::Send(Edit::Remove { .. }), FailureClass::NotFound) => {
                Some(self.next_change())
            }
            // It was added meanwhile, perhaps with another value.
            (Pending::Send(Edit::Add { .. }), FailureClass::Conflict) if !self.is_repeated => {
                self.is_repeated = true;
                Some(self.list())
            }
            _ => None,
        }
    }

    fn on_unreadable(&mut self, _license: &KnownLicense) -> Option<Step> {
        Some(self.list())
    }
}

impl FeatureChange {
    pub(super) fn new(features: Vec<(String, String)>) -> Self {
        Self {
            features,
            values: Vec::new(),
            ids: BTreeMap::new(),
            changes: Vec::new(),
            is_repeated: false,
            pending: Pending::default(),
        }
    }

    fn send(&mut self, pending: Pending) -> Step {
        let request = pending.request();
        self.pending = pending;
        Step::Send(request)
    }

    /// Lists from the first page on, whatever was listed before.
    fn list(&mut self) -> Step {
        self.values.clear();
        self.ids.clear();
        self.changes.clear();
        self.send(Pending::ListValues { page: 1 })
    }

    fn on_values(&mut self, license: &KnownLicense, page: u32, listed: Page<FeatureValue>) -> Step {
        self.values.extend(listed.items);
        if !listed.is_last && page < PAGES {
            return self.send(Pending::ListValues { page: page + 1 });
        }
        for value in &self.values {
            let (name, id) = (value.feature_name.clone(), value.feature_id.clone());
            self.ids.insert(name, id);
        }
        if self.missing().is_some() {
            return self.send(Pending::ListFeatures { page: 1 });
        }
        self.start_changes(license)
    }

    fn on_features(
        &mut self,
        license: &KnownLicense,
        page: u32,
        listed: Page<CatalogItem>,
    ) -> Step {
        let named = listed.items.into_iter().map(|item| (item.name, item.id));
        self.ids.extend(named);
        match self.missing() {
            Some(_) if !listed.is_last && page < PAGES => {
                self.send(Pending::ListFeatures { page: page + 1 })
            }
            Some(name) => Step::Finish(Finish::Failed(Failure {
                class: FailureClass::Rejected,
                text: format!("there is no feature called {name}"),
                after: None,
                may_have_applied: false,
            })),
            None => self.start_changes(license),
        }
    }

    /// A feature that is to be set and whose id is not known.
    fn missing(&self) -> Option<&String> {
        let mut names = self.features.iter().map(|(name, _)| name);
        names.find(|name| !self.ids.contains_key(*name))
    }

    fn start_changes(&mut self, license: &KnownLicense) -> Step {
        self.changes = self.changes(license);
        if self.changes.is_empty() {
            return Step::Finish(Finish::AlreadySo(Proof::default()));
        }
        self.next_change()
    }

    fn next_change(&mut self) -> Step {
        match self.changes.pop() {
            Some(change) => self.send(Pending::Send(change)),
            None => Step::Finish(Finish::Done(Proof::default())),
        }
    }

    /// What differs from what is shown; of what is not to be set any more, only what we had set is removed.
    fn changes(&self, license: &KnownLicense) -> Vec<Edit> {
        let shown = |name: &str| {
            let mut values = self.values.iter();
            values.find(|value| value.feature_name == name)
        };
        let mut changes = Vec::new();
        for (name, value) in &self.features {
            let value = value.clone();
            match (shown(name), self.ids.get(name)) {
                (Some(known), _) if known.value.as_deref().unwrap_or_default() == value => {}
                (Some(known), _) => changes.push(Edit::Change {
                    value_id: known.id.clone(),
                    value,
                }),
                (None, Some(id)) => changes.push(Edit::Add {
                    feature_id: id.clone(),
                    value,
                }),
                (None, None) => {}
            }
        }
        let ours = license.given.features.keys();
        let is_off = |name: &&String| self.features.iter().all(|(set, _)| set != *name);
        for known in ours.filter(is_off).filter_map(|name| shown(name)) {
            changes.push(Edit::Remove {
                value_id: known.id.clone(),
            });
        }
        changes
    }
}
