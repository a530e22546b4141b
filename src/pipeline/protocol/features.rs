//! Features of a license by itself: what is set is listed, then what differs is added, changed or taken off.

use std::collections::BTreeMap;

use super::{Ask, Conversation, Finish, Heard, Proof, Turn, finish_done, out_of_turn};
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
    changes: Vec<Ask>,
    page: u32,
}

impl Conversation {
    pub(super) fn begin_features(&mut self) -> Turn {
        self.features = Features {
            page: 1,
            ..Features::default()
        };
        Turn::Ask(Ask::ListFeatureValues { page: 1 })
    }

    pub(super) fn hear_features(&mut self, heard: Heard) -> Turn {
        match (self.last.clone(), heard) {
            (Some(Ask::FindByKey), Heard::Found(None)) => Turn::Finish(Finish::Gone),
            (Some(Ask::FindByKey), Heard::Found(Some(_))) => self.begin_features(),
            (Some(Ask::ListFeatureValues { .. }), Heard::FeatureValues(page)) => {
                self.hear_values(page)
            }
            (Some(Ask::ListFeatures { .. }), Heard::Features(page)) => self.hear_names(page),
            (
                Some(
                    Ask::AddFeature { .. } | Ask::ChangeFeature { .. } | Ask::RemoveFeature { .. },
                ),
                Heard::Nothing,
            ) => self.next_change(),
            _ => out_of_turn(),
        }
    }

    /// One that is off already is as good as taken off; one that was added meanwhile is looked at once more.
    pub(super) fn hear_feature_failure(&mut self, failure: &Failure) -> Option<Turn> {
        match (&self.last, &failure.class) {
            (Some(Ask::RemoveFeature { .. }), FailureClass::NotFound) => Some(self.next_change()),
            (Some(Ask::AddFeature { .. }), FailureClass::Conflict) if !self.repeated => {
                self.repeated = true;
                Some(self.begin_features())
            }
            _ => None,
        }
    }

    fn hear_values(&mut self, page: Page<FeatureValue>) -> Turn {
        self.features.values.extend(page.items);
        if !page.is_last && self.features.page < PAGES {
            self.features.page += 1;
            let page = self.features.page;
            return Turn::Ask(Ask::ListFeatureValues { page });
        }
        self.features.page = 1;
        for value in &self.features.values {
            let (name, id) = (value.feature_name.clone(), value.feature_id.clone());
            self.features.ids.insert(name, id);
        }
        if self.missing().is_some() {
            return Turn::Ask(Ask::ListFeatures { page: 1 });
        }
        self.begin_changes()
    }

    fn hear_names(&mut self, page: Page<CatalogItem>) -> Turn {
        let named = page.items.into_iter().map(|item| (item.name, item.id));
        self.features.ids.extend(named);
        match self.missing() {
            Some(_) if !page.is_last && self.features.page < PAGES => {
                self.features.page += 1;
                let page = self.features.page;
                Turn::Ask(Ask::ListFeatures { page })
            }
            Some(name) => Turn::Finish(Finish::Failed(Failure {
                class: FailureClass::Rejected,
                text: format!("there is no feature called {name}"),
                after: None,
                may_have_applied: false,
            })),
            None => self.begin_changes(),
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

    fn begin_changes(&mut self) -> Turn {
        let changes = self.changes();
        if changes.is_empty() {
            return Turn::Finish(Finish::AlreadySo(Proof::default()));
        }
        self.features.changes = changes;
        self.next_change()
    }

    fn next_change(&mut self) -> Turn {
        match self.features.changes.pop() {
            Some(change) => Turn::Ask(change),
            None => finish_done(),
        }
    }

    /// What differs from what is shown; features that others set stay.
    fn changes(&self) -> Vec<Ask> {
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
                (Some(known), _) => changes.push(Ask::ChangeFeature {
                    value_id: known.id.clone(),
                    value,
                }),
                (None, Some(id)) => changes.push(Ask::AddFeature {
                    feature_id: id.clone(),
                    value,
                }),
                (None, None) => {}
            }
        }
        let ours = self.given.features.keys();
        let is_off = |name: &&String| asked.iter().all(|(asked, _)| asked != *name);
        for known in ours.filter(is_off).filter_map(|name| shown(name)) {
            changes.push(Ask::RemoveFeature {
                value_id: known.id.clone(),
            });
        }
        changes
    }
}
