//! Reviewers: what is theirs, what another has to approve, and that every decision is made once.

use std::collections::BTreeSet;
use std::future::Future;
use std::sync::Arc;

use tokio::sync::Barrier;
use xueshi::app::reviews::adjust::Adjustment;
use xueshi::app::reviews::{Reviewer, Ruling, YearRuling};
use xueshi::app::service::Failure;
use xueshi::domain::category::Category;
use xueshi::domain::ids::PersonId;
use xueshi::domain::ledger::pending::PendingId;
use xueshi::domain::year::Year;

use super::{Ledger, code, on_both, question, reviewer, row, row_of};

fn place_of_only(ledger: &Ledger, person: PersonId) -> PendingId {
    let rows = ledger.pendings(person);
    let open: Vec<_> = rows.iter().filter(|row| row.closed.is_none()).collect();
    assert_eq!(open.len(), 1, "one row waits");
    (person, open[0].batch, open[0].row_no)
}

fn rule(
    ledger: &Ledger,
    by: Reviewer,
    place: PendingId,
    ruling: Ruling,
) -> Result<xueshi::app::reviews::Decided, Failure> {
    ledger.wait(ledger.service.rule(by, place, ruling, "seen".to_owned()))
}

fn queue(ledger: &Ledger, by: Reviewer) -> Vec<String> {
    let rows = ledger.wait(ledger.service.queue(by, None, 100)).unwrap();
    rows.iter().map(|row| row.key.to_string()).collect()
}

/// With a specialty, from a source of a place.
fn waiting_row(n: usize, key: &str, category: &str, specialty: &str) -> String {
    let mut row: serde_json::Value =
        serde_json::from_str(&row_of(n, key, 1, 2024, category, "8")).unwrap();
    if !specialty.is_empty() {
        row["specialty"] = specialty.into();
    }
    row.to_string()
}

/// A row that waits, as the test knows it.
struct Row {
    key: String,
    place: &'static str,
    category: Category,
    specialty: &'static str,
    person: PersonId,
}

/// Rows of three places, two categories, three specialties.
fn rows_that_wait(ledger: &Ledger) -> Vec<Row> {
    let sources = [
        ("331102", ledger.source(21, "liandu", "331102", 0)),
        ("331100", ledger.source(22, "lishui", "331100", 0)),
        ("330523", ledger.source(23, "anji", "330523", 0)),
    ];
    let mut rows = Vec::new();
    for (place, poster) in sources {
        for category in [Category::Professional, Category::General] {
            for specialty in ["", "water", "forestry"] {
                let key = format!("{place}/{}/{specialty}", category.name());
                let json = waiting_row(rows.len(), &key, category.name(), specialty);
                let person = ledger.post(&poster, &json).person.unwrap();
                rows.push(Row { key, place, category, specialty, person });
            }
        }
    }
    rows
}

/// Reviewers of all kinds, the widest first.
fn reviewers() -> Vec<Reviewer> {
    let places =
        [None, Some("330000"), Some("331100"), Some("331102"), Some("330500"), Some("331121")];
    let mut all = Vec::new();
    for place in places {
        for categories in [vec![], vec![Category::General], vec![Category::Industry]] {
            for specialties in [vec![], vec!["water"], vec!["water", "forestry"]] {
                all.push(Reviewer {
                    issuer: "test".to_owned(),
                    subject: "r".to_owned(),
                    jurisdiction: place.map(str::to_owned),
                    specialties: specialties.into_iter().map(str::to_owned).collect(),
                    categories: categories.clone(),
                });
            }
        }
    }
    all
}

/// Whose a row is, said in another way than the program says it.
fn is_theirs(by: &Reviewer, row: &Row) -> bool {
    let place = match by.jurisdiction.as_deref() {
        None | Some("330000") => true,
        Some("331100") => row.place.starts_with("3311"),
        Some("330500") => row.place.starts_with("3305"),
        Some(own) => own == row.place,
    };
    let category = match by.categories.as_slice() {
        [] => by.specialties.is_empty() || row.category != Category::General,
        own => own.contains(&row.category),
    };
    let specialty =
        by.specialties.is_empty() || by.specialties.iter().any(|own| own == row.specialty);
    place && category && specialty
}

