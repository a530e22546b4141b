//! Conversations as transcripts: what is asked, in this order, and how it ends.

mod beside;
mod ends;
mod features;
mod issuing;
mod judging;
mod machines;
mod renewing;
mod settings;

use jiff::SignedDuration;

use super::*;
use crate::domain::action::Issue;
use crate::domain::time::Period;
use crate::license_servers::remote::{PurchaseNames, RemoteLicense};

/// What a test's license server says to one question.
type Answer = Result<Response, Failure>;

/// Everything that is asked, then how it ended; stops early when the answers run out.
fn transcript(conversation: Conversation, answers: Vec<Answer>) -> Vec<String> {
    let mut conversation = conversation;
    let mut step = conversation.start();
    let mut lines = vec![words(&step)];
    for answer in answers {
        assert!(matches!(step, Step::Send(_)), "nothing is asked any more");
        step = conversation.on_response(now(), answer);
        lines.push(words(&step));
    }
    lines
}

/// How it ended, after these answers.
fn finish(conversation: Conversation, answers: Vec<Answer>) -> Finish {
    let mut conversation = conversation;
    let mut step = conversation.start();
    for answer in answers {
        step = conversation.on_response(now(), answer);
    }
    match step {
        Step::Finish(finish) => finish,
        Step::Send(request) => panic!("it is not over: {request:?} is asked"),
    }
}

fn words(step: &Step) -> String {
    match step {
        Step::Send(Request::Issue { user_id }) => {
            format!("issue for {}", user_id.as_deref().unwrap_or("nobody"))
        }
        Step::Send(Request::Set(setting)) => format!("set {setting:?}"),
        Step::Send(request) => format!("{request:?}"),
        Step::Finish(Finish::Done(proof)) => with_hand("done", proof),
        Step::Finish(Finish::AlreadySo(proof)) => with_hand("already so", proof),
        Step::Finish(Finish::KeptByHand(proof)) => with_hand("kept", proof),
        Step::Finish(Finish::ByHandMustDecide(proof)) => with_hand("a person must decide", proof),
        Step::Finish(Finish::Gone) => "gone".to_owned(),
        Step::Finish(Finish::Differs { ours, theirs, .. }) => format!("{ours}, but {theirs}"),
        Step::Finish(Finish::Failed(failure)) => {
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
        key: None,
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
        purchases: PurchaseNames::default(),
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
    Ok(Response::License(license))
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
