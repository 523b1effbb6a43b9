//! `xueshi feed`: what the city learning systems say, pulled, given as files, taken once more.

use std::io::Write;
use std::path::PathBuf;

use clap::Subcommand;

use super::feed_mapping;
use super::installation::{Place, bar, batch, for_operator};
use super::{Context, Failed, Outcome, complain, note, program, sentence};
use crate::app::feed_runs::run_view::{ShownRun, Status};
use crate::app::feed_runs::{Ended, FeedRunner, Progress, ReplayOptions};
use crate::app::posting::problems::Told;
use crate::app::presentation::grid::{self, Align};
use crate::app::service::Failure;
use crate::domain::ids::BatchId;
use crate::domain::ledger::outcome::Counts;
use crate::domain::message::{Message, Problem};
use crate::locale::{Lang, message, text};

const EXAMPLES: &str = "\
Examples 示例:
  xueshi feed list
  xueshi feed pull huzhou-registry
  xueshi feed drop lishui-registry LS_XS_20230514_full_01.csv
  xueshi feed status huzhou-registry
  xueshi feed resume huzhou-registry --accept
  xueshi feed replay huzhou-registry
  xueshi feed mapping huzhou-registry > mappings/huzhou-registry.toml
  xueshi feed read lishui-registry LS_XS_20230514_full_01.csv

Where feeds are: [[feeds.connections]] in the settings; docs/feeds.md describes them.
Everything that comes in is kept, sealed, and can be taken again: that changes nothing, unless the
mapping was mended meanwhile.
数据源的地址在设置 [[feeds.connections]] 中，说明见 docs/feeds.md。
收到的一切都加密保存，可以重放；除非字段映射已修正，重放不改变任何结果。

Exit status: 0 every row did what it was sent for, 1 some did not, 2 the run did not end well.";

/// What to do.
#[derive(Subcommand)]
#[command(after_help = EXAMPLES)]
pub(super) enum Command {
    /// Every feed, and how it is 列表
    List(Which),
    /// Ask a source for what is new 拉取
    Pull(Which),
    /// Take a file that somebody gave 导入文件
    Drop {
        /// The feed's code 数据源代码
        feed: String,
        /// The files, in the order in which they are to be taken 文件
        #[arg(required = true)]
        files: Vec<PathBuf>,
        #[command(flatten)]
        place: Place,
    },
    /// What the last runs did 运行记录
    Status(Which),
    /// Let a feed go on that an alarm stopped 恢复
    Resume {
        /// The feed's code 数据源代码
        feed: String,
        /// What raised the alarm is right: let it pass once 确认无误，放行一次
        #[arg(long)]
        accept: bool,
        #[command(flatten)]
        place: Place,
    },
    /// Write the mapping file of a feed, as it is in use 字段映射
    Mapping {
        /// The feed's code 数据源代码
        feed: String,
        #[command(flatten)]
        place: Place,
    },
    /// Show how a file would be read; nothing of it is taken 试读文件
    Read {
        /// The feed's code 数据源代码
        feed: String,
        /// The file; of a feed of pages, the answer to one request 文件
        file: PathBuf,
        #[command(flatten)]
        place: Place,
    },
    /// Take what was kept once more 重放
    Replay {
        /// The feed's code 数据源代码
        feed: String,
        /// Only this run 仅此次运行
        #[arg(long, value_name = "ID", value_parser = batch)]
        run: Option<BatchId>,
        /// The mapping was mended: correct what was read otherwise 字段映射已修正，更正原读取结果
        #[arg(long)]
        mended: bool,
        #[command(flatten)]
        place: Place,
    },
}

/// Which feeds.
#[derive(clap::Args)]
pub(super) struct Which {
    /// The codes of feeds; none = every one that is connected 数据源代码
    feeds: Vec<String>,
    #[command(flatten)]
    place: Place,
}

/// The most runs that are told of a feed.
const RUNS: i64 = 10;

