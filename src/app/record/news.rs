//! What a statement says, and whether that is anything new.

use chrono::NaiveDate;
use sha2::{Digest, Sha256};

use super::Prepared;
use crate::domain::ids::PersonId;
use crate::domain::ledger::claim::Claim;
use crate::domain::ledger::outcome::RowProblem;
use crate::domain::ledger::posting::Posting;
use crate::domain::ledger::source_record::SourceRecord;
use crate::domain::ledger::statement::RecognitionStatus;

/// What a statement says beside its row.
#[derive(Clone, Debug)]
pub(crate) struct Statement {
    /// The source's key.
    pub key: Option<Box<str>>,
    /// Grows when the source says something newer.
    pub version: i64,
    /// How far the recognition is there.
    pub standing: RecognitionStatus,
    /// The day on which the course began.
    pub started_on: Option<NaiveDate>,
    /// What somebody should look at.
    pub flags: Vec<RowProblem>,
    /// Whether it names nothing but its key.
    pub key_only: bool,
    /// Whether it is read anew with a mended mapping.
    pub mended: bool,
}

/// A statement that has a key.
pub(super) struct Line<'r> {
    pub(super) place: usize,
    pub(super) key: &'r str,
    pub(super) said: &'r Statement,
    pub(super) row: &'r Prepared,
    pub(super) person: Option<PersonId>,
    pub(super) content: Option<[u8; 32]>,
    pub(super) digest: [u8; 32],
}

/// What a statement is beside what stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum News {
    /// Nothing: it says the same, or less than is known.
    None,
    /// It cannot be taken, and that is to be remembered.
    Unusable,
    /// Something new.
    New,
}

/// The version of a record of which nothing could ever be taken.
pub(super) const NEVER: i64 = i64::MIN;

impl Line<'_> {
    pub(super) fn usable(&self) -> bool {
        self.said.key_only || self.person.is_some()
    }

    pub(super) fn claim(&self) -> Claim {
        Claim {
            ext_key: self.key.into(),
            revision: 1,
            content_hash: self.content.unwrap_or_default(),
            person: self.person.unwrap_or(PersonId::stored(0)),
        }
    }

    pub(super) fn posting(&self) -> Option<&Posting> {
        self.row.read.as_ref().ok().map(|matched| &matched.row.posting)
    }

    pub(super) fn news(&self, stands: Option<&SourceRecord>) -> News {
        let newest = stands.map(|one| (one.version, one.standing, one.digest));
        if !self.usable() {
            let told = stands.is_some_and(|one| {
                one.refused == Some(self.digest) || self.said.version < one.version
            });
            return if told { News::None } else { News::Unusable };
        }
        match newest {
            Some((_, standing, digest))
                if (standing, digest) == (self.said.standing, self.digest) =>
            {
                News::None
            }
            Some((version, ..)) if self.said.mended && version == self.said.version => News::New,
            // Of two that differ under one version, the further one stands, whichever came first.
            Some(newest) if (self.said.version, self.said.standing, self.digest) < newest => {
                News::None
            }
            _ => News::New,
        }
    }
}

/// What a statement says, apart from when.
pub(super) fn digest(said: &Statement, row: &Prepared, content: Option<[u8; 32]>) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(b"xueshi.statement.v1");
    hash.update(said.standing.number().to_be_bytes());
    match content {
        // All withdrawals are one.
        _ if said.standing == RecognitionStatus::Withdrawn
            && (said.key_only || content.is_some()) => {}
        None if said.key_only => hash.update(b"key"),
        None => {
            hash.update(b"unusable");
            hash.update(&row.raw);
        }
        Some(content) => {
            hash.update(content);
            hash.update(said.started_on.map(|day| day.to_string()).unwrap_or_default());
            said.flags.iter().for_each(|flag| hash.update(flag.message.code));
        }
    }
    hash.finalize().into()
}
