//! Standing, seats and deletion.

use std::collections::BTreeSet;

use super::*;
use crate::domain::license::{Cause, Seats};

#[test]
fn one_call_suspends_lifts_and_revokes() {
    let suspended = || RemoteLicense {
        is_suspended: true,
        ..ending("2027-01-13")
    };
    let revoked = || RemoteLicense {
        is_revoked: true,
        ..ending("2027-01-13")
    };
    for (action, given, answer, expected) in [
        (
            suspend(Cause::Overdue),
            causes([]),
            suspended(),
            "set Suspended(true)",
        ),
        (
            reinstate([Cause::Overdue]),
            causes([Cause::Overdue]),
            ending("2027-01-13"),
            "set Suspended(false)",
        ),
        (revoke(), causes([]), revoked(), "set Revoked(true)"),
    ] {
        let conversation = Conversation::new(action, given, None, None, now());

        assert_eq!(
            transcript(conversation, vec![shows(answer)]),
            [expected, "done"]
        );
    }
}

#[test]
fn a_setting_that_is_not_shown_is_read_back() {
    let suspended = || RemoteLicense {
        is_suspended: true,
        ..ending("2027-01-13")
    };
    let told = || Ok(Response::Nothing);
    let set = "set Suspended(true)";
    for (answers, expected) in [
        (vec![told(), shows(suspended())], vec![set, "Read", "done"]),
        // It says that it is done, and is not.
        (
            vec![
                told(),
                shows(ending("2027-01-13")),
                told(),
                shows(suspended()),
            ],
            vec![set, "Read", set, "Read", "done"],
        ),
        (
            vec![told(), fails(FailureClass::Transient)],
            vec![set, "Read", "failed: transient, may have been applied"],
        ),
    ] {
        let action = suspend(Cause::Overdue);
        let conversation = Conversation::new(action, causes([]), None, None, now());

        assert_eq!(transcript(conversation, answers), expected);
    }
}

#[test]
fn what_is_merely_written_is_one_call() {
    for (action, expected) in [
        (
            Action::SetMaintenance {
                end: Some(at("2027-01-13T00:00:00Z")),
                through: None,
                newest_version: None,
            },
            "set MaintenanceEnd(2027-01-13T00:00:00Z)",
        ),
        (
            Action::SetEntitlements {
                entitlement_set_id: Some("set".to_owned()),
                features: Vec::new(),
            },
            "set EntitlementSet(\"set\")",
        ),
        (
            Action::Annotate {
                metadata: Vec::new(),
                plan: None,
                holder: None,
            },
            "set Several([Metadata([])])",
        ),
    ] {
        let conversation = Conversation::new(action, Given::default(), None, None, now());
        let written = RemoteLicense {
            maintenance_ends_at: Some(at("2027-01-13T00:00:00Z")),
            ..ending("2027-01-13")
        };

        assert_eq!(
            transcript(conversation, vec![shows(written)]),
            [expected, "done"]
        );
    }
}

#[test]
fn updates_that_a_person_gave_for_longer_are_kept() {
    let updates_until = |day: &str| RemoteLicense {
        maintenance_ends_at: Some(at(&format!("{day}T00:00:00Z"))),
        ..ending("2027-01-13")
    };
    let given = Given {
        made: Some(Box::new(updates_until("2027-01-13").shown(now()))),
        ..Given::default()
    };
    let set = "set MaintenanceEnd(2027-02-13T00:00:00Z)";
    for (theirs, expected) in [
        ("2027-01-13", vec![set, "done"]),
        ("2027-02-13", vec!["already so, changed by hand"]),
        ("2027-06-30", vec!["kept, changed by hand"]),
        ("2026-12-24", vec![set, "done, changed by hand"]),
    ] {
        let action = Action::SetMaintenance {
            end: Some(at("2027-02-13T00:00:00Z")),
            through: Some(at("2027-02-13T00:00:00Z")),
            newest_version: None,
        };
        let conversation = Conversation::new(action, given.clone(), None, None, now());
        let answers = [theirs, "2027-02-13"].map(|day| shows(updates_until(day)));

        let asked = transcript(
            conversation,
            answers.into_iter().take(expected.len()).collect(),
        );

        assert_eq!(asked[0], "Read");
        assert_eq!(asked[1..], expected, "{theirs}");
    }
}

