//! Licenses and effects: identity once, busy with one effect, evidence kept.

use std::collections::{BTreeMap, BTreeSet};

use latchkey::domain::effect::EffectState;
use latchkey::domain::license::{LicenseState, Root, Shown};
use latchkey::domain::shop_id::OrderId;
use latchkey::store::Db;
use latchkey::store::effects::{self, Effect};
use latchkey::store::licenses::{
    self, LicenseChange, LicenseCursor, LicenseFilter, LicenseSearch, Row, Units,
};

use crate::samples::{
    at, effect, effect_id, event_id, license, license_id, storefront_id, tenant, tenant_id,
};
use crate::{on_both, read, write};

#[test]
fn the_same_identity_or_key_is_created_once() {
    on_both(async |store| {
        tenant(store, 1).await;
        write(store, |db| licenses::create(db, &[license(1, 1)])).await;
        let mut same_identity = license(1, 1);
        same_identity.id = license_id(2);
        same_identity.key_hash = None;
        let mut same_key = license(1, 3);
        same_key.key_hash = license(1, 1).key_hash;
        let rows = [same_identity, same_key, license(1, 4)];

        let created = write(store, move |db| licenses::create(db, &rows)).await;

        assert_eq!(created, BTreeSet::from([license_id(4)]));
        let found = read(store, |db| {
            let roots = [Root::Order(OrderId::new("ORDER-1").unwrap())];
            licenses::list_of_roots(db, tenant_id(1), storefront_id(1), &roots)
        })
        .await;
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].id, license_id(1));
    });
}

#[test]
fn a_great_quantity_is_read_in_portions() {
    on_both(async |store| {
        tenant(store, 1).await;
        let rows: Vec<_> = (1..=9)
            .map(|number| Row {
                root: "ORDER-1".to_owned(),
                unit: i32::try_from(number).unwrap(),
                ..license(1, number)
            })
            .collect();
        write(store, move |db| licenses::create(db, &rows)).await;
        let root = Root::Order(OrderId::new("ORDER-1").unwrap());
        let home = (tenant_id(1), storefront_id(1));

        for (after, through, expected) in [
            (0, 4, vec![1, 2, 3, 4]),
            (4, 8, vec![1, 5, 6, 7, 8]),
            (8, 12, vec![1, 9]),
            (0, u32::MAX, (1..=9).collect()),
        ] {
            let roots = [root.clone()];
            let portion = Units { after, through };
            let read = read(store, move |db| {
                licenses::list_units_of_roots(db, home, &roots, portion)
            });
            let units: Vec<i32> = read.await.iter().map(|row| row.unit).collect();
            assert_eq!(units, expected, "{after} {through}");
        }
        let (roots, place) = ([root.clone()], root.clone());
        let last = read(store, move |db| licenses::last_units(db, home, &roots)).await;
        let slot = "studio".to_owned();
        assert_eq!(last, BTreeMap::from([((root, slot), 9)]));
        let units = read(store, move |db| {
            licenses::units_of_slot(db, home, (&place, "studio"))
        });
        assert_eq!(units.await, (1..=9).collect());
    });
}

#[test]
fn the_effects_of_some_licenses_are_told_from_those_of_the_whole_event() {
    on_both(async |store| {
        tenant(store, 1).await;
        let effects = [1, 2, 3].map(|number| Effect {
            position: i32::try_from(number).unwrap(),
            ..effect(1, number, 1, number)
        });
        let position = |db: &mut Db| effects::next_position(db, tenant_id(1), event_id(1));
        assert_eq!(read(store, position).await, 0);
        write(store, move |db| {
            effects
                .iter()
                .try_for_each(|effect| effects::create(db, effect))
        })
        .await;

        let some = read(store, |db| {
            let licenses = [license_id(3), license_id(1), license_id(9)];
            effects::list_of_event_on(db, tenant_id(1), event_id(1), &licenses)
        })
        .await;
        let shown = read(store, |db| {
            effects::list_shown_of_event(db, tenant_id(1), event_id(1))
        })
        .await;

        let ids = |effects: &[Effect]| effects.iter().map(|effect| effect.id).collect::<Vec<_>>();
        assert_eq!(ids(&some), [effect_id(1), effect_id(3)]);
        assert_eq!(ids(&shown), [1, 2, 3].map(effect_id));
        assert_eq!(read(store, position).await, 4);
    });
}

