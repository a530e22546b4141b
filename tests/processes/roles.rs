//! Which role serves on PostgreSQL: one that row-level security holds, or none.

use diesel::connection::SimpleConnection as _;
use diesel::{Connection as _, PgConnection};
use url::Url;

use crate::postgres::{ROLE, TestDatabase};
use crate::processes::program::Setup;
use crate::refusals::assert_refused;

/// An owner of the tables and a role that serves, neither of which may do more than that.
struct Roles {
    owner: String,
    serving: String,
    /// Dropped before the roles are.
    database: Option<TestDatabase>,
    server_url: String,
}

impl Roles {
    /// Makes both, and gives an empty database to the owner; `None` where there is no PostgreSQL.
    fn new() -> Option<Self> {
        let database = TestDatabase::empty()?;
        let mut url: Url = database.url().parse().expect("it is a URL");
        let name = url.path().trim_start_matches('/').to_owned();
        url.set_path("postgres");
        let roles = Self {
            owner: format!("{name}_owner"),
            serving: format!("{name}_app"),
            database: Some(database),
            server_url: url.to_string(),
        };
        let (owner, serving) = (&roles.owner, &roles.serving);
        roles.execute(&format!(
            "CREATE ROLE {owner} LOGIN PASSWORD 'secret'; CREATE ROLE {serving} LOGIN PASSWORD 'secret'; \
             ALTER DATABASE {name} OWNER TO {owner}"
        ));
        Some(roles)
    }

    /// A set-up that signs in as this role and serves as that one.
    fn setup(&self, signing_in: &str, serving: &str) -> Setup {
        let mut url: Url = self.url().parse().expect("it is a URL");
        url.set_username(signing_in).expect("it may have one");
        url.set_password(Some("secret")).expect("it may have one");
        Setup::postgres(url.as_str()).with("LATCHKEY_DATABASE_ROLE", serving)
    }

    fn url(&self) -> String {
        self.database.as_ref().expect("it is there").url()
    }

    /// As whoever runs the server.
    fn execute(&self, statements: &str) {
        let mut connection = PgConnection::establish(&self.server_url).expect("it answers");
        let executed = connection.batch_execute(statements);
        executed.expect("the statements are right");
    }
}

impl Drop for Roles {
    fn drop(&mut self) {
        self.database = None;
        self.execute(&format!("DROP ROLE {}, {}", self.owner, self.serving));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_owner_migrates_and_another_role_serves() {
    let Some(roles) = Roles::new() else { return };
    let (owner, serving) = (roles.owner.as_str(), roles.serving.as_str());

    let migrated = roles.setup(owner, serving).run(&["migrate"]);
    let setup = roles.setup(serving, serving);
    let running = setup.serve();
    let doctor = setup.run(&["doctor"]);

    assert_eq!(migrated.code, Some(0), "{}", migrated.errors);
    assert_eq!(doctor.code, Some(0), "{}{}", doctor.output, doctor.errors);
    drop(running);
    for (signing_in, acting, words) in [
        (owner, owner, ["owns the tables", "CREATE ROLE"]),
        (owner, serving, ["may not take the role", "GRANT"]),
        (
            serving,
            "not_there",
            ["is not there", "CREATE ROLE \"not_there\""],
        ),
    ] {
        let ended = roles.setup(signing_in, acting).run(&["serve"]);
        assert_refused(&ended, &words);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_role_that_passes_by_row_level_security_does_not_serve() {
    let Some(roles) = Roles::new() else { return };
    let (owner, serving) = (roles.owner.as_str(), roles.serving.as_str());
    let migrated = roles.setup(owner, serving).run(&["migrate"]);
    assert_eq!(migrated.code, Some(0), "{}", migrated.errors);

    for power in ["BYPASSRLS", "SUPERUSER"] {
        roles.execute(&format!("ALTER ROLE {serving} {power}"));
        let ended = roles.setup(serving, serving).run(&["serve"]);
        let doctor = roles.setup(serving, serving).run(&["doctor"]);
        roles.execute(&format!("ALTER ROLE {serving} NO{power}"));

        assert_refused(&ended, &["row-level security", "NOBYPASSRLS"]);
        assert!(
            doctor.output.contains("FAIL  database"),
            "{}",
            doctor.output
        );
    }
}

#[test]
fn whoever_may_take_the_role_serves_as_it() {
    let Some(database) = TestDatabase::migrated() else {
        return;
    };

    let serving = Setup::postgres(&database.url()).with("LATCHKEY_DATABASE_ROLE", ROLE);

    drop(serving.serve());
}
