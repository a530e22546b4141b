//! Renewals: one period for one charge, whatever became of the answers.

use super::*;
use crate::license_servers::remote::{RenewalEntry, RenewalEntryKind};

#[test]
fn a_renewal_is_one_call() {
    assert_eq!(
        transcript(
            renewing("2026-12-13", None),
            vec![shows(ending("2027-01-13"))]
        ),
        ["Renew", "done"]
    );
}

#[test]
fn a_renewal_of_a_license_never_seen_is_believed() {
    let conversation = Conversation::new(renew(), Given::default(), None, None, now());

    assert_eq!(
        transcript(conversation, vec![shows(ending("2027-01-13"))]),
        ["Renew", "done"]
    );
}

#[test]
fn a_hand_that_was_not_seen_shows_in_the_answer_and_the_later_end_stands() {
    for (answered, later, finished) in [
        // A person had renewed by the same period, or by more.
        ("2027-02-13", "2027-01-13", "done, changed by hand"),
        ("2027-03-20", "2027-02-20", "kept, changed by hand"),
        // A person had given a week: less than was paid for.
        ("2027-01-20", "2027-01-13", "done, changed by hand"),
        // A person had taken time away.
        ("2027-01-01", "2027-01-13", "done, changed by hand"),
    ] {
        let set = format!("set Term(Some({later}T00:00:00Z))");

        assert_eq!(
            transcript(
                renewing("2026-12-13", None),
                vec![shows(ending(answered)), shows(ending(later))]
            ),
            ["Renew", &set, finished]
        );
    }
}

#[test]
fn a_hand_that_was_seen_is_read_and_counts_as_far_as_it_goes() {
    for (theirs, lines) in [
        (ending("2027-01-13"), vec!["kept, changed by hand"]),
        (ending("2027-06-30"), vec!["kept, changed by hand"]),
        (perpetual(), vec!["kept, changed by hand"]),
        (
            ending("2026-12-20"),
            vec![
                "set Term(Some(2027-01-13T00:00:00Z))",
                "done, changed by hand",
            ],
        ),
        // The person has taken it back.
        (ending("2026-12-13"), vec!["Renew", "done"]),
    ] {
        let answers = vec![shows(theirs), shows(ending("2027-01-13"))];
        let answers = answers.into_iter().take(lines.len()).collect();

        let asked = transcript(renewing_beside("2027-02-01"), answers);

        assert_eq!(asked[0], "Read");
        assert_eq!(asked[1..], lines);
    }
}

#[test]
fn what_is_kept_is_not_what_we_gave() {
    let end = finish(
        renewing_beside("2027-06-30"),
        vec![shows(ending("2027-06-30"))],
    );

    let Finish::KeptByHand(proof) = end else {
        panic!("it is kept: {end:?}");
    };
    assert_eq!(proof.our_end, Some(at("2027-01-13T00:00:00Z")));
}

#[test]
fn a_period_counts_from_now_where_the_server_counts_so() {
    let expired = ending("2026-11-20").shown(at("2026-11-13T12:00:00Z"));
    let given = Given {
        end: expired.expires_at,
        ..Given::default()
    };
    let conversation = Conversation::new(renew(), given, Some(expired), None, now());

    assert_eq!(
        transcript(conversation, vec![shows(ending("2027-01-13"))]),
        ["Renew", "done"]
    );
}

#[test]
fn a_license_that_a_person_made_endless_is_not_renewed() {
    let given = Given {
        end: Some(at("2026-12-13T00:00:00Z")),
        ..Given::default()
    };
    let before = ending("2026-12-13").shown(at("2026-11-13T12:00:00Z"));
    let conversation = Conversation::new(renew(), given, Some(before), None, now());

    assert_eq!(
        transcript(
            conversation,
            vec![fails(FailureClass::Rejected), shows(perpetual())]
        ),
        ["Renew", "Read", "kept, changed by hand"]
    );
}

#[test]
fn a_lost_renewal_that_was_applied_is_not_made_again() {
    for unsettled in [lost(2), lost(60), answered_with_fault()] {
        assert_eq!(
            transcript(
                renewing("2026-12-13", unsettled),
                vec![shows(ending("2027-01-13"))]
            ),
            ["Read", "already so"]
        );
    }
}

#[test]
fn a_lost_renewal_that_was_not_applied_is_made_once_it_can_no_longer_arrive() {
    let unmoved = || shows(ending("2026-12-13"));
    let renewed = || shows(ending("2027-01-13"));
    for unsettled in [lost(15), lost(60), answered_with_fault()] {
        assert_eq!(
            transcript(
                renewing("2026-12-13", unsettled),
                vec![unmoved(), renewed()]
            ),
            ["Read", "Renew", "done"]
        );
    }
    for unsettled in [lost(0), lost(14)] {
        assert_eq!(
            transcript(renewing("2026-12-13", unsettled), vec![unmoved()]),
            ["Read", "failed: rate_limited, may have been applied"]
        );
    }
}