#[test]
fn seats_that_a_person_set_give_way_to_the_shops_and_are_shown() {
    let seats = |seats| RemoteLicense {
        allowed_activations: Some(seats),
        ..ending("2027-01-13")
    };
    let given = Given {
        seats: Some(Seats::Activations(2)),
        ..Given::default()
    };
    for (theirs, expected) in [(2, "done"), (9, "done, changed by hand")] {
        let action = Action::SetSeats {
            seats: Seats::Activations(5),
        };
        let conversation = Conversation::new(action, given.clone(), None, None, now());

        assert_eq!(
            transcript(conversation, vec![shows(seats(theirs)), shows(seats(5))]),
            ["Read", "set Seats(Activations(5))", expected]
        );
    }
}

#[test]
fn a_suspension_by_hand_is_kept_when_ours_is_lifted() {
    let given = causes([Cause::Overdue, Cause::ByHand]);
    let conversation = Conversation::new(reinstate([Cause::Overdue]), given, None, None, now());

    assert_eq!(transcript(conversation, vec![]), ["kept"]);
}

#[test]
fn what_ends_a_license_makes_sure_that_it_is_suspended() {
    for cause in [Cause::Refund, Cause::Chargeback, Cause::Ended] {
        let given = causes([Cause::Overdue]);
        let conversation = Conversation::new(suspend(cause), given, None, None, now());

        assert_eq!(transcript(conversation, vec![]), ["set Suspended(true)"]);
    }
}

#[test]
fn a_cause_more_or_less_needs_no_call_while_another_holds() {
    for (action, given) in [
        (suspend(Cause::Pause), causes([Cause::Overdue])),
        (
            reinstate([Cause::Overdue]),
            causes([Cause::Overdue, Cause::Refund]),
        ),
    ] {
        let conversation = Conversation::new(action, given, None, None, now());

        assert_eq!(transcript(conversation, vec![]), ["done"]);
    }
}

#[test]
fn a_new_cause_suspends_again_what_a_hand_had_lifted() {
    let shown = ending("2027-01-13").shown(now());
    let given = causes([Cause::Overdue]);
    let conversation = Conversation::new(suspend(Cause::Refund), given, Some(shown), None, now());

    assert_eq!(transcript(conversation, vec![]), ["set Suspended(true)"]);
}

#[test]
fn a_suspension_by_hand_is_no_reason_not_to_suspend() {
    let given = causes([Cause::ByHand]);
    let conversation = Conversation::new(suspend(Cause::Refund), given, None, None, now());

    assert_eq!(transcript(conversation, vec![]), ["set Suspended(true)"]);
}

#[test]
fn a_payment_lifts_no_revocation() {
    let given = Given {
        is_revoked: true,
        ..causes([Cause::Overdue])
    };
    let still_revoked = RemoteLicense {
        is_revoked: true,
        ..ending("2027-01-13")
    };
    let conversation = Conversation::new(reinstate([Cause::Overdue]), given, None, None, now());

    assert_eq!(
        transcript(conversation, vec![shows(still_revoked)]),
        ["set Suspended(false)", "done"]
    );
}

#[test]
fn a_server_that_says_done_and_shows_otherwise_is_asked_once_more() {
    let unchanged = || shows(ending("2027-01-13"));
    let suspended = || {
        shows(RemoteLicense {
            is_suspended: true,
            ..ending("2027-01-13")
        })
    };
    for (action, answers, question, expected) in [
        (
            suspend(Cause::Overdue),
            vec![unchanged(), suspended()],
            "set Suspended(true)",
            "done",
        ),
        (
            suspend(Cause::Overdue),
            vec![unchanged(), unchanged()],
            "set Suspended(true)",
            "suspended, but not suspended",
        ),
        (
            reinstate([Cause::Overdue]),
            vec![suspended(), suspended()],
            "set Suspended(false)",
            "not suspended, but suspended",
        ),
        (
            revoke(),
            vec![unchanged(), unchanged()],
            "set Revoked(true)",
            "revoked, but not revoked",
        ),
    ] {
        let conversation = Conversation::new(action, causes([]), None, None, now());

        assert_eq!(
            transcript(conversation, answers),
            [question, question, expected]
        );
    }
}

