//! What an environment of the examples is: a process on a loopback port that serves one release.
//!
//! `start DIR RELEASE` leaves a process behind that serves RELEASE and keeps its state below DIR, `ask DIR
//! PATH` asks it over HTTP, `stop DIR` ends it by asking. `/running` is answered by the process, with the commit it was
//! started with (`COMMIT`); other paths by the release itself: `/api/health` is what its `app.sh health` prints, `/metrics`
//! what `app.sh metrics` does, `/api/summary?7` what `app.sh summary 7` does, asked anew each time. A process whose
//! directory is gone ends by itself.
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

/// Nobody answers: the code that the plans' gates call inconclusive, as `curl` does.
const NOBODY: u8 = 7;

/// The process answers that something is wrong: as `curl --fail`.
const REFUSED: u8 = 22;

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let done = match words.as_slice() {
        ["start", directory, release] => start(Path::new(directory), Path::new(release)),
        ["serve", directory, release] => serve(Path::new(directory), Path::new(release)),
        ["ask", directory, path] => return ask(Path::new(directory), path),
        ["stop", directory] => stop(Path::new(directory)),
        _ => {
            eprintln!("service start DIR RELEASE | ask DIR PATH | stop DIR");
            return ExitCode::from(2);
        }
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("service: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Starts a process of its own and waits until it answers.
fn start(directory: &Path, release: &Path) -> io::Result<()> {
    fs::create_dir_all(directory.join("state"))?;
    let log = fs::File::options()
        .create(true)
        .append(true)
        .open(directory.join("log"))?;
    Command::new(std::env::current_exe()?)
        .arg("serve")
        .args([directory, release])
        .stdin(Stdio::null())
        .stdout(log.try_clone()?)
        .stderr(log)
        .spawn()?;
    let began = Instant::now();
    while began.elapsed() < PATIENCE {
        if let Ok((200, _)) = get(directory, "/running") {
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
        match get(directory, "/stop") {
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
        Ok((status, body)) => {
            println!("{}", body.trim_end());
            ExitCode::from(if status == 200 { 0 } else { REFUSED })
        }
        Err(error) => {
            eprintln!("nobody answers in {}: {error}", directory.display());
            ExitCode::from(NOBODY)
        }
    }
}

/// The status and body of one request.
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
fn serve(directory: &Path, release: &Path) -> io::Result<()> {
    let process = Process {
        state: directory.join("state"),
        release: release.to_owned(),
        commit: std::env::var("COMMIT").unwrap_or_default(),
    };
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
                match process.answer(stream) {
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

/// What a running process knows: read once, when it starts.
struct Process {
    state: PathBuf,
    release: PathBuf,
    commit: String,
}

impl Process {
    /// Answers one request; true when it was the last.
    fn answer(&self, mut stream: TcpStream) -> io::Result<bool> {
        stream.set_read_timeout(Some(ANSWER))?;
        let mut line = String::new();
        BufReader::new(stream.try_clone()?).read_line(&mut line)?;
        let path = line.split(' ').nth(1).unwrap_or_default();
        let (page, question) = path.split_once('?').unwrap_or((path, ""));
        let (status, body) = match page {
            "/running" => ("200 OK", self.commit.clone()),
            "/stop" => ("200 OK", "bye".to_owned()),
            "/api/health" => self.application("health", question)?,
            "/api/summary" => self.application("summary", question)?,
            "/metrics" | "/api/metrics" => self.application("metrics", question)?,
            _ => ("404 Not Found", format!("nothing is at {path}")),
        };
        write!(stream, "HTTP/1.0 {status}\r\nConnection: close\r\n\r\n{body}\n")?;
        Ok(path == "/stop")
    }

    /// Runs the release that was deployed.
    fn application(&self, word: &str, question: &str) -> io::Result<(&'static str, String)> {
        let scripts = ["app.sh", "claude_pm/app.sh", "inventario/app.sh"];
        let script = scripts.iter().find(|script| self.release.join(script).exists());
        let output = Command::new("sh")
            .arg(script.ok_or_else(|| io::Error::other("the release has no app.sh"))?)
            .arg(word)
            .args(Some(question).filter(|question| !question.is_empty()))
            .current_dir(&self.release)
            .env("STATE", &self.state)
            .env("ROOT", &self.release)
            .env("COMMIT", &self.commit)
            .output()?;
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim_end().to_owned();
        Ok(if output.status.success() {
            ("200 OK", text(&output.stdout))
        } else {
            ("503 Service Unavailable", text(&output.stderr))
        })
    }
}
