//! What strangers try: nothing of it is told again either.

use reqwest::Method;

use super::table::{
    NOBODYS_COOKIE, NOBODYS_HOOK, NOBODYS_LINK, NOBODYS_SIGNATURE, NOBODYS_TOKEN, PASSWORD,
    WEBHOOK_SECRET,
};
use super::trade::of_buyer;
use super::world::{OWNER, STRANGER, World};
use crate::shop::{SIGNATURE_HEADER, body, order, sign};

/// Deliveries that are not the shop's, or cannot be read.
pub async fn deliver(world: &mut World) {
    let events = body(&[of_buyer(&order("E").line("reverb", 1).completed())]);
    let cut = events[..events.len() / 2].to_vec();
    let hook = world.company.hook.clone();
    let nobodys = format!("/hooks/{NOBODYS_HOOK}");
    for (path, body, signature) in [
        (&hook, &events, NOBODYS_SIGNATURE.to_owned()),
        (&hook, &events, sign("another", &events)),
        (&hook, &cut, sign(WEBHOOK_SECRET, &cut)),
        (&nobodys, &events, sign(WEBHOOK_SECRET, &events)),
    ] {
        let request = world.stranger.request(Method::POST, path);
        let request = request.header(SIGNATURE_HEADER, signature);
        world.stranger.send(request.body(body.clone())).await;
    }
}

/// Wrong tokens, links, cookies and passwords.
pub async fn knock(world: &mut World) {
    let stranger = &mut world.stranger;
    NOBODYS_TOKEN.clone_into(&mut stranger.token);
    for path in ["/me", "/events", "/nothing"] {
        stranger.get(path).await;
    }
    let request = stranger.request(Method::GET, "/api/v1/me");
    let request = request.basic_auth(NOBODYS_TOKEN, Some(PASSWORD));
    stranger.send(request).await;
    let request = stranger.request(Method::GET, "/");
    let cookies = format!("latchkey={NOBODYS_COOKIE}; latchkey_device={NOBODYS_COOKIE}");
    stranger.send(request.header("cookie", cookies)).await;
    let link = format!("/prove/{NOBODYS_LINK}");
    stranger.open(&link).await;
    stranger.fill_in(&link, &fields(&[])).await;
    for email in [OWNER, STRANGER, "nobody"] {
        stranger.open("/sign-in").await;
        stranger
            .fill_in("/sign-in", &fields(&[("email", email)]))
            .await;
    }
}

/// People sign up, with and without a company, and the mail that is written to them is refused.
pub async fn sign_up(world: &mut World) {
    for (number, company) in ["", "Company", "Company", "Company"].iter().enumerate() {
        let email = format!("{number}{STRANGER}");
        let fields = fields(&[("email", &email), ("company", company)]);
        world.stranger.open("/sign-up").await;
        world.stranger.fill_in("/sign-up", &fields).await;
    }
    world.wait_for_log("a mail was not taken", 3).await;
    let heard = world.mail.heard().concat();
    let heard = String::from_utf8_lossy(&heard);
    let links = heard.split("/prove/").skip(1);
    let links = links.filter_map(|rest| rest.split_whitespace().next());
    let before = world.secrets.len();
    world.secrets.extend(links.map(str::to_owned));
    assert!(world.secrets.len() > before, "no mail holds a link");
    for command in ["doctor", "migrate"] {
        let ended = world.setup.run(&[command]);
        let told = format!("{}{}", ended.output, ended.errors);
        world.stranger.keep(command, &told);
    }
}

/// These, and a password.
fn fields(fields: &[(&str, &str)]) -> Vec<(String, String)> {
    let fields = fields.iter().chain(&[("password", PASSWORD)]);
    let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    fields.map(own).collect()
}
