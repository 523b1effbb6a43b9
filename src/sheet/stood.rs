//! What stood in a row that could not be read: kept with its problem, so that nothing that was sent is
//! lost, and never more than a bounded part of it.

use super::cell::{Cell, Flaw};

/// The most bytes of a cell.
const CELL: usize = 2 << 10;

/// The most bytes of a row.
const ROW: usize = 16 << 10;

/// What a cell costs beside its text, so that many small ones are bounded too.
const PLACE: usize = 8;

/// The cells that are not empty, each with its column counted from 1: `{"cells": [[1, "…"]]}`, and
/// `"cut": true` where something was left out.
pub(super) fn cells<'c>(cells: impl Iterator<Item = (usize, Cell<'c>)>) -> Vec<u8> {
    let (mut kept, mut left, mut whole) = (Vec::new(), ROW, true);
    for (place, cell) in cells {
        let text = match cell {
            Ok(text) => text.trim(),
            Err(Flaw::Error(shown)) => shown,
            Err(Flaw::TooLong) => {
                whole = false;
                ""
            }
        };
        if text.is_empty() {
            continue;
        }
        if left == 0 {
            whole = false;
            break;
        }
        let part = cut(text, CELL.min(left));
        whole &= part.len() == text.len();
        left = left.saturating_sub(part.len() + PLACE);
        kept.push((place + 1, part));
    }
    bytes(serde_json::json!({ "cells": kept }), whole)
}

/// A line of text: `{"line": "…"}`; what is no text is shown as `�`.
pub(super) fn line(text: &[u8]) -> Vec<u8> {
    let part = text.get(..ROW).unwrap_or(text);
    let shown = String::from_utf8_lossy(part);
    bytes(serde_json::json!({ "line": cut(&shown, ROW) }), part.len() == text.len())
}

/// The beginning of a text, cut between two characters.
fn cut(text: &str, most: usize) -> &str {
    text.get(..text.floor_char_boundary(most)).unwrap_or(text)
}

fn bytes(mut kept: serde_json::Value, whole: bool) -> Vec<u8> {
    if !whole && let Some(kept) = kept.as_object_mut() {
        kept.insert("cut".to_owned(), true.into());
    }
    serde_json::to_vec(&kept).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(bytes: &[u8]) -> serde_json::Value {
        serde_json::from_slice(bytes).unwrap()
    }

    #[test]
    fn cells_keep_their_places() {
        let row = [(0, Ok("k1")), (1, Ok(" ")), (2, Err(Flaw::Error("#N/A"))), (300, Ok("样例 "))];
        let kept = json(&cells(row.into_iter()));
        assert_eq!(kept, serde_json::json!({"cells": [[1, "k1"], [3, "#N/A"], [301, "样例"]]}));
    }

    #[test]
    fn what_is_too_long_is_cut_with_a_mark() {
        let long = "学".repeat(CELL);
        let kept = json(&cells([(0, Ok(long.as_str())), (1, Ok("k1"))].into_iter()));
        assert_eq!(kept["cut"], true);
        // Cut between characters, and what comes after it is there.
        let text = kept["cells"][0][1].as_str().unwrap();
        assert!(text.len() > CELL - 3 && text.len() <= CELL && long.starts_with(text));
        assert_eq!(kept["cells"][1], serde_json::json!([2, "k1"]));

        let many = cells((0..100_000).map(|place| (place, Ok("x"))));
        assert!(many.len() < 2 * ROW && json(&many)["cut"] == true, "{}", many.len());
        assert_eq!(json(&cells([(0, Err(Flaw::TooLong))].into_iter()))["cut"], true);

        let kept = json(&line(long.repeat(10).as_bytes()));
        assert!(kept["cut"] == true && kept["line"].as_str().unwrap().len() <= ROW);
        assert_eq!(json(&line(b"{\"a\":\xff")), serde_json::json!({"line": "{\"a\":\u{fffd}"}));
    }
}
