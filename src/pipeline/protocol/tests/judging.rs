//! What a new license shows beside what was ordered.

use super::*;
use crate::domain::action::Term;
use crate::domain::license::{Cause, Seats};

#[test]
fn a_license_of_another_product_is_not_what_was_ordered() {
    let issue = Issue {
        license_product_id: "another".to_owned(),
        ..ordered()
    };

    assert_eq!(made(issue), "product another, but product product");
}

#[test]
fn an_end_may_differ_by_a_fraction_and_no_more() {
    for (end, expected) in [
        ("2027-01-13T00:00:00.5Z", "done"),
        (
            "2027-02-13T00:00:00Z",
            "ends 13 February 2027, but ends 13 January 2027",
        ),
    ] {
        let issue = Issue {
            term: Term::Until {
                end: at(end),
                period: None,
            },
            ..ordered()
        };

        assert_eq!(made(issue), expected);
    }
}

#[test]
fn seats_are_those_that_were_ordered() {
    for (seats, expected) in [
        (Seats::Activations(1), "done"),
        (Seats::Activations(6), "6 seats, but 1 seats"),
        (Seats::FloatingClients(6), "6 seats, but no number of seats"),
    ] {
        let issue = Issue {
            seats: Some(seats),
            ..ordered()
        };

        assert_eq!(made(issue), expected);
    }
}

#[test]
fn a_license_that_is_to_be_born_suspended_is() {
    let issue = Issue {
        suspended_for: vec![Cause::Refund],
        ..ordered()
    };

    assert_eq!(made(issue), "suspended, but not suspended");
}

/// How an issue ends that is answered by an ordinary license.
fn made(issue: Issue) -> String {
    let action = Action::Issue(Box::new(issue));
    let conversation = Conversation::new(action, Given::default(), None, None, now());

    transcript(conversation, vec![shows(ending("2027-01-13"))]).swap_remove(1)
}
