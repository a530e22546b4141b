//! Setting ends: what a person set later stands, unless the shop takes time back.

use super::*;
use crate::domain::license::BesideEnd;

const SET: &str = "set Term(Some(2027-02-13T00:00:00Z))";

#[test]
fn an_end_is_set_after_reading_unless_it_was_read_a_moment_ago() {
    for (seconds_ago, answers, expected) in [
        (60, vec![shows(ending("2027-02-13"))], vec![SET, "done"]),
        (
            61,
            vec![shows(ending("2027-01-13")), shows(ending("2027-02-13"))],
            vec!["Read", SET, "done"],
        ),
    ] {
        let read_at = now().plus(SignedDuration::from_secs(-seconds_ago));
        let conversation = Conversation::new(
            until("2027-02-13"),
            given("2027-01-13"),
            Some(ending("2027-01-13").shown(read_at)),
            None,
            now(),
        );

        assert_eq!(transcript(conversation, answers), expected);
    }
}

#[test]
fn an_end_that_is_so_already_is_not_set() {
    assert_eq!(
        transcript(
            setting("2027-02-13", "2027-01-13"),
            vec![shows(ending("2027-02-13"))]
        ),
        ["Read", "already so, changed by hand"]
    );
}

#[test]
fn a_later_end_set_by_hand_stands_unless_the_shop_takes_time_back() {
    for (asked, given, shown, expected) in [
        // Later than given, earlier than theirs.
        (
            "2027-02-13",
            "2027-01-13",
            ending("2027-06-01"),
            "kept, changed by hand",
        ),
        (
            "2027-02-13",
            "2027-01-13",
            perpetual(),
            "kept, changed by hand",
        ),
        // Earlier than given: time is taken back.
        (
            "2027-02-13",
            "2027-03-13",
            ending("2027-06-01"),
            "a person must decide, changed by hand",
        ),
        (
            "2027-02-13",
            "2027-03-13",
            perpetual(),
            "a person must decide, changed by hand",
        ),
        // A hand set an earlier end than the shop now asks for: the later wins.
        ("2027-02-13", "2027-01-13", ending("2026-12-24"), SET),
        // Nobody's hand: the shop moves it back.
        ("2027-02-13", "2027-03-13", ending("2027-03-13"), SET),
    ] {
        assert_eq!(
            transcript(setting(asked, given), vec![shows(shown)]),
            ["Read", expected]
        );
    }
}

#[test]
fn a_hand_that_was_seen_a_moment_ago_is_met_by_reading_again() {
    let conversation = Conversation::new(
        until("2027-02-13"),
        given("2027-01-13"),
        Some(ending("2027-06-01").shown(now())),
        None,
        now(),
    );

    assert_eq!(
        transcript(conversation, vec![shows(ending("2027-06-01"))]),
        ["Read", "kept, changed by hand"]
    );
}

#[test]
fn a_license_of_which_no_end_was_given_has_met_no_hand() {
    let conversation = Conversation::new(until("2027-02-13"), Given::default(), None, None, now());

    assert_eq!(
        transcript(conversation, vec![shows(ending("2027-06-01"))]),
        ["Read", SET]
    );
}

#[test]
fn an_end_is_taken_away_whatever_a_hand_had_set() {
    let conversation = Conversation::new(
        Action::SetTerm {
            end: None,
            through: None,
            beside: BesideEnd::default(),
        },
        given("2027-01-13"),
        None,
        None,
        now(),
    );

    assert_eq!(
        transcript(
            conversation,
            vec![shows(ending("2027-06-01")), shows(perpetual())]
        ),
        ["Read", "set Term(None)", "done, changed by hand"]
    );
}

#[test]
fn a_lost_end_is_asked_for_again() {
    let conversation = || {
        Conversation::new(
            until("2027-02-13"),
            given("2027-01-13"),
            Some(ending("2027-01-13").shown(now())),
            lost(1),
            now(),
        )
    };

    assert_eq!(
        transcript(conversation(), vec![shows(ending("2027-02-13"))]),
        ["Read", "already so"]
    );
    assert_eq!(
        transcript(
            conversation(),
            vec![shows(ending("2027-01-13")), shows(ending("2027-02-13"))]
        ),
        ["Read", SET, "done"]
    );
    assert_eq!(
        transcript(conversation(), vec![fails(FailureClass::Transient)]),
        ["Read", "failed: transient, may have been applied"]
    );
}

#[test]
fn a_server_that_says_done_and_shows_another_end_is_asked_once_more() {
    let old = || shows(ending("2027-01-13"));
    let new = || shows(ending("2027-02-13"));
    for (answers, expected) in [
        (vec![old(), old(), new()], "done"),
        (
            vec![old(), old(), old()],
            "ends 13 February 2027, but ends 13 January 2027",
        ),
        (
            vec![old(), old(), shows(perpetual())],
            "ends 13 February 2027, but never ends",
        ),
    ] {
        assert_eq!(
            transcript(setting("2027-02-13", "2027-01-13"), answers),
            ["Read", SET, SET, expected]
        );
    }
}

#[test]
fn a_license_that_is_gone_is_looked_for_by_key_once() {
    let gone = || fails(FailureClass::NotFound);
    let found = RemoteLicense {
        id: "another".to_owned(),
        ..ending("2027-01-13")
    };

    assert_eq!(
        transcript(
            setting("2027-02-13", "2027-01-13"),
            vec![gone(), Ok(Response::Found(None))]
        ),
        ["Read", "FindByKey", "gone"]
    );
    assert_eq!(
        transcript(
            setting("2027-02-13", "2027-01-13"),
            vec![
                gone(),
                Ok(Response::Found(Some(found))),
                shows(ending("2027-02-13"))
            ]
        ),
        ["Read", "FindByKey", SET, "done"]
    );
}

#[test]
fn a_license_found_under_another_id_is_asked_for_by_that() {
    let mut conversation = setting("2027-02-13", "2027-01-13");
    conversation.start();
    conversation.on_response(now(), fails(FailureClass::NotFound));
    assert_eq!(conversation.found_id(), None);

    let found = RemoteLicense {
        id: "another".to_owned(),
        ..ending("2027-01-13")
    };
    conversation.on_response(now(), Ok(Response::Found(Some(found))));

    assert_eq!(conversation.found_id(), Some("another"));
}

fn until(day: &str) -> Action {
    Action::SetTerm {
        end: Some(at(&format!("{day}T00:00:00Z"))),
        through: None,
        beside: BesideEnd::default(),
    }
}

fn given(end: &str) -> Given {
    Given {
        end: Some(at(&format!("{end}T00:00:00Z"))),
        ..Given::default()
    }
}

/// An end to be set on a license that was given another and not read lately.
fn setting(asked: &str, end_given: &str) -> Conversation {
    Conversation::new(until(asked), given(end_given), None, None, now())
}
