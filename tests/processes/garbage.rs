//! What strangers send that is no request: it is refused, and the log does not call it an error.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpStream};

use crate::processes::program::Setup;

#[test]
fn a_request_that_cannot_be_read_is_no_error_of_ours() {
    let setup = Setup::sqlite();
    let serving = setup.serve();

    for (sent, status) in [
        (
            b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03".to_vec(),
            "400",
        ),
        (b"GET / HTTP/9.9\r\n\r\n".to_vec(), "400"),
        (b"GET /\x00 HTTP/1.1\r\nhost: a\r\n\r\n".to_vec(), "400"),
        (
            b"POST /sign-in HTTP/1.1\r\ncontent-length: many\r\n\r\n".to_vec(),
            "400",
        ),
        (
            [b"GET / HTTP/1.1\r\na: ", &[b'x'; 200_000][..]].concat(),
            "431",
        ),
        (
            b"POST /sign-in HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n".to_vec(),
            "400",
        ),
    ] {
        let mut stream = TcpStream::connect(serving.address).expect("it listens");
        // Whoever sends more than is read may find that nobody listens any more.
        drop(stream.write_all(&sent));
        drop(stream.shutdown(Shutdown::Write));
        let mut begin = [0; 12];
        drop(stream.read_exact(&mut begin));
        let begin = String::from_utf8_lossy(&begin);
        assert!(begin.ends_with(status), "{begin}, not {status}");
    }

    let log = serving.log();
    assert!(!log.contains("ERROR"), "{log}");
}
