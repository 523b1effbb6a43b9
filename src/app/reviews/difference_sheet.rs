//! Differences as a sheet: what a reviewer's queue shows, a row for each, in the words of one language.

use std::io::{self, Write};
use std::path::Path;

use crate::app::reconciliation::report::Form;
use crate::app::reviews::Reviewer;
use crate::app::reviews::differences::ShownDifference;
use crate::app::service::{Failure, Service};
use crate::locale::{Lang, text};
use crate::sheet::export::{Cell, SheetWriter};

/// The columns, by the names of their headings; the first eight are those of a comparison's report.
const COLUMNS: [&str; 21] = [
    "kind",
    "person",
    "key",
    "year",
    "category",
    "field",
    "here",
    "there",
    "source",
    "difference",
    "number",
    "name",
    "completed_on",
    "course",
    "seq",
    "kept_source",
    "kept_key",
    "kept_seq",
    "score",
    "message",
    "opened_at",
];

/// Differences that are read at once.
const PART: i64 = 500;

impl Service {
    /// Writes the differences that are a reviewer's to settle, longest first, and tells of each that is
    /// about to be written; the folder is where a workbook waits until it is finished. One that is
    /// settled meanwhile may still be there, none is there twice. For a thread that may wait.
    pub fn write_differences<W: Write + Send>(
        &self,
        reviewer: &Reviewer,
        (form, folder, lang): (Form, &Path, Lang),
        out: W,
        mut seen: impl FnMut(&ShownDifference),
    ) -> io::Result<()> {
        let word = |name: &str| text(lang, &format!("difference_sheet.{name}"), &[]);
        let headings = COLUMNS.map(word);
        let headings = headings.each_ref().map(String::as_str);
        let mut sheet = match form {
            Form::Csv => SheetWriter::csv(out, &headings)?,
            Form::Xlsx => SheetWriter::xlsx(out, Some(folder), &headings)?,
        };
        let scope = reviewer.scope();
        let mut after = None;
        loop {
            // No snapshot lasts longer than a part: whoever reads slowly is in nobody's way.
            let rows = self.store.read_waiting(|tx| {
                let directory = self.directory_waiting()?;
                let rows = tx.difference_queue(&scope, after, PART)?;
                let all = rows.iter().map(|row| self.shown_difference(tx, &directory, row));
                all.collect::<Result<Vec<ShownDifference>, Failure>>()
            });
            let rows = rows.map_err(io::Error::other)?;
            let Some(last) = rows.last() else { break };
            after = Some(last.after);
            for row in &rows {
                seen(row);
                write(&mut sheet, row, lang)?;
            }
        }
        sheet.finish().map(drop)
    }
}

fn write<W: Write + Send>(
    sheet: &mut SheetWriter<W>,
    row: &ShownDifference,
    lang: Lang,
) -> io::Result<()> {
    let person = (row.person.get() != 0).then(|| row.person.to_string());
    let (sides, shown, kept) = (&row.sides, row.shown.as_ref(), row.kept.as_ref());
    let hours = row.hours.as_ref();
    let day = hours.and_then(|hours| hours.completed_on).map(|day| day.to_string());
    let seq = row.seq.map(|seq| seq.to_string());
    let kept_seq = kept.and_then(|kept| kept.seq).map(|seq| seq.to_string());
    let score = kept.map(|kept| kept.score.to_string());
    let sentence = |told: &crate::app::posting::problems::Told| match lang {
        Lang::Zh => told.message.zh.clone(),
        Lang::En => told.message.en.clone(),
    };
    let message: Vec<String> = row.why.iter().map(sentence).collect();
    sheet.row(&[
        Cell::Text(row.kind),
        words(person.as_deref()),
        Cell::Text(&row.key),
        number(sides.year.as_ref()),
        words(sides.category.as_deref()),
        words(sides.field.as_deref()),
        number(sides.here.as_ref()),
        number(sides.there.as_ref()),
        Cell::Text(&row.source),
        Cell::Text(&row.difference.to_string()),
        words(shown.map(|shown| &*shown.number)),
        words(shown.map(|shown| &*shown.name)),
        words(day.as_deref()),
        words(hours.and_then(|hours| hours.course.as_deref())),
        number(seq.as_ref()),
        words(kept.map(|kept| &*kept.source)),
        words(kept.map(|kept| &*kept.key)),
        number(kept_seq.as_ref()),
        number(score.as_ref()),
        words(Some(&*message.join("\n")).filter(|message| !message.is_empty())),
        Cell::Text(&row.opened_at.to_string()),
    ])
}

fn words(text: Option<&str>) -> Cell<'_> {
    text.map_or(Cell::Empty, Cell::Text)
}

fn number(text: Option<&String>) -> Cell<'_> {
    text.map_or(Cell::Empty, |text| Cell::Number(text))
}
