//! The stylesheet, the script and the icons: compiled in, addressed by what they contain, so that they may be cached for ever.

use std::sync::LazyLock;

use sha2::{Digest, Sha256};

/// A file that every page may name.
pub struct Asset {
    /// The name it is asked for by, `app.css`.
    pub name: &'static str,
    /// Where it is served: `/static/app-0a1b2c3d4e5f.css`.
    pub url: String,
    /// Its media type.
    pub content_type: &'static str,
    /// Its content.
    pub body: &'static str,
}

static ASSETS: LazyLock<[Asset; 4]> = LazyLock::new(|| {
    [
        asset(
            "app.css",
            "text/css; charset=utf-8",
            include_str!("../../static/app.css"),
        ),
        asset(
            "app.js",
            "text/javascript; charset=utf-8",
            include_str!("../../static/app.js"),
        ),
        asset(
            "icons.svg",
            "image/svg+xml",
            include_str!("../../static/icons.svg"),
        ),
        asset(
            "favicon.svg",
            "image/svg+xml",
            include_str!("../../static/favicon.svg"),
        ),
    ]
});

/// Every asset.
pub fn list() -> &'static [Asset] {
    &*ASSETS
}

/// The address of an asset; a name that does not exist leads to a plain 404.
pub fn url(name: &str) -> &'static str {
    ASSETS
        .iter()
        .find(|asset| asset.name == name)
        .map_or("/static/missing", |asset| asset.url.as_str())
}

fn asset(name: &'static str, content_type: &'static str, body: &'static str) -> Asset {
    let hash = hex::encode(Sha256::digest(body.as_bytes()));
    let (stem, extension) = name.split_once('.').unwrap_or((name, ""));
    let short = hash.get(..12).unwrap_or(&hash);
    Asset {
        name,
        url: format!("/static/{stem}-{short}.{extension}"),
        content_type,
        body,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_changes_with_the_content() {
        let one = asset("app.css", "text/css", "a{}");
        let other = asset("app.css", "text/css", "b{}");

        assert_ne!(one.url, other.url);
        assert!(one.url.starts_with("/static/app-") && one.url.ends_with(".css"));
    }
}
