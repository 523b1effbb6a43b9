//! `xueshi policy`: what the notices say, whether their worked cases hold, how two of them differ.

mod diff;
mod lint;
mod list;
mod show;
mod test;

use std::io::Write;

use clap::{Subcommand, ValueEnum};
use serde::Serialize;

use super::{Context, Failed, Outcome};

/// The commands about policies.
#[derive(Subcommand)]
pub(super) enum Command {
    /// Which policies there are 政策清单
    List(list::Args),
    /// What one policy says, clause by clause 政策内容
    Show(show::Args),
    /// Examine policies: quotes, references, coverage, monotony 检查政策
    Lint(lint::Args),
    /// Run worked scenarios 运行情形
    Test(test::Args),
    /// How two policies differ, and for whom 政策比较
    Diff(diff::Args),
}

/// Runs one of them.
pub(super) fn run(command: &Command, context: &Context) -> Result<Outcome, Failed> {
    match command {
        Command::List(args) => list::run(args, context),
        Command::Show(args) => show::run(args, context),
        Command::Lint(args) => lint::run(args, context),
        Command::Test(args) => test::run(args, context),
        Command::Diff(args) => diff::run(args, context),
    }
}

/// The form of what a command says.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// For a person
    Text,
    /// One JSON document
    Json,
}

/// Writes a report in either form.
pub(super) fn write<T: Serialize>(
    format: Format,
    report: &T,
    lines: impl FnOnce(&T) -> Vec<String>,
) -> Result<(), Failed> {
    let mut out = std::io::stdout().lock();
    match format {
        Format::Json => {
            serde_json::to_writer_pretty(&mut out, report).map_err(std::io::Error::from)?;
            writeln!(out)?;
        }
        Format::Text => {
            for line in lines(report) {
                writeln!(out, "{line}")?;
            }
        }
    }
    Ok(out.flush()?)
}
