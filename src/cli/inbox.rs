//! `xueshi inbox`: what arrived, row by row, and what became of it.

use std::io::{self, Write};

use clap::ValueEnum;

use super::installation::{Place, batch};
use super::{Context, Failed, Outcome, sentence};
use crate::app::installation::inbox::{Arrived, Asked};
use crate::domain::ids::BatchId;
use crate::domain::ledger::outcome::Outcome as Became;
use crate::locale::{Lang, text};
use crate::store::submissions::Wanted;

const EXAMPLES: &str = "\
Examples 示例:
  xueshi inbox --batch 0123456789abcdef --outcome held,rejected
  xueshi inbox --source lishui-registry --outcome held --received
  xueshi inbox --format ndjson > inbox.ndjson

Every row that arrived from a provider, a file or a feed, what became of it and why.
What stood in it is sealed, and shown only with --received: it names people.
逐条列出收到的每一行及其结果与原因。原文加密保存，仅 --received 时显示，其中有个人信息。

Exit status: 0 everything was told, 2 it could not be.";

/// Arguments of `xueshi inbox`.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// Only rows of this source, by its code 来源代码
    #[arg(long, value_name = "CODE")]
    source: Option<String>,
    /// Only rows of this import, request or run of a feed 批次
    #[arg(long, value_name = "ID", value_parser = batch)]
    batch: Option<BatchId>,
    /// Only rows with these outcomes 结果
    #[arg(long, value_name = "NAME", value_delimiter = ',', value_parser = outcome)]
    outcome: Vec<Became>,
    /// With what stood in each row, as it came 显示原文
    #[arg(long)]
    received: bool,
    /// Form of the rows 输出格式
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    #[command(flatten)]
    place: Place,
}

#[derive(Clone, Copy, ValueEnum)]
enum Format {
    /// Lines for a person to read
    Text,
    /// A JSON object a line
    Ndjson,
}

fn outcome(name: &str) -> Result<Became, String> {
    Became::from_name(name).ok_or_else(|| Became::ALL.map(Became::name).join(", "))
}

/// Runs it.
pub(super) fn run(args: &Args, context: &Context) -> Result<Outcome, Failed> {
    let (_, service) = args.place.open(context)?;
    let wanted = Wanted { batch: args.batch, outcomes: args.outcome.clone() };
    let asked = Asked { source: args.source.clone(), wanted, received: args.received };
    let mut out = io::BufWriter::new(io::stdout().lock());
    service.arrived(&asked, |row| match args.format {
        Format::Ndjson => {
            serde_json::to_writer(&mut out, &row)?;
            out.write_all(b"\n")
        }
        Format::Text => told(&mut out, context.lang, &row),
    })?;
    out.flush()?;
    Ok(Outcome::Well)
}

fn told(out: &mut dyn Write, lang: Lang, row: &Arrived) -> io::Result<()> {
    let place = &row.place;
    let number = place.row.to_string();
    let place = match (&place.file, place.page) {
        (Some(file), _) => format!("{file}:{number}"),
        (None, Some(page)) => {
            text(lang, "inbox.page", &[("page", &page.to_string()), ("row", &number)])
        }
        (None, None) => text(lang, "inbox.row", &[("row", &number)]),
    };
    let key = row.key.as_deref().unwrap_or("-");
    let (outcome, source) = (row.outcome.name(), &row.source);
    writeln!(out, "{}  {source}  {place}  {key}  {outcome}", row.received_at)?;
    for problem in &row.problems {
        writeln!(out, "    {}", sentence(lang, problem))?;
    }
    if let Some(received) = &row.received {
        // What came from elsewhere may hold what a terminal would obey.
        let shown: String = received.chars().map(shown).collect();
        writeln!(out, "    {}", shown.trim_end())?;
    }
    Ok(())
}

fn shown(c: char) -> char {
    if c.is_control() { ' ' } else { c }
}
