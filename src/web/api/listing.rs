//! Lists: `?limit=` and `?cursor=` beside the filters, one page at a time.

use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::domain::search_text;
use crate::domain::time::Timestamp;
use crate::web::api::fields;
use crate::web::auth::admitted;
use crate::web::error::Problem;

const DEFAULT_LIMIT: usize = 50;
const LARGEST_LIMIT: usize = 200;

/// What is asked of a list: filters, and which page.
#[derive(Debug)]
pub struct Listing<F> {
    /// The filters.
    pub filter: F,
    /// How many items at most.
    pub limit: usize,
    /// Where the page begins; `None` = at the beginning.
    pub after: Option<Cursor>,
}

/// A list without filters.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NoFilter {}

/// One page of a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct Page<T> {
    /// The items.
    items: Vec<T>,
    /// Where the next page begins; `null` when this is the last one.
    next_cursor: Option<String>,
}

/// Which page of a list.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "read by the API document only")]
pub struct PageParameters {
    /// How many items at most, 1 to 200.
    #[param(default = 50, minimum = 1, maximum = 200)]
    limit: Option<u32>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// The last item of the page before. Programs hand it back as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor(String);

impl Cursor {
    /// The item of that text, for lists in the order of a text.
    pub fn of_text(text: impl ToString) -> Self {
        Self(text.to_string())
    }

    /// The item of that time and id, for lists in the order of time.
    pub fn of_time(time: Timestamp, id: Uuid) -> Self {
        Self(format!("{} {}", time.as_microsecond(), id.simple()))
    }

    /// The text of the item.
    pub fn as_text(&self) -> &str {
        &self.0
    }

    /// Time and id of the item.
    pub fn as_time(&self) -> Result<(Timestamp, Uuid), Problem> {
        let parsed = self.0.split_once(' ').and_then(|(time, id)| {
            let time = time.parse().ok().map(Timestamp::from_microsecond)?;
            Some((time, Uuid::try_parse(id).ok()?))
        });
        parsed.ok_or_else(bad_cursor)
    }

    fn encoded(&self) -> String {
        URL_SAFE_NO_PAD.encode(&self.0)
    }

    fn decoded(text: &str) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        let text = String::from_utf8(bytes).ok()?;
        search_text::check(&text).is_ok().then_some(Self(text))
    }
}

impl<T, E> Page<Result<T, E>> {
    fn transposed(self) -> Result<Page<T>, E> {
        Ok(Page {
            items: self.items.into_iter().collect::<Result<_, E>>()?,
            next_cursor: self.next_cursor,
        })
    }
}

impl<F> Listing<F> {
    /// One more than asked for, which tells whether there is a next page.
    pub fn fetch(&self) -> i64 {
        i64::try_from(self.limit + 1).unwrap_or(i64::MAX)
    }

    /// The page that was asked for, of rows fetched by [`Listing::fetch`].
    pub fn page<R, T>(
        &self,
        mut rows: Vec<R>,
        cursor: impl Fn(&R) -> Cursor,
        view: impl Fn(R) -> T,
    ) -> Page<T> {
        let has_more = rows.len() > self.limit;
        rows.truncate(self.limit);
        let next_cursor = rows
            .last()
            .filter(|_| has_more)
            .map(|row| cursor(row).encoded());
        Page {
            items: rows.into_iter().map(view).collect(),
            next_cursor,
        }
    }

    /// The same, of rows that may turn out unreadable.
    pub fn try_page<R, T, E>(
        &self,
        rows: Vec<R>,
        cursor: impl Fn(&R) -> Cursor,
        view: impl Fn(R) -> Result<T, E>,
    ) -> Result<Page<T>, E> {
        self.page(rows, cursor, view).transposed()
    }

    /// The page of a short list whose rows may turn out unreadable.
    pub fn try_page_of_all<R, T, E>(
        &self,
        rows: Vec<R>,
        cursor: impl Fn(&R) -> Cursor,
        view: impl Fn(R) -> Result<T, E>,
    ) -> Result<Page<T>, E> {
        self.page_of_all(rows, cursor, view).transposed()
    }

    /// Where the page begins, in lists in the order of time.
    pub fn after_time<C>(
        &self,
        cursor: impl Fn(Timestamp, Uuid) -> C,
    ) -> Result<Option<C>, Problem> {
        let Some(after) = &self.after else {
            return Ok(None);
        };
        let (time, id) = after.as_time()?;
        Ok(Some(cursor(time, id)))
    }

