//! `xueshi demo`: a table of made-up people, then how to ask for more.

use std::io::Write;

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::{Context, Failed, Outcome, city, demo_server};
use crate::app::compliance::case_answer;
use crate::app::demo;
use crate::app::policies::scenario::Scenario;
use crate::app::presentation::wording;
use crate::domain::answer::Verdict;
use crate::domain::case::{Case, CaseId};
use crate::domain::policy::judge::Judge;
use crate::locale::{Lang, text};

const EXAMPLES: &str = "\
Examples 示例:
  xueshi demo
  xueshi demo --table
  xueshi demo city --folder city-files

Without --table it goes on to serve the same people from a fresh ledger, until Ctrl-C.
不加 --table 时，随后以全新台账提供这些人员的服务，直至 Ctrl-C。";

/// Arguments of `xueshi demo`.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES, args_conflicts_with_subcommands = true)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Option<Command>,
    /// Only the table, without the service 仅显示表格
    #[arg(long)]
    table: bool,
}

#[derive(clap::Subcommand)]
enum Command {
    /// A stand-in city: four systems of a made-up town 模拟城市
    City(city::Args),
}

/// Runs it.
pub(super) fn run(args: &Args, context: &Context) -> Result<Outcome, Failed> {
    if let Some(Command::City(args)) = &args.command {
        return city::run(args, context);
    }
    let judge = context.judge()?;
    let people = demo::people()?;
    let rows = people
        .iter()
        .map(|person| row(&judge, person, context.lang))
        .collect::<Result<Vec<_>, Failed>>()?;
    let mut out = anstream::stdout().lock();
    writeln!(out, "{}\n", text(context.lang, "demo.title", &[]))?;
    let widest = |of: fn(&Row) -> &str| rows.iter().map(|r| of(r).width()).max().unwrap_or(0);
    let (place, verdict) = (widest(|r| &r.place), widest(|r| &r.verdict));
    let room = super::width().saturating_sub(place + verdict + 10).max(24);
    for row in &rows {
        let style = style(row.kind);
        let (id, place) = (&row.id, padded(&row.place, place));
        let (word, title) = (padded(&row.verdict, verdict), cut(&row.title, room));
        writeln!(out, "{id}  {place}  {style}{word}{style:#}  {title}")?;
        let indent = " ".repeat(7);
        writeln!(out, "{indent}{}", cut(&row.reason, super::width().saturating_sub(7)))?;
    }
    writeln!(out, "\n{}", text(context.lang, "demo.next", &[("program", &super::program())]))?;
    if args.table {
        return Ok(Outcome::Well);
    }
    drop(out);
    // A fresh one each time, gone afterwards.
    let folder = std::env::temp_dir().join(format!("xueshi-demo-{}", std::process::id()));
    let served = demo_server::run(&people, &folder, context);
    // What is left there is made up.
    let _ = std::fs::remove_dir_all(&folder);
    served.map(|()| Outcome::Well)
}

/// The case of a made-up person.
pub(super) fn case(id: &str) -> Result<Option<Case>, Failed> {
    let found = demo::people()?.into_iter().find(|person| person.id == id);
    Ok(found.map(|person| Case {
        id: CaseId::Text(person.id),
        declaration: person.declaration,
        records: person.records,
        receipt: None,
    }))
}

struct Row {
    id: String,
    place: String,
    kind: Verdict,
    verdict: String,
    title: String,
    reason: String,
}

fn row(judge: &Judge, person: &Scenario, lang: Lang) -> Result<Row, Failed> {
    let declaration = &person.declaration;
    let judgement = judge.judge(declaration, &person.records)?;
    let answer = case_answer::Answer::new(CaseId::Text(person.id.clone()), judgement);
    let mut titles = person.title.split(" · ");
    let (zh, en) = (titles.next().unwrap_or_default(), titles.next().unwrap_or_default());
    let mut parts: Vec<String> = Vec::new();
    if !answer.via.is_empty() {
        parts.push(text(lang, "demo.via", &[("clauses", &answer.via.join(", "))]));
    }
    parts.extend(answer.reasons.first().map(|reason| wording::reason(lang, reason)));
    let more = answer.reasons.len().saturating_sub(1);
    if more > 0 {
        parts.push(text(lang, "demo.more", &[("count", &more.to_string())]));
    }
    if let Some(missing) = &answer.missing {
        parts.push(wording::missing_words(lang, missing));
    }
    if let Some(flip) = answer.flips.first() {
        let word = wording::verdict(lang, flip.verdict);
        let args = [("readings", flip.readings.join(" + ")), ("verdict", word)];
        let args = args.each_ref().map(|(name, value)| (*name, value.as_str()));
        parts.push(text(lang, "word.flips", &args));
    }
    if parts.is_empty() {
        parts.push(text(lang, "demo.plain", &[]));
    }
    let code = declaration.jurisdiction.code();
    Ok(Row {
        id: person.id.clone(),
        place: text(lang, &format!("place.{code}"), &[]),
        kind: answer.verdict,
        verdict: wording::verdict(lang, answer.verdict),
        title: match lang {
            Lang::Zh => zh.to_owned(),
            Lang::En => en.to_owned(),
        },
        reason: parts.join(&text(lang, "demo.separator", &[])),
    })
}

fn style(verdict: Verdict) -> anstyle::Style {
    let color = match verdict {
        Verdict::Met => anstyle::AnsiColor::Green,
        Verdict::NotMet => anstyle::AnsiColor::Red,
        Verdict::Indeterminate => anstyle::AnsiColor::Yellow,
        _ => anstyle::AnsiColor::Cyan,
    };
    anstyle::Style::new().fg_color(Some(color.into()))
}

/// Text with spaces up to a width in columns; a Han character takes two.
pub(super) fn padded(text: &str, width: usize) -> String {
    format!("{text}{}", " ".repeat(width.saturating_sub(text.width())))
}

/// Text cut to a width in columns.
fn cut(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let mut used = 1;
    let kept = text.chars().take_while(|c| {
        used += c.width().unwrap_or(0);
        used <= width
    });
    kept.chain(['…']).collect()
}
