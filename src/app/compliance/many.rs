//! Thousands of questions at once, on one snapshot, answered in their order.

use std::collections::{HashMap, HashSet};

use crate::app::compliance::findings::{self, Findings};
use crate::app::compliance::{Question, Verdict, Whom};
use crate::app::service::{Directory, Failure, Service};
use crate::domain::identity::IdKind;
use crate::domain::ids::PersonId;
use crate::domain::message::Message;
use crate::domain::timestamp::Timestamp;
use crate::store::ReadTx;
use crate::store::people::Known;

/// Persons by the blind index of their number.
type Numbers = HashMap<[u8; 32], Known>;

/// What is known of persons as of instants.
type Found = HashMap<(PersonId, Timestamp), Findings>;

/// Questions that are looked up together.
const PART: usize = 250;

impl Service {
    /// Answers questions one after another; `tell` says whether it wants more. For a thread that may
    /// wait.
    pub fn comply_all(
        &self,
        questions: &[Result<Question, Failure>],
        mut tell: impl FnMut(usize, Result<Verdict, Failure>, Option<PersonId>) -> bool,
    ) -> Result<(), Failure> {
        let directory = self.directory_waiting()?;
        let now = self.clock.now();
        self.store.read_waiting(|tx| {
            let mut place = 0;
            for part in questions.chunks(PART) {
                let (people, found) = self.find_all(tx, &directory, part, now)?;
                for question in part {
                    let (verdict, person) = self.one(question, &people, &found, now);
                    if !tell(place, verdict, person) {
                        return Ok(());
                    }
                    place += 1;
                }
            }
            Ok(())
        })
    }

    fn find_all(
        &self,
        tx: &mut ReadTx<'_>,
        directory: &Directory,
        part: &[Result<Question, Failure>],
        now: Timestamp,
    ) -> Result<(Numbers, Found), Failure> {
        let asked = part.iter().flatten().filter_map(|question| match &question.whom {
            Whom::Identity(number, _) => {
                Some((self.vault.blind_index(IdKind::ResidentId, number), question.as_of))
            }
            Whom::Person(_) => None,
        });
        // The same person may be asked about as of several instants.
        let asked: HashSet<([u8; 32], Option<Timestamp>)> = asked.collect();
        let numbers: HashSet<[u8; 32]> = asked.iter().map(|(number, _)| *number).collect();
        let numbers: Vec<[u8; 32]> = numbers.into_iter().collect();
        let people = tx.people_without_keys(IdKind::ResidentId.get(), &numbers)?;
        let wanted = asked.iter().filter_map(|(number, as_of)| {
            let known = people.get(number)?;
            let at = findings::instant(*as_of, Some(known.known_at), now).ok()?;
            Some((known.clone(), at))
        });
        let wanted: Vec<(Known, Timestamp)> = wanted.collect();
        let found = findings::gather(tx, directory, &wanted)?;
        Ok((people, found))
    }

    fn one(
        &self,
        question: &Result<Question, Failure>,
        people: &Numbers,
        found: &Found,
        now: Timestamp,
    ) -> (Result<Verdict, Failure>, Option<PersonId>) {
        let question = match question {
            Ok(question) => question,
            Err(failure) => return (Err(failure.clone()), None),
        };
        let Whom::Identity(number, name) = &question.whom else {
            let message = Message::new("field_missing").with("field", "person");
            return (Err(Failure::refused("person", message)), None);
        };
        let index = self.vault.blind_index(IdKind::ResidentId, number);
        let known = people.get(&index);
        let person = known.map(|known| known.id);
        let verdict = (|| {
            self.same_name(known, &index, name)?;
            let at = findings::instant(question.as_of, known.map(|known| known.known_at), now)?;
            match person {
                Some(person) => {
                    let found = found.get(&(person, at));
                    let none = || Failure::internal("nothing was gathered of a person");
                    let found = found.ok_or_else(none)?;
                    self.answer(question, found, now)
                }
                None => self.answer(question, &findings::nothing(at), now),
            }
        })();
        (verdict, person)
    }
}
