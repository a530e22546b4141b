//! The demo's buyers; every one of them is invented.

use crate::storefronts::fastspring::pretend::sale::SaleBuyer;

const fn person(
    [first, last, mailbox]: [&'static str; 3],
    company: Option<&'static str>,
    [city, country, language]: [&'static str; 3],
) -> SaleBuyer {
    SaleBuyer {
        first,
        last,
        mailbox,
        company,
        city,
        country,
        language,
    }
}

/// All buyers.
pub static PEOPLE: [SaleBuyer; 24] = [
    person(
        ["Anna", "Lindqvist", "anna.lindqvist"],
        None,
        ["Göteborg", "SE", "sv"],
    ),
    person(
        ["Mark", "Weber", "mark.weber"],
        None,
        ["Leipzig", "DE", "de"],
    ),
    person(
        ["Lena", "Novák", "lena.novak"],
        Some("Tichá Hudba"),
        ["Brno", "CZ", "en"],
    ),
    person(
        ["Owen", "Hartley", "owen.hartley"],
        Some("Hartley Sound"),
        ["Leeds", "GB", "en"],
    ),
    person(
        ["Chiara", "Bassi", "chiara.bassi"],
        None,
        ["Bologna", "IT", "it"],
    ),
    person(
        ["Tomás", "Ibarra", "tomas.ibarra"],
        None,
        ["Valencia", "ES", "es"],
    ),
    person(
        ["Grace", "Okafor", "grace.okafor"],
        Some("Lagoon Studios"),
        ["Houston", "US", "en"],
    ),
    person(
        ["Émile", "Garnier", "emile.garnier"],
        None,
        ["Nantes", "FR", "fr"],
    ),
    person(
        ["Yuki", "Tanabe", "yuki.tanabe"],
        None,
        ["Sapporo", "JP", "ja"],
    ),
    person(
        ["Priya", "Raman", "priya.raman"],
        Some("Raman & Daughters"),
        ["Pune", "IN", "en"],
    ),
    person(
        ["Jonas", "Ekholm", "jonas.ekholm"],
        None,
        ["Turku", "FI", "en"],
    ),
    person(
        ["Marta", "Kowal", "marta.kowal"],
        None,
        ["Gdynia", "PL", "en"],
    ),
    person(
        ["Sam", "Whitford", "sam.whitford"],
        Some("Night Bus Audio"),
        ["Bristol", "GB", "en"],
    ),
    person(
        ["Rosa", "Delgado", "rosa.delgado"],
        None,
        ["Austin", "US", "en"],
    ),
    person(
        ["Henrik", "Sørbye", "henrik.sorbye"],
        None,
        ["Bergen", "NO", "en"],
    ),
    person(
        ["Noor", "Haddad", "noor.haddad"],
        Some("Haddad Post"),
        ["Utrecht", "NL", "en"],
    ),
    person(
        ["Felix", "Brandauer", "felix.brandauer"],
        None,
        ["Linz", "AT", "de"],
    ),
    person(
        ["Ines", "Carvalho", "ines.carvalho"],
        None,
        ["Porto", "PT", "en"],
    ),
    person(
        ["Caleb", "Winters", "caleb.winters"],
        Some("Winters Score"),
        ["Portland", "US", "en"],
    ),
    person(
        ["Aoife", "Brennan", "aoife.brennan"],
        None,
        ["Galway", "IE", "en"],
    ),
    person(
        ["Viktor", "Dalca", "viktor.dalca"],
        None,
        ["Cluj", "RO", "en"],
    ),
    person(
        ["Mei", "Fong", "mei.fong"],
        Some("Harbour Foley"),
        ["Auckland", "NZ", "en"],
    ),
    person(
        ["Lars", "Petersen", "lars.petersen"],
        None,
        ["Aarhus", "DK", "en"],
    ),
    person(
        ["Dana", "Petrovic", "dana.petrovic"],
        None,
        ["Toronto", "CA", "en"],
    ),
];
