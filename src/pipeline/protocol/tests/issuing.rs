//! Making licenses: the user, the key, and what was lost on the way.

use super::*;
use crate::pipeline::protocol::user_fields::UserFields;

#[test]
fn a_user_is_remembered_made_found_or_done_without() {
    let made = || shows(ending("2027-01-13"));
    for (holder, answers, expected) in [
        (
            Holder::Nobody,
            vec![made()],
            vec!["issue for nobody", "done"],
        ),
        (
            remembered(),
            vec![made()],
            vec!["issue for remembered", "done"],
        ),
        (
            Holder::Unknown,
            vec![user(Some("new")), made()],
            vec!["CreateUser", "issue for new", "done"],
        ),
        (
            Holder::Unknown,
            vec![fails(FailureClass::Conflict), user(Some("found")), made()],
            vec!["CreateUser", "FindUser", "issue for found", "done"],
        ),
        (
            Holder::Unknown,
            vec![fails(FailureClass::Conflict), user(None), made()],
            vec!["CreateUser", "FindUser", "issue for nobody", "done"],
        ),
        (
            Holder::Unknown,
            vec![fails(FailureClass::Rejected), made()],
            vec!["CreateUser", "issue for nobody", "done"],
        ),
        (
            Holder::Unknown,
            vec![
                fails(FailureClass::Conflict),
                fails(FailureClass::Forbidden { scope: None }),
                made(),
            ],
            vec!["CreateUser", "FindUser", "issue for nobody", "done"],
        ),
    ] {
        let conversation = issuing(ordered()).with_holder(holder);

        assert_eq!(transcript(conversation, answers), expected);
    }
}

#[test]
fn a_found_user_is_brought_in_line_first_but_no_license_waits_for_it() {
    let found = || {
        let fields = UserFields {
            last_name: true,
            ..UserFields::default()
        };
        Ok(Response::UserBehind {
            id: "found".to_owned(),
            fields,
        })
    };
    for (answer, expected) in [
        (user(Some("found")), "issue for found"),
        (fails(FailureClass::Rejected), "issue for found"),
        (
            fails(FailureClass::Transient),
            "failed: transient, not applied",
        ),
    ] {
        let conversation = issuing(ordered()).with_holder(Holder::Unknown);

        let said = transcript(
            conversation,
            vec![fails(FailureClass::Conflict), found(), answer],
        );

        assert!(said[2].starts_with("UpdateUser { user_id: \"found\""));
        assert_eq!(said[3], expected);
    }
}

#[test]
fn the_proof_names_the_user_or_why_there_is_none() {
    let made = || shows(ending("2027-01-13"));
    let unknown = || issuing(ordered()).with_holder(Holder::Unknown);

    for (answers, user_id, refused) in [
        (vec![user(Some("new")), made()], Some("new"), None),
        (
            vec![fails(FailureClass::PlanLimit), made()],
            None,
            Some("its words"),
        ),
        (
            vec![fails(FailureClass::Conflict), user(None), made()],
            None,
            Some("the address is taken, but no user with exactly this address is shown"),
        ),
    ] {
        let Finish::Done(proof) = finish(unknown(), answers) else {
            panic!("it is not done");
        };

        assert_eq!(proof.user_id.as_deref(), user_id);
        assert_eq!(proof.user_refused.as_deref(), refused);
    }
}

#[test]
fn a_fault_of_the_whole_server_is_not_taken_for_a_refused_user() {
    for class in [
        FailureClass::Transient,
        FailureClass::RateLimited,
        FailureClass::Unauthorized,
    ] {
        let expected = format!("failed: {}, not applied", class.as_str());
        let conversation = issuing(ordered()).with_holder(Holder::Unknown);

        let lines = transcript(conversation, vec![fails(class)]);

        assert_eq!(lines, ["CreateUser".to_owned(), expected]);
    }
}

#[test]
fn a_remembered_user_that_is_gone_is_forgotten_and_asked_for_once() {
    for class in [FailureClass::NotFound, FailureClass::Rejected] {
        let conversation = issuing(ordered()).with_holder(remembered());
        let answers = vec![
            fails(class),
            user(Some("new")),
            fails(FailureClass::Rejected),
        ];

        assert_eq!(
            transcript(conversation, answers),
            [
                "issue for remembered",
                "CreateUser",
                "issue for new",
                "failed: rejected, not applied"
            ]
        );
    }
}

