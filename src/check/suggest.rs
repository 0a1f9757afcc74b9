//! Did you mean: the declared name closest to one that is not.

/// The name of `known` that `wrong` most probably means, if any is close enough.
///
/// Close means at most a third of the letters differ, with a swap of two neighbours counting once;
/// a name that differs only in case, `-` or `_` always counts.
pub(super) fn closest<'a>(wrong: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    // A name longer than any sensible one is not compared: the distance is quadratic in length.
    if wrong.len() > 100 {
        return None;
    }
    let plain = |text: &str| text.to_lowercase().replace(['-', '_'], "");
    let folded = plain(wrong);
    let allowed = wrong.chars().count().div_ceil(3);
    let mut best: Option<(usize, &str)> = None;
    for name in known {
        if name.len().abs_diff(wrong.len()) > allowed + 2 || name == wrong {
            continue;
        }
        let distance = if plain(name) == folded {
            0
        } else {
            strsim::osa_distance(wrong, name)
        };
        if distance <= allowed && best.is_none_or(|(least, _)| distance < least) {
            best = Some((distance, name));
        }
    }
    best.map(|(_, name)| name)
}

/// `a`, `b` and `c`, each in backquotes; at most eight, then how many more there are.
pub(super) fn listed<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    const SHOWN: usize = 8;
    let all: Vec<String> = names.into_iter().map(|name| format!("`{name}`")).collect();
    match all.as_slice() {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] if all.len() <= SHOWN => format!("{} and {last}", first.join(", ")),
        _ => format!("{} and {} more", all[..SHOWN].join(", "), all.len() - SHOWN),
    }
}

#[cfg(test)]
mod tests {
    use super::{closest, listed};

    #[test]
    fn a_slip_is_found_and_a_stranger_is_not() {
        let known = ["version", "strategy", "production"];
        assert_eq!(closest("verison", known), Some("version"));
        assert_eq!(closest("Version", known), Some("version"));
        assert_eq!(closest("prod", known), None);
        assert_eq!(closest("x", known), None);
    }

    #[test]
    fn lists_read_like_prose() {
        assert_eq!(listed(["a"]), "`a`");
        assert_eq!(listed(["a", "b", "c"]), "`a`, `b` and `c`");
    }
}