#[test]
fn a_license_is_busy_with_one_effect_at_a_time() {
    on_both(async |store| {
        tenant(store, 1).await;
        write(store, |db| licenses::create(db, &[license(1, 1)])).await;
        let mark = |effect, second| {
            write(store, move |db| {
                licenses::mark_busy(
                    db,
                    tenant_id(1),
                    license_id(1),
                    effect_id(effect),
                    (at(0), at(second)),
                )
            })
        };
        let clear = |effect| {
            write(store, move |db| {
                licenses::clear_busy(db, tenant_id(1), license_id(1), effect_id(effect))
            })
        };

        assert!(mark(1, 0).await);
        assert!(!mark(2, 1).await);
        assert!(mark(1, 2).await);
        clear(2).await;
        assert!(!mark(2, 3).await);
        clear(1).await;
        assert!(mark(2, 4).await);
    });
}

#[test]
fn a_license_that_changed_meanwhile_is_not_marked() {
    on_both(async |store| {
        tenant(store, 1).await;
        write(store, |db| licenses::create(db, &[license(1, 1)])).await;

        let marked = write(store, |db| {
            let seen_before = at(-1);
            licenses::mark_busy(
                db,
                tenant_id(1),
                license_id(1),
                effect_id(1),
                (seen_before, at(1)),
            )
        })
        .await;

        assert!(!marked);
    });
}

#[test]
fn what_was_seen_of_a_license_is_noted_only_if_it_was_at_rest_since() {
    on_both(async |store| {
        tenant(store, 1).await;
        write(store, |db| licenses::create(db, &[license(1, 1)])).await;
        let note = |since| {
            write(store, move |db| {
                let change = LicenseChange {
                    updated_at: Some(at(5)),
                    ..LicenseChange::default()
                };
                licenses::change_at_rest(db, tenant_id(1), license_id(1), &change, at(since))
            })
        };

        assert!(!note(-1).await, "changed since");
        assert!(note(0).await, "at rest");
        assert!(!note(0).await, "changed by the note");
        write(store, |db| {
            let (license, effect) = (license_id(1), effect_id(1));
            licenses::mark_busy(db, tenant_id(1), license, effect, (at(5), at(6)))
        })
        .await;
        assert!(!note(5).await, "busy");
    });
}

#[test]
fn only_the_effect_that_marked_a_license_last_changes_it() {
    on_both(async |store| {
        tenant(store, 1).await;
        write(store, |db| licenses::create(db, &[license(1, 1)])).await;
        write(store, |db| {
            licenses::mark_busy(
                db,
                tenant_id(1),
                license_id(1),
                effect_id(1),
                (at(0), at(1)),
            )
        })
        .await;
        let change = |effect, since| {
            let change = LicenseChange {
                busy_effect_id: Some(None),
                busy_since: Some(None),
                updated_at: Some(at(5)),
                ..LicenseChange::default()
            };
            write(store, move |db| {
                let mark = (effect_id(effect), at(since));
                licenses::change_marked(db, tenant_id(1), license_id(1), &change, mark)
            })
        };

        assert!(!change(2, 1).await);
        assert!(!change(1, 2).await);
        assert!(change(1, 1).await);
        assert!(!change(1, 1).await);
    });
}

#[test]
fn many_marks_at_once_let_one_through() {
    on_both(async |store| {
        tenant(store, 1).await;
        write(store, |db| licenses::create(db, &[license(1, 1)])).await;

        let marks = (1..=20).map(|effect| {
            write(store, move |db| {
                licenses::mark_busy(
                    db,
                    tenant_id(1),
                    license_id(1),
                    effect_id(effect),
                    (at(0), at(1)),
                )
            })
        });
        let marked = futures::future::join_all(marks).await;

        assert_eq!(marked.into_iter().filter(|marked| *marked).count(), 1);
    });
}

