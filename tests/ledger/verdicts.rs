//! What stands in the ledger, as the judge is given it.

use xueshi::app::reviews::adjust::Adjustment;
use xueshi::app::reviews::{Ruling, YearRuling};
use xueshi::app::service::Failure;
use xueshi::domain::answer::Verdict;
use xueshi::domain::category::Category;
use xueshi::domain::ledger::outcome::Outcome;
use xueshi::domain::record::Status;
use xueshi::domain::year::Year;

use super::{Ledger, code, on_both, question, question_of, reviewer, row_of};
use crate::support::people;

/// Hours of the years 2020 to 2023 that meet the notice exactly, without those of some keys.
fn fill(ledger: &Ledger, n: usize, but: &[&str]) {
    for year in 2020..=2023 {
        for (category, hours) in [("professional", "72"), ("industry", "6"), ("general", "12")] {
            let name = format!("{year}-{category}");
            if !but.contains(&&*name) {
                let json = row_of(n, &format!("{n}-{name}"), 1, year, category, hours);
                assert_eq!(ledger.post(&ledger.trusted, &json).outcome, Outcome::Posted);
            }
        }
    }
}

fn verdict(ledger: &Ledger, n: usize) -> xueshi::app::compliance::Verdict {
    ledger.wait(ledger.service.comply(question(n, None))).expect("a verdict").0
}

fn reasons(verdict: &xueshi::app::compliance::Verdict) -> Vec<String> {
    let json = serde_json::to_value(&verdict.answer.reasons).unwrap();
    let reasons = json.as_array().unwrap().iter();
    reasons.map(|reason| reason["code"].as_str().unwrap().to_owned()).collect()
}

fn statuses(ledger: &Ledger, n: usize) -> Vec<(Status, String)> {
    let directory = ledger.service.directory_waiting().unwrap();
    let now = ledger.service.clock.now();
    let asked = question(n, None);
    let found = ledger
        .service
        .store
        .read_waiting(|tx| ledger.service.find(tx, &directory, &asked, now))
        .unwrap();
    let telling = found.records.iter().filter(|record| record.status != Status::Confirmed);
    telling.map(|record| (record.status, record.hours.to_string())).collect()
}

/// Decides the one row of a person that waits.
fn rule(ledger: &Ledger, n: usize, ruling: Ruling) {
    let waiting = ledger.wait(ledger.service.queue(reviewer("r", "331100"), None, 100)).unwrap();
    let mine: Vec<_> = waiting
        .iter()
        .filter(|row| row.shown.as_ref().is_some_and(|shown| shown.name == people::name(n)))
        .collect();
    assert_eq!(mine.len(), 1, "one row waits");
    let by = reviewer("r", "331100");
    ledger.wait(ledger.service.rule(by, mine[0].place, ruling, "seen".to_owned())).unwrap();
}

#[test]
fn nobody_known_is_judged_on_no_hours_and_the_answer_says_so() {
    on_both(|ledger| {
        let unknown = verdict(ledger, 1);
        assert_eq!(unknown.answer.verdict, Verdict::NotMet);
        assert!(!unknown.ledger.person_known);
        assert_eq!((unknown.ledger.seq, unknown.ledger.hash), (0, "0".repeat(64)));
        fill(ledger, 1, &[]);
        let known = verdict(ledger, 1);
        assert_eq!(known.answer.verdict, Verdict::Met);
        assert!(known.ledger.person_known && known.ledger.seq == 12);
        let entries = ledger.entries(
            ledger.wait(ledger.service.comply(question(1, None))).unwrap().1.expect("a person"),
        );
        assert_eq!(known.ledger.hash, hex::encode(entries[11].hash));
        let mut other = question(1, None);
        other.whom = match (question(1, None).whom, question(2, None).whom) {
            (
                xueshi::app::compliance::Whom::Identity(number, _),
                xueshi::app::compliance::Whom::Identity(_, name),
            ) => xueshi::app::compliance::Whom::Identity(number, name),
            _ => panic!("by number and name"),
        };
        assert_eq!(code(ledger.wait(ledger.service.comply(other))), "person_name_mismatch");
    });
}

