//! An address is its reader's, and nobody else's: until a link in a mail was opened, an account joins nothing.

use std::sync::Arc;

use jiff::SignedDuration;
use latchkey::accounts::outbox;
use latchkey::accounts::tenants::{self, CreateTenantError, CreatedTenant, NewTenant};
use latchkey::accounts::{operators, proofs};
use latchkey::mail::{Mail, MailServer, Mailer};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpListener;

use crate::world::{Browser, World};

on_both! {
    whoever_signed_up_joins_nothing_until_the_address_is_proved,
    a_link_works_once_and_for_three_days,
    whoever_reads_the_mailbox_has_the_account,
    a_known_address_is_told_in_its_mailbox_alone,
    nobody_fills_a_mailbox,
    a_link_is_sent_again_from_setup,
    whoever_was_known_keeps_their_password,
    mail_leaves_when_the_server_takes_it_and_waits_otherwise,
}

const ANA: &str = "ana@new.example";
const PASSWORD: &str = "a good password";
const OWNER: &str = "owner-1@vendor.example";

async fn whoever_signed_up_joins_nothing_until_the_address_is_proved(world: &World) {
    sign_up(world, ANA, PASSWORD).await;
    let company = create_tenant(world, ANA).await;
    let operator = create_operator(world, ANA).await;

    assert!(matches!(company, Err(CreateTenantError::NotProved)));
    assert!(matches!(operator, Err(CreateTenantError::NotProved)));
    let mut browser = Browser::new(world);
    browser.sign_in(ANA, PASSWORD).await.expect(303);
    let setup = browser.get("/setup").await.expect(200).text;
    assert!(setup.contains("Open the link that we sent to"), "{setup}");
    assert!(!setup.contains("Kite Films"), "{setup}");

    let link = link(&mails(world).await[0]);
    open(world, &link, PASSWORD).await.expect(303);

    assert!(create_tenant(world, ANA).await.unwrap().was_known);
    assert!(create_operator(world, ANA).await.unwrap());
    // The password was the account's, so whoever was signed in stays so.
    let setup = browser.get("/setup").await.expect(200).text;
    assert!(!setup.contains("Open the link"), "{setup}");
    assert!(setup.contains("Kite Films"), "{setup}");
}

async fn a_link_works_once_and_for_three_days(world: &World) {
    sign_up(world, ANA, PASSWORD).await;
    sign_up(world, "ben@new.example", PASSWORD).await;
    let links = [
        link(&mail_to(world, ANA).await),
        link(&mail_to(world, "ben@new.example").await),
    ];

    // Programs that read mail open links too.
    Browser::new(world).get(&links[0]).await.expect(200);
    open(world, "/prove/of-nobody", PASSWORD).await.expect(422);
    open(world, &links[0], "short").await.expect(422);
    open(world, &links[0], PASSWORD).await.expect(303);
    let again = open(world, &links[0], PASSWORD).await.expect(422);
    world.clock.advance(SignedDuration::from_hours(72));
    let late = open(world, &links[1], PASSWORD).await.expect(422);

    let sentence = "This link was used before, or is too old.";
    assert!(again.text.contains(sentence) && late.text.contains(sentence));
    assert!(create_tenant(world, "ben@new.example").await.is_err());
}

async fn whoever_reads_the_mailbox_has_the_account(world: &World) {
    sign_up(world, ANA, "of somebody else").await;
    let mut other = Browser::new(world);
    other.sign_in(ANA, "of somebody else").await.expect(303);
    other.get("/setup/tokens").await.expect(200);
    let fields = [
        ("name", "Kept"),
        ("config:read", "on"),
        ("password", "of somebody else"),
    ];
    let (_, made) = other.send_and_see("/setup/tokens", &fields).await;
    let (_, token) = made.text.split_once("lk_").unwrap();
    let token = format!("lk_{}", token.split('<').next().unwrap());
    let me = async || {
        let url = format!("{}/api/v1/me", world.app.url);
        let sent = world.http.get(url).bearer_auth(&token).send().await;
        sent.unwrap().status().as_u16()
    };
    assert_eq!(me().await, 200);
    sign_up(world, ANA, PASSWORD).await;

    let link = link(&mails(world).await[0]);
    open(world, &link, PASSWORD).await.expect(303);

    other.get("/").await.expect(303);
    Browser::new(world)
        .sign_in(ANA, "of somebody else")
        .await
        .expect(422);
    assert_eq!(me().await, 401);
    let mut own = Browser::new(world);
    own.sign_in(ANA, PASSWORD).await.expect(303);
    let acts = own.get("/setup/who-did-what").await.expect(200).text;
    assert!(acts.contains("proved their address"), "{acts}");
}

async fn a_known_address_is_told_in_its_mailbox_alone(world: &World) {
    world.vendor().await;

    sign_up(world, OWNER, PASSWORD).await;
    sign_up(world, ANA, PASSWORD).await;

    let known = mail_to(world, OWNER).await;
    assert!(known.subject.starts_with("You have an account"));
    assert!(!known.text.contains("/prove/"), "{}", known.text);
    assert!(mail_to(world, ANA).await.text.contains("/prove/"));
}

async fn nobody_fills_a_mailbox(world: &World) {
    for _ in 0..5 {
        sign_up(world, ANA, PASSWORD).await;
    }
    world.clock.advance(SignedDuration::from_mins(14));
    sign_up(world, ANA, PASSWORD).await;
    assert_eq!(mails(world).await.len(), 1);

    world.clock.advance(SignedDuration::from_mins(1));
    sign_up(world, ANA, PASSWORD).await;

    assert_eq!(mails(world).await.len(), 2);
}

