//! Floors: a module may import from itself and from lower floors, and neighbors are blind to one another.
//!
//! The crate has floors, and so have the rooms of a folder that is too large for one look.

use std::collections::BTreeMap;

use crate::paths::{Named, from_the_crate, from_the_file};
use crate::source::{Source, is_identifier};

/// The floor of wiring, whose modules may see one another.
const WIRING: usize = 5;

/// Settings become types of the modules that use them, so this one may see its own floor; none there sees it.
const SETTINGS: &str = "config";

/// Modules of one folder by name, with the floor they live on.
#[derive(Default)]
pub struct Floors {
    /// The modules that lead to the folder; none for the crate itself.
    folder: Vec<&'static str>,
    by_name: BTreeMap<String, usize>,
}

impl Floors {
    /// Reads the table in the documentation of `src/lib.rs`: `//! | 0 | [`domain`] | … |`.
    pub fn read(lib: &str) -> Self {
        let mut floors = Self::of_folder(&[], lib);
        floors.by_name.insert("main".to_owned(), WIRING);
        floors
    }

    /// Reads the same table in the documentation of a folder's `mod.rs`.
    pub fn of_folder(folder: &[&'static str], face: &str) -> Self {
        let mut by_name = BTreeMap::new();
        for row in face.lines().filter_map(|line| line.strip_prefix("//! |")) {
            let mut cells = row.split('|').map(str::trim);
            let (Some(floor), Some(modules)) = (cells.next(), cells.next()) else {
                continue;
            };
            let Ok(floor) = floor.parse::<usize>() else {
                continue;
            };
            for module in modules.split_whitespace() {
                let name = module.trim_matches(|character| !is_identifier(character));
                by_name.insert(name.to_owned(), floor);
            }
        }
        Self {
            folder: folder.to_vec(),
            by_name,
        }
    }

    /// How many different floors there are.
    pub fn count(&self) -> usize {
        let mut floors: Vec<usize> = self.by_name.values().copied().collect();
        floors.sort_unstable();
        floors.dedup();
        floors.len()
    }

    /// Every import of `source` that does not point down.
    pub fn violations(&self, source: &Source) -> Vec<String> {
        let path = source.module_path();
        let Some(&[home, ..]) = path.strip_prefix(self.folder.as_slice()) else {
            return Vec::new();
        };
        let Some(&home_floor) = self.by_name.get(home) else {
            return vec![source.complain(
                1,
                &format!("module `{home}` has no floor: put it in a folder that has one, or in the table beside its siblings"),
            )];
        };
        let is_crate = self.folder.is_empty();
        targets(source, &self.folder)
            .into_iter()
            .filter_map(|(line, target)| {
                let floor = self.by_name.get(&target).copied()?;
                let sees_its_floor =
                    is_crate && (home == SETTINGS || home_floor == WIRING);
                let is_allowed = target == home
                    || floor < home_floor
                    || (floor == home_floor && sees_its_floor);
                (!is_allowed).then(|| {
                    source.complain(
                        line,
                        &format!(
                            "`{home}` (floor {home_floor}) must not see `{target}` (floor {floor}): \
                             move the shared thing down, or hand it in from above as an argument"
                        ),
                    )
                })
            })
            .collect()
    }
}

/// The modules of a folder that a file names.
fn targets(source: &Source, folder: &[&str]) -> Vec<(usize, String)> {
    let mut named = from_the_crate(source, &source.code);
    named.extend(from_the_file(source));
    let mut targets: Vec<(usize, String)> = named
        .into_iter()
        .filter(|named| {
            named
                .path
                .iter()
                .zip(folder)
                .all(|(one, other)| one == other)
        })
        .filter_map(|Named { line, path }| Some((line, path.into_iter().nth(folder.len())?)))
        .collect();
    targets.dedup();
    targets
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &str = "//! | floor | modules |\n//! | --- | --- |\n//! | 0 | [`domain`] | facts |\n//! | 1 | [`vault`] [`config`] |\n\
                         //! | 2 | [`store`] [`storefronts`] | edges |\n//! | 3 | [`pipeline`] [`accounts`] |\n//! | 4 | [`web`] |\n//! | 5 | [`cli`] [`app`] |\n";

    fn violations(path: &str, text: &str) -> usize {
        Floors::read(TABLE)
            .violations(&Source::new(path, text))
            .len()
    }

    #[test]
    fn down_is_allowed_and_up_is_not() {
        assert_eq!(
            violations("src/web/hooks.rs", "use crate::store::events;"),
            0
        );
        assert_eq!(
            violations("src/store/events.rs", "use crate::store::db::Db;"),
            0
        );
        assert_eq!(
            violations("src/store/events.rs", "use crate::web::hooks;"),
            1
        );
        assert_eq!(
            violations("src/domain/fold.rs", "fn a() { crate::vault::seal() }"),
            1
        );
    }

    #[test]
    fn neighbors_are_blind_to_one_another_but_for_the_wiring() {
        assert_eq!(
            violations("src/store/events.rs", "use crate::storefronts::Kind;"),
            1
        );
        assert_eq!(
            violations("src/pipeline/worker.rs", "use crate::accounts::role;"),
            1
        );
        assert_eq!(violations("src/cli.rs", "use crate::app;"), 0);
        assert_eq!(violations("src/main.rs", "use latchkey::cli;"), 0);
    }

    #[test]
    fn settings_see_their_floor_and_are_not_seen_by_it() {
        assert_eq!(
            violations("src/config/settings.rs", "use crate::vault::MasterKeys;"),
            0
        );
        assert_eq!(
            violations("src/vault/keyring.rs", "use crate::config::Settings;"),
            1
        );
    }

    #[test]
    fn groups_and_climbs_are_seen_through() {
        assert_eq!(
            violations(
                "src/domain/a.rs",
                "use crate::{domain::x, web::{y, z}, store};"
            ),
            2
        );
        assert_eq!(
            violations("src/domain/a.rs", "use super::super::web::y;"),
            1
        );
        assert_eq!(violations("src/domain/mod.rs", "use super::web;"), 1);
        assert_eq!(violations("src/domain/a.rs", "use super::web;"), 0);
    }

    #[test]
    fn rooms_of_a_folder_have_floors_of_their_own() {
        let face = "//! | 0 | [`clock`] | |\n//! | 1 | [`queue`] [`ingest`] | |\n//! | 2 | [`event`] | |\n";
        let floors = Floors::of_folder(&["pipeline"], face);
        for (path, text, expected) in [
            (
                "src/pipeline/event/open.rs",
                "use crate::pipeline::queue::claim;",
                0,
            ),
            (
                "src/pipeline/event/open.rs",
                "use crate::pipeline::event::state;",
                0,
            ),
            ("src/pipeline/event/open.rs", "use crate::store::events;", 0),
            (
                "src/pipeline/queue/claim.rs",
                "use crate::pipeline::event::state;",
                1,
            ),
            (
                "src/pipeline/queue/claim.rs",
                "use crate::pipeline::{event::state, ingest};",
                2,
            ),
            (
                "src/pipeline/queue/claim.rs",
                "use super::super::event::state;",
                1,
            ),
            (
                "src/pipeline/mod.rs",
                "use crate::pipeline::event::state;",
                0,
            ),
            ("src/pipeline/attic.rs", "", 1),
            ("src/web/hooks.rs", "use crate::pipeline::event::state;", 0),
        ] {
            let found = floors.violations(&Source::new(path, text)).len();

            assert_eq!(found, expected, "{path}: {text}");
        }
    }

    #[test]
    fn a_module_without_a_floor_is_named() {
        assert_eq!(violations("src/attic/mod.rs", ""), 1);
    }
}
