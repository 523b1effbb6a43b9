//! Every entry of the ledger, row by row, with the hash that chains it.

use std::borrow::Cow;
use std::io::{self, Write};

use crate::app::persons::Shown;
use crate::app::service::{Directory, Failure, Service};
use crate::domain::ids::PersonId;
use crate::domain::ledger::entry::Entry;
use crate::domain::message::Message;
use crate::sheet::export::{Cell, CsvWriter};
use crate::store::ReadTx;

/// The form of the rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// A JSON object a line.
    Ndjson,
    /// A table.
    Csv,
}

/// Which rows, and what of them.
#[derive(Clone, Copy, Debug)]
pub struct Wanted {
    /// Only this person's.
    pub person: Option<PersonId>,
    /// With the masked number and the name.
    pub identity: bool,
    /// In which form.
    pub form: Form,
}

/// Why an export ended early.
#[derive(Debug)]
pub enum ExportError {
    /// It could not be read.
    Failure(Failure),
    /// It could not be written.
    Output(io::Error),
}

impl From<Failure> for ExportError {
    fn from(failure: Failure) -> ExportError {
        ExportError::Failure(failure)
    }
}

impl From<io::Error> for ExportError {
    fn from(error: io::Error) -> ExportError {
        ExportError::Output(error)
    }
}

/// An entry, and what is told with it.
struct Given<'a> {
    entry: &'a Entry,
    shown: Option<&'a Shown>,
    directory: &'a Directory,
}

/// What stands in a column.
enum Field<'a> {
    Absent,
    Text(Cow<'a, str>),
    Integer(i64),
    /// Text in JSON, where numbers are binary floats; a number in a table.
    Hours(String),
}