/// Runs it.
pub(super) fn run(command: &Command, context: &Context) -> Result<Outcome, Failed> {
    let place = match command {
        Command::List(which) | Command::Pull(which) | Command::Status(which) => &which.place,
        Command::Drop { place, .. }
        | Command::Resume { place, .. }
        | Command::Mapping { place, .. }
        | Command::Read { place, .. }
        | Command::Replay { place, .. } => place,
    };
    if let Command::Mapping { feed, .. } = command {
        return feed_mapping::write(feed, &place.settings()?);
    }
    let (settings, service) = place.open(context)?;
    let pulling = FeedRunner::new(&service, &settings)?;
    let runtime = tokio::runtime::Runtime::new()?;
    let handle = runtime.handle();
    let lang = context.lang;
    match command {
        Command::List(which) => {
            let statuses = runtime.block_on(pulling.statuses())?;
            let named =
                |status: &&Status| which.feeds.is_empty() || which.feeds.contains(&status.feed);
            list(lang, &statuses.iter().filter(named).collect::<Vec<_>>())
        }
        Command::Status(which) => {
            for code in codes(&pulling, which) {
                let runs = runtime.block_on(pulling.runs(&code, None, RUNS))?;
                status(lang, &code, &runs)?;
            }
            Ok(Outcome::Well)
        }
        Command::Pull(which) => {
            let each = codes(&pulling, which).into_iter().map(|code| {
                let ended = told(lang, |tell| pulling.pull(handle, &code, tell));
                (code, ended)
            });
            ended((lang, place), each)
        }
        Command::Drop { feed, files, .. } => {
            let each = files.iter().map(|file| {
                let ended = told(lang, |tell| pulling.drop_file(feed, file, tell));
                (file.display().to_string(), ended)
            });
            ended((lang, place), each)
        }
        Command::Read { feed, file, .. } => feed_mapping::read(lang, &pulling, feed, file),
        // Done before anything was opened.
        Command::Mapping { .. } => Ok(Outcome::Well),
        Command::Replay { feed, run, mended, .. } => {
            let again = ReplayOptions { run: *run, mended: *mended };
            let result = told(lang, |tell| pulling.replay(feed, again, tell));
            ended((lang, place), [(feed.clone(), result)].into_iter())
        }
        Command::Resume { feed, accept, .. } => {
            pulling.resume(feed, *accept)?;
            note(lang, &Message::new("feed_goes_on").with("feed", feed));
            Ok(Outcome::Well)
        }
    }
}

/// The feeds that were named, or every one that is connected.
fn codes(pulling: &FeedRunner, which: &Which) -> Vec<String> {
    if !which.feeds.is_empty() {
        return which.feeds.clone();
    }
    let connected = pulling.linked().iter().filter(|linked| linked.connection.is_some());
    connected.map(|linked| linked.feed.code.clone()).collect()
}

fn told(
    lang: Lang,
    run: impl FnOnce(&mut dyn FnMut(&Progress)) -> Result<Ended, Failure>,
) -> Result<Ended, Failure> {
    let bar = bar(None);
    let result = run(&mut |progress| {
        let word = if progress.fetching { "feed.fetching" } else { "feed.taking" };
        bar.set_message(text(lang, word, &[("pages", &progress.pages.to_string())]));
        bar.set_position(progress.rows.total());
    });
    bar.finish_and_clear();
    result
}

/// What became of each; one that did not end well does not stop the others.
fn ended(
    (lang, place): (Lang, &Place),
    each: impl Iterator<Item = (String, Result<Ended, Failure>)>,
) -> Result<Outcome, Failed> {
    let (mut outcome, mut failed) = (Outcome::Well, Vec::new());
    for (name, result) in each {
        match result {
            Ok(ended) => {
                let mut out = std::io::stdout().lock();
                writeln!(out, "{name}: {} ({})", summed(&ended.counts), ended.run)?;
                noticed(&mut out, lang, ended.skipped, &ended.notices)?;
                if !ended.counts.occurred().all(|(outcome, _)| outcome.is_success()) {
                    outcome = Outcome::Wanting;
                    let command = format!("{} inbox --batch {}", program(), ended.run);
                    let wanting = "--outcome held,quarantined,conflict,rejected";
                    let command = format!("{command} {wanting}{}", place.words());
                    note(lang, &Message::new("feed_rows_wanting").with("command", command));
                }
            }
            Err(failure) => {
                let problem = Problem::at("", 0, for_operator(&failure)).in_file(&name);
                complain(lang, std::slice::from_ref(&problem));
                failed.push(problem);
            }
        }
    }
    // They are told already; only the exit status is left.
    if failed.is_empty() { Ok(outcome) } else { Err(Failed::Problems(Vec::new())) }
}

