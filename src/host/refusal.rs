//! Why a command could not start, and what to do about it.

use std::ffi::{OsStr, OsString};
use std::io::{self, BufRead};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use rustix::io::Errno;

use super::command::Launch;

/// The program as it is handed to the system: a path is taken from where the command runs.
pub(super) fn program(launch: &Launch<'_>) -> OsString {
    let word = launch.words.first().map_or("", String::as_str);
    if word.contains('/') {
        launch.directory.join(word).into()
    } else {
        word.into()
    }
}

/// A sentence for what the system said when a command was started.
pub(super) fn why(launch: &Launch<'_>, error: &io::Error) -> String {
    let word = launch.words.first().map_or("", String::as_str);
    if word.is_empty() {
        return "the command is empty: its first word, the program, came out as nothing".into();
    }
    if launch.words.iter().any(|word| word.contains('\0')) {
        return format!("an argument of `{word}` holds a NUL byte, which no argument can");
    }
    match error.raw_os_error().map(Errno::from_raw_os_error) {
        Some(Errno::TOOBIG) => {
            return format!(
                "the arguments and the environment of `{word}` are longer than the system allows; hand the text over in a file"
            );
        }
        Some(Errno::AGAIN | Errno::NOMEM | Errno::MFILE | Errno::NFILE) => {
            return format!(
                "`{word}` cannot be started: {error}; the machine is out of processes, files or memory"
            );
        }
        _ => {}
    }
    let path = if word.contains('/') {
        launch.directory.join(word)
    } else {
        match on_path(word, launch.environment.get(OsStr::new("PATH"))) {
            Some(path) => path,
            None => return not_on_path(launch, word),
        }
    };
    about_file(launch, word, &path).unwrap_or_else(|| format!("`{word}` cannot be started: {error}"))
}

fn on_path(word: &str, path: Option<&OsString>) -> Option<PathBuf> {
    std::env::split_paths(path?)
        .map(|directory| directory.join(word))
        .find(|candidate| candidate.is_file())
}

fn not_on_path(launch: &Launch<'_>, word: &str) -> String {
    let place = launch.place;
    if launch.directory.join(word).is_file() {
        return format!("`{word}` is not on PATH; to run the file in {place}, write `./{word}`");
    }
    let elsewhere = ["scripts", "bin", "tools", "script"]
        .into_iter()
        .find(|directory| launch.directory.join(directory).join(word).is_file());
    match elsewhere {
        Some(directory) => format!(
            "`{word}` is not on PATH; to run the file in {place}, write its path: `{directory}/{word}`"
        ),
        None => format!(
            "`{word}` is not on PATH; install it, or name a file of the repository by its path, such as `scripts/{word}`"
        ),
    }
}

fn about_file(launch: &Launch<'_>, word: &str, path: &Path) -> Option<String> {
    let place = launch.place;
    let Ok(metadata) = path.metadata() else {
        return Some(missing(launch, word, path));
    };
    if metadata.is_dir() {
        return Some(format!(
            "`{word}` is a directory in {place}; name the program in it"
        ));
    }
    if metadata.permissions().mode() & 0o111 == 0 {
        return Some(format!(
            "`{word}` is not executable; run `git update-index --chmod=+x {word}` and commit that, or name the \
             interpreter: `sh {word}`"
        ));
    }
    match first_line(path) {
        Some(line) if line.starts_with("#!") => bad_interpreter(word, &line),
        Some(_) => Some(format!(
            "`{word}` is no program of this system, and no script that says with `#!` what runs it; give it a first \
             line such as `#!/bin/sh`"
        )),
        None => None,
    }
}

fn missing(launch: &Launch<'_>, word: &str, path: &Path) -> String {
    let place = launch.place;
    if path.symlink_metadata().is_ok() {
        return format!("`{word}` is a symbolic link to nothing in {place}");
    }
    if launch.directory != launch.plan_directory && launch.plan_directory.join(word).exists() {
        return format!(
            "`{word}` is in your work tree, but not in {place}: commit it to the branch the command is about, or mark \
             the command `live` to run it where the plan is"
        );
    }
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let near = path
        .parent()
        .and_then(|directory| directory.read_dir().ok())
        .into_iter()
        .flatten()
        .filter_map(Result::ok)
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .map(|other| (strsim::damerau_levenshtein(&other, &name), other))
        .filter(|(distance, _)| *distance <= 2)
        .min();
    match near {
        Some((_, near)) => {
            let near = Path::new(word).with_file_name(near);
            format!(
                "there is no `{word}` in {place}; did you mean `{}`?",
                near.display()
            )
        }
        None => format!("there is no `{word}` in {place}; paths of commands are taken from there"),
    }
}

fn first_line(path: &Path) -> Option<String> {
    let file = std::fs::File::open(path).ok()?;
    let mut line = Vec::new();
    io::Read::take(io::BufReader::new(file), 256)
        .read_until(b'\n', &mut line)
        .ok()?;
    Some(String::from_utf8_lossy(&line).trim_end_matches('\n').to_owned())
}

fn bad_interpreter(word: &str, line: &str) -> Option<String> {
    let interpreter = line[2..].trim_start().split([' ', '\t']).next()?;
    if let Some(plain) = interpreter.strip_suffix('\r') {
        return Some(format!(
            "`{word}` has Windows line ends, so the system looks for an interpreter called `{plain}\\r`; save it with \
             plain line ends"
        ));
    }
    (!Path::new(interpreter).exists()).then(|| {
        format!(
            "`{word}` is to be run by `{interpreter}`, as its first line says, which is not there; install it"
        )
    })
}
