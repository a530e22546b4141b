//! The head of a message's page: what it is, what came of it and whose move it is, what may be done.

use askama::Template;
use askama::filters::HtmlSafe;

use crate::pipeline::planning::approvals::awaits_approval;
use crate::store::StoreError;
use crate::store::events::Event;
use crate::web::names::Names;
use crate::web::pages::event_found::{EventSubject, FoundEvent};
use crate::web::pages::event_outcome::outcome;
use crate::web::pages::event_ways::ways;
use crate::web::partials::{Headline, Way};
use crate::web::{asked, event_words};

/// The head, as it refreshes itself while the message is not settled.
#[derive(Debug, Clone, Template)]
#[template(path = "activity/event_head.html")]
pub struct Head {
    /// What happened, to whom, how much.
    pub title: String,
    /// What came of it, and whose move it is.
    pub outcome: Headline,
    /// The license, order and subscription it is about.
    pub subjects: Vec<EventSubject>,
    /// Whether it is a test order.
    pub is_test: bool,
    /// Run again, set aside: what may be done about it now.
    pub ways: Vec<Way>,
}

impl HtmlSafe for Head {}

/// The head of a message as it stands.
pub fn head(found: &FoundEvent, csrf: &str) -> Result<Head, StoreError> {
    let event = &found.story.event;
    Ok(Head {
        title: title(event, &found.names),
        outcome: headline(event, found)?,
        subjects: found.subjects.clone(),
        is_test: !event.live,
        ways: ways(found, &format!("/activity/{}", event.id), csrf),
    })
}

/// The first line of the page: what is asked, else what came of it.
fn headline(event: &Event, found: &FoundEvent) -> Result<Headline, StoreError> {
    let effects = &found.story.effects;
    if let Some((server, since)) = found
        .refusing
        .as_ref()
        .and_then(|server| Some((server, server.held_since?)))
    {
        return Ok(Headline::new(
            event_words::state(event).tone,
            "Waiting for a new token.",
            format!(
                "{} refuses your access token since {}. {}Nothing is lost; paste a new token and it goes on by itself.",
                server.kind.name(),
                event_words::clock(since),
                event_words::tried_again(server.next_probe_at)
            ),
        ));
    }
    if !awaits_approval(event) {
        return outcome(event, effects, found.service());
    }
    let question = asked::question(event, effects, &found.names);
    Ok(Headline::new(
        event_words::state(event).tone,
        format!("Needs you: {question}"),
        event
            .reason_code
            .map(|code| asked::explanation(code, effects))
            .unwrap_or_default(),
    ))
}

fn title(event: &Event, names: &Names) -> String {
    let title = event_words::title(event);
    match event_words::subject(event, names)
        .replace(" · ", ", ")
        .as_str()
    {
        "" => title,
        subject => format!("{title}: {subject}"),
    }
}
