//! `xueshi export`: the entries of the ledger as rows.

use std::io::BufWriter;
use std::path::PathBuf;

use clap::ValueEnum;

use super::installation::{Place, bar, people};
use super::verify::person;
use super::{Context, Failed, Outcome, note};
use crate::app::installation::export::{self, Form, Wanted};
use crate::app::installation::new_file::NewFile;
use crate::domain::ids::PersonId;
use crate::domain::message::Message;

const EXAMPLES: &str = "\
Examples 示例:
  xueshi export > entries.ndjson
  xueshi export --format csv --out entries.csv
  xueshi export --person 0123456789abcdef --with-identity

Every entry with the hash that chains it; who a person is only with --with-identity, and the number
masked even then. A text that a spreadsheet would take for a formula begins with ' in CSV.
逐条导出入账记录及其哈希；仅 --with-identity 时带姓名和掩码后的证件号。

Exit status: 0 everything was written, 2 it could not be.";

/// Arguments of `xueshi export`.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// A new file, instead of standard output 输出文件
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Only this person's entries 个人编号
    #[arg(long, value_name = "ID", value_parser = person)]
    person: Option<PersonId>,
    /// Form of the rows 输出格式
    #[arg(long, value_enum, default_value_t = Format::Ndjson)]
    format: Format,
    /// With the masked identity number and the name 带掩码证件号和姓名
    #[arg(long)]
    with_identity: bool,
    #[command(flatten)]
    place: Place,
}

#[derive(Clone, Copy, ValueEnum)]
enum Format {
    /// A JSON object a line
    Ndjson,
    /// A table
    Csv,
}

/// Runs it.
pub(super) fn run(args: &Args, context: &Context) -> Result<Outcome, Failed> {
    let (_, service) = args.place.open(context)?;
    let form = match args.format {
        Format::Ndjson => Form::Ndjson,
        Format::Csv => Form::Csv,
    };
    let wanted = Wanted { person: args.person, identity: args.with_identity, form };
    let Some(place) = &args.out else {
        let out = BufWriter::new(std::io::stdout().lock());
        export::export(&service, &wanted, out, |_| {})?;
        return Ok(Outcome::Well);
    };
    let new = NewFile::begin(place)?;
    let bar = bar(Some(people(&service)?));
    let out = BufWriter::new(new.open()?);
    let written = export::export(&service, &wanted, out, |done| bar.set_position(done))?;
    bar.finish_and_clear();
    new.finish()?;
    let told = Message::new("exported").with("entries", written).with("path", place.display());
    note(context.lang, &told);
    Ok(Outcome::Well)
}
