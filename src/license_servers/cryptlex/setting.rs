//! Which request makes one side of a license so: the vendor has an address of its own for each kind of date.

use serde_json::{Value, json};

use crate::domain::action::LeftOut;
use crate::license_servers::cryptlex::dialect;
use crate::license_servers::cryptlex::outgoing;
use crate::license_servers::cryptlex::scope::LICENSE_WRITE;
use crate::license_servers::http::operation::{Method, Operation};
use crate::license_servers::order::Setting;

/// The request that applies the setting.
pub fn operation(remote_id: &str, setting: &Setting) -> Operation {
    match setting {
        Setting::Suspended(is_suspended) => patch(remote_id, json!({"suspended": is_suspended})),
        Setting::Revoked(is_revoked) => patch(remote_id, json!({"revoked": is_revoked})),
        Setting::Seats(seats) => change(&["licenses", remote_id])
            .json(outgoing::seats(*seats))
            .refuse(outgoing::seats_refusal(Some(*seats))),
        Setting::EntitlementSet(id) => patch(remote_id, json!({"entitlementSetId": id})).names(id),
        Setting::NewestVersion(version) => {
            patch(remote_id, json!({"maxAllowedReleaseVersion": version}))
        }
        Setting::FurtherUsers(ids) => patch(remote_id, json!({"additionalUserIds": ids})),
        Setting::Organization(id) => patch(remote_id, json!({"organizationId": id})).names(id),
        Setting::User(id) => patch(remote_id, json!({"userId": id})).names(id),
        Setting::Metadata(rows) => patch(remote_id, json!({"metadata": outgoing::metadata(rows)})),
        Setting::Notes(notes) => patch(remote_id, json!({"notes": notes})),
        Setting::MaintenancePolicy(id) => {
            patch(remote_id, json!({"maintenancePolicyId": id})).names(id)
        }
        Setting::LeftOut(part) => patch(remote_id, left_out(*part)),
        Setting::Several(settings) => several(remote_id, settings),
        Setting::Term(end) => {
            change(&["licenses", remote_id, "expires-at"]).json(json!({"expiresAt": end}))
        }
        // Never asked: the vendor has neither trials nor grace.
        Setting::TermBeside { end, .. } => operation(remote_id, &Setting::Term(*end)).refuse(Some(
            "this license server has no trials and no grace of its own".to_owned(),
        )),
        Setting::MaintenanceEnd(end) => {
            change(&["licenses", remote_id, "maintenance", "expires-at"])
                .json(json!({"maintenanceExpiresAt": end}))
        }
        Setting::Interval {
            period,
            start_trigger,
        } => {
            let interval = period.map_or_else(
                || outgoing::NO_INTERVAL.to_owned(),
                |period| period.to_string(),
            );
            let body = match start_trigger.map(outgoing::start_trigger) {
                Some(trigger) => {
                    json!({"subscriptionInterval": interval, "subscriptionStartTrigger": trigger})
                }
                None => json!({"subscriptionInterval": interval}),
            };
            change(&["licenses", remote_id, "subscription"]).json(body)
        }
    }
}

/// An empty text clears; `null` would leave it as it is.
fn left_out(part: LeftOut) -> Value {
    match part {
        LeftOut::Seats(seats) => json!(outgoing::seats(seats)),
        LeftOut::EntitlementSet => json!({"entitlementSetId": ""}),
        LeftOut::NewestVersion => json!({"maxAllowedReleaseVersion": ""}),
        LeftOut::MaintenancePolicy => json!({"maintenancePolicyId": ""}),
    }
}

fn several(remote_id: &str, settings: &[Setting]) -> Operation {
    let mut all = patch(remote_id, json!({}));
    for setting in settings {
        let one = operation(remote_id, setting);
        let is_apart = one.target != all.target;
        if let (Some(Value::Object(all)), Some(Value::Object(one))) = (&mut all.body, one.body) {
            all.extend(one);
        }
        let apart = is_apart.then(|| format!("{setting:?} needs a request of its own"));
        all = all.refuse(one.refusal).refuse(apart);
    }
    all
}

fn patch(remote_id: &str, body: Value) -> Operation {
    change(&["licenses", remote_id]).json(body)
}

