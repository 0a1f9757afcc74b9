//! Output kept to a bound: the first and the last part of each stream, and the end of both as they came.

use super::mask::{Mask, MaskedStream};
use crate::engine::Output;

/// What is kept of each end of a stream.
pub(super) const HALF: usize = 512 * 1024;

/// What is kept of both streams together, for people.
pub(super) const TAIL: usize = 64 * 1024;

/// How much of a line is waited for.
const LINE: usize = 8 * 1024;

/// Stands between the first and the last part.
const GAP: &str = "\n[...]\n";

/// The output of one command.
#[derive(Debug)]
pub(super) struct Gathered<'m> {
    mask: &'m Mask,
    masked: [MaskedStream; 2],
    kept: [Kept; 2],
    both: Both,
}

impl<'m> Gathered<'m> {
    /// Nothing yet.
    pub(super) fn new(mask: &'m Mask) -> Self {
        Self {
            mask,
            masked: Default::default(),
            kept: Default::default(),
            both: Both::new(),
        }
    }

    /// Takes what was read of stream 0 (standard output) or 1 (standard error).
    pub(super) fn take(&mut self, stream: usize, bytes: &[u8]) {
        let (kept, both) = (&mut self.kept[stream], &mut self.both);
        self.masked[stream].feed(self.mask, bytes, &mut |bytes| {
            kept.push(bytes);
            both.push(stream, bytes);
        });
    }

    /// The stream has ended.
    pub(super) fn close(&mut self, stream: usize) {
        let (kept, both) = (&mut self.kept[stream], &mut self.both);
        self.masked[stream].finish(self.mask, &mut |bytes| {
            kept.push(bytes);
            both.push(stream, bytes);
        });
        both.end_line(stream);
    }

    /// Standard output, standard error, and the end of both.
    pub(super) fn finish(mut self) -> (Output, Output, String) {
        self.close(0);
        self.close(1);
        let [stdout, stderr] = self.kept.map(Kept::finish);
        let (last, left_out) = self.both.finish();
        let tail = if left_out > 0 { from_boundary(&last) } else { &last };
        (stdout, stderr, String::from_utf8_lossy(tail).into_owned())
    }
}

/// The end of both streams as they came, line by line: what one writes never tears a line of the other apart.
#[derive(Debug)]
struct Both {
    last: Last,
    /// The line that each stream has begun.
    begun: [Vec<u8>; 2],
}

impl Both {
    fn new() -> Self {
        Self {
            last: Last::new(TAIL),
            begun: Default::default(),
        }
    }

    fn push(&mut self, stream: usize, bytes: &[u8]) {
        let begun = &mut self.begun[stream];
        begun.extend_from_slice(bytes);
        let whole = match begun.iter().rposition(|&byte| byte == b'\n') {
            Some(end) => end + 1,
            // A line without an end is not waited for for ever.
            None if begun.len() > LINE => begun.len(),
            None => return,
        };
        self.last.push(&begun[..whole]);
        begun.drain(..whole);
    }

    fn end_line(&mut self, stream: usize) {
        let begun = std::mem::take(&mut self.begun[stream]);
        self.last.push(&begun);
    }

    fn finish(self) -> (Vec<u8>, u64) {
        self.last.finish()
    }
}

/// The first and the last part of a stream.
#[derive(Debug)]
struct Kept {
    first: Vec<u8>,
    last: Last,
}

impl Default for Kept {
    fn default() -> Self {
        Self {
            first: Vec::new(),
            last: Last::new(HALF),
        }
    }
}

impl Kept {
    fn push(&mut self, bytes: &[u8]) {
        let room = (HALF - self.first.len()).min(bytes.len());
        self.first.extend_from_slice(&bytes[..room]);
        self.last.push(&bytes[room..]);
    }

    fn finish(mut self) -> Output {
        let (last, omitted) = self.last.finish();
        if omitted == 0 {
            self.first.extend_from_slice(&last);
            return Output {
                text: String::from_utf8_lossy(&self.first).into_owned(),
                omitted,
            };
        }
        let mut text = String::from_utf8_lossy(to_boundary(&self.first)).into_owned();
        text.push_str(GAP);
        text.push_str(&String::from_utf8_lossy(from_boundary(&last)));
        Output { text, omitted }
    }
}

