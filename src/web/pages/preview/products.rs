//! Products with sample choices.

#![expect(clippy::too_many_lines, reason = "samples are long and dull")]

use crate::web::pages::preview::{HOSTILE, ago, render, shell};
use crate::web::pages::product::ProductPage;
use crate::web::pages::product_fields::{PathField, Pick};
use crate::web::pages::products::{ListedProduct, Products};
use crate::web::pages::shell::Area;
use crate::web::partials::{
    Badge, ChoiceGroup, Choices, Empty, FieldChoice, FormField, PageNotice, Select, Tab, Tone, Way,
};

pub fn pages() -> Vec<(&'static str, String)> {
    vec![
        ("products", render(&list(rows()))),
        ("products-empty", render(&list(Vec::new()))),
        (
            "product",
            render(&product(
                PathField::Known("studio-pro-2027".to_owned()),
                None,
            )),
        ),
        (
            "product-new",
            render(&product(
                PathField::New(FormField::text(
                    "product_path",
                    "Product path at FastSpring",
                )),
                Some(
                    "“allowed_activation” is not a name Latchkey knows. Did you mean “allowed_activations”?",
                ),
            )),
        ),
    ]
}

fn list(rows: Vec<ListedProduct>) -> Products {
    Products {
        shell: shell("Products", Area::Products),
        stores: ["Northwind", "Northwind Europe"]
            .iter()
            .map(|name| Tab {
                label: (*name).to_owned(),
                href: "/products?store=stf_1".to_owned(),
                is_current: *name == "Northwind",
            })
            .collect(),
        rows,
        empty: Empty {
            title: "No product has been sold yet.".to_owned(),
            text: "Products appear here with the first order. You can also name one beforehand, so that its first buyer is served at once.".to_owned(),
            way: Some(Way::link("Name a product", "/products/choose").primary()),
        },
        add: Some(Way::link("Name a product", "/products/choose").button()),
    }
}

fn rows() -> Vec<ListedProduct> {
    let row = |name: &str, path: &str, gives: Badge, source: &str, way: Way| ListedProduct {
        name: name.to_owned(),
        path: path.to_owned(),
        gives,
        source: source.to_owned(),
        key: String::new(),
        findings: (path == HOSTILE)
            .then(|| HOSTILE.to_owned())
            .into_iter()
            .collect(),
        last_seen: (path != "reverb-2").then(|| ago("2026-12-03T08:14:02Z")),
        choose: way,
    };
    let change = || Way::link("Change", "/products/choose?product=x");
    vec![
        row(
            "Studio Pro 2027",
            "studio-pro-2027",
            Badge::new(Tone::Act, "Not said yet: 12 orders wait"),
            "",
            Way::link(
                "Choose the license",
                "/products/choose?product=studio-pro-2027",
            )
            .primary(),
        ),
        row(
            "Studio Pro (monthly)",
            "studio-pro-monthly",
            Badge::new(Tone::Good, "Studio Pro · Monthly"),
            "Said by its attributes at FastSpring.",
            change(),
        ),
        row(
            "Reverb",
            "reverb-2",
            Badge::new(Tone::Good, "Reverb · Perpetual"),
            "Chosen here.",
            change(),
        ),
        row(
            "T-Shirt",
            "t-shirt",
            Badge::new(Tone::Quiet, "Never licensed"),
            "Chosen here.",
            change(),
        ),
        row(
            HOSTILE,
            HOSTILE,
            Badge::new(Tone::Bad, HOSTILE),
            HOSTILE,
            change(),
        ),
    ]
}

fn product(path: PathField, error: Option<&str>) -> ProductPage {
    let is_known = matches!(path, PathField::Known(_));
    ProductPage {
        service: "Cryptlex",
        shell: shell("Choose the license", Area::Products),
        title: "Which license does Studio Pro 2027 give?".to_owned(),
        waiting: is_known.then(|| PageNotice {
            tone: Tone::Act,
            text:
                "12 paid orders wait for this. They are served at once when you save, oldest first."
                    .to_owned(),
        }),
        findings: error.map(str::to_owned).into_iter().collect(),
        action: "/products/choose".to_owned(),
        path,
        license: Pick::Listed(Select {
            name: "license",
            label: "License",
            hint: "Products and templates of “Cryptlex account, EU”.".to_owned(),
            error: None,
            groups: vec![
                ChoiceGroup {
                    label: "Studio Pro".to_owned(),
                    choices: vec![
                        FieldChoice::new("a/m", "Studio Pro · Monthly (1 month)", "", "a/m"),
                        FieldChoice::new("a/y", "Studio Pro · Yearly (1 year)", "", "a/m"),
                    ],
                },
                ChoiceGroup {
                    label: "Reverb".to_owned(),
                    choices: vec![FieldChoice::new("b/p", "Reverb · Perpetual", "", "a/m")],
                },
            ],
        }),
        template: Pick::Typed(FormField::text("license_template_id", "Template").optional()),
        quantity: Choices {
            name: "mappings_quantity",
            label: "Someone who buys three gets",
            choices: vec![
                FieldChoice::new(
                    "total_licenses",
                    "Three licenses",
                    "Each with its own key.",
                    "total_licenses",
                ),
                FieldChoice::new(
                    "allowed_activations",
                    "One license for three machines",
                    "The number becomes the allowed activations.",
                    "total_licenses",
                ),
                FieldChoice::new(
                    "allowed_floating_clients",
                    "One floating license for three",
                    "The number becomes the allowed floating clients.",
                    "total_licenses",
                ),
            ],
        },
        interval: Select::plain(
            "interval",
            "Period of a subscription",
            vec![
                FieldChoice::new("", "As the template says", "", ""),
                FieldChoice::new("P1Y", "a year", "", ""),
            ],
        ),
        key_giver: Select::plain(
            "key_delivery",
            "How buyers get the key",
            vec![FieldChoice::new("", "As Latchkey sees it", "", "")],
        ),
        key: is_known.then(|| PageNotice::failed("Nobody gives buyers the key.")),
        password: FormField::own_password().optional(),
        fulfillment_key: FormField::secret(
            "fulfillment_key",
            "Private key of its “Remote Server Request”",
        )
        .optional()
        .hint("Only if this product has its own; else the store's holds."),
        attributes: if error.is_some() {
            "allowed_activation = 3".to_owned()
        } else {
            String::new()
        },
        attributes_error: error.map(str::to_owned),
        never: Some(Way::post(
            "Never license this product",
            "/products/never",
            "c5f3",
        )),
        forget: None,
        seen: if is_known {
            vec![("product_id".to_owned(), "8d5f…".to_owned())]
        } else {
            Vec::new()
        },
    }
}