impl<'a> Field<'a> {
    fn text(text: &'a str) -> Field<'a> {
        Field::Text(text.into())
    }

    fn maybe(text: Option<&'a str>) -> Field<'a> {
        text.map_or(Field::Absent, Field::text)
    }

    fn made(text: &impl ToString) -> Field<'a> {
        Field::Text(text.to_string().into())
    }
}

type Column = (&'static str, for<'a> fn(&Given<'a>) -> Field<'a>);

/// The columns that say who somebody is.
const IDENTITY: [&str; 2] = ["number", "name"];

const COLUMNS: [Column; 25] = [
    ("person", |of| Field::made(&of.entry.person)),
    ("number", |of| Field::maybe(of.shown.map(|shown| shown.number.as_str()))),
    ("name", |of| Field::maybe(of.shown.map(|shown| shown.name.as_str()))),
    ("seq", |of| Field::Integer(of.entry.seq)),
    ("kind", |of| Field::text(of.entry.kind.name())),
    ("source", |of| Field::made(&of.directory.code(of.entry.source))),
    ("source_id", |of| Field::made(&of.entry.source)),
    ("key", |of| Field::text(&of.entry.ext_key)),
    ("revision", |of| Field::Integer(of.entry.revision.into())),
    ("year", |of| Field::Integer(of.entry.posting.year.get().into())),
    ("category", |of| Field::text(of.entry.posting.category.name())),
    ("hours", |of| Field::Hours(of.entry.posting.hours.to_string())),
    ("completed_on", |of| {
        of.entry.posting.completed_on.map_or(Field::Absent, |day| Field::made(&day))
    }),
    ("course_code", |of| Field::maybe(of.entry.posting.particulars.course_code.as_deref())),
    ("course_title", |of| Field::maybe(of.entry.posting.particulars.course_title.as_deref())),
    ("provider", |of| Field::maybe(of.entry.posting.particulars.provider.as_deref())),
    ("specialty", |of| Field::maybe(of.entry.posting.particulars.specialty.as_deref())),
    ("basis", |of| Field::maybe(of.entry.posting.particulars.basis.as_deref())),
    ("certificate", |of| Field::maybe(of.entry.posting.particulars.certificate.as_deref())),
    ("recorded_at", |of| Field::made(&of.entry.recorded_at)),
    ("ref_seq", |of| of.entry.ref_seq.map_or(Field::Absent, Field::Integer)),
    ("batch", |of| Field::made(&of.entry.batch)),
    ("row_no", |of| Field::Integer(of.entry.row_no)),
    ("content_hash", |of| Field::Text(hex::encode(of.entry.content_hash).into())),
    ("hash", |of| Field::Text(hex::encode(of.entry.hash).into())),
];

/// Where rows go.
enum Rows<W: Write> {
    Ndjson(W),
    Csv(Box<CsvWriter<W>>),
}

impl<W: Write> Rows<W> {
    fn begin(out: W, form: Form, columns: &[Column]) -> io::Result<Rows<W>> {
        let headings: Vec<&str> = columns.iter().map(|(name, _)| *name).collect();
        Ok(match form {
            Form::Ndjson => Rows::Ndjson(out),
            Form::Csv => Rows::Csv(Box::new(CsvWriter::new(out, &headings)?)),
        })
    }

    fn row(&mut self, columns: &[Column], of: &Given<'_>) -> io::Result<()> {
        let fields = columns.iter().map(|(name, field)| (*name, field(of)));
        match self {
            Rows::Ndjson(out) => {
                let row: serde_json::Map<String, serde_json::Value> = fields
                    .filter_map(|(name, field)| {
                        let value = match field {
                            Field::Absent => return None,
                            Field::Text(text) => text.into(),
                            Field::Hours(hours) => hours.into(),
                            Field::Integer(number) => number.into(),
                        };
                        Some((name.to_owned(), value))
                    })
                    .collect();
                serde_json::to_writer(&mut *out, &row)?;
                out.write_all(b"\n")
            }
            Rows::Csv(out) => {
                let fields: Vec<Field<'_>> = fields
                    .map(|(_, field)| match field {
                        Field::Integer(number) => Field::Hours(number.to_string()),
                        field => field,
                    })
                    .collect();
                let cells: Vec<Cell<'_>> = fields.iter().map(cell).collect();
                out.row(&cells)
            }
        }
    }

    fn finish(self) -> io::Result<()> {
        match self {
            Rows::Ndjson(mut out) => out.flush(),
            Rows::Csv(out) => out.finish()?.flush(),
        }
    }
}

fn cell<'f>(field: &'f Field<'_>) -> Cell<'f> {
    match field {
        Field::Text(text) => Cell::Text(text),
        Field::Hours(number) => Cell::Number(number),
        Field::Absent | Field::Integer(_) => Cell::Empty,
    }
}

/// Persons of one snapshot, of whom each chain is whole: an export of a large ledger does not hold
/// one for hours.
const PART: i64 = 200;

type Chains = Vec<(Vec<Entry>, Option<Shown>)>;

/// Writes entries, person by person, in the order of their chains; how many. `tell` hears how many
/// persons are done.
pub fn export(
    service: &Service,
    wanted: &Wanted,
    out: impl Write,
    mut tell: impl FnMut(u64),
) -> Result<u64, ExportError> {
    let directory = service.directory_waiting().map_err(Failure::from)?;
    let kept = |(name, _): &Column| wanted.identity || !IDENTITY.contains(name);
    let columns: Vec<Column> = COLUMNS.into_iter().filter(kept).collect();
    let mut rows = Rows::begin(out, wanted.form, &columns)?;
    let (mut written, mut people, mut after) = (0, 0, None);
    loop {
        let (last, chains) = service.store.read_waiting(|tx| part(service, tx, wanted, after))?;
        for (chain, shown) in &chains {
            for entry in chain {
                let given = Given { entry, shown: shown.as_ref(), directory: &directory };
                rows.row(&columns, &given)?;
                written += 1;
            }
            people += 1;
        }
        tell(people);
        after = last;
        if after.is_none() || wanted.person.is_some() {
            break;
        }
    }
    rows.finish()?;
    Ok(written)
}

/// The chains of the next persons, and the last of these.
fn part(
    service: &Service,
    tx: &mut ReadTx<'_>,
    wanted: &Wanted,
    after: Option<PersonId>,
) -> Result<(Option<PersonId>, Chains), Failure> {
    let people = match wanted.person {
        None => tx.people_with_entries(after, PART)?,
        Some(person) if tx.person(person)?.is_none() => return Err(unknown(person)),
        Some(person) => vec![person],
    };
    let mut entries = tx.entries_of(&people, None)?;
    let mut chains = Vec::with_capacity(people.len());
    for person in &people {
        let shown = if wanted.identity { service.shown(tx, *person)? } else { None };
        chains.push((entries.remove(person).unwrap_or_default(), shown));
    }
    Ok((people.last().copied(), chains))
}

/// What to say of a person who is not on record.
pub fn unknown(person: PersonId) -> Failure {
    Failure::refused("person", Message::new("person_unknown").with("person", person))
}
