//! A license server that sends its callers elsewhere: nobody goes there.

use std::net::TcpListener;

use serde_json::json;
use tokio::io::AsyncWriteExt as _;

use crate::world::{Vendor, World};

on_both! {
    a_redirect_of_a_license_server_leads_nowhere,
}

async fn a_redirect_of_a_license_server_leads_nowhere(world: &World) {
    let vendor = Vendor::without_store(world, 1).await;
    let target = TcpListener::bind("127.0.0.1:0").unwrap();
    let target_address = target.local_addr().unwrap();
    let server = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = server.local_addr().unwrap();
    tokio::spawn(async move {
        for status in [301, 302, 303, 307, 308].into_iter().cycle() {
            let (mut stream, _) = server.accept().await.unwrap();
            let answer = format!(
                "HTTP/1.1 {status} Elsewhere\r\nlocation: http://{target_address}/\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
            );
            stream.readable().await.unwrap();
            stream.write_all(answer.as_bytes()).await.unwrap();
        }
    });

    let account = json!({
        "kind": "cryptlex", "name": "Elsewhere", "base_url": format!("http://{address}"), "access_token": "token",
    });
    let added = vendor
        .post_json("/license-servers", &account)
        .await
        .expect(201)
        .json();
    for _ in 0..4 {
        let path = format!("/license-servers/{}/check", added["id"].as_str().unwrap());
        let checked = vendor.post_json(&path, &json!({})).await.expect(200).json();
        assert_ne!(checked["state"], "ok", "{checked}");
    }

    target.set_nonblocking(true).unwrap();
    assert!(target.accept().is_err(), "a redirect was followed");
}
