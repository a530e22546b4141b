//! The effects of an event, each written once in a transaction, however often it changes there.

use std::collections::BTreeSet;
use std::ops::Deref;

use crate::domain::id::EffectId;
use crate::store::effects::{self, Effect};
use crate::store::{Db, StoreError};

/// The effects of one event, in their order. What was added or put is on record only after [`EventEffects::save`].
#[derive(Debug, Clone, Default)]
pub struct EventEffects {
    effects: Vec<Effect>,
    /// Without a row yet.
    new: BTreeSet<EffectId>,
    /// Other than their rows.
    changed: BTreeSet<EffectId>,
    /// The least place of the next one.
    continued_at: i32,
}

impl EventEffects {
    /// Effects as their rows are.
    pub fn loaded(effects: Vec<Effect>) -> Self {
        Self {
            effects,
            ..Self::default()
        }
    }

    /// The same for an event with further effects, the last of them before this position.
    #[must_use]
    pub fn continued_at(mut self, place: i32) -> Self {
        self.continued_at = place;
        self
    }

    /// The place of the next effect.
    pub fn next_position(&self) -> i32 {
        let last = self.effects.iter().map(|effect| effect.position).max();
        let next = last.map_or(0, |last| last.saturating_add(1));
        next.max(self.continued_at)
    }

    /// Adds effects that are new.
    pub fn add(&mut self, effects: Vec<Effect>) {
        self.new.extend(effects.iter().map(|effect| effect.id));
        self.effects.extend(effects);
    }

    /// Replaces an effect by its new state; one of another event is written at once.
    pub fn update(&mut self, db: &mut Db, effect: Effect) -> Result<(), StoreError> {
        let Some(kept) = self.find_mut(effect.id) else {
            return effects::write(db, &effect);
        };
        let id = effect.id;
        *kept = effect;
        self.changed.insert(id);
        Ok(())
    }

    /// Replaces what an effect shall do that is not on its way.
    pub fn replan(&mut self, db: &mut Db, effect: Effect) -> Result<(), StoreError> {
        let is_changed = self.changed.remove(&effect.id);
        let is_new = self.new.contains(&effect.id);
        if let Some(kept) = self.find_mut(effect.id) {
            if is_changed {
                // Its row may still say that it was sent.
                effects::write(db, kept)?;
            }
            kept.clone_from(&effect);
        }
        match is_new {
            true => Ok(()),
            false => effects::plan_anew(db, &effect),
        }
    }

    /// Writes what is not on record yet.
    pub fn save(&mut self, db: &mut Db) -> Result<(), StoreError> {
        let (new, changed) = (
            std::mem::take(&mut self.new),
            std::mem::take(&mut self.changed),
        );
        for effect in &self.effects {
            if new.contains(&effect.id) {
                effects::create(db, effect)?;
            } else if changed.contains(&effect.id) {
                effects::write(db, effect)?;
            }
        }
        Ok(())
    }

    fn find_mut(&mut self, id: EffectId) -> Option<&mut Effect> {
        self.effects.iter_mut().find(|kept| kept.id == id)
    }
}

impl Deref for EventEffects {
    type Target = [Effect];

    fn deref(&self) -> &[Effect] {
        &self.effects
    }
}
