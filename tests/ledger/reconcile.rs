//! What a source lists, against what is stated here.

use std::sync::Arc;

use xueshi::app::posting::Poster;
use xueshi::app::reconciliation::{Proof, Reconciled, Summary, Total, report};
use xueshi::app::reviews::differences::Action;
use xueshi::app::service::Failure;
use xueshi::domain::category::Category;
use xueshi::domain::identity::IdNumber;
use xueshi::domain::ledger::difference::DifferenceKind;
use xueshi::domain::ledger::outcome::Outcome;
use xueshi::domain::ledger::statement::RecognitionStatus::{Recognised, Reviewing, Withdrawn};
use xueshi::domain::ledger::statement::StatedRow;
use xueshi::domain::year::Year;
use xueshi::locale::Lang;

use super::stated::says;
use super::{Ledger, on_both, reviewer};
use crate::support::people;

fn year() -> Year {
    Year::new(2024).unwrap()
}

/// Nobody else compares.
fn nothing() -> Proof {
    Arc::new(|_| Ok(()))
}

impl Ledger {
    fn listing(&self, feed: &Poster, rows: &[StatedRow]) -> Result<Reconciled, Failure> {
        let rows = rows.iter().cloned().map(Ok);
        self.service.reconcile_listing((&feed.source, &nothing()), None, rows)
    }
}

/// Forty records of four people.
fn records() -> Vec<StatedRow> {
    (0..40).map(|n| says(n % 4 + 1, &format!("k-{n}"), 10, Recognised, "2")).collect()
}

#[test]
fn totals_are_compared_without_looking_at_a_record() {
    on_both(|ledger| {
        let feed = &ledger.trusted;
        ledger.state(feed, &records());
        ledger.state(feed, &[says(1, "w", 1, Reviewing, "5"), says(1, "k-0", 11, Withdrawn, "2")]);
        let total = |n: i64, hours: &str| Total {
            year: year(),
            category: Category::Professional,
            n,
            hours: hours.parse().unwrap(),
        };
        let compare =
            |total: Total| ledger.service.reconcile_totals(&feed.source, &[total]).unwrap();
        assert_eq!(compare(total(39, "78")), []);
        let gaps = compare(total(40, "80"));
        assert_eq!(gaps.len(), 1);
        assert_eq!((gaps[0].here.0, gaps[0].there.0), (39, 40));
    });
}

#[test]
fn a_listing_finds_what_is_missing_on_either_side_and_what_differs() {
    on_both(|ledger| {
        let feed = &ledger.trusted;
        let all = records();
        ledger.state(feed, &all);
        let same = ledger.listing(feed, &all).unwrap();
        assert!(same.agrees());
        assert_eq!((same.listed, same.matched, same.opened, same.closed), (40, 40, 0, 0));
        let mut other = all.clone();
        other.remove(3);
        other[5] = says(2, "k-6", 11, Recognised, "9");
        other[5] = says(3, "k-6", 11, Recognised, "9");
        other.push(says(1, "new", 11, Recognised, "4"));
        let found = ledger.listing(feed, &other).unwrap();
        let count = |kind| found.counts.get(&kind).copied().unwrap_or_default();
        let counts =
            [DifferenceKind::MissingHere, DifferenceKind::MissingThere, DifferenceKind::Differs]
                .map(count);
        assert_eq!((counts, found.opened), ([1, 1, 1], 3));
        let differs =
            found.findings.iter().find(|one| one.kind == DifferenceKind::Differs).unwrap();
        assert_eq!((&*differs.key, differs.field), ("k-6", "hours"));
        let again = ledger.listing(feed, &other).unwrap();
        assert_eq!((again.opened, again.closed), (0, 0), "what is open is not opened again");
        let sheet = report::write(&found, report::Form::Csv, None, Vec::new()).unwrap();
        let sheet = String::from_utf8(sheet).unwrap();
        assert_eq!(sheet.lines().count(), 4, "{sheet}");
        assert!(sheet.contains("differs,") && !sheet.contains(&people::number(3)), "{sheet}");
        same_as_the_report(ledger, &sheet);
        // It is stated after all, and the others come back as they were.
        assert_eq!(
            ledger.state_one(feed, says(1, "new", 12, Recognised, "4")).outcome,
            Outcome::Posted
        );
        let mut whole = all;
        whole.push(says(1, "new", 12, Recognised, "4"));
        let well = ledger.listing(feed, &whole).unwrap();
        assert!(well.agrees());
        assert_eq!(well.closed, 2, "one had gone away when it was stated");
    });
}