#[test]
fn what_is_taken_back_is_revoked_and_what_is_corrected_is_told_once() {
    on_both(|ledger| {
        fill(ledger, 1, &[]);
        ledger.take_back(&ledger.trusted, "1-2022-general").unwrap();
        let revoked = verdict(ledger, 1);
        assert_eq!(revoked.answer.verdict, Verdict::NotMet);
        assert!(reasons(&revoked).contains(&"year_general_short".to_owned()));
        assert_eq!(statuses(ledger, 1), [(Status::Revoked, "12".to_owned())]);
        ledger.post(&ledger.trusted, &row_of(1, "1-2022-general", 2, 2022, "general", "12"));
        assert_eq!(verdict(ledger, 1).answer.verdict, Verdict::Met);
        ledger.post(&ledger.trusted, &row_of(1, "1-2021-general", 2, 2021, "general", "11.99"));
        let short = verdict(ledger, 1);
        assert_eq!(short.answer.verdict, Verdict::NotMet);
        let missing = serde_json::to_value(short.answer.missing).unwrap();
        assert_eq!(missing.to_string().matches("0.01").count(), 1, "{missing}");
        ledger.post(&ledger.trusted, &row_of(1, "1-2021-general", 3, 2021, "general", "12"));
        assert_eq!(verdict(ledger, 1).answer.verdict, Verdict::Met);
        let told = statuses(ledger, 1);
        assert_eq!(told, [(Status::Revoked, "12".to_owned())], "corrections are told once");
    });
}

#[test]
fn hours_that_wait_leave_it_open_until_they_are_decided() {
    on_both(|ledger| {
        for (n, category) in [(1, "general"), (2, "general"), (3, "professional")] {
            fill(ledger, n, &["2022-general"]);
            let key = format!("{n}-late");
            ledger.post(&ledger.waiting, &row_of(n, &key, 1, 2022, category, "12"));
        }
        for n in [1, 2] {
            let open = verdict(ledger, n);
            assert_eq!(open.answer.verdict, Verdict::Indeterminate);
            assert_eq!(reasons(&open), ["pending_records"]);
            assert_eq!(statuses(ledger, n), [(Status::Pending, "12".to_owned())]);
        }
        assert_eq!(verdict(ledger, 3).answer.verdict, Verdict::NotMet, "of the wrong category");
        rule(ledger, 1, Ruling::Recognise);
        assert_eq!(verdict(ledger, 1).answer.verdict, Verdict::Met);
        assert_eq!(statuses(ledger, 1), []);
        rule(ledger, 2, Ruling::Reject);
        let rejected = verdict(ledger, 2);
        assert_eq!(rejected.answer.verdict, Verdict::NotMet);
        assert!(!reasons(&rejected).contains(&"pending_records".to_owned()));
        assert_eq!(statuses(ledger, 2), [(Status::Rejected, "12".to_owned())]);
        rule(ledger, 3, Ruling::Recategorise(Category::General));
        assert_eq!(verdict(ledger, 3).answer.verdict, Verdict::Met);
        ledger.take_back(&ledger.waiting, "3-late").unwrap();
        assert_eq!(verdict(ledger, 3).answer.verdict, Verdict::NotMet);
        assert_eq!(statuses(ledger, 3), [(Status::Revoked, "12".to_owned())]);
    });
}

#[test]
fn a_waiting_row_that_is_withdrawn_or_corrected_is_no_more_told() {
    on_both(|ledger| {
        fill(ledger, 1, &["2022-general"]);
        ledger.post(&ledger.waiting, &row_of(1, "w", 1, 2022, "general", "12"));
        ledger.post(&ledger.waiting, &row_of(1, "w", 2, 2022, "general", "6"));
        assert_eq!(statuses(ledger, 1), [(Status::Pending, "6".to_owned())]);
        assert_eq!(
            verdict(ledger, 1).answer.verdict,
            Verdict::NotMet,
            "too few even if they count"
        );
        ledger.post(&ledger.waiting, &row_of(1, "w", 3, 2022, "general", "12"));
        assert_eq!(verdict(ledger, 1).answer.verdict, Verdict::Indeterminate);
        ledger.take_back(&ledger.waiting, "w").unwrap();
        assert_eq!(statuses(ledger, 1), []);
        assert_eq!(verdict(ledger, 1).answer.verdict, Verdict::NotMet);
    });
}

