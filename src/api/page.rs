//! Pages of a long list: `limit` and `cursor` in, `items` and `next` out.
//!
//! A cursor is opaque and authenticated: it is what this service said for the same question and the
//! same caller, or it is refused. It holds a position, never a secret.

use aws_lc_rs::{hmac, rand};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::problem::Problem;
use crate::domain::message::Message;

/// Items on a page that does not say how many.
const USUAL: usize = 100;

/// The most items on a page.
const MOST: usize = 1000;

/// The longest cursor.
const LONGEST: usize = 1024;

/// Bytes of the proof in a cursor.
const PROOF: usize = 16;

/// What proves that a cursor was made here.
pub struct CursorKey(hmac::Key);

impl CursorKey {
    /// From 32 secret bytes that outlive a restart.
    pub fn new(secret: &[u8; 32]) -> CursorKey {
        CursorKey(hmac::Key::new(hmac::HMAC_SHA256, secret))
    }

    /// One that lasts as long as the process: cursors do not outlive a restart.
    pub fn random() -> Result<CursorKey, Message> {
        let mut secret = [0; 32];
        rand::fill(&mut secret).map_err(|_| Message::new("no_randomness"))?;
        Ok(CursorKey::new(&secret))
    }

    /// The cursor after `position`. `question` is the route, the caller and the filters: a cursor
    /// serves only the question it was made for.
    pub fn seal(&self, question: &[&str], position: &[u8]) -> String {
        let mut bytes = self.proof(question, position);
        bytes.extend_from_slice(position);
        BASE64.encode(bytes)
    }

    /// The position in a cursor.
    pub fn open(&self, question: &[&str], cursor: &str) -> Result<Vec<u8>, Problem> {
        let invalid = || Problem::new(Message::new("cursor_invalid")).of_field("cursor");
        let within = Some(cursor).filter(|cursor| cursor.len() <= LONGEST);
        let bytes = within.and_then(|cursor| BASE64.decode(cursor).ok()).ok_or_else(invalid)?;
        let (proof, position) = bytes.split_at_checked(PROOF).ok_or_else(invalid)?;
        let expected = self.proof(question, position);
        aws_lc_rs::constant_time::verify_slices_are_equal(proof, &expected)
            .map_err(|_| invalid())?;
        Ok(position.to_vec())
    }

    fn proof(&self, question: &[&str], position: &[u8]) -> Vec<u8> {
        let mut context = hmac::Context::with_key(&self.0);
        // Lengths keep `["a", "bc"]` and `["ab", "c"]` apart.
        for part in question {
            context.update(&part.len().to_le_bytes());
            context.update(part.as_bytes());
        }
        context.update(&usize::MAX.to_le_bytes());
        context.update(position);
        context.sign().as_ref().iter().take(PROOF).copied().collect()
    }
}

/// Which page is asked for.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Asked {
    /// Items on the page: 1 to 1000, 100 unless said.
    limit: Option<usize>,
    /// `next` of the page before.
    cursor: Option<String>,
}

impl Asked {
    /// How many items.
    pub fn limit(&self) -> Result<usize, Problem> {
        match self.limit.unwrap_or(USUAL) {
            limit @ 1..=MOST => Ok(limit),
            found => {
                let message = Message::new("not_accepted").with("field", "limit");
                let message = message.with("found", found).with("accepted", format!("1..{MOST}"));
                Err(Problem::new(message).of_field("limit"))
            }
        }
    }

    /// The position after which the page begins.
    pub fn after(&self, key: &CursorKey, question: &[&str]) -> Result<Option<Vec<u8>>, Problem> {
        self.cursor.as_deref().map(|cursor| key.open(question, cursor)).transpose()
    }
}

/// A page.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Page<T> {
    /// What is on it.
    pub items: Vec<T>,
    /// The cursor of the next page; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

impl<T> Page<T> {
    /// From `limit + 1` items, where there were as many: the one too many says that there is more.
    pub fn of(
        mut items: Vec<T>,
        limit: usize,
        key: &CursorKey,
        question: &[&str],
        position: impl FnOnce(&T) -> Vec<u8>,
    ) -> Page<T> {
        let more = items.len() > limit;
        items.truncate(limit);
        let last = items.last().filter(|_| more).map(position);
        Page { items, next: last.map(|position| key.seal(question, &position)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_serves_its_own_question_alone() {
        let key = CursorKey::new(&[7; 32]);
        let cursor = key.seal(&["entries", "a"], b"42");
        assert_eq!(key.open(&["entries", "a"], &cursor).expect("opened"), b"42");
        for question in [&["entries", "b"][..], &["entriesa"], &["entries", "a", ""]] {
            assert_eq!(key.open(question, &cursor).expect_err("other").code(), "cursor_invalid");
        }
        let other = CursorKey::new(&[8; 32]);
        assert!(other.open(&["entries", "a"], &cursor).is_err());
        for cursor in ["", "AAAA", "???", &"A".repeat(5000)] {
            assert!(key.open(&["entries", "a"], cursor).is_err(), "{cursor}");
        }
    }

    #[test]
    fn the_item_too_many_makes_the_next_page() {
        let key = CursorKey::new(&[7; 32]);
        let page = Page::of(vec![1_u8, 2, 3], 2, &key, &["q"], |last| vec![*last]);
        assert_eq!(page.items, [1, 2]);
        assert_eq!(key.open(&["q"], &page.next.expect("more")).expect("opened"), [2]);
        assert!(Page::of(vec![1_u8, 2], 2, &key, &["q"], |last| vec![*last]).next.is_none());
    }
}
