//! Names that point elsewhere the second time: in a network of its own, where private addresses have somebody to answer.
//!
//! The network is a namespace of the kernel's; where none may be made, this goes without.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, UdpSocket};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use reqwest::{Client, Method};
use serde_json::{Value, json};

use crate::addresses;
use crate::processes::program::Setup;

/// Public by its number, and nobody's outside of this network.
const PUBLIC: Ipv4Addr = Ipv4Addr::new(93, 184, 216, 34);
const PRIVATE: [Ipv4Addr; 3] = [
    Ipv4Addr::new(10, 9, 8, 7),
    Ipv4Addr::new(169, 254, 169, 254),
    Ipv4Addr::LOCALHOST,
];
const PORT: u16 = 8443;
const NETWORK: &str = "ip link set lo up && for address in 93.184.216.34 10.9.8.7 169.254.169.254; \
     do ip address add $address/32 dev lo; done && mount --bind \"$0\" /etc/resolv.conf && exec \"$@\"";

#[test]
fn no_name_leads_to_a_private_address() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let resolver = folder.path().join("resolv.conf");
    fs::write(&resolver, "nameserver 127.0.0.1\n").expect("the folder is ours");
    let in_network = |command: &[&str]| {
        let mut unshare = Command::new("unshare");
        unshare
            .args(["--net", "--mount", "sh", "-c", NETWORK])
            .arg(&resolver);
        unshare.args(command).output()
    };
    if !in_network(&["true"]).is_ok_and(|output| output.status.success()) {
        return;
    }
    let program = std::env::current_exe().expect("this program");
    let program = program.to_string_lossy();

    let inside = in_network(&[
        &program,
        "--exact",
        "rebinding::inside_the_network",
        "--nocapture",
    ]);

    let inside = inside.expect("it was started once already");
    let said = format!(
        "{}{}",
        String::from_utf8_lossy(&inside.stdout),
        String::from_utf8_lossy(&inside.stderr)
    );
    assert!(
        inside.status.success() && said.contains("1 passed"),
        "{said}"
    );
}

/// The other half of the test above; by itself, outside of that network, it has nothing to do.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn inside_the_network() {
    if UdpSocket::bind((PUBLIC, 0)).is_err() {
        return;
    }
    let public = count_connections(PUBLIC);
    let private = PRIVATE.map(count_connections);
    answer_names();
    let setup = Setup::sqlite();
    let serving = setup.serve();
    let vendor = Vendor::new(&setup, serving.address);

    for address in addresses::private(PORT) {
        let (status, answer) = vendor.add(&address).await;
        assert_eq!(status, 422, "{address}: {answer}");
    }
    for (name, is_called) in [
        ("rebinds.example", true),
        ("inside.example", false),
        ("metadata.example", false),
        ("this-machine.example", false),
        ("both.example", true),
    ] {
        let before = public.load(Ordering::SeqCst);
        let (status, account) = vendor.add(&format!("https://{name}:{PORT}")).await;
        assert_eq!(status, 201, "{name}: {account}");
        let path = format!(
            "/license-servers/{}/check",
            account["id"].as_str().unwrap_or_default()
        );
        for _ in 0..5 {
            let (status, checked) = vendor.ask(&path, &json!({})).await;
            assert_eq!(status, 200, "{name}: {checked}");
            assert_eq!(checked["state"], "unreachable", "{name}");
        }
        let has_called = public.load(Ordering::SeqCst) > before;
        assert_eq!(has_called, is_called, "{name} at its public address");
        let inside = private.each_ref().map(|count| count.load(Ordering::SeqCst));
        assert_eq!(inside, [0; PRIVATE.len()], "{name} at a private address");
    }
}

/// How often somebody connected to this address; each connection is closed at once.
fn count_connections(address: Ipv4Addr) -> Arc<AtomicUsize> {
    let listener = TcpListener::bind((address, PORT)).expect("an address of this network");
    let count = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&count);
    thread::spawn(move || {
        for _stream in listener.incoming() {
            counted.fetch_add(1, Ordering::SeqCst);
        }
    });
    count
}

/// Answers whoever asks for a name; one of them points inside from its second time on.
fn answer_names() {
    let socket = UdpSocket::bind("127.0.0.1:53").expect("nobody else answers here");
    thread::spawn(move || {
        let (mut question, mut rebound) = ([0; 512], 0);
        while let Ok((length, from)) = socket.recv_from(&mut question) {
            let question = question.get(..length).unwrap_or_default();
            let text = String::from_utf8_lossy(question);
            let is_of_v4 = question.get(length - 4..) == Some(&[0, 1, 0, 1]);
            let addresses = match &text {
                _ if !is_of_v4 => vec![],
                name if name.contains("rebinds") => {
                    rebound += 1;
                    vec![if rebound == 1 { PUBLIC } else { PRIVATE[0] }]
                }
                name if name.contains("inside") => vec![PRIVATE[0]],
                name if name.contains("metadata") => vec![PRIVATE[1]],
                name if name.contains("this-machine") => vec![PRIVATE[2]],
                name if name.contains("both") => vec![PRIVATE[0], PUBLIC],
                _ => vec![],
            };
            // A question without an answer is asked again.
            drop(socket.send_to(&answer(question, &addresses), from));
        }
    });
}

/// The question again, and an address record of no duration for each address.
fn answer(question: &[u8], addresses: &[Ipv4Addr]) -> Vec<u8> {
    let mut answer = question.get(..2).unwrap_or_default().to_vec();
    let count = u8::try_from(addresses.len()).expect("few");
    answer.extend([0x81, 0x80, 0, 1, 0, count, 0, 0, 0, 0]);
    answer.extend(question.get(12..).unwrap_or_default());
    for address in addresses {
        answer.extend([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4]);
        answer.extend(address.octets());
    }
    answer
}

/// A vendor who has nothing but a token.
struct Vendor {
    address: SocketAddr,
    token: String,
    http: Client,
}

impl Vendor {
    fn new(setup: &Setup, address: SocketAddr) -> Self {
        let arguments = [
            "admin",
            "create-tenant",
            "--json",
            "--name",
            "Northwind",
            "--email",
            "ana@northwind.example",
        ];
        let made = setup.run(&arguments);
        let made: Value = serde_json::from_str(&made.output).expect("one line of JSON");
        Self {
            address,
            token: made["api_token"].as_str().unwrap_or_default().to_owned(),
            http: Client::builder().no_proxy().build().expect("a client"),
        }
    }

    async fn add(&self, address: &str) -> (u16, Value) {
        let account = json!({ "kind": "cryptlex", "name": "Inside", "base_url": address, "access_token": "token" });
        self.ask("/license-servers", &account).await
    }

    async fn ask(&self, path: &str, body: &Value) -> (u16, Value) {
        let url = format!("http://{}/api/v1{path}", self.address);
        let request = self
            .http
            .request(Method::POST, url)
            .bearer_auth(&self.token);
        let answer = request
            .json(body)
            .send()
            .await
            .expect("the program answers");
        let status = answer.status().as_u16();
        let text = answer.text().await.expect("a whole answer");
        (status, serde_json::from_str(&text).unwrap_or_default())
    }
}
