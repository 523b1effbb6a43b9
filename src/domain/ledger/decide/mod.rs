//! Deciding what rows change: accounts and statements in, a [`ChangeSet`] and one [`RowResult`] for each
//! row out. Nothing here reads or writes.
//!
//! [`Arrivals`] are rows as they come; compared with what is on file of their keys they are an [`Intake`],
//! which says whose accounts it [needs](Intake::needs), and decides once it has them. What reviewers decide is in [`review`], what a
//! source takes back in [`withdrawal`].

mod arrivals;
mod desired_state;
mod differences;
mod intake;
mod novelty;
pub mod review;
mod row_result;
mod telling;
mod update;
pub mod withdrawal;

use std::collections::BTreeMap;

use super::change_set::ChangeSet;
use super::outcome::Refusal;
use super::posting::Posting;
use super::statement::FeedStatement;
use crate::domain::ids::PersonId;

pub use arrivals::{Arrivals, Intake, Need, Needs, OnFile};
pub use intake::Accounts;
pub use row_result::RowResult;

/// A row as it is decided about.
#[derive(Clone, Copy)]
pub struct Row<'r> {
    /// The row in its batch, from 1.
    pub row_no: i64,
    /// The source's key, where it could be read.
    pub key: Option<&'r str>,
    /// Who has the number and the name of the row; none where nobody is certain.
    pub person: Option<PersonId>,
    /// The hours, or why nothing can be taken.
    pub read: Result<&'r Posting, &'r Refusal>,
    /// How they are said.
    pub statement: Statement<'r>,
    /// The row as received.
    pub raw: &'r [u8],
}

/// How a row says its hours.
#[derive(Clone, Copy)]
pub enum Statement<'r> {
    /// A provider posts them, under a revision of its own; they are meant to count.
    Posted {
        /// From 1.
        revision: i32,
    },
    /// A feed states them: the newest statement of each record stands.
    Stated(&'r FeedStatement),
}

/// What was decided about rows.
#[derive(Clone, Debug)]
pub struct Decision {
    /// What became of each row, in their order.
    pub results: Vec<RowResult>,
    /// What is to be written.
    pub changes: ChangeSet,
}

/// Everything that changed on accounts.
fn changes_of(accounts: BTreeMap<PersonId, super::account::Account>) -> ChangeSet {
    let mut changes = ChangeSet::default();
    for account in accounts.into_values() {
        account.write(&mut changes);
    }
    changes
}
