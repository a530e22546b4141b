//! Freeing machines: page by page, until a page is empty.

use super::*;

#[test]
fn machines_are_freed_one_by_one_until_none_is_listed() {
    let answers = vec![
        listed(&["first", "second"]),
        freed(),
        fails(FailureClass::NotFound),
        listed(&[]),
    ];

    assert_eq!(
        transcript(releasing(), answers),
        [
            "ListMachines",
            "FreeMachine(\"second\")",
            "FreeMachine(\"first\")",
            "ListMachines",
            "done"
        ]
    );
}

#[test]
fn a_server_that_frees_nothing_is_not_asked_for_ever() {
    let mut conversation = releasing();
    let mut step = conversation.start();
    let mut asked = 0;
    while let Step::Send(request) = &step {
        asked += 1;
        let answer = match request {
            Request::ListMachines => listed(&["always"]),
            _ => freed(),
        };
        step = conversation.on_response(now(), answer);
    }

    assert_eq!(words(&step), "done");
    assert_eq!(asked, 40);
}

#[test]
fn a_license_that_is_gone_is_looked_for_by_key_once() {
    let gone = || fails(FailureClass::NotFound);
    for (answers, expected) in [
        (vec![gone(), Ok(Response::Found(None))], vec!["gone"]),
        (
            vec![
                gone(),
                Ok(Response::Found(Some(ending("2027-01-13")))),
                gone(),
            ],
            vec!["ListMachines", "gone"],
        ),
    ] {
        let lines = transcript(releasing(), answers);

        assert_eq!(lines[..2], ["ListMachines", "FindByKey"]);
        assert_eq!(lines[2..], expected);
    }
}

#[test]
fn a_machine_that_cannot_be_freed_is_tried_again_later() {
    assert_eq!(
        transcript(releasing(), vec![listed(&["first"]), is_lost()]),
        [
            "ListMachines",
            "FreeMachine(\"first\")",
            "failed: transient, may have been applied"
        ]
    );
}

fn releasing() -> Conversation {
    Conversation::new(Action::ReleaseMachines, Given::default(), None, None, now())
}

fn listed(machines: &[&str]) -> Answer {
    let machines = machines.iter().map(|&machine| machine.to_owned());
    Ok(Response::Machines(machines.collect()))
}

fn freed() -> Answer {
    Ok(Response::Nothing)
}