#[test]
fn a_reviewer_sees_and_decides_what_is_theirs_and_nothing_else() {
    on_both(|ledger| {
        let rows = rows_that_wait(ledger);
        let mut decided = BTreeSet::new();
        for by in reviewers() {
            let theirs = rows.iter().filter(|row| is_theirs(&by, row));
            let open = theirs.filter(|row| !decided.contains(&row.key));
            let expected: BTreeSet<String> = open.map(|row| row.key.clone()).collect();
            let seen = queue(ledger, by.clone());
            assert_eq!(seen.len(), expected.len());
            assert_eq!(BTreeSet::from_iter(seen), expected, "{by:?}");
            for row in &rows {
                let waiting = ledger.pendings(row.person).remove(0);
                let place = (row.person, waiting.batch, waiting.row_no);
                let result = |ruling| rule(ledger, by.clone(), place, ruling);
                if !is_theirs(&by, row) {
                    let refused = result(Ruling::Reject).unwrap_err();
                    assert_eq!(refused, Failure::Absent, "{by:?} {}", row.key);
                } else if decided.contains(&row.key) {
                    assert_eq!(code(result(Ruling::Recognise)), "already_decided");
                }
            }
            // Each decides one of their own, so that the next ones see it gone.
            if let Some(row) = rows.iter().find(|row| expected.contains(&row.key)) {
                let place = place_of_only(ledger, row.person);
                rule(ledger, by.clone(), place, Ruling::Recognise).unwrap();
                decided.insert(row.key.clone());
            }
        }
        assert!(decided.len() > 10, "{}", decided.len());
    });
}

#[test]
fn every_ruling_is_made_once_and_absent_rows_are_absent() {
    on_both(|ledger| {
        let rulings = [Ruling::Recognise, Ruling::Reject, Ruling::Recategorise(Category::Industry)];
        for (n, first) in rulings.into_iter().enumerate() {
            let json = row(n, &format!("k{n}"), 1, "8");
            let person = ledger.post(&ledger.waiting, &json).person.unwrap();
            let place = place_of_only(ledger, person);
            let made = rule(ledger, reviewer("r", "331100"), place, first).unwrap();
            let entries = ledger.entries(person);
            for again in rulings {
                for by in ["r", "s"] {
                    let second = rule(ledger, reviewer(by, "331100"), place, again);
                    assert_eq!(code(second), "already_decided", "{first:?} then {again:?}");
                }
            }
            assert_eq!(ledger.entries(person), entries);
            assert_eq!(made.entry_seq, entries.last().map(|entry| entry.seq));
            let row = ledger.pendings(person).remove(0);
            assert_eq!((row.decision, row.entry_seq), (Some(made.decision), made.entry_seq));
            let nowhere = (person, row.batch, row.row_no + 1);
            let absent = rule(ledger, reviewer("r", "331100"), nowhere, first);
            assert_eq!(absent.unwrap_err(), Failure::Absent);
        }
        assert_eq!(ledger.database.count("decision"), 3);
    });
}

/// Lets several run at once; gives how they ended.
fn together<F>(
    ledger: &Ledger,
    count: usize,
    run: impl Fn(usize) -> F,
) -> Vec<Result<xueshi::app::reviews::Decided, Failure>>
where
    F: Future<Output = Result<xueshi::app::reviews::Decided, Failure>> + Send + 'static,
{
    ledger.wait(async {
        let barrier = Arc::new(Barrier::new(count));
        let tasks: Vec<_> = (0..count)
            .map(|client| {
                let (barrier, work) = (barrier.clone(), run(client));
                tokio::spawn(async move {
                    barrier.wait().await;
                    work.await
                })
            })
            .collect();
        let mut all = Vec::new();
        for task in tasks {
            all.push(task.await.expect("a reviewer"));
        }
        all
    })
}