/// The last bytes of a stream, at an amortised cost of one copy.
#[derive(Debug)]
struct Last {
    bytes: Vec<u8>,
    bound: usize,
    left_out: u64,
}

impl Last {
    fn new(bound: usize) -> Self {
        Self {
            bytes: Vec::new(),
            bound,
            left_out: 0,
        }
    }

    fn push(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
        if self.bytes.len() >= 2 * self.bound {
            self.shorten();
        }
    }

    fn shorten(&mut self) {
        let surplus = self.bytes.len().saturating_sub(self.bound);
        self.bytes.drain(..surplus);
        self.left_out += surplus as u64;
    }

    fn finish(mut self) -> (Vec<u8>, u64) {
        self.shorten();
        (self.bytes, self.left_out)
    }
}

/// Without the beginning of a character that a cut has torn off at the end.
fn to_boundary(bytes: &[u8]) -> &[u8] {
    let torn = bytes.len().saturating_sub(3)..bytes.len();
    for start in torn.rev() {
        let width = match bytes[start] {
            0xC0..=0xDF => 2,
            0xE0..=0xEF => 3,
            0xF0..=0xF7 => 4,
            0x80..=0xBF => continue,
            _ => 1,
        };
        return if start + width > bytes.len() {
            &bytes[..start]
        } else {
            bytes
        };
    }
    bytes
}

/// Without the rest of a character that a cut has torn off at the beginning.
fn from_boundary(bytes: &[u8]) -> &[u8] {
    let torn = bytes
        .iter()
        .take(3)
        .take_while(|byte| (0x80..=0xBF).contains(*byte))
        .count();
    &bytes[torn..]
}

#[cfg(test)]
mod tests {
    use super::{GAP, Gathered, HALF, Mask, TAIL};

    #[test]
    fn both_ends_of_a_flood_are_kept() {
        let mask = Mask::default();
        let mut gathered = Gathered::new(&mask);
        let line = "ä".repeat(499);
        let mut total = 0u64;
        for number in 0..5_000 {
            let text = format!("{number:06} {line}\n");
            total += text.len() as u64;
            gathered.take(0, text.as_bytes());
        }
        gathered.take(1, b"\xffok\0");
        let (stdout, stderr, tail) = gathered.finish();
        assert!(stdout.text.starts_with("000000 ä") && stdout.text.ends_with("ä\n"));
        assert!(stdout.text.contains("\n004999 ") && !stdout.text.contains('\u{fffd}'));
        assert_eq!(stdout.omitted, total - 2 * HALF as u64);
        assert!(stdout.text.len() <= 2 * HALF + GAP.len());
        assert_eq!(stderr.text, "\u{fffd}ok\0");
        assert!(tail.len() <= TAIL + 3 && tail.ends_with("\u{fffd}ok\0"));
    }

    #[test]
    fn lines_of_two_streams_stay_whole_also_behind_a_mask() {
        for mask in [Mask::default(), Mask::new([&b"a-long-secret-value"[..]])] {
            let mut gathered = Gathered::new(&mask);
            for number in 0..20 {
                gathered.take(0, format!("standard {number} ").as_bytes());
                gathered.take(1, format!("error {number}\n").as_bytes());
                gathered.take(0, b"output\n");
            }
            gathered.take(1, b"the end");
            let (_, _, tail) = gathered.finish();
            let (output, error): (Vec<_>, Vec<_>) =
                tail.lines().partition(|line| line.starts_with("standard "));
            assert_eq!((output.len(), error.len()), (20, 21), "{tail}");
            assert!(output.iter().all(|line| line.ends_with(" output")), "{tail}");
            assert!(
                error[..20].iter().all(|line| line.starts_with("error ")),
                "{tail}"
            );
        }
    }

    #[test]
    fn what_fits_is_whole() {
        let mask = Mask::default();
        let mut gathered = Gathered::new(&mask);
        let text = "x".repeat(2 * HALF);
        for piece in text.as_bytes().chunks(1_000) {
            gathered.take(0, piece);
        }
        let (stdout, _, _) = gathered.finish();
        assert_eq!((stdout.text.len(), stdout.omitted), (2 * HALF, 0));
    }
}
