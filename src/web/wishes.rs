//! The buttons by which a person asks something of a license.

use crate::domain::license::License;
use crate::domain::time::Timestamp;
use crate::domain::wish::{DAYS, WishKind};
use crate::web::partials::Way;

/// What may be asked of a license as it stands; with a name where several licenses stand on one page.
pub fn ways(
    license: &License,
    name: Option<&str>,
    csrf: &str,
    now: Timestamp,
) -> impl Iterator<Item = Way> {
    let possible = WishKind::ALL
        .into_iter()
        .filter(move |kind| kind.of(license, now).is_some());
    possible.map(move |kind| {
        let address = format!("/licenses/{}/{}", license.id, segment(kind));
        Way::post(label(kind, name), address, csrf).with("standing", kind.standing(license))
    })
}

/// As the address spells it.
const fn segment(kind: WishKind) -> &'static str {
    match kind {
        WishKind::MoreDays => "more-days",
        WishKind::Lift => "lift",
    }
}

fn label(kind: WishKind, name: Option<&str>) -> String {
    match (kind, name) {
        (WishKind::MoreDays, None) => format!("Give {DAYS} more days"),
        (WishKind::MoreDays, Some(name)) => format!("Give {name} {DAYS} more days"),
        (WishKind::Lift, None) => "Lift it".to_owned(),
        (WishKind::Lift, Some(name)) => format!("Lift the suspension of {name}"),
    }
}
