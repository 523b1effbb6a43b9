//! Differences: what they mean for a verdict, and what reviewers make of them.

use xueshi::app::reviews::Decided;
use xueshi::app::reviews::differences::Action;
use xueshi::app::service::Failure;
use xueshi::domain::ids::{DifferenceId, PersonId};
use xueshi::domain::ledger::difference::DifferenceKind;
use xueshi::domain::ledger::outcome::{Outcome, RowProblem};
use xueshi::domain::ledger::statement::RecognitionStatus::{Recognised, Withdrawn};
use xueshi::domain::ledger::statement::StatedRow;
use xueshi::domain::message::Message;

use super::stated::{says, says_json};
use super::{Ledger, on_both, question, reviewer};
use crate::support::people;

fn told(key: &str, version: i64, day: &str) -> StatedRow {
    told_of(1, key, version, day)
}

fn told_of(n: usize, key: &str, version: i64, day: &str) -> StatedRow {
    let row = serde_json::json!({
        "key": key,
        "person": { "number": people::number(n), "name": people::name(n) },
        "year": 2023,
        "category": "professional",
        "hours": "8",
        "completed_on": day,
        "course": { "title": "施工安全管理" },
    });
    says_json(&row.to_string(), version, Recognised)
}

fn settle(
    ledger: &Ledger,
    person: PersonId,
    id: DifferenceId,
    action: Action,
) -> Result<Decided, Failure> {
    let by = reviewer("r", "331100");
    ledger.wait(ledger.service.settle(by, (person, id), action, "seen".to_owned()))
}

fn hours(ledger: &Ledger, person: PersonId) -> i64 {
    ledger.stands(person).values().sum()
}

/// Confirmed and pending hours of 2023, as the judge was given them.
fn judged(
    ledger: &Ledger,
    n: usize,
    as_of: Option<xueshi::domain::timestamp::Timestamp>,
) -> (String, String) {
    let (verdict, _) = ledger.wait(ledger.service.comply(question(n, as_of))).expect("a verdict");
    let json = serde_json::to_value(&verdict).unwrap();
    let years = json["years"].as_array().expect("years");
    let year = years.iter().find(|year| year["year"] == 2023).expect("2023");
    let text = |of: &str| year[of].to_string();
    (text("confirmed"), text("pending"))
}

/// A person with a kept record of the registry and a suspected one of the site, and its difference.
fn suspected(ledger: &Ledger, n: usize) -> (PersonId, DifferenceId) {
    let registry = ledger.ranked(20 + 2 * i64::try_from(n).unwrap(), &format!("registry-{n}"), 10);
    let site = ledger.ranked(21 + 2 * i64::try_from(n).unwrap(), &format!("site-{n}"), 50);
    let kept = ledger.state_one(&registry, told_of(n, "r", 1, "2023-05-06"));
    let held = ledger.state_one(&site, told_of(n, "s", 1, "2023-05-07"));
    assert_eq!((kept.outcome, held.outcome), (Outcome::Posted, Outcome::Held));
    let person = kept.person.unwrap();
    let found = ledger.differences(person);
    assert_eq!(found.len(), 1);
    (person, found[0].id)
}

#[test]
fn a_suspected_duplicate_waits_for_a_reviewer_who_may_say_anything() {
    on_both(|ledger| {
        let expected = [
            (Action::Post, 1600, None),
            (Action::Reverse, 0, Some(2)),
            (Action::Replace, 800, Some(2)),
            (Action::Ignore, 800, None),
        ];
        for (n, (action, stands, _)) in (1..).zip(expected) {
            let (person, id) = suspected(ledger, n);
            let elsewhere = reviewer("far", "330500");
            let none = ledger.wait(ledger.service.settle(
                elsewhere,
                (person, id),
                action,
                "seen".to_owned(),
            ));
            assert_eq!(super::code(none), "not_found");
            let decided = settle(ledger, person, id, action).unwrap();
            assert_eq!(decided.kind, "settle");
            assert_eq!(hours(ledger, person), stands, "{action:?}");
            assert_eq!(super::code(settle(ledger, person, id, action)), "already_decided");
            // What comes later does not undo it.
            let (place, site) = (20 + 2 * i64::try_from(n).unwrap(), format!("other-{n}"));
            let other = ledger.ranked(place + 1000, &site, 70);
            let row = says(n, "other", 1, Recognised, "1");
            assert_eq!(ledger.state_one(&other, row).outcome, Outcome::Posted);
            assert_eq!(hours(ledger, person), stands + 100, "{action:?}");
        }
    });
}

