//! From what went wrong below to what is answered.

use crate::accounts::password::PasswordError;
use crate::accounts::setup::SetUpError;
use crate::license_servers::reply::{Failure, FailureClass};
use crate::pipeline::calls::budgeted_call::CallError;
use crate::pipeline::error::TenantKeysError;
use crate::pipeline::planning::approvals::ApprovalError;
use crate::pipeline::support::admission::Busy;
use crate::pipeline::support::dry_run::DryRunError;
use crate::pipeline::support::link::LinkError;
use crate::store::StoreError;
use crate::vault::VaultError;
use crate::web::error::{Problem, ProblemCode, chain};

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::NotFound => Self::not_found(),
            StoreError::Conflict(_) => Self::new(
                ProblemCode::Conflict,
                "Something else was changed at the same moment. Look at it again, then try again.",
            ),
            StoreError::Unavailable(_) => {
                tracing::warn!(error = chain(&error), "the database is not available");
                Self::new(
                    ProblemCode::Unavailable,
                    "The database does not answer at the moment. Try again shortly.",
                )
                .retry_after(2)
            }
            StoreError::Busy => Self::busy(),
            StoreError::Corrupt { .. } | StoreError::Unknown(_) | StoreError::Other(_) => {
                Self::internal(&error)
            }
        }
    }
}

impl From<TenantKeysError> for Problem {
    fn from(error: TenantKeysError) -> Self {
        match error {
            TenantKeysError::Store(error) => error.into(),
            TenantKeysError::Vault(_) => Self::internal(&error),
        }
    }
}

impl From<VaultError> for Problem {
    fn from(error: VaultError) -> Self {
        Self::internal(&error)
    }
}

impl From<serde_json::Error> for Problem {
    /// What was kept as JSON is none.
    fn from(error: serde_json::Error) -> Self {
        Self::internal(&error)
    }
}

impl From<PasswordError> for Problem {
    fn from(error: PasswordError) -> Self {
        match error {
            PasswordError::Busy => Self::busy(),
            PasswordError::Length | PasswordError::Hashing => Self::internal(&error),
        }
    }
}

impl From<SetUpError> for Problem {
    fn from(error: SetUpError) -> Self {
        match error {
            SetUpError::Invalid(fields) => Self::invalid_fields(
                fields
                    .into_iter()
                    .map(|error| (error.field, error.message))
                    .collect(),
            ),
            SetUpError::NotFound => Self::not_found(),
            SetUpError::InUse(sentence) => Self::new(ProblemCode::Conflict, sentence),
            SetUpError::Store(error) => error.into(),
            SetUpError::Vault(_) => Self::internal(&error),
        }
    }
}

impl From<CallError> for Problem {
    fn from(error: CallError) -> Self {
        match error {
            CallError::Store(error) => error.into(),
            CallError::Vault(error) => error.into(),
            CallError::Exhausted { seconds } => Self::new(
                ProblemCode::RateBudget,
                format!(
                    "Latchkey asks for much just now, and what may be asked at once is shared. Nothing is lost: try again in {seconds} s."
                ),
            )
            .retry_after(seconds),
            CallError::Suspended => Self::new(
                ProblemCode::CompanySuspended,
                "Whoever runs Latchkey has suspended this company: what its shops send is kept, and nobody is called for it. Ask them to resume it.",
            ),
        }
    }
}

impl From<Busy> for Problem {
    fn from(_: Busy) -> Self {
        Self::new(
            ProblemCode::Unavailable,
            "Another request of this kind is being answered just now. Try again in a second.",
        )
        .retry_after(1)
    }
}

impl From<DryRunError> for Problem {
    fn from(error: DryRunError) -> Self {
        match error {
            DryRunError::Call(error) => error.into(),
            DryRunError::Malformed(_) => Self::new(
                ProblemCode::Malformed,
                "Send the body of a webhook as the shop posts it: {\"events\": […]}.",
            ),
        }
    }
}

impl From<LinkError> for Problem {
    fn from(error: LinkError) -> Self {
        match error {
            LinkError::Call(error) => error.into(),
            LinkError::Failed(failure) => failure.into(),
            LinkError::NoLicense => Self::invalid(
                "remote_license_id",
                "there is no license of this id or key at the licensing account; copy it again",
            ),
            LinkError::NoPurchase => Self::new(
                ProblemCode::Conflict,
                "This event names neither an order nor a subscription, so no license can be its own.",
            ),
            LinkError::BeingMade => Self::new(
                ProblemCode::Conflict,
                "Latchkey is still making the license of this purchase itself. Settle that message first.",
            ),
            LinkError::Taken => Self::new(
                ProblemCode::Conflict,
                "This license belongs to another purchase already.",
            ),
        }
    }
}

impl From<ApprovalError> for Problem {
    fn from(error: ApprovalError) -> Self {
        match error {
            ApprovalError::Store(error) => error.into(),
            ApprovalError::WhichLicense => Self::invalid(
                "license_id",
                "Name the license that ends: the id of one of those that the event asks about.",
            ),
            ApprovalError::NotAsked => Self::new(
                ProblemCode::Conflict,
                "Nothing here waits for a yes or a no. Look at it again; it may have been answered meanwhile.",
            ),
        }
    }
}

impl From<Failure> for Problem {
    fn from(failure: Failure) -> Self {
        let detail = match failure.class {
            FailureClass::Unauthorized => {
                "The licensing account refuses the access token. Give it a new one.".to_owned()
            }
            FailureClass::Forbidden { scope: Some(scope) } => {
                format!("The access token may not do this: {scope} is not ticked.")
            }
            FailureClass::Transient => {
                "The licensing account does not answer. Try again shortly.".to_owned()
            }
            FailureClass::Unreadable { field } => {
                format!(
                    "The licensing account answers something that Latchkey does not understand: field {field}."
                )
            }
            _ => format!("The licensing account says: {}", failure.text),
        };
        Self::new(ProblemCode::LicenseServer, detail)
    }
}

#[cfg(test)]
mod tests {
    use actix_web::ResponseError as _;

    use super::*;

    #[test]
    fn every_error_of_the_store_has_its_status() {
        for (error, status) in [
            (StoreError::NotFound, 404),
            (StoreError::Conflict("a row".into()), 409),
            (StoreError::Unavailable("away".into()), 503),
            (StoreError::Busy, 503),
            (StoreError::Other("odd".into()), 500),
            (StoreError::corrupt("a column", "odd"), 500),
        ] {
            let problem = Problem::from(error);

            assert_eq!(problem.status_code().as_u16(), status, "{problem}");
        }
    }

    #[test]
    fn a_fault_of_ours_keeps_its_causes_to_itself() {
        let problem = Problem::from(StoreError::Other("column secret_name is odd".into()));

        assert!(!problem.to_string().contains("secret_name"), "{problem}");
    }
}
