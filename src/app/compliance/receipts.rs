//! Receipts: a verdict kept with its question, and asked again years later.

use serde::Serialize;

use super::{Asker, Question, Verdict, Whom};
use crate::app::check::Depth;
use crate::app::service::{Failure, Service};
use crate::domain::case::{self, CaseId};
use crate::domain::declaration::place_stem;
use crate::domain::ids::{PersonId, ReceiptId};
use crate::domain::node::Node;
use crate::domain::timestamp::Timestamp;
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
    /// Whether the answer is the same, byte for byte.
    pub same: bool,
    /// The members of the answer that differ.
    pub differs: Vec<String>,
    /// The answer now.
    pub answer: serde_json::Value,
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
            "answer": verdict.answer,
        });
        let plain = zeroize::Zeroizing::new(content.to_string());
        let service = self.clone();
        let ledger = verdict.ledger.clone();
        let asker = question.asker.clone();
        let jurisdiction = question.declaration.jurisdiction.code().to_owned();
        self.store
            .write(move |tx| {
                let sealed = service.seal_for(tx, person, &label(id), plain.as_bytes())?;
                let head_hash = hex::decode(&ledger.hash).unwrap_or_default();
                tx.add_receipts(&[ReceiptRow {
                    receipt_id: id.get(),
                    person_id: person.map(PersonId::get),
                    issuer: asker.issuer.clone(),
                    subject: asker.subject.clone(),
                    jurisdiction: jurisdiction.clone(),
                    asked_at: ledger.asked_at.micros(),
                    as_of: ledger.as_of.micros(),
                    head_seq: ledger.seq,
                    head_hash,
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
        let part = |name: &str| content.get(name).cloned().unwrap_or_default();
        Ok(Receipt {
            id,
            jurisdiction: row.jurisdiction,
            asked_at: Timestamp::from_micros(row.asked_at),
            as_of: Timestamp::from_micros(row.as_of),
            declaration: part("declaration"),
            answer: part("answer"),
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
                let content = serde_json::from_slice(&plain).unwrap_or_default();
                Ok((row, content))
            })
            .await
    }

    /// Asks a receipt's question again, as of its instant.
    pub async fn replay(&self, id: ReceiptId, place: Option<&str>) -> Result<Replayed, Failure> {
        let (row, content) = self.opened(id, place).await?;
        let directory = self.directory().await?;
        let question = question_of(&row, &content).ok_or(Failure::Absent)?;
        let service = self.clone();
        let known = row.person_id.is_some();
        let asked_at = Timestamp::from_micros(row.asked_at);
        let (verdict, head) = self
            .store
            .read(move |tx| {
                let found = if known {
                    service.find(tx, &directory, &question, service.clock.now())?
                } else {
                    super::findings::nothing(Timestamp::from_micros(row.as_of))
                };
                let verdict = service.answer(&question, &found, asked_at)?;
                Ok::<_, Failure>((verdict, found.head.hash.to_vec() == row.head_hash))
            })
            .await?;
        let answer = serde_json::to_value(&verdict.answer).unwrap_or_default();
        let then = content.get("answer").cloned().unwrap_or_default();
        let mut differs = differing(&then, &answer);
        if !head {
            differs.push("ledger".to_owned());
        }
        Ok(Replayed { same: differs.is_empty(), differs, answer })
    }
}

fn question_of(row: &ReceiptRow, content: &serde_json::Value) -> Option<Question> {
    let text = content.get("declaration")?.to_string();
    let node: Node = serde_json::from_str(&text).ok()?;
    let mut problems = Vec::new();
    let declaration = case::declaration(&node, String::new(), &mut problems)?;
    let depth = match content.get("depth")?.as_str()? {
        "full" => Depth::Full,
        "deciding" => Depth::Deciding,
        _ => Depth::None,
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

/// Whether who answers for a place answers for another: 331100 for every county of the city, 330000
/// for the whole province.
pub fn covers(place: &str, other: &str) -> bool {
    other.starts_with(place_stem(place))
}
