//! The whole connector: from a source to the ledger, by the run that an installation makes.

use std::path::Path;
use std::time::Instant;

use diesel::connection::SimpleConnection;
use diesel::{Connection, PgConnection};
use serde_json::{Value, json};
use xueshi::app::feed_runs::{FeedRunner, Progress};
use xueshi::app::installation::open::{self, Missing};
use xueshi::app::policies;
use xueshi::config;
use xueshi::domain::policy::judge::Judge;
use xueshi::feeds::{Feed, Shape};
use xueshi::store::Surroundings;

use super::{alone, peak, serving};

/// The most memory that a process may take, whatever comes, in MiB.
const BOUND: u64 = 300;

/// Pulls a source into a fresh database, in a process of its own.
pub(super) fn measured(
    feed: &Feed,
    folder: &Path,
    path: &Path,
    rows: usize,
    postgres: Option<&str>,
) -> Value {
    let bare = super::measured("bare", feed, path);
    let data = folder.join(&*feed.code);
    let name = format!("xueshi_feeds_{}_{}", std::process::id(), feed.code.replace('-', "_"));
    let server = postgres.map(|url| (url, PgConnection::establish(url).expect("a server")));
    let database = server.map_or(String::new(), |(url, mut server)| {
        server.batch_execute(&format!("CREATE DATABASE {name}")).expect("a database");
        let (base, _) = url.rsplit_once('/').expect("postgres://…/database");
        format!("[database]\nurl = \"{base}/{name}\"\n")
    });
    let place = match feed.shape {
        Shape::Pages | Shape::Statements => {
            let url = serving::serve(feed, path);
            format!("url = \"{url}\"\ntoken = \"sample-token\"\nprivate = true\n")
        }
        Shape::Columns | Shape::Workbook => {
            format!("folder = \"{}\"\n", dropped(feed, folder, path).display())
        }
    };
    let code = &feed.code;
    let settings = format!(
        "[data]\nfolder = \"{}\"\n{database}[[feeds.connections]]\nfeed = \"{code}\"\n{place}",
        data.display()
    );
    let ours = alone("take", feed, &settings);
    if let Some(url) = postgres {
        let mut server = PgConnection::establish(url).expect("a server");
        server.batch_execute(&format!("DROP DATABASE {name} WITH (FORCE)")).expect("it is gone");
    }
    assert_eq!(ours["counts"], json!({ "posted": rows }), "every row is in the ledger");
    assert!(ours["peak_mib"].as_u64() < Some(BOUND), "{ours}");
    // Of a file is told when all of it is taken.
    let told = matches!(feed.shape, Shape::Pages | Shape::Statements);
    let seconds = |of: &str| told.then(|| ours[of].clone());
    json!({
        "feed": code, "engine": if postgres.is_some() { "postgres" } else { "sqlite" },
        "rows": rows, "rows_a_second": ours["rate"], "bare_rows_a_second": bare["rate"],
        "coming_in_seconds": seconds("fetching"), "taking_seconds": seconds("taking"),
        "processor_us_a_row": ours["processor_us_a_row"], "peak_mib": ours["peak_mib"],
    })
}

/// A folder of its own with the file, and what belongs to it.
fn dropped(feed: &Feed, folder: &Path, path: &Path) -> std::path::PathBuf {
    let inbox = folder.join(format!("{}-inbox", feed.code));
    std::fs::create_dir_all(&inbox).unwrap();
    for ending in ["", ".md5", ".ok"] {
        let name = format!("{}{ending}", path.display());
        let from = Path::new(&name);
        if from.exists() {
            std::fs::rename(from, inbox.join(from.file_name().unwrap())).unwrap();
        }
    }
    inbox
}

/// Pulls the feed of these settings: how long it took, and with how much.
pub(super) fn take(code: &str, settings: &str) -> Value {
    let settings = config::layered(Some(("measured", settings)), &[]).expect("settings");
    let judge = Judge::new(policies::load(None).expect("policies"));
    open::migrate(&settings).expect("a database");
    let around = Surroundings::system();
    let opened = open::open(&settings, Missing::Made, judge, around).expect("an installation");
    let pulling = FeedRunner::new(&opened.service, &settings).expect("feeds");
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let (began, before) = (Instant::now(), processor());
    let mut first_taken = None;
    let mut tell = |at: &Progress| {
        if !at.fetching {
            first_taken.get_or_insert_with(Instant::now);
        }
    };
    let ended = pulling.pull(runtime.handle(), code, &mut tell).expect("a run that ends well");
    let (seconds, rows) = (began.elapsed().as_secs_f64(), ended.counts.total() as f64);
    let fetching = first_taken.map_or(seconds, |at| at.duration_since(began).as_secs_f64());
    let spent = (processor() - before) * 1e6 / rows;
    json!({
        "counts": ended.counts, "rate": (rows / seconds).round(), "peak_mib": peak(),
        "fetching": tenths(fetching), "taking": tenths(seconds - fetching),
        "processor_us_a_row": spent.round(),
    })
}

fn tenths(seconds: f64) -> f64 {
    (seconds * 10.0).round() / 10.0
}

/// Seconds of processor time that this process has had.
fn processor() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let (_, rest) = stat.rsplit_once(") ").unwrap();
    let ticks = rest.split(' ').skip(11).take(2).map(|field| field.parse::<f64>().unwrap());
    ticks.sum::<f64>() / 100.0
}
