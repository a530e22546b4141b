//! Paths and the patterns that they are held against.

/// The ids that a path has where the pattern has `{}`; `None` where it is another path.
pub fn ids<'a>(pattern: &str, path: &'a str) -> Option<Vec<&'a str>> {
    let mut parts = path.split('/');
    let mut ids = Vec::new();
    for expected in pattern.split('/') {
        match (expected, parts.next()?) {
            ("{}", "") => return None,
            ("{}", id) => ids.push(id),
            (expected, part) if expected == part => {}
            _ => return None,
        }
    }
    parts.next().is_none().then_some(ids)
}
