//! The machines on which licenses are activated.

use crate::domain::time::Timestamp;
use crate::license_servers::http::fields::{Fields, FromFields, UnreadableField};
use crate::license_servers::http::paging::List;
use crate::license_servers::licensespring::value::{day, id};
use crate::license_servers::remote::{Activation, Page};
use crate::license_servers::reply::Failure;

/// A machine of whatever license.
struct Device {
    license_id: String,
    activation: Activation,
}

/// The machines of this license among those of a page.
///
/// Those listed may be freed next: a machine of another license must never be among them, and the server may take the
/// filter for none.
pub fn of_license(list: &List, license_id: &str) -> Result<Page<Activation>, Failure> {
    let may_be_of = |fields: &Fields<'_>| {
        let found = id(fields, LICENSE);
        found.map_or(true, |found| found == license_id)
    };
    let devices: Vec<Device> = list.read(may_be_of)?;
    let ours = devices
        .into_iter()
        .filter(|device| device.license_id == license_id);
    Ok(Page {
        is_last: list.is_last(),
        items: ours.map(|device| device.activation).collect(),
    })
}

const LICENSE: &str = "license";

impl FromFields for Device {
    fn read(fields: &Fields<'_>) -> Result<Self, UnreadableField> {
        let seen = |name| -> Option<Timestamp> { day(fields, name).unwrap_or_default() };
        let mut system = [fields.shown("os"), fields.shown("os_ver")].to_vec();
        system.retain(|part| !part.is_empty());
        Ok(Self {
            license_id: id(fields, LICENSE)?,
            activation: Activation {
                id: id(fields, "id")?,
                machine: fields.shown("hostname"),
                system: system.join(" "),
                activated_at: seen("time_activated").or_else(|| seen("created_at")),
                last_seen_at: seen("last_check"),
                is_offline: false,
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::license_servers::reply::FailureClass;

    #[test]
    fn only_machines_of_the_license_are_kept() {
        let list = List::of(&[
            json!({"id": 1, "license": 1_733_049_840_239_917_u64, "hostname": "desk", "os": "Linux", "os_ver": "7",
                "last_check": "2026-12-01T10:00:00Z", "created_at": "2026-11-01T10:00:00Z"}),
            json!({"id": 2, "license": 1_733_049_840_239_918_u64}),
            json!({"id": 3, "license": {"id": 1_733_049_840_239_917_u64}}),
            json!({"license": 1_733_049_840_239_918_u64}),
        ]);

        let page = of_license(&list, "1733049840239917").unwrap();

        let ids: Vec<_> = page.items.iter().map(|device| device.id.as_str()).collect();
        assert_eq!(ids, ["1", "3"]);
        let first = &page.items[0];
        assert_eq!(
            (first.machine.as_str(), first.system.as_str()),
            ("desk", "Linux 7")
        );
        assert!(first.activated_at < first.last_seen_at);
    }

    #[test]
    fn a_machine_that_does_not_tell_its_license_makes_the_list_unreadable() {
        for body in [
            json!({"id": 1}),
            json!({"id": 1, "license": 1.5}),
            json!({"license": 17}),
        ] {
            let failure = of_license(&List::of(&[body]), "17").unwrap_err();

            assert!(matches!(failure.class, FailureClass::Unreadable { .. }));
        }
    }
}
