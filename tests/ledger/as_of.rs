//! What the ledger knew at an instant never changes.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::Value;
use xueshi::app::compliance::{Question, Verdict, Whom};
use xueshi::app::reviews::{Ruling, YearRuling};
use xueshi::app::service::Failure;
use xueshi::clock::Clock;
use xueshi::domain::ids::PersonId;
use xueshi::domain::timestamp::Timestamp;
use xueshi::domain::year::Year;
use xueshi::store::Surroundings;

use super::{Ledger, code, on_both, prepare_row, question, question_of, reviewer, row_of};
use crate::support::engines::surroundings;
use crate::support::{Dice, long, people, seed};

/// The answer without when it was asked.
fn told(verdict: &Verdict) -> Value {
    let mut value = serde_json::to_value(verdict).expect("JSON");
    value["ledger"].as_object_mut().expect("a position").remove("asked_at").expect("an instant");
    value
}

fn ask(ledger: &Ledger, question: Question) -> Result<(Verdict, Option<PersonId>), Failure> {
    ledger.wait(ledger.service.comply(question))
}

/// Does something about a person, at random.
async fn write_something(ledger: &Ledger, dice: &Dice, n: usize, step: usize) {
    let service = &ledger.service;
    let (poster, waits) =
        if dice.below(2) == 0 { (&ledger.trusted, false) } else { (&ledger.waiting, true) };
    let key = format!("k{}", dice.below(6));
    let year = *dice.pick(&[2020, 2021, 2022, 2023]);
    let category = *dice.pick(&["professional", "industry", "general", "public"]);
    let revision = i32::try_from(step + 1).unwrap();
    match dice.below(8) {
        0 => drop(service.take_back(poster, &key, "a test").await),
        1 | 2 if waits => {
            let index = service.vault.blind_index(
                xueshi::domain::identity::IdKind::ResidentId,
                &xueshi::domain::identity::IdNumber::parse(&people::number(n)).unwrap(),
            );
            let kind = xueshi::domain::identity::IdKind::ResidentId.get();
            let person = service.store.read_waiting(|tx| tx.people_by_number(kind, &[index]));
            let Some(known) = person.unwrap().into_values().next() else { return };
            let rows = service.store.read_waiting(|tx| tx.pendings_of(&[known.id], None)).unwrap();
            let open = rows.values().flatten().find(|row| row.closed.is_none());
            let Some(open) = open else { return };
            let place = (known.id, open.batch, open.row_no);
            let ruling = *dice.pick(&[
                Ruling::Recognise,
                Ruling::Reject,
                Ruling::Recategorise(xueshi::domain::category::Category::General),
            ]);
            let by = reviewer("r", "331100");
            let decided = service.rule(by, place, ruling, "seen".to_owned()).await;
            let decided = decided.expect("a decision");
            if dice.below(3) == 0 {
                let by = reviewer("r", "331100");
                let year = Year::new(2021).unwrap();
                let excuse =
                    service.rule_year(by, decided.person, year, YearRuling::Excuse, String::new());
                let excused = excuse.await.expect("a decision");
                if dice.below(2) == 0 {
                    let by = reviewer("s", "331100");
                    let back =
                        service.withdraw(by, excused.person, excused.decision, String::new());
                    back.await.expect("a decision");
                }
            }
        }
        _ => {
            let json =
                row_of(n, &key, revision, year, category, &(20 + dice.below(60)).to_string());
            service.record_one(poster, prepare_row(service, 1, &json)).await.expect("an outcome");
        }
    }
}

#[test]
fn answers_at_an_instant_stay_while_others_write() {
    let seed = seed();
    let steps = if long() { 4000 } else { 250 };
    on_both(|ledger| {
        let mut answers: BTreeMap<Timestamp, Value> = BTreeMap::new();
        let done = Arc::new(AtomicBool::new(false));
        std::thread::scope(|scope| {
            scope.spawn(|| {
                let dice = Dice::new(seed);
                for step in 0..steps {
                    ledger.wait(write_something(ledger, &dice, 1, step));
                }
                done.store(true, Ordering::Release);
            });
            let dice = Dice::new(seed ^ 1);
            while !done.load(Ordering::Acquire) {
                let (verdict, _) = ask(ledger, question(1, None)).expect("a verdict");
                let at = verdict.ledger.as_of;
                let now = told(&verdict);
                if verdict.ledger.person_known {
                    assert_eq!(*answers.entry(at).or_insert_with(|| now.clone()), now);
                }
                let known: Vec<&Timestamp> = answers.keys().collect();
                if known.is_empty() {
                    continue;
                }
                let at = **dice.pick(&known);
                let (again, _) = ask(ledger, question(1, Some(at))).expect("a verdict");
                assert_eq!(told(&again), answers[&at], "{at}");
            }
        });
        assert!(answers.len() > 20, "only {} instants", answers.len());
        let verdicts: std::collections::BTreeSet<String> =
            answers.values().map(|told| told["ledger"]["hash"].to_string()).collect();
        assert!(verdicts.len() > 10, "the answers differ from each other");
        let questions: Vec<Result<Question, Failure>> =
            answers.keys().map(|at| Ok(question(1, Some(*at)))).collect();
        let mut together = Vec::new();
        let tell = |_, verdict: Result<Verdict, Failure>, _| {
            together.push(told(&verdict.expect("a verdict")));
            true
        };
        ledger.service.comply_all(&questions, tell).unwrap();
        assert!(together.iter().eq(answers.values()), "many at once say the same");
    });
}

