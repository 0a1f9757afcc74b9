//! An HTTP server on the loopback interface: it answers as the test says, and remembers what it was asked.

use std::io::{BufRead as _, BufReader, Read, Write};
use std::net::TcpListener;
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::sync::{Arc, Mutex};

/// What a client sent.
#[derive(Clone, Debug)]
pub(super) struct Request {
    /// `GET /path?query`
    pub(super) line: String,
    /// The lines between, lower-cased.
    pub(super) headers: Vec<String>,
    pub(super) body: String,
}

/// A server; its thread ends with the process.
pub(super) struct Loopback {
    /// `http://127.0.0.1:PORT`
    pub(super) url: String,
    asked: Arc<Mutex<Vec<Request>>>,
}

impl Loopback {
    /// Serves; `answer` gives status and body.
    pub(super) fn serve(answer: impl Fn(&Request) -> (u16, String) + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&asked);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                exchange(stream.unwrap(), &answer, &log);
            }
        });
        Self { url, asked }
    }

    /// Serves on a socket in the file system.
    pub(super) fn serve_on(
        socket: &Path,
        answer: impl Fn(&Request) -> (u16, String) + Send + 'static,
    ) -> Self {
        let listener = UnixListener::bind(socket).unwrap();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&asked);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                exchange(stream.unwrap(), &answer, &log);
            }
        });
        let url = socket.display().to_string();
        Self { url, asked }
    }

    /// All requests so far.
    pub(super) fn asked(&self) -> Vec<Request> {
        self.asked.lock().unwrap().clone()
    }
}

/// An address where nobody listens.
pub(super) fn nobody() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    format!("http://{}", listener.local_addr().unwrap())
}

/// One request and its answer.
fn exchange(
    mut stream: impl Read + Write,
    answer: &impl Fn(&Request) -> (u16, String),
    log: &Mutex<Vec<Request>>,
) {
    let Some(request) = read(&mut stream) else { return };
    let (status, body) = answer(&request);
    log.lock().unwrap().push(request);
    let length = body.len();
    // A client that is gone does not want the answer.
    let _ = write!(
        stream,
        "HTTP/1.1 {status} Status\r\nContent-Type: application/json\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"
    );
}

fn read(stream: &mut impl Read) -> Option<Request> {
    let mut reader = BufReader::new(stream);
    let mut next = || {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        Some(line.trim_end().to_owned())
    };
    let first = next()?;
    let mut headers = Vec::new();
    loop {
        let line = next()?;
        if line.is_empty() {
            break;
        }
        headers.push(line.to_lowercase());
    }
    let length = headers
        .iter()
        .find_map(|line| line.strip_prefix("content-length: "));
    let mut body = vec![0; length.map_or(0, |length| length.parse().unwrap())];
    reader.read_exact(&mut body).ok()?;
    Some(Request {
        line: first.trim_end_matches(" HTTP/1.1").to_owned(),
        headers,
        body: String::from_utf8(body).unwrap(),
    })
}
