//! Upkeep: calls on record, proof of writing.

use latchkey::store::calls;
use latchkey::store::{ProcessId, upkeep};
use uuid::Uuid;

use crate::samples::{at, call, event_id, tenant, tenant_id};
use crate::{on_both, read, write};

#[test]
fn calls_are_kept_with_their_event() {
    on_both(async |store| {
        tenant(store, 1).await;
        let call = call(1, at(0));
        let kept = call.clone();
        write(store, move |db| {
            calls::create(db, std::slice::from_ref(&call))
        })
        .await;

        assert_eq!(
            read(store, |db| calls::list_of_event(
                db,
                tenant_id(1),
                event_id(1)
            ))
            .await,
            [kept]
        );
    });
}

#[test]
fn a_process_shows_that_it_is_alive() {
    on_both(async |store| {
        let process = ProcessId::from_uuid(Uuid::from_u128(1));
        for second in [1, 2] {
            write(store, move |db| upkeep::beat(db, process, at(second))).await;
        }

        assert_eq!(
            read(store, |db| upkeep::list_alive(db, at(2))).await,
            [(process, at(2))]
        );
        assert_eq!(write(store, |db| upkeep::forget_dead(db, at(3))).await, 1);
    });
}