fn one_decides(results: Vec<Result<xueshi::app::reviews::Decided, Failure>>, refusal: &str) {
    let made = results.iter().filter(|result| result.is_ok()).count();
    assert_eq!(made, 1, "{results:?}");
    for lost in results.into_iter().filter(Result::is_err) {
        assert_eq!(code(lost), refusal);
    }
}

#[test]
fn of_reviewers_who_race_for_one_row_exactly_one_decides() {
    on_both(|ledger| {
        for n in 0..8 {
            let json = row(n, &format!("k{n}"), 1, "8");
            let person = ledger.post(&ledger.waiting, &json).person.unwrap();
            let place = place_of_only(ledger, person);
            let results = together(ledger, 6, |client| {
                let service = ledger.service.clone();
                let by = reviewer(&format!("r{client}"), "331100");
                let ruling = match client % 3 {
                    0 => Ruling::Recognise,
                    1 => Ruling::Reject,
                    _ => Ruling::Recategorise(Category::General),
                };
                async move { service.rule(by, place, ruling, "seen".to_owned()).await }
            });
            one_decides(results, "already_decided");
            assert!(ledger.entries(person).len() <= 1);
        }
        assert_eq!(ledger.database.count("decision"), 8);
    });
}

#[test]
fn an_entry_is_reversed_once_by_a_reviewer_of_its_place() {
    on_both(|ledger| {
        let county = ledger.source(21, "liandu", "331102", 0b1111);
        let person = ledger.post(&county, &row(1, "a", 1, "8")).person.unwrap();
        let reverse = |by: Reviewer, seq| {
            ledger.wait(ledger.service.reverse(by, person, seq, "void".to_owned()))
        };
        for other in ["331121", "330500"] {
            assert_eq!(reverse(reviewer("r", other), 1).unwrap_err(), Failure::Absent, "{other}");
        }
        let mut narrow = reviewer("r", "331100");
        narrow.categories = vec![Category::General];
        assert_eq!(reverse(narrow, 1).unwrap_err(), Failure::Absent);
        let mut narrow = reviewer("r", "331100");
        narrow.specialties = vec!["water".to_owned()];
        assert_eq!(reverse(narrow, 1).unwrap_err(), Failure::Absent);
        assert_eq!(reverse(reviewer("r", "331100"), 2).unwrap_err(), Failure::Absent);
        let results = together(ledger, 6, |client| {
            let service = ledger.service.clone();
            let by = reviewer(&format!("r{client}"), "331100");
            async move { service.reverse(by, person, 1, "void".to_owned()).await }
        });
        one_decides(results, "already_reversed");
        assert_eq!(code(reverse(reviewer("r", "330000"), 1)), "already_reversed");
        assert_eq!(
            code(reverse(reviewer("r", "330000"), 2)),
            "already_reversed",
            "a reversal stays"
        );
        assert_eq!(ledger.entries(person).len(), 2);
        let again = ledger.post(&county, &row(1, "a", 1, "8"));
        assert_eq!(again.outcome.name(), "replayed");
        assert_eq!(again.problems[0].message.code, "key_taken_back");
    });
}

fn adjustment(person: PersonId, hours: &str) -> Adjustment {
    let (year, category) = (Year::new(2024).unwrap(), Category::General);
    Adjustment { person, year, category, hours: hours.parse().unwrap() }
}

