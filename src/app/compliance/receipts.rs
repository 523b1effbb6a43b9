//! Receipts: a verdict kept with its question, and asked again years later.

use serde::Serialize;

use crate::app::compliance::case_answer::{Answer, Depth};
use crate::app::compliance::{Asker, Question, Verdict, Whom};
use crate::app::service::{Failure, Service};
use crate::domain::case::{self, CaseId};
use crate::domain::declaration::{Declaration, covers};
use crate::domain::ids::{PersonId, ReceiptId};
use crate::domain::node::Node;
use crate::domain::policy::explain::receipt::ENGINE;
use crate::domain::policy::plan::encoding::PlanEncoding;
use crate::domain::timestamp::Timestamp;
use crate::store::StoreError;
use crate::store::receipts::ReceiptRow;
use crate::vault::WrappedKey;

/// A receipt, opened.
#[derive(Clone, Debug, Serialize)]
pub struct Receipt {
    /// Its id.
    pub id: ReceiptId,
    /// Where the declaration was.
    pub jurisdiction: String,
    /// When the question was asked.
    pub asked_at: Timestamp,
    /// The instant it was answered for.
    pub as_of: Timestamp,
    /// The declaration that was judged.
    pub declaration: serde_json::Value,
    /// The answer, as it was given.
    pub answer: serde_json::Value,
}

/// What became of asking again.
#[derive(Clone, Debug, Serialize)]
pub struct Replayed {
    /// Whether the answer says the same; which version of the engine gave it does not matter.
    pub same: bool,
    /// The members of the answer that differ.
    pub differs: Vec<String>,
    /// The answer now.
    pub answer: serde_json::Value,
    /// The versions of the engine that gave the two answers.
    pub engine: Engines,
}

/// The versions of the engine.
#[derive(Clone, Debug, Serialize)]
pub struct Engines {
    /// Of the answer that was kept; null where a receipt without a proof does not say it.
    pub then: Option<String>,
    /// Of the answer now.
    pub now: &'static str,
}

fn label(id: ReceiptId) -> Vec<u8> {
    [b"receipt".as_slice(), &id.get().to_be_bytes()].concat()
}

impl Service {
    /// Keeps a verdict.
    pub async fn keep_receipt(
        &self,
        question: &Question,
        verdict: &Verdict,
        person: Option<PersonId>,
    ) -> Result<ReceiptId, Failure> {
        let id = ReceiptId::from_bits(self.store.surroundings().random.bits());
        let content = serde_json::json!({
            "declaration": declaration_json(question, verdict),
            "depth": depth_name(question.depth),
            "id": question.id,
            "engine": ENGINE,
            "answer": verdict.answer,
        });
        let plain = zeroize::Zeroizing::new(content.to_string());
        let service = self.clone();
        let ledger = verdict.ledger.clone();
        let asker = question.asker.clone();
        let jurisdiction = question.declaration.jurisdiction.code().to_owned();
        let head_hash = hex::decode(&ledger.hash).map_err(|_| damaged(id))?;
        self.store
            .write(move |tx| {
                let sealed = service.seal_for(tx, person, &label(id), plain.as_bytes())?;
                tx.add_receipts(&[ReceiptRow {
                    receipt_id: id.get(),
                    person_id: person.map(PersonId::get),
                    issuer: asker.issuer.clone(),
                    subject: asker.subject.clone(),
                    jurisdiction: jurisdiction.clone(),
                    asked_at: ledger.asked_at.micros(),
                    as_of: ledger.as_of.micros(),
                    head_seq: ledger.seq,
                    head_hash: head_hash.clone(),
                    sealed,
                }])?;
                Ok::<_, Failure>(())
            })
            .await?;
        Ok(id)
    }

    /// Seals something about a person under their key; about nobody known, under that of the inbox.
    pub fn seal_for(
        &self,
        tx: &mut crate::store::ReadTx<'_>,
        person: Option<PersonId>,
        label: &[u8],
        plain: &[u8],
    ) -> Result<Vec<u8>, Failure> {
        let known = match person {
            Some(person) => tx.person(person)?,
            None => None,
        };
        match known.and_then(|(known, _)| Some((known.master, known.wrapped?))) {
            Some((master, bytes)) => {
                Ok(self.vault.unwrap(&WrappedKey { master, bytes })?.seal(label, plain)?)
            }
            None => Ok(self.vault.seal_inbox(label, plain)?),
        }
    }

