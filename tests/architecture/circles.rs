//! Circles: of two files only one may import the other, by whatever way; a folder's face and its own parts may see each
//! other.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::paths::{Named, from_the_crate, from_the_file};
use crate::source::Source;

/// A circle for every file that is in one, each file named once.
pub fn circles(sources: &[Source]) -> Vec<String> {
    let tree = Tree::of(sources);
    let imports: BTreeMap<usize, Vec<Import>> = (0..sources.len())
        .map(|file| (file, tree.imports(file)))
        .collect();
    let mut known = BTreeSet::new();
    let mut circles = Vec::new();
    for file in imports.keys() {
        if known.contains(file) {
            continue;
        }
        let circle = shortest_way_back(*file, &imports);
        known.extend(circle.iter().map(|import| import.from));
        if !circle.is_empty() {
            circles.push(tree.describe(&circle));
        }
    }
    circles
}

/// That a file names something of another one; files by their place among the sources.
#[derive(Clone)]
struct Import {
    from: usize,
    to: usize,
    line: usize,
    path: String,
}

/// The files by the modules that they are.
struct Tree<'a> {
    sources: &'a [Source],
    files: BTreeMap<Vec<String>, usize>,
    /// What faces hand on, by face and name, and the path where it is.
    handed_on: BTreeMap<(usize, String), Vec<String>>,
}

impl<'a> Tree<'a> {
    fn of(sources: &'a [Source]) -> Self {
        let path_of = |source: &Source| -> Vec<String> {
            source
                .module_path()
                .into_iter()
                .map(str::to_owned)
                .collect()
        };
        let files = sources
            .iter()
            .enumerate()
            .map(|(file, source)| (path_of(source), file))
            .collect();
        let mut tree = Self {
            sources,
            files,
            handed_on: BTreeMap::new(),
        };
        for (file, source) in sources.iter().enumerate() {
            for path in handed_on(source) {
                if let Some(name) = path.last() {
                    tree.handed_on.insert((file, name.clone()), path.clone());
                }
            }
        }
        tree
    }

    /// What a file names of others, tests and its own folder's face and parts aside.
    fn imports(&self, file: usize) -> Vec<Import> {
        let Some(source) = self.sources.get(file) else {
            return Vec::new();
        };
        let mut named = from_the_crate(source, &source.shipped);
        named.extend(from_the_file(source));
        let home = source.module_path();
        named
            .into_iter()
            .filter_map(|Named { line, path }| {
                let to = self.file_of(&path)?;
                let other = self.sources.get(to)?.module_path();
                let is_its_folder = other.starts_with(&home) || home.starts_with(&other);
                (!is_its_folder).then(|| Import {
                    from: file,
                    to,
                    line,
                    path: path.join("::"),
                })
            })
            .collect()
    }

    /// The file that holds what the path names, whichever face hands it on.
    fn file_of(&self, path: &[String]) -> Option<usize> {
        let (depth, file) = (0..=path.len())
            .rev()
            .find_map(|depth| Some((depth, *self.files.get(path.get(..depth)?)?)))?;
        let part = path
            .get(depth)
            .and_then(|name| self.handed_on.get(&(file, name.clone())));
        match part {
            Some(part) if part.as_slice() != path => self.file_of(part),
            _ => Some(file),
        }
    }

    fn describe(&self, circle: &[Import]) -> String {
        let path = |file: usize| {
            let source = self.sources.get(file);
            source.map_or("", |source| source.path.as_str())
        };
        let imports: Vec<String> = circle
            .iter()
            .map(|import| {
                let (from, to) = (path(import.from), path(import.to));
                format!("  {from}:{}: takes `{}` of {to}", import.line, import.path)
            })
            .collect();
        format!(
            "a circle of {} files; move what two of them need to where it belongs, below both:\n{}",
            circle.len(),
            imports.join("\n")
        )
    }
}

/// What a file hands on by `pub use`, by its path; its own parts are named bare.
fn handed_on(source: &Source) -> Vec<Vec<String>> {
    let uses = source.shipped.split("pub use ").skip(1);
    let uses: Vec<String> = uses
        .filter_map(|rest| rest.split_once(';'))
        .map(|(path, _)| format!("self::{path};"))
        .collect();
    let bare = Source::new(&source.path, &uses.join("\n"));
    let named = from_the_file(&bare).into_iter();
    named.map(|named| named.path).collect()
}

/// The fewest imports that lead from a file back to itself; empty where none do.
fn shortest_way_back(start: usize, imports: &BTreeMap<usize, Vec<Import>>) -> Vec<Import> {
    let mut reached: BTreeMap<usize, Import> = BTreeMap::new();
    let mut line = VecDeque::from([start]);
    while let Some(file) = line.pop_front() {
        for import in imports.get(&file).into_iter().flatten() {
            if reached.contains_key(&import.to) {
                continue;
            }
            reached.insert(import.to, import.clone());
            line.push_back(import.to);
        }
    }
    let mut way = Vec::new();
    let mut end = start;
    while let Some(import) = reached.get(&end) {
        way.push(import.clone());
        end = import.from;
        if end == start {
            break;
        }
    }
    way.reverse();
    way
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(files: &[(&str, &str)]) -> Vec<String> {
        let sources: Vec<Source> = files
            .iter()
            .map(|(path, text)| Source::new(path, text))
            .collect();
        circles(&sources)
    }

    #[test]
    fn a_circle_is_named_with_the_imports_that_close_it() {
        let found = found(&[
            ("src/web/a.rs", "use crate::web::b::B;"),
            ("src/web/b.rs", "\nuse crate::web::{c::C, d};"),
            ("src/web/c.rs", "use super::a;"),
            ("src/web/d.rs", ""),
        ]);

        assert_eq!(
            found,
            [
                "a circle of 3 files; move what two of them need to where it belongs, below both:\n  \
             src/web/a.rs:1: takes `web::b::B` of src/web/b.rs\n  \
             src/web/b.rs:2: takes `web::c::C` of src/web/c.rs\n  \
             src/web/c.rs:1: takes `web::a` of src/web/a.rs"
            ]
        );
    }

    #[test]
    fn a_face_and_its_parts_may_see_each_other() {
        let face = ("src/web/mod.rs", "mod a;\nmod b;\npub use a::A;");
        let below = ("src/web/b.rs", "use crate::web::A;");

        assert!(found(&[face, ("src/web/a.rs", "use crate::web::x;"), below]).is_empty());
        let found = found(&[face, ("src/web/a.rs", "use crate::web::b::x;"), below]);
        assert_eq!(found.len(), 1, "what a face hands on is its part's");
    }

    #[test]
    fn tests_do_not_count() {
        let back = "#[cfg(test)]\nmod tests { use crate::web::b; }";
        let below = "use crate::web::a;";

        assert!(found(&[("src/web/a.rs", back), ("src/web/b.rs", below)]).is_empty());
    }
}