#[test]
fn an_adjustment_needs_a_second_person_and_is_answered_once() {
    on_both(|ledger| {
        let person = ledger.post(&ledger.trusted, &row(1, "a", 1, "8")).person.unwrap();
        let propose = |by: Reviewer, who, hours| {
            let reason = "paper".to_owned();
            ledger.wait(ledger.service.propose(by, adjustment(who, hours), reason))
        };
        let answer = |by: Reviewer, about, approve| {
            let reason = "seen".to_owned();
            ledger.wait(ledger.service.answer_proposal(by, person, about, approve, reason))
        };
        let open =
            |place| ledger.wait(ledger.service.proposals(reviewer("s", place))).unwrap().len();
        let county = reviewer("r", "331102");
        let absent = propose(county.clone(), PersonId::stored(1), "3");
        assert_eq!(absent.unwrap_err(), Failure::Absent);
        let mut narrow = county.clone();
        narrow.categories = vec![Category::Professional];
        assert_eq!(propose(narrow, person, "3").unwrap_err(), Failure::Absent);

        let proposed = propose(county.clone(), person, "3").unwrap().decision;
        assert_eq!((open("331102"), open("331100"), open("331121")), (1, 1, 0));
        assert_eq!(code(answer(county.clone(), proposed, true)), "second_person_needed");
        let mut wider = county.clone();
        wider.jurisdiction = None;
        assert_eq!(
            code(answer(wider, proposed, false)),
            "second_person_needed",
            "whatever they may"
        );
        for other in ["331121", "330500"] {
            assert_eq!(answer(reviewer("s", other), proposed, true).unwrap_err(), Failure::Absent);
        }
        let mut narrow = reviewer("s", "331100");
        narrow.categories = vec![Category::Industry];
        assert_eq!(answer(narrow, proposed, true).unwrap_err(), Failure::Absent);
        assert_eq!(ledger.entries(person).len(), 1);
        let approved = answer(reviewer("s", "331100"), proposed, true).unwrap();
        assert_eq!(approved.entry_seq, Some(2));
        assert_eq!(open("331100"), 0);
        for approve in [true, false] {
            let again = answer(reviewer("t", "331100"), proposed, approve);
            assert_eq!(code(again), "already_decided");
        }
        assert_eq!(
            answer(reviewer("t", "331100"), approved.decision, true).unwrap_err(),
            Failure::Absent
        );

        let declined = propose(county.clone(), person, "3").unwrap().decision;
        assert_eq!(answer(reviewer("s", "331100"), declined, false).unwrap().entry_seq, None);
        assert_eq!(code(answer(reviewer("t", "331100"), declined, true)), "already_decided");

        let raced = propose(county, person, "3").unwrap().decision;
        let results = together(ledger, 6, |client| {
            let service = ledger.service.clone();
            let by = reviewer(&format!("s{client}"), "331100");
            let (approve, reason) = (client % 2 == 0, "seen".to_owned());
            async move { service.answer_proposal(by, person, raced, approve, reason).await }
        });
        one_decides(results, "already_decided");
        assert!(ledger.entries(person).len() <= 3);
    });
}

#[test]
fn a_decision_about_a_year_is_withdrawn_once_by_the_same_place() {
    on_both(|ledger| {
        let person = ledger.post(&ledger.trusted, &row(1, "a", 1, "8")).person.unwrap();
        let year = Year::new(2021).unwrap();
        let excuse = |by: Reviewer| {
            let reason = "ill".to_owned();
            ledger.wait(ledger.service.rule_year(by, person, year, YearRuling::Excuse, reason))
        };
        let withdraw = |by: Reviewer, about| {
            ledger.wait(ledger.service.withdraw(by, person, about, "not ill".to_owned()))
        };
        let made = excuse(reviewer("r", "331102")).unwrap().decision;
        for other in ["331121", "330500"] {
            assert_eq!(withdraw(reviewer("s", other), made).unwrap_err(), Failure::Absent);
        }
        let results = together(ledger, 4, |client| {
            let service = ledger.service.clone();
            let by = reviewer(&format!("s{client}"), "331100");
            async move { service.withdraw(by, person, made, "not ill".to_owned()).await }
        });
        let withdrawn = results.iter().flatten().next().expect("one").decision;
        one_decides(results, "already_decided");
        assert_eq!(withdraw(reviewer("s", "331100"), withdrawn).unwrap_err(), Failure::Absent);
        let (verdict, _) = ledger.wait(ledger.service.comply(question(1, None))).unwrap();
        assert_eq!(verdict.ledger.excused, Vec::<i16>::new());
        excuse(reviewer("r", "331100")).unwrap();
        let (verdict, _) = ledger.wait(ledger.service.comply(question(1, None))).unwrap();
        assert_eq!(verdict.ledger.excused, [2021], "a new decision is a new one");
    });
}
