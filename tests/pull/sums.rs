//! What a source says of each person, read page by page.

use xueshi::app::feed_runs::FeedRunner;
use xueshi::app::service::Failure;
use xueshi::config;
use xueshi::domain::year::Year;

use crate::feeds::outgoing::{Site, ok};
use crate::support::engines::{Database, Engine, surroundings};
use crate::support::people;

const FEED: &str = "hzhret";

/// Compares with a site that has no statements, and whose summary is these pages.
fn compared(engine: Engine, pages: Vec<String>) -> Result<u64, Failure> {
    let site = Site::new(move |place| match place.checked_sub(1) {
        None => ok(b"{\"more\":\"\"}\n"),
        Some(page) => ok(pages[page % pages.len()].as_bytes()),
    });
    let database = Database::new(engine);
    let service = database.service(surroundings());
    let (data, url) = (database.folder.join("data"), site.url(""));
    let settings = format!(
        "[data]\nfolder = {data:?}\n[database]\nurl = {:?}\n[[feeds.connections]]\n\
         feed = \"{FEED}\"\nurl = \"{url}\"\ntoken = \"t\"\nprivate = true\n",
        database.url
    );
    let settings = config::layered(Some(("test", &settings)), &[]).expect("settings");
    let pulling = FeedRunner::new(&service, &settings).expect("feeds");
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let compared = pulling.compare(runtime.handle(), FEED, Year::new(2024), None, &mut |_| {})?;
    let (_, sums) = compared.sums.first().expect("sums");
    assert_eq!(sums.listed, 2, "{sums:?}");
    Ok(sums.unreadable)
}

/// A page with a person, and where the next one is.
fn page(person: usize, account: &str, more: &str) -> String {
    let name = people::name(person);
    format!(
        "{{\"account\":\"{account}\",\"name\":\"{name}\",\"year\":\"2024\",\"professional\":\"0\",\
         \"industry\":\"0\",\"general\":\"0\"}}\n{{\"more\":\"{more}\"}}\n"
    )
}

#[test]
fn persons_who_cannot_be_read_are_counted() {
    for engine in Engine::BOTH {
        let pages = vec![
            page(1, &people::number(1), "/xapi/summary/2"),
            page(2, "33052319000101", "/xapi/summary/3"),
            page(3, &people::number(3), ""),
        ];
        assert_eq!(compared(engine, pages).expect("sums"), 1, "{engine:?}");
    }
}

#[test]
fn pages_that_lead_back_to_each_other_are_an_alarm() {
    let pages = vec![
        page(1, &people::number(1), "/xapi/summary/2"),
        page(2, &people::number(2), "/xapi/summary/3"),
        page(3, &people::number(3), "/xapi/summary/2"),
    ];
    match compared(Engine::Sqlite, pages) {
        Err(Failure::Refused(_, message)) => assert_eq!(message.code, "feed_circles"),
        other => panic!("{other:?}"),
    }
}
