//! Pages of a long list: `limit` and `cursor` in, `items` and `next` out.
//!
//! A cursor is opaque and authenticated: it is what this service said for the same question and the
//! same caller, or it is refused. It holds a position, never a secret.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::problem::Problem;
use crate::domain::message::Message;
use crate::vault::Vault;

/// Items on a page that does not say how many.
const USUAL: usize = 100;

/// The most items on a page.
const MOST: usize = 1000;

/// What a cursor serves: the route, the caller and the filters, and nothing else.
fn scope(question: &[&str]) -> String {
    // Lengths keep `["a", "bc"]` and `["ab", "c"]` apart.
    question.iter().map(|part| format!("{}:{part}", part.len())).collect()
}

/// Which page is asked for.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Asked {
    /// Items on the page: 1 to 1000, 100 unless said.
    #[param(value_type = Option<usize>)]
    limit: Option<String>,
    /// `next` of the page before.
    cursor: Option<String>,
}

impl Asked {
    /// How many items.
    pub fn limit(&self) -> Result<usize, Problem> {
        let Some(found) = &self.limit else { return Ok(USUAL) };
        if let Ok(limit @ 1..=MOST) = found.parse() {
            return Ok(limit);
        }
        let message = Message::new("not_accepted").with("field", "limit").with("found", found);
        Err(Problem::new(message.with("accepted", format!("1..{MOST}"))).of_field("limit"))
    }

    /// The position after which the page begins.
    pub fn after(&self, vault: &Vault, question: &[&str]) -> Result<Option<Vec<u8>>, Problem> {
        let Some(cursor) = &self.cursor else { return Ok(None) };
        let invalid = || Problem::new(Message::new("cursor_invalid")).of_field("cursor");
        vault.cursor_open(&scope(question), cursor).map(Some).ok_or_else(invalid)
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
        vault: &Vault,
        question: &[&str],
        position: impl FnOnce(&T) -> Vec<u8>,
    ) -> Page<T> {
        let more = items.len() > limit;
        items.truncate(limit);
        let last = items.last().filter(|_| more).map(position);
        Page { items, next: last.map(|position| vault.cursor_seal(&scope(question), &position)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn questions_have_scopes_of_their_own() {
        let scopes =
            [&["entries", "a"][..], &["entries", "b"], &["entriesa"], &["entries", "a", ""]];
        let all: std::collections::HashSet<String> = scopes.into_iter().map(scope).collect();
        assert_eq!(all.len(), scopes.len());
    }
}