fn change(segments: &[&str]) -> Operation {
    dialect::operation(Method::Patch, LICENSE_WRITE, segments)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::action::{Metadata, StartTrigger};
    use crate::domain::license::{BesideEnd, Seats};

    #[track_caller]
    fn assert_asked(setting: &Setting, target: &str, body: Value) {
        let operation = operation("l1", setting);

        assert_eq!(operation.method, Method::Patch);
        assert_eq!(operation.target, target, "{setting:?}");
        assert_eq!(operation.body, Some(body), "{setting:?}");
        assert_eq!(operation.refusal, None, "{setting:?}");
    }

    #[test]
    fn most_settings_are_members_of_the_license() {
        let row = Metadata {
            key: "a".to_owned(),
            value: "1".to_owned(),
            is_visible: false,
        };
        let rows = json!({"metadata": [{"key": "a", "value": "1", "viewPermissions": []}]});
        let seats = Seats::Activations(3);
        for (setting, body) in [
            (Setting::Suspended(true), json!({"suspended": true})),
            (Setting::Revoked(false), json!({"revoked": false})),
            (Setting::Seats(seats), json!({"allowedActivations": 3})),
            (
                Setting::EntitlementSet("e1".to_owned()),
                json!({"entitlementSetId": "e1"}),
            ),
            (Setting::User("u1".to_owned()), json!({"userId": "u1"})),
            (
                Setting::FurtherUsers(vec!["u1".to_owned(), "u2".to_owned()]),
                json!({"additionalUserIds": ["u1", "u2"]}),
            ),
            (
                Setting::Organization("o1".to_owned()),
                json!({"organizationId": "o1"}),
            ),
            (
                Setting::NewestVersion("5.9.9".to_owned()),
                json!({"maxAllowedReleaseVersion": "5.9.9"}),
            ),
            (Setting::Metadata(vec![row]), rows),
            (
                Setting::LeftOut(LeftOut::Seats(Seats::Activations(0))),
                json!({"allowedActivations": 0}),
            ),
            (
                Setting::LeftOut(LeftOut::EntitlementSet),
                json!({"entitlementSetId": ""}),
            ),
            (
                Setting::LeftOut(LeftOut::NewestVersion),
                json!({"maxAllowedReleaseVersion": ""}),
            ),
            (
                Setting::LeftOut(LeftOut::MaintenancePolicy),
                json!({"maintenancePolicyId": ""}),
            ),
        ] {
            assert_asked(&setting, "/v3/licenses/l1", body);
        }
    }

    #[test]
    fn several_are_one_request() {
        let seats = Setting::Seats(Seats::Activations(7));
        let policy = Setting::MaintenancePolicy("m1".to_owned());
        let notes = Setting::Notes("ours".to_owned());
        let several = Setting::Several(vec![seats.clone(), policy, notes]);
        let body = json!({"allowedActivations": 7, "maintenancePolicyId": "m1", "notes": "ours"});

        assert_asked(&several, "/v3/licenses/l1", body);
        for refused in [
            vec![seats.clone(), Setting::Term(None)],
            vec![seats, Setting::EntitlementSet(String::new())],
        ] {
            assert!(
                operation("l1", &Setting::Several(refused))
                    .refusal
                    .is_some()
            );
        }
    }

    #[test]
    fn dates_and_periods_have_addresses_of_their_own() {
        let end = "2027-01-13T00:00:00Z".parse().unwrap();
        let yearly = Setting::Interval {
            period: Some("P1Y".parse().unwrap()),
            start_trigger: Some(StartTrigger::Creation),
        };
        let none = Setting::Interval {
            period: None,
            start_trigger: None,
        };
        let yearly_body =
            json!({"subscriptionInterval": "P1Y", "subscriptionStartTrigger": "creation"});
        for (setting, address, body) in [
            (
                Setting::Term(None),
                "expires-at",
                json!({"expiresAt": null}),
            ),
            (
                Setting::Term(Some(end)),
                "expires-at",
                json!({"expiresAt": "2027-01-13T00:00:00Z"}),
            ),
            (
                Setting::MaintenanceEnd(end),
                "maintenance/expires-at",
                json!({"maintenanceExpiresAt": "2027-01-13T00:00:00Z"}),
            ),
            (yearly, "subscription", yearly_body),
            (none, "subscription", json!({"subscriptionInterval": ""})),
        ] {
            assert_asked(&setting, &format!("/v3/licenses/l1/{address}"), body);
        }
    }

    #[test]
    fn no_seats_and_no_user_are_refused() {
        for setting in [
            Setting::TermBeside {
                end: None,
                beside: BesideEnd {
                    is_trial: Some(false),
                    grace_hours: None,
                },
            },
            Setting::Seats(Seats::Activations(0)),
            Setting::Seats(Seats::FloatingClients(0)),
            Setting::User(String::new()),
            Setting::Organization(String::new()),
            Setting::EntitlementSet(" ".to_owned()),
        ] {
            assert!(operation("l1", &setting).refusal.is_some(), "{setting:?}");
        }
    }
}