#[test]
fn an_excused_year_is_told_and_a_withdrawn_excuse_is_not() {
    on_both(|ledger| {
        fill(ledger, 1, &[]);
        let (_, person) = ledger.wait(ledger.service.comply(question(1, None))).unwrap();
        let person = person.unwrap();
        let before = verdict(ledger, 1);
        let year = Year::new(2022).unwrap();
        let by = || reviewer("r", "331100");
        let service = &ledger.service;
        let excuse = service.rule_year(by(), person, year, YearRuling::Excuse, "ill".to_owned());
        let excused = ledger.wait(excuse).unwrap();
        let after = verdict(ledger, 1);
        assert_eq!(after.ledger.excused, [2022]);
        assert!(after.ledger.as_of > before.ledger.as_of);
        // 丽水 has no clause for it: the judge says so and lets the hours decide.
        assert!(
            reasons(&after).contains(&"excused_outside_rule".to_owned()),
            "{:?}",
            reasons(&after)
        );
        let withdraw = service.withdraw(by(), person, excused.decision, "by mistake".to_owned());
        ledger.wait(withdraw).unwrap();
        let back = verdict(ledger, 1);
        assert_eq!(back.ledger.excused, Vec::<i16>::new());
        assert_eq!(reasons(&back), reasons(&before));
        let then = question(1, Some(after.ledger.as_of));
        let then = ledger.wait(service.comply(then)).unwrap().0;
        assert_eq!(then.ledger.excused, [2022], "then it was excused");
        let nobody = xueshi::domain::ids::PersonId::stored(1);
        let absent = service.rule_year(by(), nobody, year, YearRuling::Excuse, String::new());
        assert_eq!(ledger.wait(absent).unwrap_err(), Failure::Absent);
    });
}

#[test]
fn what_is_on_record_of_a_legacy_year_is_final_once_a_reviewer_has_closed_it() {
    let declaration = r#"{"jurisdiction":"330523","year":2021,"level":"intermediate",
        "series":"agriculture"}"#;
    on_both(|ledger| {
        let admitted = ledger.source(21, "huzhou-xsglt", "330500", 0b1111);
        for year in 2017..=2020 {
            // What is on record of 2017 is not enough.
            let professional = if year == 2017 { "40" } else { "60" };
            for (category, hours) in
                [("professional", professional), ("industry", "12"), ("general", "18")]
            {
                let key = format!("{year}-{category}");
                ledger.post(&admitted, &row_of(1, &key, 1, year, category, hours));
            }
        }
        let ask = || ledger.wait(ledger.service.comply(question_of(1, None, declaration))).unwrap();
        let (before, person) = ask();
        assert!(reasons(&before).contains(&"legacy_unproven".to_owned()), "{:?}", reasons(&before));
        for year in 2017..=2019 {
            let (by, year) = (reviewer("r", "330500"), Year::new(year).unwrap());
            let ruling = YearRuling::Close;
            let close =
                ledger.service.rule_year(by, person.unwrap(), year, ruling, "on paper".to_owned());
            ledger.wait(close).unwrap();
        }
        let (after, _) = ask();
        assert_eq!(after.ledger.reviewed, [2017, 2018, 2019]);
        assert!(!reasons(&after).contains(&"legacy_unproven".to_owned()));
        let verdicts = [before.answer.verdict, after.answer.verdict];
        assert_eq!(
            verdicts,
            [Verdict::Indeterminate, Verdict::NotMet],
            "what is on record is final"
        );
    });
}

#[test]
fn an_adjustment_counts_from_its_approval() {
    on_both(|ledger| {
        fill(ledger, 1, &["2022-general"]);
        let (_, person) = ledger.wait(ledger.service.comply(question(1, None))).unwrap();
        let adjustment = Adjustment {
            person: person.unwrap(),
            year: Year::new(2022).unwrap(),
            category: Category::General,
            hours: "12".parse().unwrap(),
        };
        let service = &ledger.service;
        let proposed = service.propose(reviewer("r", "331100"), adjustment, "paper".to_owned());
        let proposed = ledger.wait(proposed).unwrap();
        assert_eq!(verdict(ledger, 1).answer.verdict, Verdict::NotMet);
        let (by, reason) = (reviewer("s", "331100"), "seen".to_owned());
        let approve = service.answer_proposal(by, proposed.person, proposed.decision, true, reason);
        ledger.wait(approve).unwrap();
        assert_eq!(verdict(ledger, 1).answer.verdict, Verdict::Met);
    });
}