#[test]
fn a_lost_renewal_stays_in_doubt_while_the_license_cannot_be_read() {
    for class in [
        FailureClass::Transient,
        FailureClass::RateLimited,
        FailureClass::Unauthorized,
    ] {
        let expected = format!("failed: {}, may have been applied", class.as_str());

        let lines = transcript(renewing("2026-12-13", lost(60)), vec![fails(class)]);

        assert_eq!(lines, ["Read".to_owned(), expected]);
    }
}

#[test]
fn who_asks_to_wait_is_heard_while_a_renewal_is_in_doubt() {
    let after = Some(std::time::Duration::from_secs(60));
    let asks_to_wait =
        fails(FailureClass::RateLimited).map_err(|failure| Failure { after, ..failure });

    let finish = finish(renewing("2026-12-13", lost(60)), vec![asks_to_wait]);

    assert!(matches!(finish, Finish::Failed(failure) if failure.after == after));
}

#[test]
fn a_renewal_that_is_refused_is_not_in_doubt() {
    let renewed_after_all = vec![
        shows(ending("2026-12-13")),
        fails(FailureClass::RateLimited),
    ];

    assert_eq!(
        transcript(
            renewing("2026-12-13", None),
            vec![fails(FailureClass::Rejected), shows(ending("2026-12-13"))]
        ),
        ["Renew", "Read", "failed: rejected, not applied"]
    );
    assert_eq!(
        transcript(renewing("2026-12-13", lost(60)), renewed_after_all),
        ["Read", "Renew", "failed: rate_limited, not applied"]
    );
}

#[test]
fn an_end_that_moved_unexpectedly_is_settled_by_the_log() {
    let moved = || shows(ending("2026-12-31"));
    let second = || shows(ending("2027-01-31"));
    for (log, answers, expected) in [
        (
            vec![renewed_at("2026-12-13T11:59:00Z")],
            vec![],
            vec!["already so, changed by hand"],
        ),
        // Clocks may differ by a little.
        (
            vec![renewed_at("2026-12-13T11:57:30Z")],
            vec![],
            vec!["already so, changed by hand"],
        ),
        (
            vec![renewed_at("2026-12-13T11:50:00Z")],
            vec![second()],
            vec!["Renew", "done"],
        ),
        (vec![set_by_hand()], vec![second()], vec!["Renew", "done"]),
        (vec![], vec![second()], vec!["Renew", "done"]),
    ] {
        let mut all = vec![moved(), Ok(Response::Log(log))];
        all.extend(answers);

        let lines = transcript(renewing("2026-12-13", lost(60)), all);

        assert_eq!(lines[..2], ["Read", "ReadLog"]);
        assert_eq!(lines[2..], expected);
    }
}

#[test]
fn an_end_that_was_moved_far_enough_by_hand_counts_as_renewed() {
    for license in [ending("2027-06-01"), perpetual()] {
        let answers = vec![shows(license), Ok(Response::Log(vec![set_by_hand()]))];

        assert_eq!(
            transcript(renewing("2026-12-13", lost(60)), answers),
            ["Read", "ReadLog", "kept, changed by hand"]
        );
    }
}

#[test]
fn a_lost_renewal_that_may_still_arrive_is_not_made_again_because_a_hand_was_faster() {
    let answers = vec![
        shows(ending("2026-12-31")),
        Ok(Response::Log(vec![set_by_hand()])),
    ];

    assert_eq!(
        transcript(renewing("2026-12-13", lost(3)), answers),
        [
            "Read",
            "ReadLog",
            "failed: rate_limited, may have been applied"
        ]
    );
}

#[test]
fn a_lost_renewal_of_a_license_never_seen_is_settled_by_the_log() {
    let conversation = || Conversation::new(renew(), Given::default(), None, lost(60), now());
    let ours = vec![renewed_at("2026-12-13T11:59:00Z")];

    assert_eq!(
        transcript(
            conversation(),
            vec![shows(ending("2026-12-20")), Ok(Response::Log(ours))]
        ),
        ["Read", "ReadLog", "already so, changed by hand"]
    );
    assert_eq!(
        transcript(
            conversation(),
            vec![shows(ending("2026-12-20")), Ok(Response::Log(vec![]))]
        ),
        ["Read", "ReadLog", "Renew"]
    );
}

