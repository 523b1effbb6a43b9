//! Nothing is lost: every row has one result, in its order, and what the result says is so.

use std::collections::BTreeSet;

use xueshi::domain::ids::{PersonId, SourceId};
use xueshi::domain::ledger::decide::RowResult;
use xueshi::domain::ledger::entry::EntryKind;
use xueshi::domain::ledger::outcome::Outcome;
use xueshi::domain::ledger::posting::Posting;
use xueshi::domain::ledger::source_record::RecordState;

use super::draw::Wishes;
use super::history::{How, Says, Step, Told, person_id, source_id};
use super::memory::Memory;
use super::rules::must;
use super::{Move, follow, randomly};

#[test]
fn every_row_has_one_result_and_what_it_says_is_so() {
    randomly(600, Wishes::EVERYTHING, |history| follow(history, results_are_true));
}

/// Whether a batch has no key twice: of a key that comes again, only the last result is true at the end.
pub fn keys_differ(rows: &[Told]) -> bool {
    let keys: Vec<&str> = rows.iter().filter_map(|row| row.key).collect();
    keys.iter().collect::<BTreeSet<_>>().len() == keys.len()
}

fn results_are_true(at: &Move<'_>) -> Result<(), String> {
    let Step::Rows { source, rows } = at.step else { return Ok(()) };
    let results = &at.done.results;
    must!(results.len() == rows.len(), "{} results of {} rows", results.len(), rows.len());
    for ((row_no, row), result) in (1..).zip(rows).zip(results) {
        must!(
            result.row_no == row_no && result.batch == results[0].batch,
            "out of order: {result:?}"
        );
        must!(result.key.as_deref() == row.key, "of another key: {result:?}");
        let told = is_told(at, source_id(*source), row, result);
        told.map_err(|why| format!("{row}\n{result:?}\n{why}"))?;
        if keys_differ(rows) {
            let so = is_so(at, source_id(*source), row, result);
            so.map_err(|why| format!("{row}\n{result:?}\n{why}"))?;
        }
    }
    Ok(())
}

/// What has to be true also where the same key comes again.
fn is_told(at: &Move<'_>, source: SourceId, row: &Told, result: &RowResult) -> Result<(), String> {
    let has_problem = !result.problems.is_empty();
    let may_have = matches!(result.outcome, Outcome::Replayed);
    // What names nothing but its key has nothing that could be wrong.
    let key_alone = matches!(row.says, Says::KeyOnly);
    must!(may_have || key_alone || has_problem != result.outcome.is_success(), "a wrong problem");
    match &row.says {
        Says::Hours(person, _) => {
            // Whom only conflicts would have put on record is nobody.
            let is_stranger = !at.after.people.contains_key(&person_id(*person));
            let expected = Some(person_id(*person)).filter(|_| !is_stranger);
            must!(
                result.person == expected || result.person.is_none() && is_stranger,
                "of another person"
            );
        }
        Says::OfAnotherName(_) => {
            let is_known = matches!(result.outcome, Outcome::Quarantined | Outcome::Replayed);
            must!(is_known, "nobody has that name");
        }
        Says::Unreadable(n) => {
            let outcome = if n % 2 == 0 { Outcome::Rejected } else { Outcome::Held };
            let is_known = matches!(row.how, How::Stated(_)) && result.outcome == Outcome::Replayed;
            must!(result.outcome == outcome || is_known, "it cannot be read");
        }
        Says::KeyOnly => {}
    }
    let Some(seq) = result.entry_seq else { return Ok(()) };
    let entries = result.person.and_then(|person| at.after.entries.get(&person));
    let entry = entries.and_then(|all| all.get(usize::try_from(seq - 1).ok()?));
    let entry = entry.ok_or("there is no such entry")?;
    must!(entry.source == source && Some(&*entry.ext_key) == row.key, "of another key: {entry:?}");
    must!(entry.kind != EntryKind::Reversal, "that takes something back: {entry:?}");
    Ok(())
}

