//! Messages that stand still, by the thousand.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use diesel::connection::{Connection as _, SimpleConnection as _};
use diesel::{PgConnection, SqliteConnection};
use latchkey::domain::effect::EventState;
use latchkey::domain::time::Timestamp;
use latchkey::store::{PlatformUse, Scope, cause_counts, events, upkeep};

use crate::database::Database;
use crate::vendor::Shop;

const PATIENCE: Duration = Duration::from_secs(60);
const DAY_MICROS: i64 = 86_400 * 1_000_000;
/// Over so many days those are spread that did not come today.
const DAYS: i64 = 28;

/// Of each two one came today; ten problems, of which one asks about each message.
const FILL: &str = "
    INSERT INTO events (tenant_id, id, storefront_id, source_event_id, event_type, live, lane, subject, state,
        reason_code, reason_subject, order_id, order_reference, headline, news, occurred_at, received_at, settled_at,
        attempts, claims)
    SELECT tenant_id, {id}, storefront_id, 'parked-' || number, 'order.completed', true, 1, 'order parked-' || number,
        'parked', CASE number % 10 WHEN 0 THEN 'awaiting_consent' WHEN 1 THEN 'license_server_rejected'
            ELSE 'product_not_mapped' END,
        CASE WHEN number % 10 > 1 THEN 'studio-' || number % 10 END,
        'parked-' || number, 'NWA' || number, 'New order · studio-' || number % 10, 'purchases', moment, moment, moment, 0, 0
    FROM (
        SELECT storefronts.tenant_id, storefronts.id AS storefront_id, number, {moment} AS moment
        FROM storefronts CROSS JOIN {numbers}
    ) AS times";

/// Puts so many in, of which half came today.
pub async fn fill(database: &Database, shop: &Shop, messages: u64) -> Result<()> {
    let now = shop.clock.now().as_microsecond();
    let today = now % DAY_MICROS;
    let micros = format!(
        "{now} - CAST(number AS BIGINT) * CASE number % 2 WHEN 0 THEN {today} ELSE {} END / {messages}",
        DAYS * DAY_MICROS
    );
    match database {
        Database::Postgres(server) => {
            let mut connection = PgConnection::establish(&server.url())?;
            connection.batch_execute("SET latchkey.platform TO 'upkeep'")?;
            let numbers = format!("generate_series(1, {messages}) AS numbers (number)");
            let moment = format!("to_timestamp(({micros}) / 1000000.0)");
            connection.batch_execute(&fill_with("gen_random_uuid()", &moment, &numbers))?;
        }
        Database::Sqlite(_) => {
            let url = database.url();
            let path = url.strip_prefix("sqlite://").context("the URL of a file")?;
            let mut connection = SqliteConnection::establish(path)?;
            connection.batch_execute("PRAGMA busy_timeout = 60000")?;
            let numbers = format!(
                "(WITH RECURSIVE numbers (number) AS (SELECT 1 UNION ALL SELECT number + 1 FROM numbers \
                 WHERE number < {messages}) SELECT number FROM numbers)"
            );
            connection.batch_execute(&fill_with("randomblob(16)", &micros, &numbers))?;
        }
    }
    // As the chores do every minute, and every ten minutes.
    let scope = Scope::Platform(PlatformUse::Upkeep);
    let store = &shop.latchkey.state.store;
    let folded = store.write(scope, cause_counts::fold_across_tenants);
    folded.await?;
    Ok(store.write(scope, upkeep::count_rows).await?)
}

fn fill_with(id: &str, moment: &str, numbers: &str) -> String {
    let fill = FILL.replace("{id}", id).replace("{moment}", moment);
    fill.replace("{numbers}", numbers)
}

/// Until all that came is done.
pub async fn wait_until_worked(shop: &Shop) -> Result<()> {
    let begun = Instant::now();
    let (tenant, since) = (shop.tenant, Timestamp::from_microsecond(0));
    loop {
        let store = &shop.latchkey.state.store;
        let counted = store.read(Scope::Tenant(tenant), move |db| {
            events::count_by_state(db, tenant, since)
        });
        let states = counted.await?;
        if states.iter().all(|(state, _)| *state == EventState::Done) {
            return Ok(());
        }
        ensure!(
            begun.elapsed() < PATIENCE,
            "not everything was done: {states:?}"
        );
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
