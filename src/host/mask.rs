//! Secrets in output become `***`, also where a secret is split over several writes.
//!
//! Values come from the environment; what goes out is the same bytes with every value replaced.
//! A value shorter than four bytes is no secret: masking it would tear words apart and hide nothing.

use regex::bytes::{Regex, RegexBuilder};

/// What stands where a secret stood.
const STARS: &[u8] = b"***";

/// The shortest value that is masked.
const SHORTEST: usize = 4;

/// The shortest line of a value of several lines that is masked on its own.
const SHORTEST_LINE: usize = 8;

/// The values to be masked.
#[derive(Clone, Debug, Default)]
pub(super) struct Mask {
    pattern: Option<Regex>,
    longest: usize,
}

impl Mask {
    /// Masks these values, and each longer line of those that have several.
    pub(super) fn new<'v>(values: impl IntoIterator<Item = &'v [u8]>) -> Self {
        let mut wanted: Vec<&[u8]> = Vec::new();
        for value in values {
            let value = value.trim_ascii();
            if value.len() >= SHORTEST {
                wanted.push(value);
            }
            if value.contains(&b'\n') {
                let lines = value.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii);
                wanted.extend(lines.filter(|line| line.len() >= SHORTEST_LINE));
            }
        }
        // Of two that begin at one place the longer must win.
        wanted.sort_unstable_by(|a, b| b.len().cmp(&a.len()).then(a.cmp(b)));
        wanted.dedup();
        let longest = wanted.first().map_or(0, |value| value.len());
        let alternatives: Vec<String> = wanted.iter().map(|value| literally(value)).collect();
        let pattern = (!alternatives.is_empty()).then(|| {
            RegexBuilder::new(&alternatives.join("|"))
                .unicode(false)
                .size_limit(1 << 30)
                .build()
                .expect("BUG: literal bytes are a pattern, and an environment is shorter than the limit")
        });
        Self { pattern, longest }
    }

    /// Masks a whole text.
    pub(super) fn text(&self, text: &str) -> String {
        let mut masked = Vec::with_capacity(text.len());
        let mut stream = MaskedStream::default();
        stream.feed(self, text.as_bytes(), &mut |bytes| {
            masked.extend_from_slice(bytes);
        });
        stream.finish(self, &mut |bytes| masked.extend_from_slice(bytes));
        String::from_utf8_lossy(&masked).into_owned()
    }
}

/// A pattern for exactly these bytes.
fn literally(value: &[u8]) -> String {
    value.iter().fold(String::new(), |mut pattern, byte| {
        let digits = |nibble: u8| char::from_digit(u32::from(nibble), 16).unwrap_or('0');
        pattern.extend(['\\', 'x', digits(byte >> 4), digits(byte & 15)]);
        pattern
    })
}

/// One stream on its way through a mask: holds back what may be the beginning of a secret.
#[derive(Debug, Default)]
pub(super) struct MaskedStream {
    held: Vec<u8>,
}

impl MaskedStream {
    /// Takes what was read and gives out what is certain.
    pub(super) fn feed(&mut self, mask: &Mask, bytes: &[u8], out: &mut impl FnMut(&[u8])) {
        if mask.pattern.is_none() {
            out(bytes);
            return;
        }
        self.held.extend_from_slice(bytes);
        // A secret that begins before this place ends within what is held.
        let certain = (self.held.len() + 1).saturating_sub(mask.longest);
        self.release(mask, certain, out);
    }

    /// Gives out the rest.
    pub(super) fn finish(&mut self, mask: &Mask, out: &mut impl FnMut(&[u8])) {
        self.release(mask, self.held.len(), out);
    }

    fn release(&mut self, mask: &Mask, certain: usize, out: &mut impl FnMut(&[u8])) {
        let mut done = 0;
        if let Some(pattern) = &mask.pattern {
            while let Some(found) = pattern
                .find_at(&self.held, done)
                .filter(|found| found.start() < certain)
            {
                out(&self.held[done..found.start()]);
                out(STARS);
                done = found.end();
            }
        }
        let certain = certain.max(done);
        out(&self.held[done..certain]);
        self.held.drain(..certain);
    }
}

#[cfg(test)]
mod tests {
    use super::{Mask, MaskedStream};

    fn in_pieces(mask: &Mask, text: &[u8], size: usize) -> String {
        let mut masked = Vec::new();
        let mut stream = MaskedStream::default();
        for piece in text.chunks(size) {
            stream.feed(mask, piece, &mut |bytes| masked.extend_from_slice(bytes));
        }
        stream.finish(mask, &mut |bytes| masked.extend_from_slice(bytes));
        String::from_utf8_lossy(&masked).into_owned()
    }

    #[test]
    fn a_secret_is_masked_however_it_is_cut() {
        let mask = Mask::new([&b"hunter22"[..], b"hunter2", b"other-token"]);
        let text = b"a hunter22 b hunter2 c other-token d other-toke";
        for size in 1..=text.len() {
            assert_eq!(
                in_pieces(&mask, text, size),
                "a *** b *** c *** d other-toke",
                "{size}"
            );
        }
    }

    #[test]
    fn lines_of_a_long_secret_are_secrets() {
        let mask = Mask::new([&b"-----BEGIN KEY-----\nc2VjcmV0LWxpbmU\n}\n-----END KEY-----\n"[..]]);
        assert_eq!(mask.text("got c2VjcmV0LWxpbmU}"), "got ***}");
        assert_eq!(
            mask.text("x\n-----BEGIN KEY-----\nc2VjcmV0LWxpbmU\n}\n-----END KEY-----\ny"),
            "x\n***\ny"
        );
    }

    #[test]
    fn what_hides_nothing_is_left_alone() {
        let mask = Mask::new([&b""[..], b"  ", b"1", b"yes", b"\n\n"]);
        assert_eq!(mask.text("1 yes 2"), "1 yes 2");
    }

    #[test]
    fn secrets_are_not_patterns() {
        let mask = Mask::new(["a.c*d[".as_bytes(), "sñow".as_bytes()]);
        assert_eq!(mask.text("a.c*d[ abcd sñow"), "*** abcd ***");
    }
}