/// What a reviewer gets of the open differences begins with the columns of a comparison's report.
fn same_as_the_report(ledger: &Ledger, report: &str) {
    let mut sheet = Vec::new();
    let form = (report::Form::Csv, std::path::Path::new("."), Lang::En);
    let by = reviewer("r", "331100");
    let mut seen = 0;
    ledger.service.write_differences(&by, form, &mut sheet, |_| seen += 1).unwrap();
    let sheet = String::from_utf8(sheet).unwrap();
    let cells = |text: &str| {
        let text = text.trim_start_matches('\u{feff}').to_owned();
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        let first = |row: csv::StringRecord| row.iter().take(8).map(str::to_owned).collect();
        let mut rows: Vec<Vec<String>> = reader.records().map(|row| first(row.unwrap())).collect();
        rows.sort();
        rows
    };
    assert_eq!(cells(&sheet), cells(report));
    assert_eq!((seen, cells(&sheet).len()), (3, 3));
    let sides = |kind: &str| {
        let found = cells(&sheet).into_iter().find(|row| row[0] == kind).expect("a row");
        found[5..].join(",")
    };
    let all = ["missing_here", "missing_there", "differs"].map(sides);
    assert_eq!(all, [",,4", ",2,", "hours,2,9"]);
    assert!(sheet.contains("The source lists another hours than is on record"), "{sheet}");
}

#[test]
fn a_reviewer_settles_what_a_listing_found() {
    on_both(|ledger| {
        let feed = &ledger.trusted;
        let all = records();
        let taken = ledger.state(feed, &all);
        let mut other = all.clone();
        other.remove(3);
        other[5] = says(3, "k-6", 11, Recognised, "9");
        other.push(says(1, "new", 11, Recognised, "4"));
        ledger.listing(feed, &other).unwrap();
        let settle = |person, kind, action| {
            let open = ledger.differences(person);
            let one = open.iter().find(|one| one.kind == kind).expect("a difference");
            let by = reviewer("r", "331100");
            let place = (person, one.id);
            ledger.wait(ledger.service.settle(by, place, action, "seen".to_owned())).unwrap()
        };
        let of = |n: usize| taken[n].person.unwrap();
        let hours = |n: usize| ledger.stands(of(n)).values().sum::<i64>();
        assert_eq!([hours(0), hours(2), hours(3)], [2000; 3]);
        settle(of(0), DifferenceKind::MissingHere, Action::Post);
        settle(of(3), DifferenceKind::MissingThere, Action::Reverse);
        settle(of(2), DifferenceKind::Differs, Action::Replace);
        assert_eq!([hours(0), hours(2), hours(3)], [2400, 2700, 1800]);
        // What the source states next is taken as before, where no decision is against it.
        let next = [
            says(1, "new", 12, Recognised, "4"),
            says(3, "k-6", 12, Recognised, "9"),
            says(4, "k-3", 12, Recognised, "2"),
        ];
        let outcomes: Vec<_> =
            ledger.state(feed, &next).into_iter().map(|row| row.outcome).collect();
        assert_eq!(outcomes[2], Outcome::Replayed, "it said that before");
        assert_eq!([hours(0), hours(2), hours(3)], [2400, 2700, 1800]);
    });
}

