//! A company that has something of everything, and all the names by which that can be asked for.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use latchkey::accounts::scope::ApiScope;
use serde_json::{Value, json};

use crate::shop::{body, key_request, order, subscription};
use crate::world::{Browser, PRIVATE_KEY, Vendor, World};

/// Later than everything that happens, in a cursor.
const LATER: &str = "4102444800000000";

/// A company with a purchase, machines, a key in a receipt, what waits for a person, long work, and what was refused.
pub struct Company {
    /// Who they are.
    pub vendor: Vendor,
    /// Their owner at a browser.
    pub browser: Browser,
    /// Every name of something of theirs, by what it names.
    pub names: BTreeMap<&'static str, String>,
    /// What only they may ever read, besides their names.
    secrets: Vec<String>,
    asked: u32,
}

impl Company {
    /// Everything that can be called by a word is called by this one.
    pub async fn new(world: &World, word: &str) -> Self {
        let vendor = world
            .vendor_with(json!({
                "name": format!("{word} Audio"), "fulfillment_key": PRIVATE_KEY,
                "policy": { "preset": "cryptlex", "endings": "ask" },
            }))
            .await;
        let browser = world.signed_in_as(&vendor).await;
        let mut company = Self {
            names: BTreeMap::from([
                ("word", word.to_owned()),
                ("tenant", vendor.tenant_id.clone()),
                ("store", vendor.storefront_id.clone()),
                ("account", vendor.license_server_id.clone()),
                ("own_account", vendor.license_server_id.clone()),
                ("product", format!("{word}-plugin")),
                ("product_path", format!("{word}-plugin")),
                ("email", format!("{word}@buyer.example")),
                ("order", format!("{word}-A")),
                ("reference", format!("NWA-{word}-A")),
                ("subscription", format!("{word}-S1")),
                ("secret", vendor.secret.clone()),
                ("hook", last(&vendor.webhook_url, '/')),
            ]),
            secrets: vec![
                vendor.api_token.clone(),
                vendor.secret.clone(),
                format!("{word} Audio"),
                format!("{word}-unmapped"),
            ],
            vendor,
            browser,
            asked: 0,
        };
        company.buy(world).await;
        company.be_asked(world).await;
        company.name_everything(world).await;
        company
    }

    /// A purchase with a machine, one of an unknown product, a key in a receipt, and a refused delivery.
    async fn buy(&self, world: &World) {
        let (vendor, email) = (&self.vendor, self.names["email"].as_str());
        let product = &self.names["product"];
        let gives = json!({ "license_product_id": latchkey_sandbox::sample::ids::REVERB });
        vendor.map(product, &gives).await;
        let bought = order(&self.names["order"]).by(email).line(product, 1);
        vendor.post(&bought.completed()).await;
        world.work().await;
        let licenses = world.license_server.licenses();
        world
            .license_server
            .activate(licenses.last().expect("it was made"));
        let word = &self.names["word"];
        let unmapped = order(&format!("{word}-B")).line(&format!("{word}-unmapped"), 1);
        vendor.post(&unmapped.by(email).completed()).await;
        let receipt = key_request(&format!("{word}-R"), product);
        vendor.ask_for_keys(&receipt).await.expect(200);
        vendor.deliver_signed(body(&[]), "wrong").await.expect(401);
        world.app.write_refusals().await;
        world.work().await;
    }

    /// One more subscription ends, and its end waits for a yes.
    pub async fn be_asked(&mut self, world: &World) {
        self.asked += 1;
        let id = format!("{}-S{}", self.names["word"], self.asked);
        let bought = subscription(&id).by(&self.names["email"]);
        let events = [bought.activated(), bought.first_order().completed()];
        self.vendor.post_together(&events).await;
        world.work().await;
        let end = bought.deactivated("2027-01-15T09:30:00Z");
        self.vendor.post(&end).await;
        world.work().await;
        let event = self.vendor.event(&end).await;
        assert_eq!(crate::world::outcome(&event), "parked awaiting_consent");
        self.names.insert("event", text(&event["id"]));
        let problems = self.vendor.list("/problems").await;
        let problem = problems
            .iter()
            .find(|row| row["code"] == "awaiting_consent");
        let problem = text(&problem.expect("what is asked")["id"]);
        self.names.insert("problem", problem);
    }

