//! The question: does this person meet the hours? The judge's answer, unchanged, over what the ledger
//! knows as of an instant.

pub mod batch;
pub mod case_answer;
pub mod case_table;
pub mod findings;
pub mod many;
mod open_differences;
pub mod receipts;
pub mod verdict_sheet;

use serde::Serialize;

use crate::app::compliance::case_answer::{Answer, Depth, ErrorBody};
use crate::app::service::{Directory, Failure, Service};
use crate::domain::case::{Case, CaseId};
use crate::domain::declaration::{AsOf, Declaration};
use crate::domain::fields::Problems;
use crate::domain::identity::{IdKind, IdNumber};
use crate::domain::ids::{PersonId, ReceiptId};
use crate::domain::message::Message;
use crate::domain::person_name::PersonName;
use crate::domain::timestamp::Timestamp;
use crate::store::ReadTx;
use crate::store::people::Known;
use findings::Findings;

/// Whom a question is about.
#[derive(Clone, Debug)]
pub enum Whom {
    /// Somebody with this number and this name.
    Identity(IdNumber, PersonName),
    /// Somebody on record.
    Person(PersonId),
}

/// A question.
#[derive(Clone, Debug)]
pub struct Question {
    /// As the asker calls it.
    pub id: CaseId,
    /// About whom.
    pub whom: Whom,
    /// The declaration; excused and closed years come from the ledger.
    pub declaration: Declaration,
    /// What the ledger knew then; absent = all it knows.
    pub as_of: Option<Timestamp>,
    /// How much of the proof is wanted.
    pub depth: Depth,
    /// Whether a receipt is to be kept.
    pub receipt: bool,
    /// Who asks.
    pub asker: Asker,
}

/// Who asks.
#[derive(Clone, Debug, Default)]
pub struct Asker {
    /// Who says who they are.
    pub issuer: String,
    /// Who they are.
    pub subject: String,
}

/// Where the ledger stood when it answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Position {
    /// Whether the ledger knows the person; if not, they were judged on no hours.
    pub person_known: bool,
    /// When the question was asked.
    pub asked_at: Timestamp,
    /// The instant of which the answer is true for ever.
    pub as_of: Timestamp,
    /// The number of the person's last entry then; 0 where there is none.
    pub seq: i64,
    /// The hash of that entry.
    pub hash: String,
    /// Years that reviewers of the declaration's place excused.
    pub excused: Vec<i16>,
    /// Legacy years that they closed.
    pub reviewed: Vec<i16>,
    /// The receipt, where one was kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub receipt: Option<ReceiptId>,
}

/// The judge's answer, and where the ledger stood.
#[derive(Clone, Debug, Serialize)]
pub struct Verdict {
    /// The answer.
    #[serde(flatten)]
    pub answer: Answer,
    /// Where the ledger stood.
    pub ledger: Position,
}

impl Service {
    /// Answers one question.
    pub async fn comply(&self, question: Question) -> Result<(Verdict, Option<PersonId>), Failure> {
        let directory = self.directory().await?;
        let service = self.clone();
        let asked_at = self.clock.now();
        let keep = question.receipt;
        let (mut verdict, question, found) = self
            .store
            .look(move |tx| {
                let found = service.find(tx, &directory, &question, asked_at)?;
                let verdict = service.answer(&question, &found, asked_at)?;
                Ok::<_, Failure>((verdict, question, found))
            })
            .await?;
        let person = found.person;
        if keep {
            let id = self.keep_receipt(&question, &verdict, person).await?;
            verdict.ledger.receipt = Some(id);
        }
        Ok((verdict, person))
    }

    /// What the ledger knows of whom a question is about.
    pub fn find(
        &self,
        tx: &mut ReadTx<'_>,
        directory: &Directory,
        question: &Question,
        now: Timestamp,
    ) -> Result<Findings, Failure> {
        let known = match &question.whom {
            Whom::Person(id) => tx.person(*id)?.map(|(known, _)| known),
            Whom::Identity(number, name) => {
                let index = self.vault.blind_index(IdKind::ResidentId, number);
                let found = tx.people_without_keys(IdKind::ResidentId.get(), &[index])?;
                let known = found.into_values().next();
                self.same_name(known.as_ref(), &index, name)?;
                known
            }
        };
        let as_of =
            findings::instant(question.as_of, known.as_ref().map(|known| known.known_at), now)?;
        let Some(known) = known else { return Ok(findings::nothing(as_of)) };
        let id = known.id;
        let mut found = findings::gather(tx, directory, &[(known, as_of)])?;
        found
            .remove(&(id, as_of))
            .ok_or_else(|| Failure::internal("nothing was gathered of a person"))
    }

    fn same_name(
        &self,
        known: Option<&Known>,
        index: &[u8; 32],
        name: &PersonName,
    ) -> Result<(), Failure> {
        let Some(known) = known else { return Ok(()) };
        if known.name_index == self.vault.name_index(index, name) {
            return Ok(());
        }
        Err(Failure::refused("person.name", Message::new("person_name_mismatch")))
    }

    /// Judges what was found.
    pub fn answer(
        &self,
        question: &Question,
        found: &Findings,
        asked_at: Timestamp,
    ) -> Result<Verdict, Failure> {
        let mut declaration = question.declaration.clone();
        let place = declaration.jurisdiction.code();
        let excused = findings::for_place(&found.excused, place);
        let reviewed = findings::for_place(&found.reviewed, place);
        declaration.excused.clone_from(&excused);
        declaration.reviewed.clone_from(&reviewed);
        if declaration.as_of.is_none() {
            let day = question.as_of.unwrap_or(asked_at).day_in_china();
            declaration.as_of = AsOf::new(&day.to_string());
        }
        let records = found.records.clone();
        let case = Case { id: question.id.clone(), declaration, records, receipt: None };
        let mut answer =
            case_answer::answer(&self.judge, &case, question.depth).map_err(|problems| {
                match problems.into_iter().next() {
                    Some(first) => Failure::Refused(first.field, first.message),
                    None => Failure::internal("a case was refused without a reason"),
                }
            })?;
        if let Some(receipt) = &mut answer.receipt {
            receipt.ledger = u64::try_from(found.head.seq).ok();
        }
        let ledger = Position {
            person_known: found.known,
            asked_at,
            as_of: found.as_of,
            seq: found.head.seq,
            hash: hex::encode(found.head.hash),
            excused: excused.iter().map(|year| year.get()).collect(),
            reviewed: reviewed.iter().map(|year| year.get()).collect(),
            receipt: None,
        };
        Ok(Verdict { answer, ledger })
    }
}

fn first_refusal(problems: Problems) -> Failure {
    match problems.into_iter().next() {
        Some(first) => Failure::Refused(first.field, first.message),
        None => Failure::Absent,
    }
}

/// What stands in place of a verdict that could not be given, in a batch.
#[derive(Clone, Debug, Serialize)]
pub struct Unanswered {
    /// As the asker calls it.
    pub id: CaseId,
    /// What is wrong.
    pub error: ErrorBody,
}
