//! Verdicts as a sheet: a row for each question, in the words of one language.

use std::io::{self, Write};
use std::path::Path;

use crate::app::compliance::{Unanswered, Verdict};
use crate::app::presentation::wording;
use crate::domain::answer::Missing;
use crate::locale::{Lang, text};
use crate::sheet::export::{Cell, XlsxWriter};

/// The columns, by the names of their headings.
const COLUMNS: [&str; 15] = [
    "id",
    "verdict",
    "firm",
    "via",
    "reasons",
    "missing",
    "policy",
    "person_known",
    "excused",
    "reviewed",
    "as_of",
    "seq",
    "hash",
    "code",
    "message",
];

/// Writes verdicts; the rows wait in a file until it is finished.
pub struct VerdictSheet<W: Write + Send> {
    inner: XlsxWriter<W>,
    lang: Lang,
}

impl<W: Write + Send> VerdictSheet<W> {
    /// A sheet whose rows wait in a file of `folder`.
    pub fn new(out: W, folder: &Path, lang: Lang) -> io::Result<VerdictSheet<W>> {
        let word = |name: &str| text(lang, &format!("verdict_sheet.{name}"), &[]);
        let headings = COLUMNS.map(word);
        let headings = headings.each_ref().map(String::as_str);
        Ok(VerdictSheet { inner: XlsxWriter::new(out, Some(folder), &headings)?, lang })
    }

    /// Writes an answer.
    pub fn verdict(&mut self, verdict: &Verdict) -> io::Result<()> {
        let (lang, answer, ledger) = (self.lang, &verdict.answer, &verdict.ledger);
        let yes_no = |yes: bool| {
            let key = if yes { "verdict_sheet.yes" } else { "verdict_sheet.no" };
            text(lang, key, &[])
        };
        let reasons: Vec<String> =
            answer.reasons.iter().map(|reason| wording::reason(lang, reason)).collect();
        let missing = match &answer.missing {
            Some(Missing::Hours(hours)) => Some(hours.to_string()),
            _ => None,
        };
        let time = match &answer.missing {
            Some(Missing::Time) => text(lang, "word.missing_time", &[]),
            _ => String::new(),
        };
        let years = |years: &[i16]| {
            let years: Vec<String> = years.iter().map(i16::to_string).collect();
            years.join(";")
        };
        self.inner.row(&[
            Cell::Text(&answer.id.to_string()),
            Cell::Text(&wording::verdict(lang, answer.verdict)),
            Cell::Text(&yes_no(answer.firm)),
            Cell::Text(&answer.via.join(";")),
            Cell::Text(&reasons.join("\n")),
            missing.as_deref().map_or(Cell::Text(&time), Cell::Number),
            Cell::Text(answer.policy.as_deref().unwrap_or_default()),
            Cell::Text(&yes_no(ledger.person_known)),
            Cell::Text(&years(&ledger.excused)),
            Cell::Text(&years(&ledger.reviewed)),
            Cell::Text(&ledger.as_of.to_string()),
            Cell::Number(&ledger.seq.to_string()),
            Cell::Text(&ledger.hash),
        ])
    }

    /// Writes what stands in place of an answer.
    pub fn unanswered(&mut self, unanswered: &Unanswered) -> io::Result<()> {
        let error = &unanswered.error;
        let sentence = match self.lang {
            Lang::Zh => &error.message.zh,
            Lang::En => &error.message.en,
        };
        let id = unanswered.id.to_string();
        let mut row = [Cell::Empty; COLUMNS.len()];
        let [first, .., code, message] = &mut row;
        (*first, *code) = (Cell::Text(&id), Cell::Text(error.code));
        *message = Cell::Text(sentence);
        self.inner.row(&row)
    }

    /// Writes what is left, and gives back what was written to.
    pub fn finish(self) -> io::Result<W> {
        self.inner.finish()
    }
}