    /// Where the page begins, in lists in the order of a number.
    pub fn after_number(&self) -> Result<Option<i64>, Problem> {
        let number = |cursor: &Cursor| cursor.as_text().parse().map_err(|_other| bad_cursor());
        self.after.as_ref().map(number).transpose()
    }

    /// The page that was asked for, of a short list that is there as a whole, in the order of its cursors' texts.
    pub fn page_of_all<R, T>(
        &self,
        rows: Vec<R>,
        cursor: impl Fn(&R) -> Cursor,
        view: impl Fn(R) -> T,
    ) -> Page<T> {
        let is_later = |row: &R| {
            self.after
                .as_ref()
                .is_none_or(|after| cursor(row).as_text() > after.as_text())
        };
        let later = rows
            .into_iter()
            .filter(|row| is_later(row))
            .take(self.limit + 1)
            .collect();
        self.page(later, &cursor, view)
    }
}

impl<F: DeserializeOwned + 'static> FromRequest for Listing<F> {
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Problem>>>>;

    fn from_request(http: &HttpRequest, _payload: &mut Payload) -> Self::Future {
        let (admitted, listing) = (admitted(http), read(http.query_string()));
        Box::pin(async move {
            admitted.await?;
            listing
        })
    }
}

fn read<F: DeserializeOwned>(query: &str) -> Result<Listing<F>, Problem> {
    let mut filter = Map::new();
    let mut limit = DEFAULT_LIMIT;
    let mut after = None;
    for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
        match &*name {
            "limit" => limit = parse_limit(&value)?,
            "cursor" if value.is_empty() => {}
            "cursor" => after = Some(Cursor::decoded(&value).ok_or_else(bad_cursor)?),
            // An emptied field of a form is no filter.
            _ if value.trim().is_empty() => {}
            _ => {
                filter.insert(name.into_owned(), Json::String(value.into_owned()));
            }
        }
    }
    Ok(Listing {
        filter: fields::read(filter).map_err(Problem::invalid_fields)?,
        limit,
        after,
    })
}

fn parse_limit(text: &str) -> Result<usize, Problem> {
    text.parse()
        .ok()
        .filter(|limit| (1..=LARGEST_LIMIT).contains(limit))
        .ok_or_else(|| {
            let sentence = format!("write a whole number from 1 to {LARGEST_LIMIT}");
            Problem::invalid("limit", sentence)
        })
}

fn bad_cursor() -> Problem {
    Problem::invalid(
        "cursor",
        "hand back next_cursor of the page before as it is, or leave it out to begin anew",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listing(query: &str) -> Result<Listing<NoFilter>, Problem> {
        read(query)
    }

    fn pages(limit: usize) -> Vec<Vec<u8>> {
        let mut pages = Vec::new();
        let mut cursor = String::new();
        loop {
            let listing = listing(&format!("limit={limit}&cursor={cursor}")).unwrap();
            let page = listing.page_of_all(
                vec![1, 2, 3, 4, 5_u8],
                |number| Cursor::of_text(number),
                |number| number,
            );
            pages.push(page.items);
            match page.next_cursor {
                Some(next) => cursor = next,
                None => return pages,
            }
        }
    }

    #[test]
    fn every_item_is_on_one_page() {
        assert_eq!(pages(2), [vec![1, 2], vec![3, 4], vec![5]]);
        assert_eq!(pages(5), [vec![1, 2, 3, 4, 5]]);
    }

    #[test]
    fn what_cannot_be_read_is_named() {
        for (query, field) in [
            ("limit=0", "limit"),
            ("limit=201", "limit"),
            ("limit=many", "limit"),
            ("cursor=%21", "cursor"),
            ("stat=parked", "stat"),
        ] {
            let problem = listing(query).unwrap_err();

            assert!(problem.errors.contains_key(field), "{query}: {problem}");
        }
    }

    #[test]
    fn a_cursor_of_another_list_is_refused() {
        let other = Cursor::of_text("studio-pro");

        assert!(other.as_time().is_err());
    }

    #[test]
    fn a_cursor_of_time_survives_its_text_form() {
        let time = Timestamp::from_microsecond(-5);
        let cursor = Cursor::of_time(time, Uuid::max());

        let back = Cursor::decoded(&cursor.encoded()).unwrap();

        assert_eq!(back.as_time().unwrap(), (time, Uuid::max()));
    }
}
