//! What is known of one person while rows of theirs are taken: entries, rows that wait, and records of
//! sources, with what each of them asks for.

use std::collections::{HashMap, HashSet};

use crate::app::service::{Directory, Failure};
use crate::domain::category::Category;
use crate::domain::ids::{BatchId, PersonId, SourceId};
use crate::domain::ledger::difference::Difference;
use crate::domain::ledger::entry::{Entry, EntryKind};
use crate::domain::ledger::pending::{Pending, PendingOutcome};
use crate::domain::ledger::posting::Posting;
use crate::domain::ledger::source_record::{RecordState, SourceRecord};
use crate::domain::ledger::statement::RecognitionStatus;
use crate::store::WriteTx;
use crate::store::sources::{SourceRow, USUAL_RANK};

/// A source and its key of a record.
pub type RecordKey = (SourceId, Box<str>);

/// One person, locked until the transaction ends.
pub struct Desk {
    /// Who.
    pub person: PersonId,
    /// Every record that a source stated, and every one of which an entry stands.
    pub records: Vec<Record>,
    /// What does not agree, or did not.
    pub differences: Vec<Difference>,
    entries: Vec<Entry>,
    pendings: Vec<Pending>,
    reversed: HashSet<i64>,
    last: HashMap<RecordKey, usize>,
}

/// A record of a source.
pub struct Record {
    /// What is said of it now.
    pub stated: SourceRecord,
    /// How it stands in the table; none where it does not.
    pub before: Option<SourceRecord>,
    /// Whether something new is said of it in this transaction.
    pub said: bool,
    /// Whether a provider posted it: what a reviewer took back may be posted again.
    pub posted: bool,
}

/// What a record asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wants {
    /// To count.
    Post(Posting),
    /// To wait for recognition.
    Wait(Posting),
    /// To count, against a decision of a reviewer.
    Blocked(Posting),
    /// Nothing: it was refused or taken back.
    Nothing,
}

/// Ranks and powers of sources.
pub struct Sources<'d> {
    /// The source of the rows.
    pub own: &'d SourceRow,
    /// All of them.
    pub directory: &'d Directory,
}

impl Sources<'_> {
    /// A source; none where another process has just added it.
    pub fn row(&self, id: SourceId) -> Option<&SourceRow> {
        if id == self.own.id() {
            return Some(self.own);
        }
        self.directory.sources.get(&id).map(|row| &**row)
    }

    /// The rank of a source.
    pub fn rank(&self, id: SourceId) -> i16 {
        self.row(id).map_or(USUAL_RANK, |row| row.rank)
    }

    /// The place of a source.
    pub fn place(&self, id: SourceId) -> Option<Box<str>> {
        self.row(id)?.jurisdiction.as_deref().map(Into::into)
    }

    fn recognises(&self, id: SourceId, category: Category) -> bool {
        self.row(id).is_some_and(|row| row.recognises(category))
    }
}

/// Loads the desks of persons who are locked.
pub fn load(tx: &mut WriteTx<'_>, people: &[PersonId]) -> Result<HashMap<PersonId, Desk>, Failure> {
    if people.is_empty() {
        return Ok(HashMap::new());
    }
    let mut entries = tx.entries_of(people, None)?;
    let mut pendings = tx.pendings_of(people, None)?;
    let mut differences = tx.differences_of(people, None)?;
    let mut stated: HashMap<PersonId, Vec<SourceRecord>> = HashMap::new();
    for one in tx.stated_of(people)? {
        if let Some(person) = one.person {
            stated.entry(person).or_default().push(one);
        }
    }
    let desk = |person: &PersonId| {
        let mut desk = Desk {
            person: *person,
            records: Vec::new(),
            differences: differences.remove(person).unwrap_or_default(),
            entries: Vec::new(),
            pendings: pendings.remove(person).unwrap_or_default(),
            reversed: HashSet::new(),
            last: HashMap::new(),
        };
        entries.remove(person).unwrap_or_default().into_iter().for_each(|entry| desk.push(entry));
        desk.gather(stated.remove(person).unwrap_or_default());
        (*person, desk)
    };
    Ok(people.iter().map(desk).collect())
}

