//! The stylesheet, the script and the icons: compiled in, addressed by what they contain, so that they may be cached for ever.

use std::sync::LazyLock;

use actix_web::HttpResponse;
use actix_web::http::header::{CACHE_CONTROL, ContentType};
use actix_web::web::Path;
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

/// `GET /static/{name}`: never changes under its name, so it is asked for once.
pub async fn serve(name: Path<String>) -> HttpResponse {
    let found = ASSETS
        .iter()
        .find(|asset| asset.url.strip_prefix("/static/") == Some(name.as_str()));
    match found {
        Some(asset) => HttpResponse::Ok()
            .content_type(asset.content_type)
            .insert_header((CACHE_CONTROL, "public, max-age=31536000, immutable"))
            .body(asset.body),
        None => HttpResponse::NotFound()
            .content_type(ContentType::plaintext())
            .body("There is no such file."),
    }
}

/// Every asset.
#[cfg(test)]
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