#[test]
fn a_refused_license_is_not_blamed_on_a_user_that_was_made_a_moment_ago() {
    let conversation = issuing(ordered()).with_holder(Holder::Unknown);
    let answers = vec![user(Some("new")), fails(FailureClass::Rejected)];

    assert_eq!(
        transcript(conversation, answers),
        [
            "CreateUser",
            "issue for new",
            "failed: rejected, not applied"
        ]
    );
}

#[test]
fn a_refused_license_without_a_user_has_failed() {
    for class in [
        FailureClass::NotFound,
        FailureClass::Rejected,
        FailureClass::PlanLimit,
    ] {
        let expected = format!("failed: {}, not applied", class.as_str());

        let lines = transcript(issuing(ordered()), vec![fails(class)]);

        assert_eq!(lines, ["issue for nobody".to_owned(), expected]);
    }
}

#[test]
fn a_taken_key_is_settled_by_looking_for_it() {
    let taken = || fails(FailureClass::Conflict);
    for (found, expected) in [
        (Some(ending("2027-01-13")), "already so"),
        (None, "failed: transient, may have been applied"),
    ] {
        let answers = vec![taken(), Ok(Response::Found(found))];

        assert_eq!(
            transcript(issuing(ordered()), answers),
            ["issue for nobody", "FindByKey", expected]
        );
    }
}

#[test]
fn a_lost_create_is_looked_for_before_another_is_made() {
    let conversation = || again(lost(2)).with_holder(remembered());
    let found = Ok(Response::Found(Some(ending("2027-01-13"))));

    assert_eq!(
        transcript(conversation(), vec![found]),
        ["FindByKey", "already so"]
    );
    assert_eq!(
        transcript(
            conversation(),
            vec![Ok(Response::Found(None)), shows(ending("2027-01-13"))]
        ),
        ["FindByKey", "issue for remembered", "done"]
    );
}

#[test]
fn a_lost_create_that_the_search_does_not_show_yet_is_not_made_twice() {
    let answers = vec![
        Ok(Response::Found(None)),
        fails(FailureClass::Conflict),
        Ok(Response::Found(None)),
    ];

    assert_eq!(
        transcript(again(lost(2)), answers),
        [
            "FindByKey",
            "issue for nobody",
            "FindByKey",
            "failed: transient, may have been applied"
        ]
    );
}

#[test]
fn a_lost_create_stays_in_doubt_while_the_search_fails() {
    assert_eq!(
        transcript(again(lost(2)), vec![fails(FailureClass::Transient)]),
        ["FindByKey", "failed: transient, may have been applied"]
    );
}

#[test]
fn a_create_whose_answer_is_lost_is_in_doubt() {
    assert_eq!(
        transcript(issuing(ordered()), vec![is_lost()]),
        [
            "issue for nobody",
            "failed: transient, may have been applied"
        ]
    );
}

#[test]
fn an_answer_to_another_question_proves_nothing() {
    assert_eq!(
        transcript(issuing(ordered()), vec![Ok(Response::Nothing)]),
        [
            "issue for nobody",
            "failed: transient, may have been applied"
        ]
    );
}

fn issuing(issue: Issue) -> Conversation {
    Conversation::new(
        Action::Issue(Box::new(issue)),
        Given::default(),
        None,
        None,
        now(),
    )
}

fn again(unsettled: Option<Unsettled>) -> Conversation {
    Conversation::new(
        Action::Issue(Box::new(ordered())),
        Given::default(),
        None,
        unsettled,
        now(),
    )
}

fn remembered() -> Holder {
    Holder::Remembered("remembered".to_owned())
}

fn user(id: Option<&str>) -> Answer {
    Ok(Response::User(id.map(str::to_owned)))
}

/// The license may exist: it is looked for, and never made a second time.
#[test]
fn a_create_whose_answer_cannot_be_read_is_looked_for() {
    let unreadable = || fails(FailureClass::Unreadable { field: "suspended" });
    for (looked_up, expected) in [
        (
            Ok(Response::Found(Some(ending("2027-01-13")))),
            "already so",
        ),
        (
            Ok(Response::Found(None)),
            "failed: unreadable, may have been applied",
        ),
        (unreadable(), "failed: unreadable, may have been applied"),
    ] {
        assert_eq!(
            transcript(issuing(ordered()), vec![unreadable(), looked_up]),
            ["issue for nobody", "FindByKey", expected]
        );
    }
}
