//! Which record of a learning event is kept, where several sources tell of it.
//!
//! Two records of one source are never one event: a source that lists something twice means it.

pub use super::likeness::{Event, Likeness, Part, THRESHOLD, alike};
use super::likeness::{Texts, compare};
use crate::domain::ids::SourceId;

/// Which record is held, by which other one, and why: for each of them, or none where it is kept.
///
/// Lower ranks come first; where only one source has a rank, the result does not depend on what arrived
/// when. A record that is kept stands for at most one record of each other source. `apart` says that two
/// are known to be two events.
pub fn resolve(
    events: &[Event<'_>],
    apart: impl Fn(usize, usize) -> bool,
) -> Vec<Option<(usize, Likeness)>> {
    let mut held: Vec<Option<(usize, Likeness)>> = vec![None; events.len()];
    let mut kept: Vec<(usize, &Event<'_>)> = Vec::new();
    let mut stands_for: Vec<(usize, SourceId)> = Vec::new();
    let texts: Vec<Texts> = events.iter().map(Texts::of).collect();
    for layer in layers(events) {
        let mut found = Vec::new();
        for (place, event) in &layer {
            for (before, other) in &kept {
                let Some((a, b)) = texts.get(*place).zip(texts.get(*before)) else { continue };
                let likeness = compare((event, a), (other, b));
                if let Some(likeness) = likeness.filter(|_| !apart(*place, *before)) {
                    found.push((*place, *before, event.source, likeness));
                }
            }
        }
        // The most alike first; of those, in the order in which they came up. The sort is stable.
        found.sort_by_key(|(.., likeness)| std::cmp::Reverse((likeness.certain, likeness.score)));
        for (place, before, source, likeness) in found {
            let taken = stands_for.contains(&(before, source));
            if let Some(slot) = held.get_mut(place)
                && slot.is_none()
                && !taken
            {
                *slot = Some((before, likeness));
                stands_for.push((before, source));
            }
        }
        let free = |(place, _): &(usize, &Event<'_>)| held.get(*place).is_some_and(Option::is_none);
        kept.extend(layer.into_iter().filter(free));
    }
    held
}

/// Records that are placed together: all of a source, where no other one has its rank; else one by one.
fn layers<'e, 'a>(events: &'e [Event<'a>]) -> Vec<Vec<(usize, &'e Event<'a>)>> {
    let shared = |event: &Event<'_>| {
        events.iter().any(|other| other.rank == event.rank && other.source != event.source)
    };
    let mut all: Vec<(usize, &Event<'_>)> = events.iter().enumerate().collect();
    all.sort_by_key(|(_, event)| {
        (event.rank, if shared(event) { event.since } else { 0 }, event.source, event.key)
    });
    let mut layers: Vec<Vec<(usize, &Event<'_>)>> = Vec::new();
    for (place, event) in all {
        match layers.last_mut() {
            Some(layer)
                if !shared(event)
                    && layer.first().is_some_and(|(_, first)| first.source == event.source) =>
            {
                layer.push((place, event));
            }
            _ => layers.push(vec![(place, event)]),
        }
    }
    layers
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::category::Category;
    use crate::domain::ledger::posting::{Particulars, Posting};
    use crate::domain::year::Year;

    fn posting(title: &str, day: &str, hours: &str, category: Category) -> Posting {
        Posting {
            year: Year::new(2024).unwrap(),
            category,
            hours: hours.parse().unwrap(),
            completed_on: day.parse().ok(),
            particulars: Particulars { course_title: Some(title.into()), ..Particulars::default() },
        }
    }

    fn event<'a>(source: i64, rank: i16, key: &'a str, posting: &'a Posting) -> Event<'a> {
        Event { source: SourceId::stored(source), rank, since: 0, key, posting, started_on: None }
    }

    #[test]
    fn the_lower_rank_is_kept_whatever_came_first_and_one_stands_for_one_of_a_source() {
        let one = posting("课程", "2024-05-06", "24", Category::Professional);
        let near = posting("课程", "2024-05-07", "24", Category::Professional);
        let x = event(1, 10, "x", &one);
        let (first, second) = (event(2, 50, "1", &near), event(2, 50, "2", &one));
        let of = |events: &[Event<'_>]| -> Vec<(String, Option<String>)> {
            let held = resolve(events, |_, _| false);
            let name = |place: usize| events[place].key.to_owned();
            let mut all: Vec<_> = (0..events.len())
                .map(|place| (name(place), held[place].as_ref().map(|(by, _)| name(*by))))
                .collect();
            all.sort();
            all
        };
        let expected = [("1", None), ("2", Some("x")), ("x", None)]
            .map(|(key, by): (&str, Option<&str>)| (key.to_owned(), by.map(str::to_owned)));
        for events in [[x, first, second], [second, first, x], [first, x, second]] {
            assert_eq!(of(&events), expected);
        }
        assert_eq!(resolve(&[x, second], |_, _| true), [None, None], "known to be two");
        let late = Event { since: 1, ..event(3, 10, "late", &one) };
        assert!(resolve(&[late, x], |_, _| false)[0].is_some(), "of equals, the earlier one");
        assert_eq!(resolve(&[first, second], |_, _| false), [None, None], "of one source");
    }
}
