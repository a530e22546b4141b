//! Upkeep: calls on record, proof of writing, counts for the planner.

use diesel::sql_types::Text;
use diesel::{QueryableByName, RunQueryDsl as _, sql_query};
use latchkey::store::calls;
use latchkey::store::events::{self, NewEvent};
use latchkey::store::{Db, ProcessId, StoreError, upkeep};
use uuid::Uuid;

use crate::samples::{arrival, at, call, event, event_id, tenant, tenant_id};
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

#[derive(QueryableByName)]
struct Step {
    #[diesel(sql_type = Text)]
    detail: String,
}

/// How SQLite would look for the events of one receipt, the newest first; `None` on PostgreSQL.
fn way_to_receipt(db: &mut Db) -> Result<Option<String>, StoreError> {
    let Db::Sqlite(connection) = db else {
        return Ok(None);
    };
    // A plan is told from what the connection knows; only who reads notices that there is news.
    sql_query("SELECT id FROM events LIMIT 1").execute(connection)?;
    let steps: Vec<Step> = sql_query(
        "EXPLAIN QUERY PLAN SELECT id FROM events WHERE tenant_id = x'01' AND order_reference = 'R' \
         ORDER BY received_at DESC LIMIT 20",
    )
    .load(connection)?;
    Ok(steps.into_iter().next().map(|step| step.detail))
}

#[test]
fn few_events_are_found_among_many_once_they_are_counted() {
    on_both(async |store| {
        tenant(store, 1).await;
        // Who reads is connected before.
        write(store, upkeep::count_rows).await;
        read(store, way_to_receipt).await;
        let many = (0..2_000).map(|number| NewEvent {
            order_reference: Some(format!("R{number}")),
            ..event(number, "order A")
        });
        let many = many.collect();
        let arrived = arrival(1, at(0), many);
        write(store, move |db| {
            events::accept_batch(db, std::slice::from_ref(&arrived))
        })
        .await;

        write(store, upkeep::count_rows).await;

        if let Some(way) = read(store, way_to_receipt).await {
            assert!(way.contains("events_by_reference"), "{way}");
        }
    });
}