/// What is on file of a key.
#[derive(Debug, PartialEq, Eq)]
struct There {
    stands: Option<(PersonId, Posting)>,
    waits: Option<(PersonId, Posting)>,
    state: Option<RecordState>,
}

fn there(memory: &Memory, source: SourceId, key: &str) -> There {
    let stands = memory.standing(source, key);
    let waits = memory.waiting(source, key);
    There {
        stands: stands.map(|entry| (entry.person, entry.posting.clone())),
        waits: waits.map(|row| (row.person, row.posting.clone())),
        state: memory.records.get(&(source, key.into())).map(|one| one.state),
    }
}

fn is_so(at: &Move<'_>, source: SourceId, row: &Told, result: &RowResult) -> Result<(), String> {
    let Some(key) = row.key else { return Ok(()) };
    let (before, after) = (there(at.before, source, key), there(at.after, source, key));
    let own = match &row.says {
        Says::Hours(person, posting) => Some((person_id(*person), posting.clone())),
        _ => None,
    };
    let is_gone = after.stands.is_none() && after.waits.is_none();
    let is_readable = own.is_some() || matches!(row.says, Says::KeyOnly);
    match result.outcome {
        Outcome::Posted | Outcome::Corrected => {
            let entry = at.after.standing(source, key).ok_or("nothing stands")?;
            must!(Some(entry.seq) == result.entry_seq, "another entry stands: {entry:?}");
            let accepted = at.after.pendings.values().any(|row| {
                row.entry_seq.is_some()
                    && row.decision.is_some()
                    && own.as_ref() == Some(&(row.person, row.posting.clone()))
            });
            must!(after.stands == own || accepted, "other hours stand: {entry:?}");
            let was_held = before.state == Some(RecordState::Held);
            let there = before.stands.is_some() || before.waits.is_some() || was_held;
            let fits = there || result.outcome == Outcome::Posted;
            must!(fits, "nothing was there to correct");
            let fits = before.stands.is_none() || result.outcome == Outcome::Corrected;
            must!(fits, "something was corrected: {before:?}");
        }
        Outcome::Pending => {
            must!(after.waits == own && own.is_some(), "it does not wait: {after:?}");
        }
        Outcome::Held if is_readable => {
            let record = at.after.records.get(&(source, key.into())).ok_or("nothing is on file")?;
            let codes: Vec<&str> = result.problems.iter().map(|one| one.message.code).collect();
            let fits = match codes.as_slice() {
                ["held_duplicate"] => record.state == RecordState::Held && record.kept.is_some(),
                ["contradicts_decision"] => {
                    record.state == RecordState::Held && record.kept.is_none()
                }
                ["void_without_original"] => record.state == RecordState::Nothing,
                _ => false,
            };
            must!(fits && is_gone, "it is not held: {record:?}");
        }
        Outcome::Reversed => {
            let was_known = before.state.is_some() || before.stands.is_some();
            must!(is_gone && was_known, "nothing was taken back: {before:?} {after:?}");
        }
        Outcome::Rejected if is_readable => {
            must!(
                is_gone && after.state == Some(RecordState::Nothing),
                "it is not over: {after:?}"
            );
        }
        _ => {
            // Another row may have had it compared with other sources, and held, or let count.
            let compared = [before.state, after.state].contains(&Some(RecordState::Held));
            let same = (&before.stands, &before.waits) == (&after.stands, &after.waits);
            must!(compared || same, "something became of it: {before:?} {after:?}");
            let claim = |memory: &Memory| memory.claims.get(&(source, key.into())).cloned();
            let may_claim =
                matches!(row.how, How::Stated(_)) || result.outcome == Outcome::Replayed;
            must!(may_claim || claim(at.before) == claim(at.after), "its key was used");
        }
    }
    Ok(())
}