async fn a_link_is_sent_again_from_setup(world: &World) {
    sign_up(world, ANA, PASSWORD).await;
    world.clock.advance(SignedDuration::from_mins(20));
    let mut browser = Browser::new(world);
    browser.sign_in(ANA, PASSWORD).await.expect(303);
    browser.get("/setup").await.expect(200);

    for _ in 0..2 {
        let sent = browser.post("/setup/prove", &[]).await.expect(303);
        assert_eq!(sent.header("location"), "/setup?done=proof-sent");
    }

    let mails = mails(world).await;
    assert_eq!(mails.len(), 2);
    open(world, &link(&mails[1]), PASSWORD).await.expect(303);
    // The other link is void, since there is nothing left to prove.
    open(world, &link(&mails[0]), PASSWORD).await.expect(422);
    let keys = world.app.tenant_keys.master_keys();
    let platform = (&world.app.store, keys);
    let now = world.clock.now();
    let more = proofs::send(platform, &ANA.parse().unwrap(), "http://a.example", now).await;
    assert!(!more.unwrap());
}

async fn whoever_was_known_keeps_their_password(world: &World) {
    world.vendor().await;

    let created = create_tenant(world, OWNER).await.unwrap();
    let operator = create_operator(world, OWNER).await.unwrap();
    let new = create_tenant(world, ANA).await.unwrap();

    assert!(created.was_known && operator && !new.was_known);
    Browser::new(world)
        .sign_in(OWNER, "made at the command line")
        .await
        .expect(422);
    Browser::new(world)
        .sign_in(ANA, "made at the command line")
        .await
        .expect(303);
}

async fn mail_leaves_when_the_server_takes_it_and_waits_otherwise(world: &World) {
    sign_up(world, ANA, PASSWORD).await;
    let (store, keys) = (&world.app.store, world.app.tenant_keys.master_keys());
    let send = async |mailer: &Mailer| {
        let sent = outbox::send_due((store, keys), mailer, world.clock.now()).await;
        sent.unwrap()
    };
    let nowhere = mailer("127.0.0.1:1");
    assert_eq!(send(&nowhere).await, 0);
    assert_eq!(mails(world).await.len(), 1);
    let (address, taken) = mail_server().await;

    let too_early = send(&mailer(&address)).await;
    world.clock.advance(SignedDuration::from_mins(10));
    let sent = send(&mailer(&address)).await;

    assert_eq!((too_early, sent), (0, 1));
    assert!(mails(world).await.is_empty());
    let mail = taken.await.unwrap();
    assert!(mail.contains("RCPT TO:<ana@new.example>"), "{mail}");
    assert!(mail.contains("/prove/"), "{mail}");
}

/// A mail server that takes one mail, and what it was told.
async fn mail_server() -> (String, tokio::task::JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let taken = tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        let (reader, mut writer) = stream.into_split();
        let mut lines = BufReader::new(reader).lines();
        let (mut said, mut is_body) = (String::new(), false);
        writer.write_all(b"220 mail\r\n").await.unwrap();
        while let Some(line) = lines.next_line().await.unwrap() {
            said.push_str(&line);
            said.push('\n');
            let answer: &[u8] = match line.as_str() {
                "." => b"250 taken\r\n",
                _ if is_body => continue,
                "DATA" => b"354 go on\r\n",
                "QUIT" => b"221 bye\r\n",
                _ => b"250 good\r\n",
            };
            is_body = line == "DATA";
            writer.write_all(answer).await.unwrap();
            if line == "." {
                break;
            }
        }
        said
    });
    (address, taken)
}

fn mailer(address: &str) -> Mailer {
    let url = format!("smtp://{address}");
    Mailer::new(MailServer::new(&url, "Latchkey <latchkey@vendor.example>").ok())
}

async fn sign_up(world: &World, email: &str, password: &str) {
    let mut browser = Browser::new(world);
    browser.get("/sign-up").await.expect(200);
    let fields = [
        ("company", "New Sounds"),
        ("email", email),
        ("password", password),
    ];
    browser.post("/sign-up", &fields).await.expect(303);
}

async fn open(world: &World, link: &str, password: &str) -> crate::world::Answer {
    let mut browser = Browser::new(world);
    browser.get(link).await.expect(200);
    browser.post(link, &[("password", password)]).await
}

async fn mails(world: &World) -> Vec<Mail> {
    let (store, keys) = (&world.app.store, world.app.tenant_keys.master_keys());
    let mails = outbox::list(store, keys, world.clock.now()).await.unwrap();
    mails.into_iter().map(|(_, mail)| mail).collect()
}

/// The only mail to this address.
async fn mail_to(world: &World, email: &str) -> Mail {
    let mut mails = mails(world).await;
    mails.retain(|mail| mail.to == email);
    assert_eq!(mails.len(), 1);
    mails.remove(0)
}

/// The path that a mail leads to.
fn link(mail: &Mail) -> String {
    let (_, rest) = mail.text.split_once("/prove/").expect("a link");
    format!("/prove/{}", rest.split_whitespace().next().unwrap())
}

async fn create_tenant(world: &World, email: &str) -> Result<CreatedTenant, CreateTenantError> {
    let new = NewTenant {
        name: "Kite Films".to_owned(),
        email: email.parse().unwrap(),
        password: "made at the command line".into(),
    };
    let keys = world.app.tenant_keys.master_keys();
    tenants::create(&world.app.store, keys, new, world.clock.now()).await
}

async fn create_operator(world: &World, email: &str) -> Result<bool, CreateTenantError> {
    let keys = Arc::clone(world.app.tenant_keys.master_keys());
    let platform = (&world.app.store, &keys);
    let (email, password) = (email.parse().unwrap(), "made at the command line".into());
    let made = operators::create(platform, &email, password, world.clock.now()).await;
    made.map(|(_, was_known)| was_known)
}
