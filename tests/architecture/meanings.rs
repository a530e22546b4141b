//! Names of public types mean one thing, but for a few.

use std::collections::BTreeMap;

use crate::source::{Source, is_identifier, line_of};

/// So many names may have more than one definition.
const SHARED_AT_MOST: usize = 30;

const KINDS: [&str; 4] = ["pub struct ", "pub enum ", "pub trait ", "pub type "];

/// Every name with several definitions, when there are more such names than agreed.
pub fn too_many_shared_names(sources: &[Source]) -> Option<String> {
    let mut definitions: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for source in sources {
        for (name, line) in public_types(source) {
            let place = format!("{}:{line}", source.path);
            definitions.entry(name).or_default().push(place);
        }
    }
    definitions.retain(|_, places| places.len() > 1);
    let shared: Vec<String> = definitions
        .iter()
        .map(|(name, places)| format!("{name}: {}", places.join(", ")))
        .collect();
    (shared.len() > SHARED_AT_MOST).then(|| {
        format!(
            "{} names of public types have more than one definition, {SHARED_AT_MOST} are the end; \
             say in the newer name what tells it from the other:\n{}",
            shared.len(),
            shared.join("\n")
        )
    })
}

/// The types that a file makes public, with the lines of their definitions.
fn public_types(source: &Source) -> impl Iterator<Item = (String, usize)> {
    let code = source.shipped.as_str();
    KINDS.iter().flat_map(move |kind| {
        code.match_indices(kind).map(move |(offset, _)| {
            let name = code.get(offset + kind.len()..).unwrap_or_default();
            let name = name.chars().take_while(|one| is_identifier(*one)).collect();
            (name, line_of(code, offset))
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_counted_once_however_many_definitions_they_have() {
        let text: String = (0..SHARED_AT_MOST)
            .map(|number| format!("pub struct A{number};\n"))
            .collect();
        let one = Source::new("src/a.rs", &text);
        let two = Source::new("src/b.rs", &text);
        let other = Source::new("src/c.rs", "pub struct Row;\nstruct Private;");
        let again = Source::new("src/d.rs", "\npub enum Row {}\nenum Private {}");

        let mut sources = vec![one, two, other];
        assert_eq!(too_many_shared_names(&sources), None);
        sources.push(again);
        let found = too_many_shared_names(&sources);
        assert!(found.is_some_and(|found| found.contains("Row: src/c.rs:1, src/d.rs:2")));
    }
}
