//! `xueshi demo city`: the stand-in city, served until Ctrl-C.

use std::io::{self, Write};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use super::{Context, Failed, Outcome};
use crate::city::{self, Effect, Fault, System, Town};
use crate::domain::message::Message;
use crate::locale::{Lang, text};

const EXAMPLES: &str = "\
Examples 示例:
  xueshi demo city
  xueshi demo city --seed 7 --people 200 --folder city-files
  xueshi demo city --fault huzhou_burst_429 --fault hzhret_duplicates
  xueshi demo city --faults

A day passes with    过一天:    curl -X POST http://127.0.0.1:8090/city/advance
A fault is switched  切换故障:  curl http://127.0.0.1:8090/city/faults \\
    -H 'Content-Type: application/json' -d '{\"huzhou_not_auth\":true}'
What is true         真实情况:  curl http://127.0.0.1:8090/city/truth";

/// Arguments of `xueshi demo city`.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// The same seed gives the same town 种子
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// How many people live there 人数
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    people: u32,
    /// A fault that is on from the start; can be repeated 故障
    #[arg(long, value_name = "NAME", value_parser = fault)]
    fault: Vec<Fault>,
    /// Address and port 监听地址
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8090")]
    listen: String,
    /// Put the files of Lishui, Jiaxing and the learning site there 文件目录
    #[arg(long, value_name = "DIR")]
    folder: Option<PathBuf>,
    /// Only list the faults 列出全部故障
    #[arg(long)]
    faults: bool,
}

fn fault(name: &str) -> Result<Fault, String> {
    Fault::from_name(name).ok_or_else(|| "see --faults 见 --faults".to_owned())
}

/// Runs it.
pub(super) fn run(args: &Args, context: &Context) -> Result<Outcome, Failed> {
    if args.faults {
        return list().map(|()| Outcome::Well).map_err(Failed::from);
    }
    let listener = listener(&args.listen)?;
    let mut town = Town::new(args.seed, usize::try_from(args.people).unwrap_or(usize::MAX));
    for fault in &args.fault {
        town.set_fault(*fault, true);
    }
    if let Some(folder) = &args.folder {
        town.set_folder(folder);
        town.drop_files(folder)?;
    }
    let serving = city::serve(Arc::new(Mutex::new(town)), listener)?;
    told(args, &serving.url(), context.lang)?;
    actix_web::rt::System::new().block_on(tokio::signal::ctrl_c())?;
    drop(serving);
    Ok(Outcome::Well)
}

fn listener(listen: &str) -> Result<TcpListener, Message> {
    TcpListener::bind(listen).map_err(|error| match error.kind() {
        io::ErrorKind::AddrInUse => Message::new("port_taken").with("address", listen),
        _ => Message::new("cannot_listen").with("address", listen).with("why", error),
    })
}

/// Every fault in both languages, by system.
fn list() -> io::Result<()> {
    let mut out = anstream::stdout().lock();
    for system in System::ALL {
        writeln!(out, "{}", system.code())?;
        for fault in Fault::ALL.iter().filter(|fault| fault.system() == system) {
            let key = format!("fault.{}", fault.name());
            let effect = match fault.effect() {
                Effect::Tolerated => "city.tolerated",
                Effect::Recoverable => "city.recoverable",
                Effect::Stopping => "city.stopping",
            };
            let both = |key: &str| [Lang::Zh, Lang::En].map(|lang| text(lang, key, &[])).join(" ");
            let [zh, en] = [Lang::Zh, Lang::En].map(|lang| text(lang, &key, &[]));
            writeln!(out, "  {}  [{}]\n    {zh}\n    {en}", fault.name(), both(effect))?;
        }
    }
    out.flush()
}

/// What is served, and the lines of a configuration that connects to it.
fn told(args: &Args, url: &str, lang: Lang) -> io::Result<()> {
    let mut out = anstream::stdout().lock();
    let people = args.people.to_string();
    let seed = args.seed.to_string();
    let filled = [("url", url), ("people", people.as_str()), ("seed", seed.as_str())];
    writeln!(out, "{}\n", text(lang, "city.served", &filled))?;
    write!(out, "{}", connections(url))?;
    match &args.folder {
        Some(folder) => {
            for feed in [System::Lishui, System::Jiaxing] {
                let folder = absolute(&folder.join(feed.code()));
                writeln!(
                    out,
                    "[[feeds.connections]]\nfeed = \"{}\"\nfolder = {:?}\n",
                    feed.code(),
                    folder.display(),
                )?;
            }
        }
        None => writeln!(out, "{}\n", text(lang, "city.no_files", &[]))?,
    }
    writeln!(out, "{}", text(lang, "city.control", &filled))?;
    out.flush()
}

/// The lines of a configuration that connects to the two systems that answer.
pub(super) fn connections(url: &str) -> String {
    let asked = [(System::Huzhou, city::HUZHOU_TOKEN), (System::Hzhret, city::HZHRET_TOKEN)];
    let connection = |(feed, token): (System, &str)| {
        let feed = feed.code();
        format!(
            "[[feeds.connections]]\nfeed = \"{feed}\"\nurl = \"{url}\"\ntoken = \"{token}\"\nprivate = true\n\n"
        )
    };
    asked.into_iter().map(connection).collect()
}

fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}
