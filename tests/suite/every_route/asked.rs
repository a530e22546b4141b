//! One request of the table, with the names of one company in it, or one name of another's.

use std::collections::BTreeMap;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::Method;
use url::form_urlencoded;

use super::company::{Company, digits};
use super::table::OWN_WORDS;
use crate::world::{Answer, Browser, World};

/// What an address may not hold as it is.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.');

/// A route with what it brings, and blanks for names.
pub struct Template {
    method: String,
    /// Address, then what is brought, cut at the blanks.
    pieces: Vec<String>,
    /// What is asked for at each cut.
    pub blanks: Vec<Blank>,
}

/// A place for a name.
#[derive(Debug, Clone)]
pub struct Blank {
    /// What is named.
    pub name: String,
    /// What another company's name leads to.
    pub place: Place,
}

/// Where a name stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// In the address: another company's is not found.
    Address,
    /// What another thing is to belong to: another company's is refused.
    Reference,
    /// What is looked for: another company's finds nothing.
    Filter,
    /// One's own words, which are nobody's name.
    Words,
}

/// A request with every blank filled.
#[derive(Debug, Clone)]
pub struct Asked {
    method: Method,
    path: String,
    brought: String,
}

impl Template {
    /// Of a route such as `GET /activity/{event}` and what the table has beside it.
    pub fn new(route: &str, brought: &str) -> Self {
        let (method, path) = route.split_once(' ').expect("a method and an address");
        let mut template = Self {
            method: method.to_owned(),
            pieces: vec![String::new()],
            blanks: Vec::new(),
        };
        template.read(&plainly_named(path), Some(Place::Address));
        // What is brought begins with a piece of its own.
        template.push("\n");
        template.read(brought, None);
        template
    }

    fn read(&mut self, text: &str, place: Option<Place>) {
        let mut rest = text;
        while let Some(at) = rest.find('{') {
            let (before, after) = rest.split_at(at);
            self.push(before);
            let named = after.get(1..).and_then(|after| after.split_once('}'));
            let is_name = |name: &str| {
                name.bytes()
                    .all(|byte| matches!(byte, b'a'..=b'z' | b'_' | b'!'))
            };
            match named.filter(|(name, _)| !name.is_empty() && is_name(name)) {
                Some((name, after)) => {
                    let usual = if name.ends_with('!') {
                        Place::Reference
                    } else {
                        Place::Filter
                    };
                    let name = name.trim_end_matches('!');
                    let is_own = OWN_WORDS.contains(&name);
                    self.blanks.push(Blank {
                        name: name.to_owned(),
                        place: if is_own {
                            Place::Words
                        } else {
                            place.unwrap_or(usual)
                        },
                    });
                    self.pieces.push(String::new());
                    rest = after;
                }
                None => {
                    self.push("{");
                    rest = after.get(1..).unwrap_or_default();
                }
            }
        }
        self.push(rest);
    }

    fn push(&mut self, text: &str) {
        if let Some(piece) = self.pieces.last_mut() {
            piece.push_str(text);
        }
    }

    /// With these names, and at one blank another text.
    pub fn fill(
        &self,
        names: &BTreeMap<&'static str, String>,
        instead: Option<(usize, &str)>,
    ) -> Asked {
        let (mut text, mut pieces) = (String::new(), self.pieces.iter());
        text.push_str(pieces.next().map_or("", String::as_str));
        for (at, (blank, piece)) in self.blanks.iter().zip(pieces).enumerate() {
            let own = names.get(blank.name.as_str());
            let own = own.unwrap_or_else(|| panic!("no company has a {}", blank.name));
            let name = match instead {
                Some((place, other)) if place == at => other,
                _ => own,
            };
            let is_json = text
                .split_once('\n')
                .is_some_and(|(_, brought)| brought.starts_with('{'));
            match is_json {
                true => text.push_str(name),
                false => text.extend(utf8_percent_encode(name, ESCAPED)),
            }
            text.push_str(piece);
        }
        let (path, brought) = text.split_once('\n').expect("a line each");
        Asked {
            method: self.method.parse().expect("a method"),
            path: path.to_owned(),
            brought: brought.to_owned(),
        }
    }

