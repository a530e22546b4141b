//! The owner at a browser: every form is filled in with secrets, where it has a field for one.

use std::collections::BTreeSet;

use super::table::{PASSWORD, TYPED};
use super::visitor::{Visitor, between, kind};
use super::world::{OWNER, World};

/// What shows a key on record, or ends what the others need.
const LEFT_OUT: [&str; 5] = ["/keys", "/mode", "/revoke", "/sign-out", "/company"];
/// What a program of the owner's may do that is to see no license key.
const SCOPES: [&str; 4] = ["events:read", "licenses:read", "config:read", "audit:read"];

/// Signs in, and makes a token that is used from now on.
pub async fn sign_in(world: &mut World) {
    let owner = &mut world.owner;
    owner.open("/sign-in").await;
    let password = ("password".to_owned(), world.company.password.clone());
    let email = ("email".to_owned(), OWNER.to_owned());
    owner.fill_in("/sign-in", &[email, password.clone()]).await;
    for name in ["latchkey", "latchkey_device"] {
        let cookie = owner.cookie(name).expect("a session");
        world.secrets.push(cookie.to_owned());
    }
    owner.open("/setup/tokens").await;
    let mut fields = vec![password, ("name".to_owned(), "Report".to_owned())];
    fields.extend(SCOPES.map(|scope| (scope.to_owned(), "on".to_owned())));
    owner.fill_in("/setup/tokens", &fields).await;
    let page = owner.next_page();
    let page = owner.ask_once(page).await;
    let token = between(&page, "data-copy=\"").expect("a token");
    token.clone_into(&mut owner.token);
    world.secrets.push(token.to_owned());
}

/// Fills in every form of these pages once, where it asks for the visitor's password also with that; tells their addresses.
pub async fn fill_in(visitor: &mut Visitor, pages: &[String], password: &str) -> BTreeSet<String> {
    let mut sent = BTreeSet::new();
    for form in pages.iter().flat_map(|page| page.split("<form ").skip(1)) {
        let form = form.split("</form>").next().unwrap_or_default();
        let Some(action) = between(form, "action=\"") else {
            continue;
        };
        let is_left_out = LEFT_OUT.iter().any(|end| action.ends_with(end));
        if form.contains("method=\"post\"") && !is_left_out && sent.insert(kind(action)) {
            let mut fields = fields(form);
            visitor.fill_in(action, &fields).await;
            let asked = fields.iter_mut().find(|(name, _)| name == "password");
            if let Some((_, wrong)) = asked {
                password.clone_into(wrong);
                visitor.fill_in(action, &fields).await;
            }
        }
    }
    sent
}

/// Names and values as the browser would send them, but for what is secret.
fn fields(form: &str) -> Vec<(String, String)> {
    let inputs = form.split("<input ").skip(1);
    let inputs = inputs.filter_map(|input| input.split('>').next());
    let fields = inputs.filter_map(|input| {
        let name = between(input, "name=\"")?;
        let of = |attribute: &str| between(input, attribute).unwrap_or_default();
        let is_choice = ["radio", "checkbox"].contains(&of("type=\""));
        if is_choice && !input.contains(" checked") {
            return None;
        }
        let secret = TYPED.iter().find(|(field, _)| *field == name);
        let value = match secret {
            Some((_, secret)) => secret,
            None if of("type=\"") == "password" => PASSWORD,
            None => of(" value=\""),
        };
        Some((name.to_owned(), value.to_owned()))
    });
    fields.collect()
}