    /// Opens what [`Service::seal_for`] sealed.
    pub fn open_for(
        &self,
        tx: &mut crate::store::ReadTx<'_>,
        person: Option<PersonId>,
        label: &[u8],
        sealed: &[u8],
    ) -> Result<zeroize::Zeroizing<Vec<u8>>, Failure> {
        let known = match person {
            Some(person) => tx.person(person)?,
            None => None,
        };
        match known.and_then(|(known, _)| Some((known.master, known.wrapped?))) {
            Some((master, bytes)) => {
                Ok(self.vault.unwrap(&WrappedKey { master, bytes })?.open(label, sealed)?)
            }
            None => Ok(self.vault.open_inbox(label, sealed)?),
        }
    }

    /// A receipt, for those who answer for its place.
    pub async fn receipt(&self, id: ReceiptId, place: Option<&str>) -> Result<Receipt, Failure> {
        let (row, content) = self.opened(id, place).await?;
        let part = |name: &str| content.get(name).cloned().ok_or_else(|| damaged(id));
        Ok(Receipt {
            id,
            jurisdiction: row.jurisdiction,
            asked_at: Timestamp::from_micros(row.asked_at),
            as_of: Timestamp::from_micros(row.as_of),
            declaration: part("declaration")?,
            answer: part("answer")?,
        })
    }

    async fn opened(
        &self,
        id: ReceiptId,
        place: Option<&str>,
    ) -> Result<(ReceiptRow, serde_json::Value), Failure> {
        let service = self.clone();
        let place = place.map(str::to_owned);
        self.store
            .read(move |tx| {
                let row = tx.receipt(id)?.ok_or(Failure::Absent)?;
                if place.is_some_and(|place| !covers(&place, &row.jurisdiction)) {
                    return Err(Failure::Absent);
                }
                let person = row.person_id.map(PersonId::stored);
                let plain = service.open_for(tx, person, &label(id), &row.sealed)?;
                let content = serde_json::from_slice(&plain).map_err(|_| damaged(id))?;
                Ok((row, content))
            })
            .await
    }

    /// Asks a receipt's question again, as of its instant.
    pub async fn replay(&self, id: ReceiptId, place: Option<&str>) -> Result<Replayed, Failure> {
        let (row, content) = self.opened(id, place).await?;
        let directory = self.directory().await?;
        let question = question_of(&row, &content).ok_or_else(|| damaged(id))?;
        let then = content.get("answer").cloned().ok_or_else(|| damaged(id))?;
        let declaration = question.declaration.clone();
        let service = self.clone();
        let known = row.person_id.is_some();
        let asked_at = Timestamp::from_micros(row.asked_at);
        let (verdict, head) = self
            .store
            .read(move |tx| {
                let found = if known {
                    service.find(tx, &directory, &question, service.clock.now())?
                } else {
                    crate::app::compliance::findings::nothing(Timestamp::from_micros(row.as_of))
                };
                let verdict = service.answer(&question, &found, asked_at)?;
                Ok::<_, Failure>((verdict, found.head.hash.to_vec() == row.head_hash))
            })
            .await?;
        let now = self.as_encoded_then(&then, &declaration, &verdict.answer)?;
        let mut differs =
            differing(&without_engine(then.clone()), &without_engine(json(id, &now)?));
        if !head {
            differs.push("ledger".to_owned());
        }
        let engine = Engines { then: engine_of(&content), now: ENGINE };
        Ok(Replayed {
            same: differs.is_empty(),
            differs,
            answer: json(id, &verdict.answer)?,
            engine,
        })
    }