#[test]
fn a_change_is_read_back_as_the_domain_knows_it() {
    on_both(async |store| {
        tenant(store, 1).await;
        write(store, |db| licenses::create(db, &[license(1, 1)])).await;
        let mut changed = license(1, 1).license().unwrap();
        changed.remote_id = Some("remote".to_owned());
        changed.given.end = Some(at(500));
        changed.shown = Some(Shown {
            expires_at: Some(at(500)),
            interval: Some("P1M".parse().unwrap()),
            allowed_activations: Some(3),
            ..Shown::empty(at(1))
        });
        let change = LicenseChange::of(&changed, at(2)).unwrap();

        write(store, move |db| {
            licenses::change(db, tenant_id(1), license_id(1), &change)
        })
        .await;

        let row = read(store, |db| licenses::find(db, tenant_id(1), license_id(1)))
            .await
            .unwrap();
        assert_eq!(row.license().unwrap(), changed);
        assert_eq!(
            (row.state, row.expires_at),
            (LicenseState::Active, Some(at(500)))
        );
        let found = |state, now| {
            read(store, move |db| {
                let filter = LicenseFilter {
                    state: Some(state),
                    ..LicenseFilter::default()
                };
                licenses::count(db, tenant_id(1), &filter, at(now))
            })
        };
        assert_eq!(found(LicenseState::Active, 499).await, 1);
        assert_eq!(found(LicenseState::Expired, 499).await, 0);
        assert_eq!(found(LicenseState::Active, 500).await, 0);
        assert_eq!(found(LicenseState::Expired, 500).await, 1);
    });
}

#[test]
fn licenses_are_listed_in_pages_and_found_by_what_people_type() {
    on_both(async |store| {
        tenant(store, 1).await;
        write(store, |db| {
            licenses::create(db, &[license(1, 1), license(1, 2), license(1, 3)])
        })
        .await;
        let first = read(store, |db| {
            licenses::list(
                db,
                tenant_id(1),
                (&LicenseFilter::default(), at(0)),
                None,
                2,
            )
        })
        .await;
        let last = first.last().map(|row| LicenseCursor {
            created_at: row.created_at,
            id: row.id,
        });
        let second = read(store, move |db| {
            licenses::list(
                db,
                tenant_id(1),
                (&LicenseFilter::default(), at(0)),
                last,
                2,
            )
        })
        .await;
        let ids: Vec<_> = first.iter().chain(&second).map(|row| row.id).collect();
        assert_eq!(ids, [3, 2, 1].map(license_id));

        for (text, key_hash, expected) in [
            ("ORDER-2", None, 1),
            ("stud", None, 3),
            ("%", None, 0),
            ("st_d", None, 0),
            ("nothing", None, 0),
            ("nothing", license(1, 3).key_hash, 1),
        ] {
            let search = LicenseSearch {
                text: text.to_owned(),
                key_hash,
                ..LicenseSearch::default()
            };
            let filter = LicenseFilter {
                search: Some(search),
                ..LicenseFilter::default()
            };
            let count = read(store, move |db| {
                licenses::count(db, tenant_id(1), &filter, at(0))
            })
            .await;
            assert_eq!(count, expected, "{text}");
        }
    });
}

#[test]
fn an_effect_keeps_its_evidence() {
    on_both(async |store| {
        tenant(store, 1).await;
        let done = Effect {
            state: EffectState::Done,
            attempts: 1,
            before: Some("{\"end\":1}".to_owned()),
            after: Some("{\"end\":2}".to_owned()),
            sent_at: None,
            settled_at: Some(at(2)),
            ..effect(1, 1, 1, 1)
        };
        write(store, move |db| {
            effects::create(db, &effect(1, 1, 1, 1))?;
            effects::write(db, &done)?;
            effects::verify_of_license(db, tenant_id(1), license_id(1), at(3))
        })
        .await;

        let of_event = read(store, |db| {
            effects::list_of_event(db, tenant_id(1), event_id(1))
        })
        .await;
        let of_license = read(store, |db| {
            effects::list_of_license(db, tenant_id(1), license_id(1))
        })
        .await;

        assert_eq!(of_event, of_license);
        assert_eq!(of_event[0].attempts, 1);
        assert_eq!(of_event[0].before.as_deref(), Some("{\"end\":1}"));
        assert_eq!(of_event[0].after.as_deref(), Some("{\"end\":2}"));
        assert_eq!(of_event[0].settled_at, Some(at(2)));
        assert_eq!(of_event[0].verified_at, Some(at(3)));
    });
}