    /// What another company would be asked for at this blank: each of its names, as one of the kind that is wanted.
    pub fn others(&self, at: usize, (own, other): (&Company, &Company)) -> Vec<String> {
        let blank = &self.blanks[at];
        let wanted = &own.names[blank.name.as_str()];
        let named = other.names.iter().filter(|(name, _)| {
            // Whoever knows the address of a hook may call it; what it needs besides is a signature.
            !(OWN_WORDS.contains(name) || blank.name == "hook" && **name == "hook")
        });
        let mut texts: Vec<String> = match (digits(wanted), wanted.split_once('_')) {
            (Some(_), Some((prefix, _))) => named
                .filter_map(|(_, text)| digits(text))
                .map(|digits| format!("{prefix}_{digits}"))
                .collect(),
            _ => named.map(|(_, text)| text.clone()).collect(),
        };
        texts.sort();
        texts.dedup();
        texts
    }
}

impl Asked {
    /// Everything in it that an answer may repeat.
    pub fn sent(&self) -> String {
        let text = format!("{} {} {}", self.method, self.path, self.brought);
        percent_encoding::percent_decode_str(&text)
            .decode_utf8_lossy()
            .into_owned()
    }

    /// Whether it only reads.
    pub fn is_reading(&self) -> bool {
        self.method == Method::GET
    }

    /// Sends it as this company's owner or token, and as nobody where nobody signs in.
    pub async fn send(&self, world: &World, company: &mut Company) -> Answer {
        if let Some(path) = self.path.strip_prefix("/api/v1") {
            let json = serde_json::from_str(&self.brought).ok();
            let query = if json.is_none() {
                self.brought.as_str()
            } else {
                ""
            };
            return company
                .vendor
                .send(
                    self.method.clone(),
                    &format!("{path}{query}"),
                    json.as_ref(),
                )
                .await;
        }
        if self.path.starts_with("/hooks") {
            let request = world.http.post(format!("{}{}", world.app.url, self.path));
            return Answer::to(request.body(self.brought.clone())).await;
        }
        if self.is_reading() {
            return company
                .browser
                .get(&format!("{}{}", self.path, self.brought))
                .await;
        }
        company.browser.get("/").await;
        let fields = self.fields();
        company.browser.post(&self.path, &borrowed(&fields)).await
    }

    /// Sends the form of a page with this token in it, or none.
    pub async fn send_form(&self, browser: &mut Browser, token: Option<&str>) -> Answer {
        let mut fields = self.fields();
        fields.extend(token.map(|token| ("csrf".to_owned(), token.to_owned())));
        browser
            .post_without_token(&self.path, &borrowed(&fields))
            .await
    }

    fn fields(&self) -> Vec<(String, String)> {
        form_urlencoded::parse(self.brought.as_bytes())
            .into_owned()
            .collect()
    }
}

fn borrowed(fields: &[(String, String)]) -> Vec<(&str, &str)> {
    fields
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect()
}

/// The API calls every id `id`, and hooks and tokens call theirs alike: what stands before tells them apart.
fn plainly_named(path: &str) -> String {
    [
        ("/events/{id}", "/events/{event}"),
        ("/problems/{id}", "/problems/{problem}"),
        ("/storefronts/{id}", "/storefronts/{store}"),
        ("/license-servers/{id}", "/license-servers/{account}"),
        ("/licenses/{id}", "/licenses/{license}"),
        ("/customers/{id}", "/customers/{customer}"),
        ("/jobs/{id}", "/jobs/{job}"),
        ("/orders/{id}", "/orders/{order}"),
        ("/hooks/{token}", "/hooks/{hook}"),
    ]
    .into_iter()
    .fold(path.to_owned(), |path, (called, plainly)| {
        path.replace(called, plainly)
    })
}
