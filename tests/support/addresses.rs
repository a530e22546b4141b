//! Addresses that a vendor may not have called, in every spelling that leads there.

use std::net::Ipv4Addr;

/// Of this machine, of private networks, of clouds' metadata, and of nobody.
const PRIVATE: [[u8; 4]; 13] = [
    [127, 0, 0, 1],
    [127, 8, 7, 6],
    [0, 0, 0, 0],
    [10, 9, 8, 7],
    [172, 16, 0, 1],
    [192, 168, 1, 1],
    [100, 100, 100, 200],
    [169, 254, 169, 254],
    [168, 63, 129, 16],
    [192, 0, 0, 192],
    [198, 18, 0, 1],
    [224, 0, 0, 1],
    [255, 255, 255, 255],
];

/// What has no spelling of four numbers, and what is no address to call at all.
const OTHERS: [&str; 24] = [
    "https://[::1]/",
    "https://[::]/",
    "https://[0:0:0:0:0:0:0:1]/",
    "https://[fe80::1]/",
    "https://[fc00::1]/",
    "https://[fd00:ec2::254]/",
    "https://[fec0::1]/",
    "https://[ff02::1]/",
    "https://[2001:db8::1]/",
    "https://[2001::1]/",
    "https://[100::1]/",
    "https://[3fff::1]/",
    "https://[5f00::1]/",
    "https://[64:ff9b:1::1]/",
    "http://public.example/",
    "http://1.1.1.1/",
    "ftp://public.example/",
    "file:///etc/passwd",
    "gopher://public.example/",
    "unix:/var/run/docker.sock",
    "javascript:alert(1)",
    "data:text/plain,x",
    "//public.example/",
    "https://",
];

/// Every one of them, with this port where an address has one.
pub fn private(port: u16) -> Vec<String> {
    let spelled = PRIVATE.into_iter().flat_map(spellings);
    let spelled = spelled.map(|host| match host.strip_suffix('!') {
        Some(whole) => whole.replace(":0", &format!(":{port}")),
        None => format!("https://{host}:{port}/"),
    });
    spelled.chain(OTHERS.map(str::to_owned)).collect()
}

/// Hosts, and whole addresses with a `!` at their end.
fn spellings([a, b, c, d]: [u8; 4]) -> Vec<String> {
    let plain = Ipv4Addr::new(a, b, c, d);
    let number = u32::from(plain);
    let (last, lower) = (number & 0xff_ffff, number & 0xffff);
    let (high, low) = (number >> 16, lower);
    let wide: String = plain.to_string().chars().map(widened).collect();
    let escaped: String = plain
        .to_string()
        .bytes()
        .map(|byte| format!("%{byte:02x}"))
        .collect();
    vec![
        plain.to_string(),
        format!("{plain}."),
        number.to_string(),
        format!("0x{number:x}"),
        format!("0X{number:08X}"),
        format!("0{number:o}"),
        format!("0{a:o}.0{b:o}.0{c:o}.0{d:o}"),
        format!("000{a:o}.{b}.{c}.{d}"),
        format!("0x{a:x}.0x{b:x}.0x{c:x}.0x{d:x}"),
        format!("{a}.{last}"),
        format!("{a}.{b}.{lower}"),
        format!("0x{a:x}.{last}"),
        wide,
        escaped,
        format!("[::ffff:{plain}]"),
        format!("[::ffff:{high:x}:{low:x}]"),
        format!("[::{plain}]"),
        format!("[64:ff9b::{plain}]"),
        format!("[2002:{high:x}:{low:x}::]"),
        format!("https://user:word@{plain}:0/!"),
        format!("https://public.example@{plain}:0/!"),
        format!("https:\\\\{plain}:0\\!"),
        format!("  https://{plain}:0/v3 !"),
        format!("http://{plain}:0/!"),
    ]
}

/// A digit or dot as it is written beside Chinese; addresses are read so too.
fn widened(character: char) -> char {
    match character {
        '.' => '\u{3002}',
        digit => char::from_u32(u32::from(digit) + 0xfee0).unwrap_or(digit),
    }
}
