//! Which process has which subject in work, as PostgreSQL has it on record.

use std::net::SocketAddr;

use diesel::connection::SimpleConnection as _;
use diesel::sql_types::Text;
use diesel::{Connection as _, PgConnection, QueryableByName, RunQueryDsl as _, sql_query};

use crate::processes::vendor::client;

/// A look at the leases of all processes.
pub struct Leases(PgConnection);

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Text)]
    text: String,
}

impl Leases {
    /// Of the database with this URL.
    pub fn of(url: &str) -> Self {
        let mut connection = PgConnection::establish(url).expect("the server answers");
        let scope = "SET latchkey.platform TO 'upkeep'";
        connection.batch_execute(scope).expect("it may be set");
        Self(connection)
    }

    /// Whom leases name for each of these processes: asked whether they are ready for the first time, they write so.
    pub async fn owners(&mut self, processes: [SocketAddr; 2]) -> [String; 2] {
        let mut owners: Vec<String> = Vec::new();
        for address in processes {
            let asked = client().get(format!("http://{address}/readyz")).send();
            assert!(asked.await.is_ok_and(|answer| answer.status() == 200));
            let beating = self.list("SELECT owner::text AS text FROM heartbeats");
            owners.extend(beating.into_iter().find(|owner| !owners.contains(owner)));
        }
        owners.try_into().expect("one is new each time")
    }

    /// Of how many subjects a process has an event in work.
    pub fn in_work_of(&mut self, owner: &str) -> usize {
        let subjects = self.list(&format!(
            "SELECT DISTINCT subject AS text FROM leases JOIN events USING (tenant_id, subject) \
             WHERE state = 'working' AND owner = '{owner}'"
        ));
        subjects.len()
    }

    fn list(&mut self, query: &str) -> Vec<String> {
        let rows: Vec<Row> = sql_query(query).load(&mut self.0).expect("it is right");
        rows.into_iter().map(|row| row.text).collect()
    }
}