    async fn name_everything(&mut self, world: &World) {
        let license = self
            .first(&format!("/licenses?order_id={}", self.names["order"]))
            .await;
        let id = text(&license["id"]);
        let key = self
            .vendor
            .get(&format!("/licenses/{id}/key"))
            .await
            .expect(200)
            .json();
        self.names.insert("license", id);
        self.names.insert("key", text(&key["key"]));
        self.names
            .insert("remote_license", text(&license["remote_license_id"]));
        let event = self
            .vendor
            .get(&format!("/events/{}", self.names["event"]))
            .await
            .json();
        self.names
            .insert("effect", text(&event["effects"][0]["id"]));
        let store = &self.names["store"];
        let mappings = format!("/storefronts/{store}/mappings");
        for (name, list) in [
            ("customer", "/customers"),
            ("delivery", "/deliveries"),
            ("mapping", mappings.as_str()),
        ] {
            let id = text(&self.first(list).await["id"]);
            self.names.insert(name, id);
        }
        let acts = self.vendor.list("/audit").await;
        self.names.insert("act", acts[0]["number"].to_string());
        let store = json!({ "storefront_id": self.names["store"] });
        for (begun, body) in [("/reconciliations", json!({})), ("/takeovers", store)] {
            let job = self.vendor.post_json(begun, &body).await.expect(202).json();
            self.names.insert("job", text(&job["id"]));
        }
        let scopes = [ApiScope::EventsRead];
        world
            .app
            .create_token(&self.vendor.tenant_id, &scopes)
            .await;
        let page = self.browser.get("/setup/tokens").await.expect(200).text;
        self.names.insert("name", between(&page, "/static/", "\""));
        let (_, row) = page
            .split_once("<strong>Narrow</strong>")
            .expect("the token");
        let token = between(row, "action=\"/setup/tokens/", "/");
        self.names.insert("token", token);
        let number = world.number_of(&self.vendor);
        let (address, password) = crate::world::owner(number);
        self.names.insert("password", password);
        self.secrets.push(address);
        self.make_cursors();
    }

    /// What the API's lists would give out as the place of something of theirs.
    fn make_cursors(&mut self) {
        for (cursor, name) in [
            ("event_cursor", "event"),
            ("customer_cursor", "customer"),
            ("license_cursor", "license"),
            ("job_cursor", "job"),
            ("delivery_cursor", "delivery"),
        ] {
            let text = format!("{LATER} {}", last(&self.names[name], '_'));
            self.names.insert(cursor, URL_SAFE_NO_PAD.encode(text));
        }
        let act = URL_SAFE_NO_PAD.encode("1000000");
        self.names.insert("act_cursor", act);
        let product = URL_SAFE_NO_PAD.encode(&self.names["product"]);
        self.names.insert("product_cursor", product);
    }

    /// Fails the test if an answer tells anything of theirs that the request did not bring.
    #[track_caller]
    pub fn assert_untold(&self, sent: &str, told: &str) {
        let names = self.names.iter();
        let names = names.filter(|(name, _)| {
            !["act", "name", "password"].contains(*name) && !name.ends_with("cursor")
        });
        let names = names.map(|(_, text)| digits(text).unwrap_or(text));
        for text in names.chain(self.secrets.iter().map(String::as_str)) {
            assert!(
                sent.contains(text) || !told.contains(text),
                "{sent}\ntells {text}:\n{told}"
            );
        }
    }

    async fn first(&self, list: &str) -> Value {
        let items = self.vendor.list(list).await;
        items
            .into_iter()
            .next()
            .unwrap_or_else(|| panic!("nothing is in {list}"))
    }
}

/// The digits of an id; `None` for any other text.
pub fn digits(text: &str) -> Option<&str> {
    let (_prefix, digits) = text.split_once('_')?;
    let are_digits = digits.len() == 32 && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    are_digits.then_some(digits)
}

fn between(text: &str, before: &str, after: &str) -> String {
    let (_, rest) = text.split_once(before).expect("it is on the page");
    rest.split(after).next().unwrap_or_default().to_owned()
}

fn last(text: &str, separator: char) -> String {
    text.rsplit(separator).next().unwrap_or_default().to_owned()
}

fn text(value: &Value) -> String {
    value
        .as_str()
        .unwrap_or_else(|| panic!("a text: {value}"))
        .to_owned()
}
