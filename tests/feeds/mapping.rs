//! Mapping files: the ones that are shipped, and what is wrong with others.

use std::path::Path;

use xueshi::app::policies::toml_files;
use xueshi::domain::fields::Problems;
use xueshi::feeds::{Feed, Shape};

fn mapped(folder: &Path) -> Result<Vec<Feed>, Problems> {
    Feed::mapped(&toml_files(folder)?)
}

fn shipped(code: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("config/feeds/{code}.toml"));
    std::fs::read_to_string(path).expect("a mapping")
}

#[test]
fn the_four_feeds_are_there() {
    let told: Vec<_> = Feed::all()
        .iter()
        .map(|f| (f.code.as_str(), f.jurisdiction.code(), f.rank, f.shape, f.year_is_authority))
        .collect();
    assert_eq!(
        told,
        [
            ("huzhou-registry", "330500", 10, Shape::Pages, true),
            ("hzhret", "330500", 50, Shape::Statements, false),
            ("jiaxing-workbook", "330400", 10, Shape::Workbook, false),
            ("lishui-registry", "331100", 10, Shape::Columns, true),
        ]
    );
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("config/feeds");
    let read: Vec<String> =
        mapped(&folder).expect("feeds").into_iter().map(|feed| feed.code).collect();
    assert_eq!(read, told.iter().map(|feed| feed.0).collect::<Vec<_>>());
}

fn problems(code: &str, from: &str, to: &str) -> Problems {
    let text = shipped(code);
    assert!(text.contains(from), "{from}");
    let problems = Feed::from_text("a.toml", &text.replacen(from, to, 1)).expect_err(from);
    for problem in &problems {
        crate::locale::assert_whole(&problem.message);
        assert_eq!(problem.file.as_deref(), Some("a.toml"));
    }
    problems
}

#[test]
fn what_is_wrong_is_told_with_its_place() {
    let line = |code: &str, from: &str| {
        let text = shipped(code);
        let at = text.find(from).expect("a place");
        u32::try_from(text[..at].matches('\n').count() + 1).expect("a line")
    };
    for (feed, from, to, field, code) in [
        ("huzhou-registry", "rank = 10", "rank = -1", "rank", "not_accepted"),
        ("huzhou-registry", "shape = \"pages\"", "shape = \"tables\"", "shape", "not_accepted"),
        ("huzhou-registry", "year = \"stated\"", "year = 1", "year", "not_accepted"),
        ("huzhou-registry", "hours = \"xs\"", "hour = \"xs\"", "fields.hour", "unknown_key"),
        ("huzhou-registry", "1 = \"professional\"", "1 = \"main\"", "categories.1", "not_accepted"),
        ("huzhou-registry", "2 = \"recognised\"", "2 = \"ok\"", "standings.2", "not_accepted"),
        (
            "huzhou-registry",
            "page_size = 200",
            "page_size = 0",
            "requests.page_size",
            "not_accepted",
        ),
        (
            "huzhou-registry",
            "\"/api/open/hours/list\"",
            "\"https://evil.example/\"",
            "requests.list",
            "not_accepted",
        ),
        ("huzhou-registry", "\"330500\"", "330500", "jurisdiction", "not_accepted"),
        ("lishui-registry", "_{number}.csv", ".csv", "file.name", "not_accepted"),
        ("lishui-registry", "done = \".ok\"", "done = true", "file.done", "wrong_type"),
        (
            "jiaxing-workbook",
            "reviewer = \"审核人\"",
            "editor = \"审核人\"",
            "headings.editor",
            "unknown_key",
        ),
        ("hzhret", "course_prefix", "prefix", "verbs.prefix", "unknown_key"),
        (
            "hzhret",
            "since_form = \"utc\"",
            "since_form = \"local\"",
            "requests.since_form",
            "not_accepted",
        ),
    ] {
        let found = problems(feed, from, to);
        let problem = found.iter().find(|problem| problem.field == field);
        let problem = problem.unwrap_or_else(|| panic!("{field}: {found:?}"));
        assert_eq!((problem.message.code, problem.line), (code, line(feed, from)), "{field}");
    }
    let found = problems("huzhou-registry", "[categories]", "[codes]");
    let codes: Vec<&str> = found.iter().map(|problem| problem.field.as_str()).collect();
    assert_eq!(codes, ["categories", "codes"]);
}

#[test]
fn two_files_do_not_speak_for_one_feed() {
    let folder = super::Folder::new("twice");
    folder.put("a.toml", shipped("hzhret").as_bytes());
    folder.put("b.toml", shipped("hzhret").as_bytes());
    let problems = mapped(folder.path()).expect_err("a problem");
    assert_eq!(problems[0].message.code, "feed_twice");
    let empty = super::Folder::new("none");
    assert_eq!(mapped(empty.path()).expect_err("a problem")[0].message.code, "no_toml");
}

#[test]
fn another_source_needs_only_another_mapping() {
    let text = shipped("huzhou-registry").replace("\"xs\"", "\"creditHours\"");
    let feed = Feed::from_text("a.toml", &text).expect("a feed");
    let record = super::huzhou::record(&[]).replace("\"xs\"", "\"creditHours\"");
    let page = super::huzhou::paged(1, 200, 1, 1, &[record]);
    let page = feed.read_page(page.as_bytes(), &super::reading()).expect("a page");
    assert_eq!(super::told(&page.rows[0]), "recognised 2024 professional 24 2024-05-08");
}
