//! Sessions begin, are found, and end, on a database of their own.

use super::*;
use crate::accounts::tenants::{self, CreatedTenant, NewTenant};
use crate::config::DatabaseUrl;
use crate::vault::MasterKeys;

const PASSWORD: &str = "correct horse";

struct World {
    _folder: tempfile::TempDir,
    sessions: Sessions,
    created: CreatedTenant,
}

async fn world() -> World {
    let folder = tempfile::tempdir().unwrap();
    let url = DatabaseUrl::Sqlite(folder.path().join("latchkey.db"));
    let store = Store::open(&url, 2).unwrap();
    store.migrate().await.unwrap();
    let master_keys = MasterKeys::generate_file(&folder.path().join("key")).unwrap();
    let new = NewTenant {
        name: "Northwind".to_owned(),
        email: "ana@example.com".parse().unwrap(),
        password: PASSWORD.into(),
    };
    let created = tenants::create(&store, &master_keys, new, minute(0)).await;
    World {
        _folder: folder,
        sessions: Sessions::new(store, Arc::new(master_keys), "http://latchkey.example"),
        created: created.unwrap(),
    }
}

fn minute(minute: i64) -> Timestamp {
    Timestamp::from_microsecond(1_700_000_000_000_000).plus_minutes(minute)
}

fn credentials(email: &str, password: &str) -> Credentials {
    Credentials {
        email: email.parse().unwrap(),
        password: password.into(),
        address: None,
        device: None,
        previous: None,
    }
}

async fn secret(world: &World) -> String {
    let signed_in = world
        .sessions
        .sign_in(credentials("Ana@example.com", PASSWORD), minute(0))
        .await;
    signed_in.ok().unwrap().secret.expose_secret().to_owned()
}

#[tokio::test]
async fn whoever_signs_in_sits_in_their_tenant() {
    let world = world().await;
    let secret = secret(&world).await;

    let session = world
        .sessions
        .find(&secret, minute(1))
        .await
        .unwrap()
        .unwrap();

    assert_eq!(session.user, world.created.user);
    assert_eq!(session.tenant.unwrap().tenant, world.created.tenant);
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_account_are_the_same() {
    let world = world().await;
    for (email, password) in [
        ("ana@example.com", "wrong horse"),
        ("who@example.com", PASSWORD),
    ] {
        let refused = world
            .sessions
            .sign_in(credentials(email, password), minute(0))
            .await;

        assert!(matches!(refused, Err(SignInError::Wrong)), "{email}");
    }
}

#[tokio::test]
async fn a_session_ends_when_idle_when_old_and_at_sign_out() {
    let world = world().await;
    let (idle, old, left) = (
        secret(&world).await,
        secret(&world).await,
        secret(&world).await,
    );

    let is_there = async |secret: &str, at: i64| {
        let found = world.sessions.find(secret, minute(at)).await;
        found.unwrap().is_some()
    };

    assert!(!is_there(&idle, 30).await);
    for at in (20..720).step_by(20) {
        assert!(is_there(&old, at).await, "{at}");
    }
    assert!(!is_there(&old, 720).await);
    let session = world
        .sessions
        .peek(&left, minute(0))
        .await
        .unwrap()
        .unwrap();
    let signed_out = world.sessions.sign_out(&left, &session, minute(0)).await;
    signed_out.unwrap();
    assert!(!is_there(&left, 1).await);
}
