//! Features of a license by itself: what is set is listed, then what differs is added, changed or taken off.

use std::collections::BTreeMap;

use super::{Conversation, Finish, Proof, Request, Response, Step, finish_done, out_of_turn};
use crate::domain::action::Action;
use crate::license_servers::remote::{CatalogItem, FeatureValue, Page};
use crate::license_servers::reply::{Failure, FailureClass};

/// Pages of a list that are followed.
const PAGES: u32 = 20;

/// What was listed so far, and what is still to be sent.
#[derive(Debug, Clone, Default)]
pub(super) struct Features {
    values: Vec<FeatureValue>,
    ids: BTreeMap<String, String>,
    changes: Vec<Request>,
    page: u32,
}

impl Conversation {
    pub(super) fn start_features(&mut self) -> Step {
        self.features = Features {
            page: 1,
            ..Features::default()
        };
        Step::Send(Request::ListFeatureValues { page: 1 })
    }

    pub(super) fn on_features(&mut self, response: Response) -> Step {
        match (self.last.clone(), response) {
            (Some(Request::FindByKey), Response::Found(None)) => Step::Finish(Finish::Gone),
            (Some(Request::FindByKey), Response::Found(Some(_))) => self.start_features(),
            (Some(Request::ListFeatureValues { .. }), Response::FeatureValues(page)) => {
                self.on_values(page)
            }
            (Some(Request::ListFeatures { .. }), Response::Features(page)) => self.on_names(page),
            (
                Some(
                    Request::AddFeature { .. }
                    | Request::ChangeFeature { .. }
                    | Request::RemoveFeature { .. },
                ),
                Response::Nothing,
            ) => self.next_change(),
            _ => out_of_turn(),
        }
    }

    /// One that is off already is as good as taken off; one that was added meanwhile is looked at once more.
    pub(super) fn on_feature_failure(&mut self, failure: &Failure) -> Option<Step> {
        match (&self.last, &failure.class) {
            (Some(Request::RemoveFeature { .. }), FailureClass::NotFound) => {
                Some(self.next_change())
            }
            (Some(Request::AddFeature { .. }), FailureClass::Conflict) if !self.repeated => {
                self.repeated = true;
                Some(self.start_features())
            }
            _ => None,
        }
    }

    fn on_values(&mut self, page: Page<FeatureValue>) -> Step {
        self.features.values.extend(page.items);
        if !page.is_last && self.features.page < PAGES {
            self.features.page += 1;
            let page = self.features.page;
            return Step::Send(Request::ListFeatureValues { page });
        }
        self.features.page = 1;
        for value in &self.features.values {
            let (name, id) = (value.feature_name.clone(), value.feature_id.clone());
            self.features.ids.insert(name, id);
        }
        if self.missing().is_some() {
            return Step::Send(Request::ListFeatures { page: 1 });
        }
        self.start_changes()
    }

    fn on_names(&mut self, page: Page<CatalogItem>) -> Step {
        let named = page.items.into_iter().map(|item| (item.name, item.id));
        self.features.ids.extend(named);
        match self.missing() {
            Some(_) if !page.is_last && self.features.page < PAGES => {
                self.features.page += 1;
                let page = self.features.page;
                Step::Send(Request::ListFeatures { page })
            }
            Some(name) => Step::Finish(Finish::Failed(Failure {
                class: FailureClass::Rejected,
                text: format!("there is no feature called {name}"),
                after: None,
                may_have_applied: false,
            })),
            None => self.start_changes(),
        }
    }

    /// A feature that is asked for and whose id is not known.
    fn missing(&self) -> Option<String> {
        let is_unknown = |name: &&String| !self.features.ids.contains_key(*name);
        let asked = self.asked_features();
        asked.iter().map(|(name, _)| name).find(is_unknown).cloned()
    }

    fn asked_features(&self) -> &[(String, String)] {
        match &self.action {
            Action::SetEntitlements { features, .. } => features,
            _ => &[],
        }
    }

    fn start_changes(&mut self) -> Step {
        let changes = self.changes();
        if changes.is_empty() {
            return Step::Finish(Finish::AlreadySo(Proof::default()));
        }
        self.features.changes = changes;
        self.next_change()
    }

    fn next_change(&mut self) -> Step {
        match self.features.changes.pop() {
            Some(change) => Step::Send(change),
            None => finish_done(),
        }
    }

    /// What differs from what is shown; features that others set stay.
    fn changes(&self) -> Vec<Request> {
        let asked = self.asked_features();
        let shown = |name: &str| {
            let mut values = self.features.values.iter();
            values.find(|value| value.feature_name == name)
        };
        let mut changes = Vec::new();
        for (name, value) in asked {
            let value = value.clone();
            match (shown(name), self.features.ids.get(name)) {
                (Some(known), _) if known.value.as_deref().unwrap_or_default() == value => {}
                (Some(known), _) => changes.push(Request::ChangeFeature {
                    value_id: known.id.clone(),
                    value,
                }),
                (None, Some(id)) => changes.push(Request::AddFeature {
                    feature_id: id.clone(),
                    value,
                }),
                (None, None) => {}
            }
        }
        let ours = self.given.features.keys();
        let is_off = |name: &&String| asked.iter().all(|(asked, _)| asked != *name);
        for known in ours.filter(is_off).filter_map(|name| shown(name)) {
            changes.push(Request::RemoveFeature {
                value_id: known.id.clone(),
            });
        }
        changes
    }
}
