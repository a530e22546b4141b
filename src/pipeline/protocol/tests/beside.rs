//! Setting an end with what goes beside it: no license shows that, so it is sent even where the end is so already.

use super::*;
use crate::domain::license::BesideEnd;

const SET: &str = "set TermBeside { end: Some(2027-02-13T00:00:00Z), beside: BesideEnd { is_trial: Some(false), grace_hours: Some(48) } }";

fn full() -> Conversation {
    let action = Action::SetTerm {
        end: Some(at("2027-02-13T00:00:00Z")),
        through: None,
        beside: BesideEnd {
            is_trial: Some(false),
            grace_hours: Some(48),
        },
    };
    let given = Given {
        end: Some(at("2027-01-13T00:00:00Z")),
        ..Given::default()
    };
    Conversation::new(action, given, None, None, now())
}

#[test]
fn what_goes_beside_an_end_is_sent_with_it() {
    for (read, set, last) in [
        ("2027-01-13", "2027-02-13", "done"),
        ("2027-02-13", "2027-02-13", "done, changed by hand"),
    ] {
        let answers = vec![shows(ending(read)), shows(ending(set))];

        assert_eq!(transcript(full(), answers), ["Read", SET, last], "{read}");
    }
}

#[test]
fn a_later_end_set_by_hand_stands_with_all_that_goes_beside_it() {
    let answers = vec![shows(ending("2027-06-01"))];

    assert_eq!(
        transcript(full(), answers),
        ["Read", "kept, changed by hand"]
    );
}