#[test]
fn a_server_that_says_done_and_moves_nothing_is_asked_once_more() {
    let unmoved = || shows(ending("2026-12-13"));
    let renewed = || shows(ending("2027-01-13"));
    for (answers, expected) in [
        // The first answer was merely old.
        (vec![unmoved(), renewed()], vec!["already so"]),
        (vec![unmoved(), unmoved(), renewed()], vec!["Renew", "done"]),
        (
            vec![unmoved(), unmoved(), unmoved()],
            vec!["Renew", "ends 13 January 2027, but ends 13 December 2026"],
        ),
        (
            vec![unmoved(), fails(FailureClass::Transient)],
            vec!["failed: transient, may have been applied"],
        ),
        // It was applied, but from another day than expected: its own log says so.
        (
            vec![
                unmoved(),
                shows(ending("2027-01-20")),
                Ok(Response::Log(vec![renewed_at("2026-12-13T12:00:00Z")])),
            ],
            vec!["ReadLog", "already so, changed by hand"],
        ),
    ] {
        let lines = transcript(renewing("2026-12-13", None), answers);

        assert_eq!(lines[..2], ["Renew", "Read"]);
        assert_eq!(lines[2..], expected);
    }
}

#[test]
fn a_renewal_that_moves_nothing_is_not_hidden_by_a_short_period() {
    let daily = || RemoteLicense {
        interval: Some("P1D".parse().unwrap()),
        ..ending("2026-12-13")
    };
    let conversation = Conversation::new(
        renew(),
        Given::default(),
        Some(daily().shown(now())),
        None,
        now(),
    );

    assert_eq!(
        transcript(conversation, vec![shows(daily())]),
        ["Renew", "Read"]
    );
}

#[test]
fn a_period_that_nobody_knows_is_no_end_that_was_asked_for() {
    let endless = || RemoteLicense {
        interval: None,
        ..ending("2026-12-13")
    };
    let conversation = Conversation::new(
        renew(),
        Given::default(),
        Some(endless().shown(now())),
        None,
        now(),
    );
    let answers = vec![shows(endless()), shows(endless()), shows(endless())];

    assert_eq!(
        transcript(conversation, answers),
        [
            "Renew",
            "Read",
            "Renew",
            "ends a period later, but ends 13 December 2026"
        ]
    );
}

#[test]
fn a_license_that_is_gone_is_looked_for_by_key_once() {
    let gone = || fails(FailureClass::NotFound);
    let found = || Ok(Response::Found(Some(ending("2026-12-13"))));
    for (answers, expected) in [
        (vec![gone(), Ok(Response::Found(None))], vec!["gone"]),
        (vec![gone(), gone()], vec!["gone"]),
        (
            vec![gone(), found(), shows(ending("2027-01-13"))],
            vec!["Renew", "done"],
        ),
        (vec![gone(), found(), gone()], vec!["Renew", "gone"]),
    ] {
        let lines = transcript(renewing("2026-12-13", None), answers);

        assert_eq!(lines[..2], ["Renew", "FindByKey"]);
        assert_eq!(lines[2..], expected);
    }
}

#[test]
fn an_answer_to_another_question_proves_nothing() {
    for heard in [
        Response::Nothing,
        Response::User(None),
        Response::Log(Vec::new()),
    ] {
        assert_eq!(
            transcript(renewing("2026-12-13", None), vec![Ok(heard)]),
            ["Renew", "failed: transient, may have been applied"]
        );
    }
}

fn renew() -> Action {
    Action::Renew {
        through: Some(at("2027-01-13T00:00:00Z")),
        charge: None,
    }
}

/// A renewal of a monthly license that was last seen to end on that day.
fn renewing(day: &str, unsettled: Option<Unsettled>) -> Conversation {
    let before = ending(day).shown(at("2026-11-13T12:00:00Z"));
    Conversation::new(renew(), Given::default(), Some(before), unsettled, now())
}

/// The same of a license that we gave until 13 December and that was seen to end on that day.
fn renewing_beside(theirs: &str) -> Conversation {
    let given = Given {
        end: Some(at("2026-12-13T00:00:00Z")),
        ..Given::default()
    };
    let before = ending(theirs).shown(at("2026-11-13T12:00:00Z"));
    Conversation::new(renew(), given, Some(before), None, now())
}

fn renewed_at(time: &str) -> RenewalEntry {
    entry(time, RenewalEntryKind::Renewed)
}

fn set_by_hand() -> RenewalEntry {
    entry("2026-12-13T11:59:30Z", RenewalEntryKind::TermSet)
}

fn entry(time: &str, kind: RenewalEntryKind) -> RenewalEntry {
    RenewalEntry {
        id: "entry".to_owned(),
        at: at(time),
        kind,
        old_end: None,
        new_end: None,
    }
}

/// Whether a period was added is read back: none is added twice.
#[test]
fn a_renewal_whose_answer_cannot_be_read_is_read_back() {
    let unreadable = || fails(FailureClass::Unreadable { field: "expiresAt" });
    for (read, expected) in [
        (shows(ending("2027-01-13")), "already so"),
        (
            shows(ending("2026-12-13")),
            "failed: unreadable, may have been applied",
        ),
        (unreadable(), "failed: unreadable, may have been applied"),
    ] {
        assert_eq!(
            transcript(renewing("2026-12-13", None), vec![unreadable(), read]),
            ["Renew", "Read", expected]
        );
    }
}