#[test]
fn doubtful_hours_are_pending_for_a_verdict_and_an_old_answer_stays() {
    on_both(|ledger| {
        let (person, id) = suspected(ledger, 1);
        let before = judged(ledger, 1, None);
        assert_ne!(before.1, judged_without(ledger), "the held hours wait");
        let (known, _) =
            ledger.service.store.read_waiting(|tx| tx.person(person)).unwrap().unwrap();
        let then = known.known_at;
        settle(ledger, person, id, Action::Post).unwrap();
        let after = judged(ledger, 1, None);
        assert_ne!(before, after);
        assert_eq!(judged(ledger, 1, Some(then)), before, "as of then");
    });
}

/// Of a person with the kept record alone.
fn judged_without(ledger: &Ledger) -> String {
    let registry = ledger.ranked(90, "registry-alone", 10);
    ledger.state_one(&registry, told_of(2, "alone", 1, "2023-05-06"));
    judged(ledger, 2, None).1
}

#[test]
fn what_somebody_should_look_at_is_posted_and_told() {
    on_both(|ledger| {
        let feed = &ledger.trusted;
        let flag = RowProblem::at("year", Message::new("day_form"));
        let row = StatedRow { flags: vec![flag], ..told("a", 1, "2023-05-06") };
        let taken = ledger.state_one(feed, row.clone());
        assert_eq!(taken.outcome, Outcome::Posted);
        let person = taken.person.unwrap();
        let open = ledger.differences(person);
        assert_eq!((open[0].kind, open[0].closed), (DifferenceKind::YearBasis, None));
        let wrong = settle(ledger, person, open[0].id, Action::Post);
        assert_eq!(super::code(wrong), "settle_action");
        settle(ledger, person, open[0].id, Action::Reverse).unwrap();
        assert_eq!(hours(ledger, person), 0);
        ledger.state_one(feed, StatedRow { standing: Withdrawn, version: 2, ..row });
        assert_eq!(hours(ledger, person), 0);
    });
}

#[test]
fn a_decision_that_is_contradicted_is_made_again() {
    on_both(|ledger| {
        let feed = &ledger.trusted;
        let person = ledger.state_one(feed, says(1, "a", 1, Recognised, "8")).person.unwrap();
        let by = reviewer("r", "331100");
        ledger.wait(ledger.service.reverse(by, person, 1, "seen".to_owned())).unwrap();
        ledger.state_one(feed, says(1, "a", 2, Recognised, "9"));
        let open = ledger.differences(person);
        let decided = settle(ledger, person, open[0].id, Action::Post).unwrap();
        assert_eq!(decided.entry_seq, Some(3));
        assert_eq!(hours(ledger, person), 900);
        let corrected = ledger.state_one(feed, says(1, "a", 3, Recognised, "7"));
        assert_eq!(corrected.outcome, Outcome::Corrected, "the last decision was for it");
        assert_eq!(hours(ledger, person), 700);
    });
}

#[test]
fn the_own_record_shows_what_is_held_and_what_is_kept() {
    on_both(|ledger| {
        let (person, id) = suspected(ledger, 1);
        let items = ledger.wait(ledger.service.items(person)).unwrap();
        let held: Vec<_> = items.iter().filter(|item| item.state == "held").collect();
        assert_eq!(held.len(), 1, "told once");
        let kept = held[0].kept.as_ref().expect("what is kept");
        assert_eq!((&*kept.source, kept.seq, kept.score), ("registry-1", Some(1), 90));
        assert_eq!(kept.parts[1]["what"], "days");
        assert_eq!(held[0].difference, Some(id));
        assert_eq!(held[0].why[0].code, "held_duplicate");
        let queue = ledger.wait(ledger.service.differences(reviewer("r", "331100"), None, 10));
        let queue = queue.unwrap();
        assert_eq!(queue.len(), 1);
        assert_eq!((queue[0].difference, queue[0].kind), (id, "duplicate"));
        let far = ledger.wait(ledger.service.differences(reviewer("r", "330500"), None, 10));
        assert!(far.unwrap().is_empty());
    });
}