#[test]
fn a_listing_that_is_cut_off_or_short_concludes_nothing() {
    on_both(|ledger| {
        let feed = &ledger.trusted;
        let all = records();
        ledger.state(feed, &all);
        let short = ledger.listing(feed, &all[..10]);
        assert_eq!(super::code(short), "listing_short");
        let cut = all.iter().take(30).cloned().map(Ok).chain([Err(Failure::Absent)]);
        assert!(ledger.service.reconcile_listing((&feed.source, &nothing()), None, cut).is_err());
        assert_eq!(ledger.database.count("difference"), 0);
    });
}

#[test]
fn whoever_may_not_compare_any_more_changes_nothing() {
    on_both(|ledger| {
        let feed = &ledger.trusted;
        let all = records();
        ledger.state(feed, &all);
        let lost: Proof = Arc::new(|_| Err(Failure::Absent));
        let listing = |proof: &Proof, rows: &[StatedRow]| {
            let rows = rows.iter().cloned().map(Ok);
            ledger.service.reconcile_listing((&feed.source, proof), None, rows)
        };
        assert!(listing(&lost, &all[1..]).is_err());
        assert_eq!(ledger.database.count("difference"), 0, "one was opened");
        assert_eq!(listing(&nothing(), &all[1..]).unwrap().opened, 1);
        assert!(listing(&lost, &all).is_err());
        assert_eq!(ledger.database.count("difference WHERE closed_at IS NULL"), 1, "it was closed");
        assert_eq!(listing(&nothing(), &all).unwrap().closed, 1);
    });
}

#[test]
fn the_sum_of_a_person_is_compared_with_the_summary_of_the_source() {
    on_both(|ledger| {
        let feed = &ledger.trusted;
        let person = ledger.state(feed, &records())[0].person.unwrap();
        let summary = |n: usize, hours: &str| {
            let number = IdNumber::parse(&people::number(n)).unwrap();
            Summary { number, hours: vec![(Category::Professional, hours.parse().unwrap())] }
        };
        let compare = |all: Vec<Summary>| {
            let rows = all.into_iter().map(Ok::<_, Failure>);
            ledger.service.reconcile_summaries((&feed.source, &nothing()), year(), rows).unwrap()
        };
        let found = compare(vec![summary(1, "22"), summary(2, "20"), summary(9, "1")]);
        assert_eq!((found.listed, found.matched, found.unreadable, found.opened), (3, 1, 1, 1));
        let open = ledger.differences(person);
        assert_eq!((open[0].kind, open[0].closed), (DifferenceKind::SumDiffers, None));
        let well = compare(vec![summary(1, "20"), summary(2, "20")]);
        assert_eq!((well.matched, well.closed), (2, 1));
    });
}

#[test]
fn what_is_changed_by_force_is_found() {
    on_both(|ledger| {
        let feed = &ledger.trusted;
        ledger.state(feed, &records());
        let prove = || {
            let store = &ledger.service.store;
            xueshi::app::verification::verify(store, None, |_| {})
                .unwrap()
                .fault
                .map(|fault| fault.code)
        };
        assert_eq!(prove(), None);
        ledger.database.execute("UPDATE stated SET hours = 300 WHERE ext_key = 'k-1'").unwrap();
        assert_eq!(prove(), Some("verify_stated"));
        ledger.database.execute("UPDATE stated SET hours = 200 WHERE ext_key = 'k-1'").unwrap();
        ledger.database.execute("UPDATE control_total SET n = n + 1 WHERE n > 0").unwrap();
        assert_eq!(prove(), Some("verify_control"));
        ledger.database.execute("UPDATE control_total SET n = n - 1 WHERE n > 0").unwrap();
        ledger.database.execute("UPDATE stated SET state = 3 WHERE ext_key = 'k-1'").unwrap();
        assert_eq!(prove(), Some("verify_stated"));
        ledger.database.execute("UPDATE stated SET state = 1 WHERE ext_key = 'k-1'").unwrap();
        assert_eq!(prove(), None);
    });
}