    /// An answer whose receipt names the plan in the encoding of an earlier answer's.
    fn as_encoded_then(
        &self,
        then: &serde_json::Value,
        declaration: &Declaration,
        now: &Answer,
    ) -> Result<Answer, Failure> {
        let mut now = now.clone();
        let number = |receipt: &serde_json::Value| match receipt.get("plan_encoding") {
            None => Some(None),
            Some(number) => number.as_i64().map(Some),
        };
        let encoding = then.get("receipt").and_then(number).and_then(PlanEncoding::from_number);
        if let (Some(receipt), Some(encoding)) = (&mut now.receipt, encoding) {
            receipt.plan =
                self.judge.plan_hash(declaration, encoding).map_err(super::first_refusal)?;
            receipt.plan_encoding = encoding;
        }
        Ok(now)
    }
}

fn damaged(id: ReceiptId) -> StoreError {
    StoreError::Damaged(format!("receipt (receipt_id = {id})"))
}

fn json(id: ReceiptId, answer: &Answer) -> Result<serde_json::Value, StoreError> {
    // An answer has no maps with other keys than text, so this does not fail.
    serde_json::to_value(answer).map_err(|_| damaged(id))
}

/// The engine that gave a kept answer.
fn engine_of(content: &serde_json::Value) -> Option<String> {
    let said =
        content.get("engine").or_else(|| content.get("answer")?.get("receipt")?.get("engine"));
    said?.as_str().map(str::to_owned)
}

fn without_engine(mut answer: serde_json::Value) -> serde_json::Value {
    if let Some(receipt) = answer.get_mut("receipt").and_then(|receipt| receipt.as_object_mut()) {
        receipt.remove("engine");
    }
    answer
}

fn question_of(row: &ReceiptRow, content: &serde_json::Value) -> Option<Question> {
    let text = content.get("declaration")?.to_string();
    let node: Node = serde_json::from_str(&text).ok()?;
    let mut problems = Vec::new();
    let declaration = case::declaration(&node, String::new(), &mut problems)?;
    let depth = match content.get("depth")?.as_str()? {
        "full" => Depth::Full,
        "deciding" => Depth::Deciding,
        "none" => Depth::None,
        _ => return None,
    };
    let id: Node = serde_json::from_str(&content.to_string()).ok()?;
    let whom = Whom::Person(PersonId::stored(row.person_id.unwrap_or_default()));
    let as_of = Some(Timestamp::from_micros(row.as_of));
    Some(Question {
        id: CaseId::of(&id),
        whom,
        declaration,
        as_of,
        depth,
        receipt: false,
        asker: Asker::default(),
    })
}

fn differing(then: &serde_json::Value, now: &serde_json::Value) -> Vec<String> {
    let (Some(then), Some(now)) = (then.as_object(), now.as_object()) else {
        return vec!["answer".to_owned()];
    };
    let names: std::collections::BTreeSet<&String> = then.keys().chain(now.keys()).collect();
    names.into_iter().filter(|name| then.get(*name) != now.get(*name)).cloned().collect()
}

const fn depth_name(depth: Depth) -> &'static str {
    match depth {
        Depth::None => "none",
        Depth::Deciding => "deciding",
        Depth::Full => "full",
    }
}

/// The declaration in the form in which it is read again.
fn declaration_json(question: &Question, verdict: &Verdict) -> serde_json::Value {
    let declaration = &question.declaration;
    let day = question.as_of.unwrap_or(verdict.ledger.asked_at).day_in_china().to_string();
    let as_of = declaration.as_of.as_ref().map_or(day, |as_of| as_of.text().to_owned());
    let mut fields = serde_json::Map::new();
    let mut put = |name: &str, value: Option<serde_json::Value>| {
        if let Some(value) = value {
            fields.insert(name.to_owned(), value);
        }
    };
    put("jurisdiction", Some(declaration.jurisdiction.code().into()));
    put("year", Some(declaration.year.get().into()));
    put("level", Some(declaration.profile.level.name().into()));
    put("series", Some((*declaration.profile.series).into()));
    put("specialty", declaration.profile.specialty.as_deref().map(Into::into));
    put("employer_sector", declaration.profile.employer_sector.as_deref().map(Into::into));
    put("required_years", declaration.facts.required_years.map(Into::into));
    put("tenure_start", declaration.facts.tenure_start.map(Into::into));
    put("as_of", Some(as_of.into()));
    serde_json::Value::Object(fields)
}