#[test]
fn seats_are_set_after_reading_unless_they_were_read_a_moment_ago() {
    let seats = |count: i64| {
        shows(RemoteLicense {
            allowed_activations: Some(count),
            ..ending("2027-01-13")
        })
    };
    let set = "set Seats(Activations(5))";
    for (seconds_ago, answers, expected) in [
        (60, vec![seats(5)], vec![set, "done"]),
        (61, vec![seats(5)], vec!["Read", "already so"]),
        (61, vec![seats(3), seats(5)], vec!["Read", set, "done"]),
        (
            61,
            vec![seats(3), seats(3), seats(3)],
            vec!["Read", set, set, "5 seats, but 3 seats"],
        ),
    ] {
        let read_at = now().plus(SignedDuration::from_secs(-seconds_ago));
        let conversation = Conversation::new(
            Action::SetSeats {
                seats: Seats::Activations(5),
            },
            Given::default(),
            Some(ending("2027-01-13").shown(read_at)),
            None,
            now(),
        );

        assert_eq!(transcript(conversation, answers), expected);
    }
}

#[test]
fn a_license_that_is_gone_is_looked_for_by_key_once() {
    let gone = || fails(FailureClass::NotFound);
    let set = "set Suspended(true)";
    let suspended = RemoteLicense {
        is_suspended: true,
        ..ending("2027-01-13")
    };
    let found = || Ok(Response::Found(Some(ending("2027-01-13"))));
    for (answers, expected) in [
        (
            vec![gone(), Ok(Response::Found(None))],
            vec![set, "FindByKey", "gone"],
        ),
        (
            vec![gone(), found(), shows(suspended)],
            vec![set, "FindByKey", set, "done"],
        ),
        (
            vec![gone(), found(), gone()],
            vec![set, "FindByKey", set, "gone"],
        ),
    ] {
        let conversation = Conversation::new(suspend(Cause::Refund), causes([]), None, None, now());

        assert_eq!(transcript(conversation, answers), expected);
    }
}

#[test]
fn deleting_what_is_gone_is_done() {
    for (answer, expected) in [
        (Ok(Response::Nothing), "done"),
        (fails(FailureClass::NotFound), "done"),
        (
            fails(FailureClass::Forbidden { scope: None }),
            "failed: forbidden, not applied",
        ),
        (is_lost(), "failed: transient, may have been applied"),
    ] {
        let action = Action::Delete {
            cause: Cause::Ended,
        };
        let conversation = Conversation::new(action, Given::default(), None, None, now());

        assert_eq!(transcript(conversation, vec![answer]), ["Delete", expected]);
    }
}

#[test]
fn an_answer_to_another_question_proves_nothing() {
    let conversation = Conversation::new(suspend(Cause::Refund), causes([]), None, None, now());

    assert_eq!(
        transcript(conversation, vec![Ok(Response::User(None))]),
        [
            "set Suspended(true)",
            "failed: transient, may have been applied"
        ]
    );
}

fn suspend(cause: Cause) -> Action {
    Action::Suspend { cause }
}

fn reinstate<const N: usize>(causes: [Cause; N]) -> Action {
    Action::Reinstate {
        causes: causes.to_vec(),
    }
}

fn revoke() -> Action {
    Action::Revoke {
        cause: Cause::Chargeback,
    }
}

fn causes<const N: usize>(causes: [Cause; N]) -> Given {
    Given {
        causes: BTreeSet::from(causes),
        ..Given::default()
    }
}

#[test]
fn a_setting_whose_answer_cannot_be_read_is_read_back() {
    let unreadable = || fails(FailureClass::Unreadable { field: "revoked" });
    let suspended = RemoteLicense {
        is_suspended: true,
        ..ending("2027-01-13")
    };
    for (read, expected) in [
        (shows(suspended), "already so"),
        (
            shows(ending("2027-01-13")),
            "failed: unreadable, may have been applied",
        ),
    ] {
        let action = suspend(Cause::Overdue);
        let conversation = Conversation::new(action, causes([]), None, None, now());

        assert_eq!(
            transcript(conversation, vec![unreadable(), read]),
            ["set Suspended(true)", "Read", expected]
        );
    }
}
