//! Whether a row says anything new: told from the keys and records on file alone, before any account is
//! looked at, so that only those accounts are locked that may change.

use std::collections::HashMap;

use sha2::{Digest, Sha256};

use super::{Row, Statement};
use crate::domain::ids::PersonId;
use crate::domain::ledger::claim::Claim;
use crate::domain::ledger::source_record::SourceRecord;
use crate::domain::ledger::statement::{FeedStatement, RecognitionStatus};

/// What a row is beside what is on file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Novelty {
    /// It has no key, or nothing of it can be read: its outcome is told already.
    None,
    /// A provider uses a key for the first time.
    Fresh,
    /// A provider says more of a key than the claim that stands.
    Correction(Claim),
    /// A provider says the same again.
    Replay,
    /// A provider says less than is known.
    Stale(Claim),
    /// A provider uses a key for something else.
    Conflict(Claim),
    /// A feed says something new.
    New,
    /// A feed says nothing new, or less than is known; the version that stands from now on.
    Seen(i64),
    /// A feed says what cannot be taken, and that is to be remembered.
    Unusable,
}

/// The version of a record of which nothing could ever be taken.
pub(super) const NEVER: i64 = i64::MIN;

/// How the newest statement of a record is told from others.
#[derive(Clone, Copy)]
struct Newest {
    version: i64,
    standing: RecognitionStatus,
    digest: [u8; 32],
    refused: Option<[u8; 32]>,
}

impl Newest {
    fn of(record: &SourceRecord) -> Newest {
        let SourceRecord { version, standing, digest, refused, .. } = *record;
        Newest { version, standing, digest, refused }
    }
}

/// A row with a key, its person and the hash of its hours.
pub(super) struct Line<'r> {
    pub(super) key: &'r str,
    pub(super) person: Option<PersonId>,
    pub(super) content: Option<[u8; 32]>,
    /// What it says, apart from when.
    pub(super) digest: [u8; 32],
}

impl<'r> Line<'r> {
    /// None where a row has no place in the ledger.
    pub(super) fn of(row: &Row<'r>) -> Option<Line<'r>> {
        let key = row.key?;
        let posting = row.read.ok();
        let content = posting.zip(row.person).map(|(said, person)| said.content_hash(person));
        let digest = match row.statement {
            // Of a row that is wrong, or of nobody certain, the key is not used.
            Statement::Posted { .. } => content?,
            Statement::Stated(said) => digest(said, row, content),
        };
        Some(Line { key, person: row.person, content, digest })
    }

    pub(super) fn claim(&self, revision: i32) -> Claim {
        Claim {
            ext_key: self.key.into(),
            revision,
            content_hash: self.content.unwrap_or_default(),
            person: self.person.unwrap_or(PersonId::stored(0)),
        }
    }
}

/// What a statement says, apart from when.
fn digest(said: &FeedStatement, row: &Row<'_>, content: Option<[u8; 32]>) -> [u8; 32] {
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
            hash.update(row.raw);
        }
        Some(content) => {
            hash.update(content);
            hash.update(said.started_on.map(|day| day.to_string()).unwrap_or_default());
            said.flags.iter().for_each(|flag| hash.update(flag.message.code));
        }
    }
    hash.finalize().into()
}

/// What is new in rows, given what keys were used for and what is on file of records.
pub(super) struct Novelties<'o> {
    claims: &'o HashMap<Box<str>, Claim>,
    records: &'o HashMap<Box<str>, SourceRecord>,
    claimed: HashMap<Box<str>, Claim>,
    newest: HashMap<Box<str>, Newest>,
}

impl<'o> Novelties<'o> {
    pub(super) fn new(
        claims: &'o HashMap<Box<str>, Claim>,
        records: &'o HashMap<Box<str>, SourceRecord>,
    ) -> Novelties<'o> {
        Novelties { claims, records, claimed: HashMap::new(), newest: HashMap::new() }
    }

    /// What is new in the next row: rows before it count as taken.
    pub(super) fn next(&mut self, row: &Row<'_>, line: Option<&Line<'_>>) -> Novelty {
        match (line, row.statement) {
            (None, _) => Novelty::None,
            (Some(line), Statement::Posted { revision }) => self.posted(line, revision),
            (Some(line), Statement::Stated(said)) => self.stated(line, said),
        }
    }

    fn posted(&mut self, line: &Line<'_>, revision: i32) -> Novelty {
        let stands = self.claimed.get(line.key).or_else(|| self.claims.get(line.key));
        let novelty = match stands {
            None => Novelty::Fresh,
            Some(claim) if revision > claim.revision => Novelty::Correction(claim.clone()),
            Some(claim) if revision < claim.revision => return Novelty::Stale(claim.clone()),
            Some(claim) if line.content == Some(claim.content_hash) => return Novelty::Replay,
            Some(claim) => return Novelty::Conflict(claim.clone()),
        };
        self.claimed.insert(line.key.into(), line.claim(revision));
        novelty
    }

    fn stated(&mut self, line: &Line<'_>, said: &FeedStatement) -> Novelty {
        let on_file = || self.records.get(line.key).map(Newest::of);
        let stands = self.newest.get(line.key).copied().or_else(on_file);
        let novelty = compare(line, said, stands);
        let fresh =
            Newest { version: NEVER, standing: said.standing, digest: [0; 32], refused: None };
        let now = match novelty {
            Novelty::Seen(version) => stands.map(|stands| Newest { version, ..stands }),
            Novelty::Unusable => {
                let refused = Some(line.digest);
                Some(Newest { refused, ..stands.unwrap_or(fresh) })
            }
            _ => Some(Newest { version: said.version, digest: line.digest, ..fresh }),
        };
        if let Some(now) = now {
            self.newest.insert(line.key.into(), now);
        }
        novelty
    }
}

fn compare(line: &Line<'_>, said: &FeedStatement, stands: Option<Newest>) -> Novelty {
    let version = stands.map_or(NEVER, |one| one.version);
    if !said.key_only && line.person.is_none() {
        let told = stands
            .is_some_and(|one| one.refused == Some(line.digest) || said.version < one.version);
        return if told { Novelty::Seen(version) } else { Novelty::Unusable };
    }
    let seen = Novelty::Seen(version.max(said.version));
    match stands {
        Some(one) if (one.standing, one.digest) == (said.standing, line.digest) => seen,
        Some(one) if said.mended && one.version == said.version => Novelty::New,
        // Of two that differ under one version, the further one stands, whichever came first.
        Some(one)
            if (said.version, said.standing, line.digest)
                < (one.version, one.standing, one.digest) =>
        {
            seen
        }
        _ => Novelty::New,
    }
}