#[test]
fn an_instant_that_is_not_settled_is_refused() {
    on_both(|ledger| {
        let posted = ledger.post(&ledger.trusted, &row_of(1, "a", 1, 2023, "general", "8"));
        let person = posted.person.unwrap();
        let known = ledger.service.store.read_waiting(|tx| tx.person(person)).unwrap().unwrap().0;
        let now = ledger.service.clock.now();
        let at = |as_of| ask(ledger, question(1, Some(as_of)));
        assert_eq!(at(known.known_at).unwrap().0.ledger.seq, 1);
        for recent in [known.known_at.next(), now, now.plus_seconds(-30), now.plus_seconds(3600)] {
            if recent > known.known_at {
                assert_eq!(code(at(recent)), "as_of_too_recent", "{recent}");
            }
        }
        assert_eq!(code(ask(ledger, question(2, Some(now)))), "as_of_too_recent");
        let early = at(now.plus_seconds(-120)).unwrap().0;
        assert_eq!((early.ledger.seq, early.ledger.person_known), (0, false));
        assert_eq!(early.ledger.hash, "0".repeat(64));
    });
}

#[test]
fn a_person_who_comes_later_changes_no_earlier_answer() {
    on_both(|ledger| {
        let at = ledger.service.clock.now().plus_seconds(-90);
        let before = ask(ledger, question(1, Some(at))).unwrap().0;
        assert!(!before.ledger.person_known);
        ledger.post(&ledger.trusted, &row_of(1, "a", 1, 2023, "general", "8"));
        let after = ask(ledger, question(1, Some(at))).unwrap().0;
        assert_eq!(told(&after), told(&before));
        let now = ask(ledger, question(1, None)).unwrap().0;
        assert!(now.ledger.person_known);
    });
}

/// The same database years later.
fn years_later(ledger: &Ledger) -> xueshi::app::service::Service {
    let clock = Clock::Fixed("2031-05-06T07:08:09Z".parse().unwrap());
    let random = surroundings().random;
    ledger.database.service(Surroundings { clock, random })
}

#[test]
fn receipts_are_replayed_the_same_years_later() {
    on_both(|ledger| {
        ledger.post(&ledger.trusted, &row_of(1, "a", 1, 2023, "general", "8"));
        ledger.post(&ledger.waiting, &row_of(1, "w", 1, 2022, "general", "12"));
        // Without a day of its own, a question is judged as of the day it is asked.
        let dayless = r#"{"jurisdiction":"331102","year":2023,"level":"senior",
            "series":"engineering","required_years":5,"tenure_start":2018}"#;
        let mut receipts = Vec::new();
        for mut asked in [question(1, None), question_of(1, None, dayless), question(2, None)] {
            asked.receipt = true;
            let (verdict, _) = ask(ledger, asked).unwrap();
            receipts.push((verdict.ledger.receipt.expect("a receipt"), verdict));
        }
        for (n, key) in [(1, "b"), (2, "c")] {
            ledger.post(&ledger.trusted, &row_of(n, key, 1, 2023, "professional", "60"));
        }
        ledger.take_back(&ledger.trusted, "a").unwrap();
        ledger.take_back(&ledger.waiting, "w").unwrap();
        let later = years_later(ledger);
        for (id, verdict) in &receipts {
            for service in [&ledger.service, &later] {
                let replayed = ledger.wait(service.replay(*id, Some("331100"))).unwrap();
                assert!(replayed.same, "{:?}", replayed.differs);
                assert_eq!(replayed.answer, serde_json::to_value(&verdict.answer).unwrap());
                let kept = ledger.wait(service.receipt(*id, Some("330000"))).unwrap();
                assert_eq!(kept.answer, replayed.answer);
                assert_eq!(kept.as_of, verdict.ledger.as_of);
                let other = ledger.wait(service.receipt(*id, Some("330500")));
                assert_eq!(other.unwrap_err(), Failure::Absent);
            }
        }
        let Whom::Identity(..) = question(1, None).whom else { panic!("by number and name") };
        let (now, _) = ask(ledger, question(1, None)).unwrap();
        assert_ne!(now.ledger.hash, receipts[0].1.ledger.hash, "and yet it has changed since");
        drop(later);
    });
}

#[test]
fn many_questions_about_one_person_are_each_answered_as_of_their_own_instant() {
    on_both(|ledger| {
        let mut instants = Vec::new();
        for revision in 1..=4 {
            let hours = (revision * 10).to_string();
            ledger.post(&ledger.trusted, &row_of(1, "a", revision, 2023, "general", &hours));
            instants.push(ask(ledger, question(1, None)).unwrap().0.ledger.as_of);
        }
        let soon = ledger.service.clock.now().plus_seconds(3600);
        let mut questions: Vec<_> = instants.iter().map(|at| Ok(question(1, Some(*at)))).collect();
        questions.extend([
            Ok(question(1, None)),
            Ok(question(2, None)),
            Ok(question(1, Some(soon))),
        ]);
        let mut seqs = Vec::new();
        let tell = |place: usize, verdict: Result<Verdict, Failure>, _| {
            assert_eq!(place, seqs.len());
            seqs.push(verdict.map(|verdict| verdict.ledger.seq).map_err(|f| f.message().code));
            true
        };
        ledger.service.comply_all(&questions, tell).unwrap();
        let expected = [Ok(1), Ok(3), Ok(5), Ok(7), Ok(7), Ok(0), Err("as_of_too_recent")];
        assert_eq!(seqs, expected);
    });
}
