//! Conversations as transcripts: what is asked, in this order, and how it ends.

mod ends;
mod features;
mod issuing;
mod judging;
mod machines;
mod renewing;
mod settings;

use super::*;
use crate::domain::action::Issue;
use crate::domain::time::Period;

/// What a test's license server says to one question.
type Answer = Result<Heard, Failure>;

/// Everything that is asked, then how it ended; stops early when the answers run out.
fn transcript(conversation: Conversation, answers: Vec<Answer>) -> Vec<String> {
    let mut conversation = conversation;
    let mut turn = conversation.begin();
    let mut lines = vec![words(&turn)];
    for answer in answers {
        assert!(matches!(turn, Turn::Ask(_)), "nothing is asked any more");
        turn = conversation.hear(now(), answer);
        lines.push(words(&turn));
    }
    lines
}

/// How it ended, after these answers.
fn finish(conversation: Conversation, answers: Vec<Answer>) -> Finish {
    let mut conversation = conversation;
    let mut turn = conversation.begin();
    for answer in answers {
        turn = conversation.hear(now(), answer);
    }
    match turn {
        Turn::Finish(finish) => finish,
        Turn::Ask(ask) => panic!("it is not over: {ask:?} is asked"),
    }
}

fn words(turn: &Turn) -> String {
    match turn {
        Turn::Ask(Ask::Issue { user_id }) => {
            format!("issue for {}", user_id.as_deref().unwrap_or("nobody"))
        }
        Turn::Ask(Ask::Set(setting)) => format!("set {setting:?}"),
        Turn::Ask(ask) => format!("{ask:?}"),
        Turn::Finish(Finish::Done(proof)) => with_hand("done", proof),
        Turn::Finish(Finish::AlreadySo(proof)) => with_hand("already so", proof),
        Turn::Finish(Finish::KeptByHand(proof)) => with_hand("kept", proof),
        Turn::Finish(Finish::ByHandMustDecide(proof)) => with_hand("a person must decide", proof),
        Turn::Finish(Finish::Gone) => "gone".to_owned(),
        Turn::Finish(Finish::Differs { ours, theirs, .. }) => format!("{ours}, but {theirs}"),
        Turn::Finish(Finish::Failed(failure)) => {
            let doubt = if failure.may_have_applied {
                "may have been applied"
            } else {
                "not applied"
            };
            format!("failed: {}, {doubt}", failure.class.as_str())
        }
    }
}

fn with_hand(word: &str, proof: &Proof) -> String {
    if proof.is_changed_by_hand {
        format!("{word}, changed by hand")
    } else {
        word.to_owned()
    }
}

fn now() -> Timestamp {
    at("2026-12-13T12:00:00Z")
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn month() -> Period {
    "P1M".parse().unwrap()
}

/// A monthly license that ends on that day.
fn ending(day: &str) -> RemoteLicense {
    RemoteLicense {
        id: "remote".to_owned(),
        key: String::new().into(),
        product_id: "product".to_owned(),
        user_id: None,
        expires_at: Some(at(&format!("{day}T00:00:00Z"))),
        is_perpetual: false,
        interval: Some(month()),
        start_trigger: None,
        is_suspended: false,
        is_revoked: false,
        license_type: None,
        newest_version: None,
        organization_id: None,
        further_user_ids: Vec::new(),
        allowed_activations: Some(1),
        allowed_floating_clients: None,
        activations: None,
        maintenance_ends_at: None,
        entitlement_set_id: None,
        metadata: Vec::new(),
        notes: None,
        created_at: None,
    }
}

/// What is to be made: a license of the product that every test's license has.
fn ordered() -> Issue {
    Issue {
        license_product_id: "product".to_owned(),
        ..Issue::default()
    }
}

fn perpetual() -> RemoteLicense {
    RemoteLicense {
        expires_at: None,
        is_perpetual: true,
        interval: None,
        ..ending("2027-01-13")
    }
}

fn shows(license: RemoteLicense) -> Answer {
    Ok(Heard::License(license))
}

fn fails(class: FailureClass) -> Answer {
    Err(Failure {
        class,
        text: "its words".to_owned(),
        after: None,
        may_have_applied: false,
    })
}

/// The connection broke after the question had left.
fn is_lost() -> Answer {
    Err(Failure {
        class: FailureClass::Transient,
        text: "its words".to_owned(),
        after: None,
        may_have_applied: true,
    })
}

/// An earlier try that left so long ago and was not answered.
fn lost(seconds_ago: i64) -> Option<Unsettled> {
    let sent_at = now().plus(SignedDuration::from_secs(-seconds_ago));
    Some(Unsettled {
        planned_at: sent_at,
        sent_at: Some(sent_at),
    })
}

/// An earlier try that the server itself said had failed, a second ago.
fn answered_with_fault() -> Option<Unsettled> {
    Some(Unsettled {
        planned_at: now().plus(SignedDuration::from_secs(-1)),
        sent_at: None,
    })
}