impl Desk {
    fn gather(&mut self, stated: Vec<SourceRecord>) {
        let listed: HashSet<RecordKey> =
            stated.iter().map(|one| (one.source, one.key.clone())).collect();
        let listed_record = |stated: SourceRecord| Record {
            before: Some(stated.clone()),
            stated,
            said: false,
            posted: false,
        };
        self.records = stated.into_iter().map(listed_record).collect();
        let mut keys: Vec<RecordKey> =
            self.last.keys().filter(|key| !listed.contains(*key)).cloned().collect();
        keys.sort();
        for (source, key) in keys {
            let standing = self.standing(source, &key).is_some();
            if standing || self.taken_back_by_decision(source, &key) {
                self.records.extend(self.record_of_entries(source, &key));
            }
        }
    }

    /// A record that only entries tell of.
    fn record_of_entries(&self, source: SourceId, key: &str) -> Option<Record> {
        let own = |entry: &&Entry| {
            entry.source == source
                && &*entry.ext_key == key
                && matches!(entry.kind, EntryKind::Credit | EntryKind::Replacement)
        };
        let (first, last) = (self.entries.iter().find(own)?, self.entries.iter().rev().find(own)?);
        let standing = self.standing(source, key).is_some();
        let stated = SourceRecord {
            key: key.into(),
            source,
            person: Some(self.person),
            version: last.revision.into(),
            standing: RecognitionStatus::Recognised,
            digest: last.content_hash,
            refused: None,
            revision: last.revision,
            posting: Some(last.posting.clone()),
            started_on: None,
            state: if standing { RecordState::Posted } else { RecordState::Nothing },
            kept: None,
            batch: last.batch,
            row_no: last.row_no,
            since: first.recorded_at,
            run: last.batch,
        };
        Some(Record { stated, before: None, said: false, posted: false })
    }

    /// Takes note of a record that only entries tell of.
    pub fn note_record(&mut self, source: SourceId, key: &str) {
        if self.place(source, key).is_none() {
            self.records.extend(self.record_of_entries(source, key));
        }
    }

    /// The place of a record among the records.
    pub fn place(&self, source: SourceId, key: &str) -> Option<usize> {
        self.records
            .iter()
            .position(|record| record.stated.source == source && &*record.stated.key == key)
    }

    /// A record.
    pub fn record(&self, source: SourceId, key: &str) -> Option<&Record> {
        self.records.get(self.place(source, key)?)
    }

    /// Puts a record, in the place of what was said of it before.
    pub fn put(&mut self, record: Record) {
        match self.place(record.stated.source, &record.stated.key) {
            Some(place) => {
                if let Some(slot) = self.records.get_mut(place) {
                    *slot = record;
                }
            }
            None => self.records.push(record),
        }
    }

    /// Whether a source other than this one tells of the person, or one of their rows was held.
    pub fn is_shared(&self, source: SourceId) -> bool {
        let foreign = |record: &Record| record.stated.source != source || record.before.is_some();
        self.records.iter().any(foreign)
    }

    /// Takes note of an entry.
    pub fn push(&mut self, entry: Entry) {
        if entry.kind == EntryKind::Reversal {
            self.reversed.extend(entry.ref_seq);
        }
        if matches!(entry.kind, EntryKind::Credit | EntryKind::Replacement | EntryKind::Reversal) {
            self.last.insert((entry.source, entry.ext_key.clone()), self.entries.len());
        }
        self.entries.push(entry);
    }

    /// Takes note of a row that waits, or of one that ceased to.
    pub fn note_pending(&mut self, pending: Pending) {
        let place = (pending.batch, pending.row_no);
        self.pendings.retain(|other| (other.batch, other.row_no) != place);
        self.pendings.push(pending);
    }

    fn last(&self, source: SourceId, key: &str) -> Option<&Entry> {
        self.entries.get(*self.last.get(&(source, key.into()))?)
    }

    /// The entry of a record that stands.
    pub fn standing(&self, source: SourceId, key: &str) -> Option<&Entry> {
        let last = self.last(source, key)?;
        let stands = last.kind != EntryKind::Reversal && !self.reversed.contains(&last.seq);
        stands.then_some(last)
    }

    /// Whether a reviewer took the entry of a record back, and nothing stands since.
    pub fn taken_back_by_decision(&self, source: SourceId, key: &str) -> bool {
        self.last(source, key).is_some_and(is_by_decision)
    }

