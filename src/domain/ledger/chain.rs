//! The hash chain of a person's entries: each hash covers every column and the hash before it.
//!
//! `SHA-256(tag ‖ algorithm ‖ previous ‖ columns)`. Numbers are big-endian in their full width, a
//! day is counted from 0001-01-01, what is absent is a zero byte, what is present has a one byte
//! before it, texts have their length in four bytes before them. The first entry follows 32 zeros.

use chrono::{Datelike, NaiveDate};
use sha2::{Digest, Sha256};

use super::entry::Entry;

/// What stands before the first entry.
pub const GENESIS: [u8; 32] = [0; 32];

const TAG: &[u8] = b"xueshi.entry";
const ALGORITHM: u8 = 1;

/// Where a chain ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// The last number.
    pub seq: i64,
    /// The last hash.
    pub hash: [u8; 32],
}

/// The hash of an entry that follows `previous`; the hash it carries is not read.
pub fn link(previous: &[u8; 32], entry: &Entry) -> [u8; 32] {
    let posting = &entry.posting;
    let mut hash = Sha256::new();
    hash.update(TAG);
    hash.update([ALGORITHM]);
    hash.update(previous);
    hash.update(entry.person.get().to_be_bytes());
    hash.update(entry.seq.to_be_bytes());
    hash.update(entry.kind.number().to_be_bytes());
    hash.update(entry.source.get().to_be_bytes());
    text(&mut hash, &entry.ext_key);
    hash.update(entry.revision.to_be_bytes());
    hash.update(entry.content_hash);
    hash.update(posting.year.get().to_be_bytes());
    hash.update(i16::try_from(posting.category.index()).unwrap_or_default().to_be_bytes());
    hash.update(posting.hours.hundredths().to_be_bytes());
    option(
        &mut hash,
        posting.completed_on.map(|day: NaiveDate| day.num_days_from_ce()).map(i64::from),
    );
    hash.update(entry.recorded_at.micros().to_be_bytes());
    option(&mut hash, entry.ref_seq);
    hash.update(entry.batch.get().to_be_bytes());
    hash.update(entry.row_no.to_be_bytes());
    text(&mut hash, &posting.particulars.written());
    hash.finalize().into()
}

fn text(hash: &mut Sha256, text: &str) {
    hash.update(u32::try_from(text.len()).unwrap_or(u32::MAX).to_be_bytes());
    hash.update(text);
}

