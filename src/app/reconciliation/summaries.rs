//! What a source says a person has in a year, against the sum of what it states of them.

use std::collections::{BTreeMap, HashSet};

use crate::app::posting::CHUNK;
use crate::app::reconciliation::open_differences::Case;
use crate::app::reconciliation::{Finding, Proof, Reconciled};
use crate::app::service::{Failure, Service};
use crate::domain::category::Category;
use crate::domain::hours::Hours;
use crate::domain::identity::{IdKind, IdNumber};
use crate::domain::ids::PersonId;
use crate::domain::ledger::difference::{Difference, DifferenceKind};
use crate::domain::ledger::statement::RecognitionStatus;
use crate::domain::message::Message;
use crate::domain::year::Year;
use crate::store::sources::SourceRow;

/// What a source says a person has in a year, recognised.
#[derive(Clone, Debug)]
pub struct Summary {
    /// Whose.
    pub number: IdNumber,
    /// By category; a category that is not named is not compared.
    pub hours: Vec<(Category, Hours)>,
}

impl Service {
    /// Compares what a source says each person has in a year with what it states of them, record by
    /// record. Persons whom nobody knows here are `unreadable` where they should have hours.
    pub fn reconcile_summaries<E: From<Failure>>(
        &self,
        of: (&SourceRow, &Proof),
        year: Year,
        rows: impl Iterator<Item = Result<Summary, E>>,
    ) -> Result<Reconciled, E> {
        let mut result = Reconciled::default();
        let mut found = HashSet::new();
        let mut part = Vec::with_capacity(CHUNK);
        for row in rows {
            part.push(row?);
            if part.len() == CHUNK {
                let part = std::mem::take(&mut part);
                self.sums(of, year, &part, (&mut result, &mut found))?;
            }
        }
        self.sums(of, year, &part, (&mut result, &mut found))?;
        let key = key(year);
        let own = |one: &Difference| *one.key == *key;
        result.closed = self.close_cases(of, &[DifferenceKind::SumDiffers], &found, own)?;
        Ok(result)
    }

    fn sums(
        &self,
        (source, proof): (&SourceRow, &Proof),
        year: Year,
        part: &[Summary],
        (result, found): (&mut Reconciled, &mut HashSet<[u8; 32]>),
    ) -> Result<(), Failure> {
        let indexes: Vec<[u8; 32]> = part
            .iter()
            .map(|row| self.vault.blind_index(IdKind::ResidentId, &row.number))
            .collect();
        let (people, stated) = self.store.read_waiting(|tx| {
            let people = tx.people_by_number(IdKind::ResidentId.get(), &indexes)?;
            let ids: Vec<PersonId> = people.values().map(|known| known.id).collect();
            Ok::<_, Failure>((people, tx.stated_of(&ids)?))
        })?;
        let mut sums: BTreeMap<(PersonId, Category), i64> = BTreeMap::new();
        for one in stated {
            let recognised =
                one.source == source.id() && one.standing == RecognitionStatus::Recognised;
            let own = one.person.zip(one.posting).filter(|(_, posting)| posting.year == year);
            if let Some((person, posting)) = own.filter(|_| recognised) {
                let sum = sums.entry((person, posting.category)).or_default();
                *sum += posting.hours.hundredths();
            }
        }
        let mut cases = Vec::new();
        for (row, index) in part.iter().zip(&indexes) {
            result.listed += 1;
            let Some(known) = people.get(index) else {
                let any = row.hours.iter().any(|(_, hours)| *hours != Hours::ZERO);
                if any {
                    result.unreadable += 1;
                } else {
                    result.matched += 1;
                }
                continue;
            };
            let before = cases.len();
            for (category, there) in &row.hours {
                let here = sums.get(&(known.id, *category)).copied().unwrap_or_default();
                let here = Hours::from_hundredths(here);
                if here == *there {
                    continue;
                }
                let message =
                    Message::new("reconcile_sum_differs").with("category", category.name());
                let message = message.with("here", here).with("there", there);
                let place = (Some(known.id), &*key(year));
                let case =
                    Case::new(source, DifferenceKind::SumDiffers, place, None, Some(message));
                found.insert(case.subject);
                result.find(Finding {
                    kind: DifferenceKind::SumDiffers,
                    person: Some(known.id),
                    key: case.key.clone(),
                    of: Some((year, *category)),
                    field: "hours",
                    here: Some(here),
                    there: Some(*there),
                });
                cases.push(case);
            }
            result.matched += u64::from(cases.len() == before);
        }
        result.opened += self.open_cases((source, proof), cases)?;
        Ok(())
    }
}

/// What the key of a year's differences begins with.
const KEY: &str = "summary-";

/// Under which key the differences of a year stand.
fn key(year: Year) -> String {
    format!("{KEY}{year}")
}

/// The year of such a key.
pub(in crate::app) fn year_of(key: &str) -> Option<&str> {
    key.strip_prefix(KEY)
}