    fn pendings_of(&self, source: SourceId, key: &str) -> impl Iterator<Item = &Pending> {
        self.pendings.iter().filter(move |row| row.source == source && &*row.ext_key == key)
    }

    /// The row of a record that waits.
    pub fn waiting(&self, source: SourceId, key: &str) -> Option<&Pending> {
        self.pendings_of(source, key).find(|row| row.closed.is_none())
    }

    /// The entry that a reviewer made of just this content.
    fn accepted(&self, stated: &SourceRecord, content: &[u8; 32]) -> Option<&Entry> {
        let standing = self.standing(stated.source, &stated.key);
        if let Some(settled) = standing.filter(|entry| entry.row_no == 0)
            && settled.content_hash == *content
        {
            return Some(settled);
        }
        self.pendings_of(stated.source, &stated.key).find_map(|row| {
            row.decision?;
            let seq = row.entry_seq?;
            let entry = self.entries.iter().find(|entry| entry.seq == seq)?;
            let same = row.content_hash == *content || entry.content_hash == *content;
            same.then_some(entry)
        })
    }

    /// Whether a reviewer refused the record, perhaps just this content of it, and nothing stands since.
    fn refused_by_decision(&self, stated: &SourceRecord, content: Option<&[u8; 32]>) -> bool {
        let since = self.last(stated.source, &stated.key).map(|entry| entry.recorded_at);
        self.pendings_of(stated.source, &stated.key).any(|row| {
            row.decision.is_some()
                && content.is_none_or(|content| row.content_hash == *content)
                && row.closed.is_some_and(|(at, closed)| {
                    closed == PendingOutcome::Rejected && since.is_none_or(|since| at > since)
                })
        })
    }

    /// What a record asks for.
    pub fn wants(&self, record: &Record, sources: &Sources<'_>) -> Wants {
        let stated = &record.stated;
        let Some(posting) = &stated.posting else { return Wants::Nothing };
        let ended =
            matches!(stated.standing, RecognitionStatus::Rejected | RecognitionStatus::Withdrawn);
        if ended || (!record.said && self.is_over(stated)) {
            return Wants::Nothing;
        }
        let content = posting.content_hash(self.person);
        // What a reviewer accepted holds for what stands, and for what was only held since.
        let carried = !record.said
            || record.before.as_ref().is_some_and(|before| before.state == RecordState::Held);
        let standing = self.standing(stated.source, &stated.key).map(|entry| entry.seq);
        let accepted = self
            .accepted(stated, &content)
            .filter(|entry| carried || standing == Some(entry.seq))
            .map(|entry| entry.posting.clone());
        let taken_back = self.taken_back_by_decision(stated.source, &stated.key);
        // Who may recognise what is asked when something is said, and not again later.
        let recognised = if record.said {
            stated.standing == RecognitionStatus::Recognised
                && sources.recognises(stated.source, posting.category)
        } else {
            matches!(stated.state, RecordState::Posted | RecordState::Held) || taken_back
        };
        if recognised || accepted.is_some() {
            let blocked = taken_back || self.refused_by_decision(stated, None);
            if blocked && !(record.said && record.posted) {
                return Wants::Blocked(posting.clone());
            }
            return Wants::Post(accepted.unwrap_or_else(|| posting.clone()));
        }
        if !record.posted && self.refused_by_decision(stated, Some(&content)) {
            return Wants::Nothing;
        }
        Wants::Wait(posting.clone())
    }

    /// Whether a record came to nothing, other than by a decision about its entry.
    fn is_over(&self, stated: &SourceRecord) -> bool {
        stated.state == RecordState::Nothing
            && !self.taken_back_by_decision(stated.source, &stated.key)
    }

    /// Whether a record ever had an entry.
    pub fn had_entry(&self, record: &Record) -> bool {
        self.last(record.stated.source, &record.stated.key).is_some()
    }
}

/// A reversal that a reviewer decided is of no row of a batch.
fn is_by_decision(entry: &Entry) -> bool {
    entry.kind == EntryKind::Reversal && entry.row_no == 0
}

/// What causes a change: a row of a batch.
#[derive(Clone, Copy, Debug)]
pub struct Cause {
    /// The batch.
    pub batch: BatchId,
    /// The row.
    pub row_no: i64,
}