fn option(hash: &mut Sha256, number: Option<i64>) {
    match number {
        None => hash.update([0]),
        Some(number) => {
            hash.update([1]);
            hash.update(number.to_be_bytes());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::category::Category;
    use crate::domain::hours::Hours;
    use crate::domain::ids::{BatchId, PersonId, SourceId};
    use crate::domain::ledger::entry::EntryKind;
    use crate::domain::ledger::posting::{Particulars, Posting};
    use crate::domain::timestamp::Timestamp;
    use crate::domain::year::Year;

    /// The chain that `docs/ledger.md` publishes, with the hashes that stand there.
    const PUBLISHED: [(&str, &str); 4] = [
        (
            "d3f93afdfe11a6d902963f544bdfecde65f62d50323beb5f7ee73a3492737048",
            "62ab64402f0e6865534ee78f2aed28fd3f7681a09f3c8d3a4d9b434889181f66",
        ),
        (
            "d3f93afdfe11a6d902963f544bdfecde65f62d50323beb5f7ee73a3492737048",
            "b677af9e459ed69d925f9f03d7e0c821fdaebacb172ea618b3bd9b2735e2d688",
        ),
        (
            "0e5c0b855d1380c2c2d437643688878a3ab9e45a4da51d5342319107cdf8058d",
            "a819e5a912e12f24fe222c490cd5dfe101febfeba7f5f44b3dbee3c6c7c14aa2",
        ),
        (
            "0d20578b0d97a58787a9daf2be10970714ae0bc062069f2d00865095dbfe2d13",
            "98eefd0213eb80eca295dd93baed37b1ab0d9d2d8f539c6fc07f82aff038692b",
        ),
    ];

    fn posting(year: i64, category: Category, hours: i64, day: Option<NaiveDate>) -> Posting {
        Posting {
            year: Year::new(year).unwrap(),
            category,
            hours: Hours::from_hundredths(hours),
            completed_on: day,
            particulars: Particulars::default(),
        }
    }

    fn published() -> Vec<Entry> {
        let day = NaiveDate::from_ymd_opt(2024, 5, 6);
        let mut first = posting(2024, Category::Professional, 850, day);
        first.particulars = Particulars {
            course_code: Some("A-1".into()),
            course_title: Some("施工\"安全\"".into()),
            provider: Some("a\\b".into()),
            specialty: Some("water".into()),
            basis: None,
            certificate: Some("No-7".into()),
        };
        let mut back = first.clone();
        back.hours = Hours::ZERO - back.hours;
        let second = posting(2024, Category::General, 600, None);
        let largest = posting(1900, Category::Public, 9_999_999, None);
        let (credit, reversal) = (EntryKind::Credit, EntryKind::Reversal);
        let (replacement, adjustment) = (EntryKind::Replacement, EntryKind::Adjustment);
        let rows = [
            (credit, "2024-0001", 1, first.clone(), first.clone(), 0, None, 0x10, 1),
            (reversal, "2024-0001", 1, back, first, 1, Some(1), 0x20, 7),
            (replacement, "2024-0001", 2, second.clone(), second, 1, Some(1), 0x20, 7),
            (adjustment, "", 1, largest.clone(), largest, 2, None, i64::MAX, 0),
        ];
        let person = PersonId::stored(0x0123_4567_89ab_cdef);
        let entry = |(seq, row)| {
            let (kind, key, revision, posting, said, later, ref_seq, batch, row_no) = row;
            let said: Posting = said;
            let (key, later): (&str, i64) = (key, later);
            Entry {
                person,
                seq,
                kind,
                source: SourceId::stored(11),
                ext_key: key.into(),
                revision,
                content_hash: said.content_hash(person),
                posting,
                recorded_at: Timestamp::from_micros(1_772_323_200_000_000 + later),
                ref_seq,
                batch: BatchId::stored(batch),
                row_no,
                hash: GENESIS,
            }
        };
        (1..).zip(rows).map(entry).collect()
    }

    #[test]
    fn the_published_chain_has_the_published_hashes() {
        let mut previous = GENESIS;
        for (entry, (content, hash)) in published().iter().zip(PUBLISHED) {
            assert_eq!(hex::encode(entry.content_hash), content, "{}", entry.seq);
            previous = link(&previous, entry);
            assert_eq!(hex::encode(previous), hash, "{}", entry.seq);
        }
        let page = include_str!("../../../docs/ledger.md");
        for text in PUBLISHED.iter().flat_map(|(content, hash)| [content, hash]) {
            assert!(page.contains(text), "{text}");
        }
    }

    #[test]
    fn every_column_is_in_the_hash() {
        let entry = published().remove(0);
        let mut others = vec![entry.clone(); 16];
        others[0].person = PersonId::stored(1);
        others[1].seq = 2;
        others[2].kind = EntryKind::Replacement;
        others[3].source = SourceId::stored(12);
        others[4].ext_key = "2024-0002".into();
        others[5].revision = 2;
        others[6].content_hash = GENESIS;
        others[7].posting.year = Year::new(2023).unwrap();
        others[8].posting.category = Category::Public;
        others[9].posting.hours += Hours::STEP;
        others[10].posting.completed_on = None;
        others[11].recorded_at = entry.recorded_at.next();
        others[12].ref_seq = Some(0);
        others[13].batch = BatchId::stored(1);
        others[14].row_no = 2;
        others[15].posting.particulars.basis = Some("".into());
        let mut hashes: Vec<[u8; 32]> = others.iter().map(|other| link(&GENESIS, other)).collect();
        hashes.push(link(&GENESIS, &entry));
        hashes.push(link(&[1; 32], &entry));
        let all = hashes.len();
        hashes.sort_unstable();
        hashes.dedup();
        assert_eq!(hashes.len(), all);
    }
}
