//! The fields of a product's form, filled in and judged.

use crate::accounts::setup::FieldError;
use crate::domain::time::Period;
use crate::license_servers::remote::CatalogItem;
use crate::web::forms;
use crate::web::pages::product_form::{PERIOD, QUANTITY};
use crate::web::partials::{Choices, FieldChoice, FormField, Select};

/// The product's own secret for keys in the receipt.
pub const FULFILLMENT_KEY: &str = "fulfillment_key";
/// Where errors say that the person's password is not right, in a whole sentence.
pub const PASSWORD: &str = "password";

/// A path that is known or to be written.
#[derive(Debug, Clone)]
pub enum PathField {
    /// Sold before.
    Known(String),
    /// To be named.
    New(FormField),
}

/// Something to choose from a list, or to write by hand while the list cannot be had.
#[derive(Debug, Clone)]
pub enum Pick {
    /// From a list.
    Listed(Select),
    /// By hand.
    Typed(FormField),
}

/// The product at the license server.
pub fn license(
    service: &str,
    current: &str,
    errors: &[FieldError],
    offered: Option<&Vec<CatalogItem>>,
) -> Pick {
    let choosing = Choosing {
        service,
        name: "license_product_id",
        label: "License of",
        nothing: &format!("Choose the product at {service}"),
        current,
        error: forms::error(errors, "license_product_id", "License of"),
    };
    choosing.pick(offered)
}

/// The template there.
pub fn template(
    service: &str,
    current: &str,
    errors: &[FieldError],
    offered: Option<&Vec<CatalogItem>>,
) -> Pick {
    let choosing = Choosing {
        service,
        name: "license_template_id",
        label: "Template",
        nothing: "The product's own template",
        current,
        error: forms::error(errors, "license_template_id", "Template"),
    };
    choosing.pick(offered)
}

/// The path; fixed once it is known.
pub fn path_field(known: Option<&str>, filled: &str, errors: &[FieldError]) -> PathField {
    match known {
        Some(path) => PathField::Known(path.to_owned()),
        None => PathField::New(
            FormField::text("product_path", "Product path at FastSpring")
                .hint("The product's id there, for example studio-pro.")
                .value(filled)
                .error(forms::error(errors, "product_path", "Product path")),
        ),
    }
}

/// The period of a subscription, where it differs from the template's.
pub fn interval(current: &str, errors: &[FieldError]) -> Select {
    let usual = ["P1W", "P1M", "P3M", "P6M", "P1Y", "P2Y", "P3Y"];
    let other = (!current.is_empty() && !usual.contains(&current)).then_some(current);
    let periods = usual.into_iter().chain(other).map(|text| {
        let words = text.parse::<Period>().map(Period::in_words);
        let label = words.unwrap_or_else(|_no_period| text.to_owned());
        FieldChoice::new(text, &label, "", current)
    });
    let as_template = FieldChoice::new("", "As the template says", "", current);
    Select {
        error: forms::error(errors, PERIOD, "Period of a subscription"),
        ..Select::plain(
            "interval",
            "Period of a subscription",
            [as_template].into_iter().chain(periods).collect(),
        )
    }
}

/// Who gives buyers the key, where it cannot be seen.
pub fn key_giver(service: &str, current: &str) -> Select {
    let mailed = format!("{service} mails it");
    let choices = [
        ("", "As Latchkey sees it"),
        ("license_server", mailed.as_str()),
        ("vendor", "We hand it over ourselves"),
        ("shop", "Another generator at FastSpring makes it"),
    ];
    let choices = choices.map(|(value, label)| FieldChoice::new(value, label, "", current));
    Select {
        hint: format!(
            "Only if it cannot be seen: whether FastSpring asks for it, and usually whether {service} mails it, Latchkey knows."
        ),
        ..Select::plain("key_delivery", "How buyers get the key", choices.into())
    }
}

/// The product's own secret for keys in the receipt; what is there is never shown.
pub fn fulfillment_key(errors: &[FieldError]) -> FormField {
    FormField::secret(
        FULFILLMENT_KEY,
        "Private key of its “Remote Server Request”",
    )
    .optional()
    .hint("Only if this product has its own; else the store's holds. Empty: as it is.")
    .error(forms::error(errors, FULFILLMENT_KEY, "Private key"))
}

/// The person's password, asked only where the secret is changed.
pub fn own_password(errors: &[FieldError]) -> FormField {
    let refusal = errors.iter().find(|error| error.field == PASSWORD);
    FormField::own_password()
        .optional()
        .hint("Asked again where the private key is changed.")
        .error(refusal.map(|error| error.message.clone()))
}

/// A list to choose from.
struct Choosing<'a> {
    service: &'a str,
    name: &'static str,
    label: &'static str,
    nothing: &'a str,
    current: &'a str,
    error: Option<String>,
}

impl Choosing<'_> {
    fn pick(self, offered: Option<&Vec<CatalogItem>>) -> Pick {
        let service = self.service;
        let Some(offered) = offered else {
            return Pick::Typed(
                FormField::text(self.name, self.label)
                    .optional()
                    .hint(format!("{service} does not tell its list just now. Write the id as {service} shows it, or load this page again in a moment."))
                    .value(self.current)
                    .error(self.error),
            );
        };
        let mut choices = vec![FieldChoice::new("", self.nothing, "", self.current)];
        choices.extend(
            offered
                .iter()
                .map(|item| FieldChoice::new(&item.id, &item.display_name, "", self.current)),
        );
        // What was chosen and is gone there must not turn into something else by itself.
        if !choices.iter().any(|choice| choice.is_selected) {
            let label = format!("{} (no longer at {service})", self.current);
            choices.push(FieldChoice::new(self.current, &label, "", self.current));
        }
        Pick::Listed(Select {
            error: self.error,
            ..Select::plain(self.name, self.label, choices)
        })
    }
}

/// What the bought quantity becomes.
pub fn quantity(current: &str) -> Choices {
    let choices = [
        ("total_licenses", "Three licenses", "Each with its own key."),
        (
            "allowed_activations",
            "One license for three machines",
            "The number becomes the allowed activations.",
        ),
        (
            "allowed_floating_clients",
            "One floating license for three",
            "The number becomes the allowed floating clients.",
        ),
    ];
    Choices {
        name: QUANTITY,
        label: "Someone who buys three gets",
        choices: choices
            .map(|(value, label, text)| FieldChoice::new(value, label, text, current))
            .into(),
    }
}

/// What is wrong with the further attributes; `None` when nothing is.
pub fn attributes_error(errors: &[FieldError]) -> Option<String> {
    let error = errors.iter().find(|error| {
        (error.field == "attributes" || error.field.starts_with("attributes."))
            && error.field != PERIOD
    })?;
    let name = error
        .field
        .strip_prefix("attributes.")
        .unwrap_or("Attributes");
    Some(format!("{name}: {}.", error.message))
}
