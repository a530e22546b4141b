//! What the shop sent is shown as it spelled it, to programs and to people.

use crate::world::World;

on_both! {
    a_message_is_shown_as_the_shop_spelled_it,
}

/// Numbers that no float holds, a field that comes twice, fields out of order, blanks and escapes.
const PAYLOAD: &str = r#"{"type":"account.updated", "id":"E-1","live":true,"created":1796000000000,"data":{"id":"A-1",
    "big":12345678901234567890123,"price":0.10,"rate":1E+2,"zero":-0.0,"b":1,"a":2,"b":3,"note":"A\/B \u00e9 é"}}"#;

async fn a_message_is_shown_as_the_shop_spelled_it(world: &World) {
    let vendor = world.vendor().await;
    let body = format!("{{\"events\": [{PAYLOAD}]}}");
    vendor.deliver(body.into_bytes()).await.expect(200);
    world.work().await;
    let id = vendor.events().await[0]["id"].as_str().unwrap().to_owned();

    let told = vendor.get(&format!("/events/{id}")).await.expect(200).text;
    let mut browser = world.signed_in().await;
    let page = browser
        .get(&format!("/activity/{id}"))
        .await
        .expect(200)
        .text;

    assert!(told.contains(&format!("\"payload\":{PAYLOAD}")), "{told}");
    for spelled in [
        "12345678901234567890123",
        "0.10",
        "1E+2",
        "-0.0",
        r"A\/B \u00e9 é",
    ] {
        assert!(page.contains(spelled), "{spelled}: {page}");
    }
}
