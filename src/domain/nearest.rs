//! The names that somebody may have meant.

/// The most names that are suggested.
const MOST: usize = 3;

/// The names nearest to `name`, the best first; what it begins or is part of comes before the rest.
pub fn nearest<'n>(name: &str, names: impl IntoIterator<Item = &'n str>) -> Vec<&'n str> {
    let mut ranked: Vec<(bool, usize, &str)> = names
        .into_iter()
        .map(|other| (!other.contains(name) || name.is_empty(), distance(name, other), other))
        .collect();
    ranked.sort_unstable();
    ranked.into_iter().take(MOST).map(|(_, _, other)| other).collect()
}

/// How many characters must be put in, taken out or replaced to make one of the other.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, c) in a.chars().enumerate() {
        let mut next = vec![i + 1];
        for (before, (d, above)) in b.iter().zip(row.iter().zip(row.iter().skip(1))) {
            let left = next.last().copied().unwrap_or(0);
            next.push((d + usize::from(*before != c)).min(above + 1).min(left + 1));
        }
        row = next;
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_come_first() {
        let names = ["330500/2021", "331100/2023", "330000", "330100/2026"];
        assert_eq!(nearest("331100/2022", names)[0], "331100/2023");
        assert_eq!(nearest("331100", names)[0], "331100/2023");
        assert_eq!(nearest("", names).len(), 3);
        assert_eq!(distance("kitten", "sitting"), 3);
    }
}
