//! What divides the traffic of the examples: a process on a loopback port in front of several services.
//!
//! `start DIR` leaves it running, `set DIR NAME=WEIGHT...` says how many of a hundred requests each backend gets,
//! `ask DIR PATH` sends one request through it, `count DIR` prints how many requests each backend has got
//! since the weights were set, `stop DIR` ends it. A backend is a service whose directory is DIR/NAME, with its
//! `port`. The weights are kept in `DIR/weights`, so a router that is started again divides as before. They are
//! followed exactly, by smooth weighted round robin: with 90 and 10, every tenth request goes to the second.
//! Nothing is sent to another backend because the first is gone: that request fails, with 502.
//!
//! Nothing but the standard library: an example must not decide what rel depends on.

#![allow(
    clippy::disallowed_methods,
    reason = "it is a process with files, a port and a clock"
)]

use std::fs;
use std::io::{self, BufRead, BufReader, ErrorKind, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

/// How long a start and a stop may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// How long one answer may take.
const ANSWER: Duration = Duration::from_secs(10);

/// Nobody answers: as `curl`, and as `service`.
const NOBODY: u8 = 7;

/// The answer is that something is wrong: as `curl --fail`, and as `service`.
const REFUSED: u8 = 22;

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let done = match words.as_slice() {
        ["start", directory] => start(Path::new(directory)),
        ["serve", directory] => serve(Path::new(directory)),
        ["set", directory, weights @ ..] if !weights.is_empty() => {
            return ask(
                Path::new(directory),
                &format!("/router/set/{}", weights.join("/")),
            );
        }
        ["ask", directory, path] => return ask(Path::new(directory), path),
        ["count", directory] => return ask(Path::new(directory), "/router/count"),
        ["stop", directory] => stop(Path::new(directory)),
        _ => {
            eprintln!("router start DIR | set DIR NAME=WEIGHT... | ask DIR PATH | count DIR | stop DIR");
            return ExitCode::from(2);
        }
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("router: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Starts a process of its own and waits until it answers.
fn start(directory: &Path) -> io::Result<()> {
    fs::create_dir_all(directory)?;
    if get(directory, "/router/count").is_ok() {
        return Err(io::Error::other("it is running already"));
    }
    let log = fs::File::options()
        .create(true)
        .append(true)
        .open(directory.join("log"))?;
    Command::new(std::env::current_exe()?)
        .arg("serve")
        .arg(directory)
        .stdin(Stdio::null())
        .stdout(log.try_clone()?)
        .stderr(log)
        .spawn()?;
    let began = Instant::now();
    while began.elapsed() < PATIENCE {
        if get(directory, "/router/count").is_ok() {
            return Ok(());
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    Err(io::Error::other(format!(
        "the process in {} does not answer; see its `log`",
        directory.display()
    )))
}

/// Asks the process to end, and waits until it has. Nobody there is what is wanted.
fn stop(directory: &Path) -> io::Result<()> {
    let began = Instant::now();
    while directory.join("port").exists() {
        match get(directory, "/router/stop") {
            // A port file that a killed process left behind.
            Err(error) if error.kind() == ErrorKind::ConnectionRefused => {
                return fs::remove_file(directory.join("port"));
            }
            _ if began.elapsed() > PATIENCE => {
                return Err(io::Error::other("the process does not end"));
            }
            _ => std::thread::sleep(Duration::from_millis(5)),
        }
    }
    Ok(())
}

fn ask(directory: &Path, path: &str) -> ExitCode {
    match get(directory, path) {
        Ok((200, body)) => {
            println!("{}", body.trim_end());
            ExitCode::SUCCESS
        }
        Ok((_, body)) => {
            eprintln!("{}", body.trim_end());
            ExitCode::from(REFUSED)
        }
        Err(error) => {
            eprintln!("nobody answers in {}: {error}", directory.display());
            ExitCode::from(NOBODY)
        }
    }
}

/// The status and body of one request to whoever listens on the port that `directory` names.
fn get(directory: &Path, path: &str) -> io::Result<(u16, String)> {
    let text = fs::read_to_string(directory.join("port"))?;
    let port = text
        .trim()
        .parse::<u16>()
        .map_err(|_| io::Error::other(format!("`{}` is no port", text.trim())))?;
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
    stream.set_read_timeout(Some(ANSWER))?;
    write!(stream, "GET {path} HTTP/1.0\r\n\r\n")?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    let broken = || io::Error::other("that is no HTTP");
    let (head, body) = answer.split_once("\r\n\r\n").ok_or_else(broken)?;
    let status = head.split(' ').nth(1).and_then(|code| code.parse().ok());
    Ok((status.ok_or_else(broken)?, body.to_owned()))
}

/// Serves until it is asked to stop, or its directory is gone.
fn serve(directory: &Path) -> io::Result<()> {
    let mut router = Router::load(directory)?;
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    listener.set_nonblocking(true)?;
    let (port, fresh) = (directory.join("port"), directory.join("port.new"));
    fs::write(&fresh, listener.local_addr()?.port().to_string())?;
    fs::rename(&fresh, &port)?;
    loop {
        match listener.accept() {
            Ok((stream, _)) => {
                stream.set_nonblocking(false)?;
                // One who asks badly must not end it for the others.
                match router.answer(stream) {
                    Ok(true) => return fs::remove_file(port),
                    Ok(false) => {}
                    Err(error) => eprintln!("a request was lost: {error}"),
                }
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                if !port.exists() {
                    return Ok(());
                }
                std::thread::sleep(Duration::from_millis(2));
            }
            Err(error) => return Err(error),
        }
    }
}

/// One service behind the router.
#[derive(Clone, Debug, PartialEq)]
struct Backend {
    name: String,
    /// Of a hundred requests.
    weight: i64,
    /// How far it is ahead of its share (negative) or behind it.
    due: i64,
    /// Requests that it was sent since the weights were set.
    count: u64,
}

/// Parses `blue=90`, `green=10`: names without a path in them, which add up to a hundred.
fn backends<'a>(words: impl Iterator<Item = &'a str>) -> Result<Vec<Backend>, String> {
    let mut found: Vec<Backend> = Vec::new();
    for word in words {
        let (name, weight) = word
            .split_once('=')
            .and_then(|(name, weight)| Some((name, weight.parse::<u8>().ok()?)))
            .ok_or_else(|| format!("`{word}` is not NAME=WEIGHT"))?;
        let plain = |letter: char| letter.is_ascii_alphanumeric() || letter == '-' || letter == '_';
        if name.is_empty() || !name.chars().all(plain) {
            return Err(format!("`{name}` is no name of a backend"));
        }
        if found.iter().any(|other| other.name == name) {
            return Err(format!("`{name}` is there twice"));
        }
        found.push(Backend {
            name: name.to_owned(),
            weight: weight.into(),
            due: 0,
            count: 0,
        });
    }
    match found.iter().map(|backend| backend.weight).sum() {
        100_i64 => Ok(found),
        sum => Err(format!("the weights add up to {sum}, not to 100")),
    }
}

/// The backend whose turn it is: everybody gains its weight, who is furthest behind goes, and pays for all.
fn next(backends: &mut [Backend]) -> Option<&Backend> {
    let total: i64 = backends.iter().map(|backend| backend.weight).sum();
    for backend in backends.iter_mut() {
        backend.due += backend.weight;
    }
    let chosen = backends
        .iter_mut()
        .rev() // the first of equals
        .filter(|backend| backend.weight > 0)
        .max_by_key(|backend| backend.due)?;
    chosen.due -= total;
    chosen.count += 1;
    Some(chosen)
}

struct Router {
    directory: PathBuf,
    backends: Vec<Backend>,
}

impl Router {
    fn load(directory: &Path) -> io::Result<Self> {
        let backends = match fs::read_to_string(directory.join("weights")) {
            Ok(text) => backends(text.split_whitespace()).map_err(io::Error::other)?,
            Err(error) if error.kind() == ErrorKind::NotFound => Vec::new(),
            Err(error) => return Err(error),
        };
        let directory = directory.to_owned();
        Ok(Self { directory, backends })
    }

    /// Answers one request; true when it was the last.
    fn answer(&mut self, mut stream: TcpStream) -> io::Result<bool> {
        stream.set_read_timeout(Some(ANSWER))?;
        let mut line = String::new();
        BufReader::new(stream.try_clone()?).read_line(&mut line)?;
        let path = line.split(' ').nth(1).unwrap_or_default();
        let (status, body) = match path.strip_prefix("/router/") {
            Some("stop") => (200, "bye".to_owned()),
            Some("count") => (200, self.count()),
            Some(words) => match words.strip_prefix("set/") {
                Some(weights) => self.set(weights)?,
                None => (404, format!("nothing is at {path}")),
            },
            None => self.forward(path),
        };
        let body = body.trim_end();
        write!(stream, "HTTP/1.0 {status} .\r\nConnection: close\r\n\r\n{body}\n")?;
        Ok(path == "/router/stop")
    }

    /// Takes new weights all at once, or none of them; a backend that gets traffic must be there.
    fn set(&mut self, weights: &str) -> io::Result<(u16, String)> {
        let fresh = match backends(weights.split('/')) {
            Ok(fresh) => fresh,
            Err(why) => return Ok((400, why)),
        };
        let absent = fresh
            .iter()
            .find(|backend| backend.weight > 0 && !self.directory.join(&backend.name).join("port").exists());
        if let Some(absent) = absent {
            return Ok((400, format!("`{}` does not run", absent.name)));
        }
        let file = self.directory.join("weights.new");
        fs::write(&file, weights.replace('/', "\n"))?;
        fs::rename(file, self.directory.join("weights"))?;
        self.backends = fresh;
        Ok((200, weights.replace('/', " ")))
    }

    /// `{"blue": 9, "green": 1}`: names need no escapes.
    fn count(&self) -> String {
        let counts = self.backends.iter();
        let counts: Vec<String> = counts
            .map(|backend| format!("\"{}\": {}", backend.name, backend.count))
            .collect();
        format!("{{{}}}", counts.join(", "))
    }

    fn forward(&mut self, path: &str) -> (u16, String) {
        let Some(backend) = next(&mut self.backends) else {
            return (503, "no backend was ever set".to_owned());
        };
        get(&self.directory.join(&backend.name), path)
            .unwrap_or_else(|error| (502, format!("`{}` does not answer: {error}", backend.name)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn turns(weights: &str, requests: usize) -> String {
        let mut backends = backends(weights.split(' ')).unwrap();
        let mut turn = || next(&mut backends).unwrap().name.clone();
        (0..requests).map(|_| turn()).collect()
    }

    #[test]
    fn weights_are_followed_exactly_and_smoothly() {
        assert_eq!(turns("b=90 g=10", 20), "bbbbbgbbbbbbbbbgbbbb");
        assert_eq!(turns("b=50 g=50", 6), "bgbgbg");
        assert_eq!(turns("b=0 g=100", 3), "ggg");
        assert_eq!(turns("b=99 g=1", 1000).matches('g').count(), 10);
    }

    #[test]
    fn weights_that_are_none_are_refused() {
        let why = |weights: &str| backends(weights.split(' ')).unwrap_err();
        assert_eq!(why("b=90 g=20"), "the weights add up to 110, not to 100");
        assert_eq!(why("b=-1 g=101"), "`b=-1` is not NAME=WEIGHT");
        assert_eq!(why("b=50 b=50"), "`b` is there twice");
        assert_eq!(why("../b=100"), "`../b` is no name of a backend");
    }
}