/// What somebody should know of a run, a line each.
fn noticed(out: &mut dyn Write, lang: Lang, skipped: i64, notices: &[Told]) -> Result<(), Failed> {
    if skipped > 0 {
        writeln!(
            out,
            "  {}",
            message(lang, &Message::new("feed_rows_skipped").with("n", skipped))
        )?;
    }
    for notice in notices {
        writeln!(out, "  {}", sentence(lang, notice))?;
    }
    Ok(())
}

/// Outcomes with their counts on a line.
fn summed(counts: &Counts) -> String {
    let each = counts.occurred().map(|(outcome, rows)| format!("{} {rows}", outcome.name()));
    let each: Vec<String> = each.collect();
    if each.is_empty() { "0".to_owned() } else { each.join(", ") }
}

fn list(lang: Lang, statuses: &[&Status]) -> Result<Outcome, Failed> {
    let heads = ["feed.code", "feed.name", "feed.comes", "feed.state", "feed.age"];
    let mut rows = vec![heads.map(|word| text(lang, word, &[])).to_vec()];
    for status in statuses {
        let name = if lang == Lang::Zh { &status.name_zh } else { &status.name_en };
        let age = status.age.map_or_else(String::new, seconds);
        let (comes, state) = (comes(lang, status.comes), state(lang, status.state));
        rows.push(vec![status.feed.clone(), name.clone(), comes, state, age]);
    }
    let mut out = std::io::stdout().lock();
    for line in grid::lines(&rows, &[Align::Left; 5]) {
        writeln!(out, "{line}")?;
    }
    for status in statuses {
        if let Some(alarm) = &status.alarm {
            writeln!(out, "{}: {}", status.feed, sentence(lang, alarm))?;
        }
    }
    Ok(Outcome::Well)
}

fn comes(lang: Lang, how: &str) -> String {
    let word = match how {
        "pulled" => "feed.pulled",
        "dropped" => "feed.dropped",
        _ => "feed.given",
    };
    text(lang, word, &[])
}

fn state(lang: Lang, state: &str) -> String {
    let word = match state {
        "running" => "feed.running",
        "stopped" => "feed.stopped",
        "failing" => "feed.failing",
        "well" => "feed.well",
        _ => "feed.new",
    };
    text(lang, word, &[])
}

fn status(lang: Lang, code: &str, runs: &[ShownRun]) -> Result<(), Failed> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{code}")?;
    if runs.is_empty() {
        writeln!(out, "  {}", message(lang, &Message::new("feed_never_ran")))?;
    }
    for (nth, run) in runs.iter().enumerate() {
        // Those of a comparison are differences, and not told here.
        let counts = Counts::read(&run.counts.to_string()).unwrap_or_default();
        let counts = summed(&counts);
        let to = run.read_to.as_deref().unwrap_or("-");
        writeln!(
            out,
            "  {}  {}  {:<7} {:<8} {counts}  → {to}",
            run.started_at, run.run, run.work, run.state
        )?;
        if let Some(why) = run.alarm.as_ref().or(run.error.as_ref()) {
            writeln!(out, "    {}", sentence(lang, why))?;
        }
        if nth == 0 {
            noticed(&mut out, lang, run.skipped.unwrap_or(0), &run.notices)?;
        }
    }
    Ok(())
}

/// A time as days, hours or minutes.
fn seconds(seconds: i64) -> String {
    match seconds {
        ..120 => format!("{seconds} s"),
        120..7200 => format!("{} min", seconds / 60),
        7200..172_800 => format!("{} h", seconds / 3600),
        _ => format!("{} d", seconds / 86_400),
    }
}
