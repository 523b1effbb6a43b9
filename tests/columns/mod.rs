//! The column program says of everybody what the judge of single people says.

mod draw;

use std::sync::{Arc, LazyLock};

use proptest::prelude::*;
use xueshi::app::{batch, policies};
use xueshi::domain::declaration::{Declaration, Facts, Level, Profile};
use xueshi::domain::hours::Hours;
use xueshi::domain::policy::columns::Amount;
use xueshi::domain::policy::columns::program::Form;
use xueshi::domain::policy::columns::{Batch, Dial, MET, OpenPeople, Sweep, code};
use xueshi::domain::policy::judge::{Judge, Rules};
use xueshi::domain::policy::plan::Plan;

use draw::{Crowd, crowd};

/// Every notice that answers, each with the profiles that it distinguishes.
static RULES: LazyLock<Vec<Arc<Rules>>> = LazyLock::new(|| {
    let judge = Judge::new(policies::load(None).expect("embedded policies"));
    let mut rules = Vec::new();
    for policy in judge.catalog().policies() {
        let Some(year) = policy.declaring_years.and_then(|years| years.to) else { continue };
        for level in Level::ALL {
            for (series, specialty) in [
                ("engineering", None),
                ("engineering", Some("building")),
                ("engineering", Some("eco-environment")),
                ("health", None),
                ("accounting", None),
            ] {
                let declaration = Declaration {
                    jurisdiction: policy.jurisdiction,
                    year,
                    profile: Profile {
                        level,
                        series: series.into(),
                        specialty: specialty.map(Into::into),
                        employer_sector: None,
                    },
                    facts: Facts::default(),
                    excused: Vec::new(),
                    reviewed: Vec::new(),
                    as_of: None,
                };
                rules.push(judge.rules(policy, &declaration).expect("compiles"));
            }
        }
    }
    rules
});

/// Every distinct plan of every notice, under every combination of open readings.
static PLANS: LazyLock<Vec<Plan>> = LazyLock::new(|| {
    let mut plans: Vec<Plan> = Vec::new();
    for plan in RULES.iter().flat_map(|rules| &rules.plans).map(|arm| &arm.plan) {
        if !plans.contains(plan) {
            plans.push(plan.clone());
        }
    }
    plans
});

fn cases() -> u32 {
    #[expect(clippy::disallowed_methods, reason = "a test has no configuration")]
    let is_long = std::env::var_os("XUESHI_LONG").is_some();
    if is_long { 4000 } else { 150 }
}

/// What the judge of single people says of everybody.
fn one_by_one(crowd: &Crowd, plans: &[&Plan]) -> Vec<u8> {
    (0..crowd.people)
        .map(|person| {
            let plan = plans[usize::from(crowd.profiles[person])];
            let rules = Rules::single(plan.clone());
            let (declaration, records) = crowd.case(person, plan);
            code(rules.verdict(&declaration, &records))
        })
        .collect()
}

fn check(crowd: &Crowd, plans: &[&Plan]) -> Result<(), TestCaseError> {
    let expected = one_by_one(crowd, plans);
    let columns = crowd.columns();
    let batch = Batch::new(&columns, plans.iter().copied()).expect("profiles");
    let open = crowd.open();
    prop_assert_eq!(&batch.all(&open), &expected, "forms {:?}", forms(&batch));
    for threads in [1, 2, 3] {
        let mut codes = vec![9; crowd.people];
        batch::judge(&batch, &open, threads, &mut codes);
        prop_assert_eq!(&codes, &expected, "{} threads", threads);
    }
    Ok(())
}

fn forms(batch: &Batch<'_>) -> Vec<String> {
    let form = |form: &Form| match form {
        Form::Lanes(kernel) => format!("lanes, wide: {}", kernel.is_wide()),
        other => format!("{other:?}"),
    };
    batch.programs().iter().map(|program| form(&program.form)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), max_shrink_iters: 4000, ..ProptestConfig::default() })]

    #[test]
    fn columns_say_what_the_judge_says(
        crowd in crowd(),
        which in prop::collection::vec(any::<prop::sample::Index>(), 3),
    ) {
        let plans: Vec<&Plan> = which.iter().map(|at| at.get(&PLANS)).collect();
        check(&crowd, &plans)?;
    }

    #[test]
    fn whatever_the_thresholds(
        crowd in crowd(),
        which in prop::collection::vec(any::<prop::sample::Index>(), 3),
        changes in draw::changes(),
    ) {
        let plans: Vec<Plan> = which.iter().map(|at| changes.apply(at.get(&PLANS))).collect();
        check(&crowd, &plans.iter().collect::<Vec<_>>())?;
    }

    #[test]
    fn a_sweep_counts_what_each_threshold_gives(
        crowd in crowd(),
        which in any::<prop::sample::Index>(),
        changes in draw::changes(),
        amount in prop::sample::select(draw::AMOUNTS),
        dialled in any::<prop::sample::Index>(),
        top in 0i64..60_000,
    ) {
        let plan = changes.apply(which.get(&PLANS));
        let clauses = draw::clauses(&plan);
        prop_assume!(!clauses.is_empty());
        let dial = Dial {
            clause: dialled.get(&clauses).clone(),
            amount,
            top: Hours::from_hundredths(top),
        };
        check_sweep(&crowd, &plan, &dial)?;
    }
}

fn check_sweep(crowd: &Crowd, plan: &Plan, dial: &Dial) -> Result<(), TestCaseError> {
    let columns = crowd.columns();
    let whole = batch::sweep(&columns, plan, dial, Some(0), 1);
    prop_assert_eq!(&batch::sweep(&columns, plan, dial, Some(0), 2), &whole);
    let met = whole.met();
    let mut turned = plan.clone();
    if !dial.turn(&mut turned, Hours::ZERO) {
        return Ok(());
    }
    // Thresholds at which something happens, and some others.
    let steps = met.windows(2).zip(0i64..).filter(|(pair, _)| pair[0] != pair[1]);
    let mut tried: Vec<i64> = steps.flat_map(|(_, at)| [at, at + 1]).collect();
    let last = i64::try_from(met.len()).unwrap() - 1;
    tried.extend([0, last / 3, last / 2, last]);
    for units in tried.into_iter().take(40) {
        let threshold = Hours::from_hundredths(units * columns.unit());
        dial.turn(&mut turned, threshold);
        let plans = [&turned; 3];
        let batch = Batch::new(&columns, plans).expect("profiles");
        let codes = batch.all(&OpenPeople::default());
        let codes = codes.iter().zip(&crowd.profiles);
        let count = codes.filter(|(code, profile)| **code == MET && **profile == 0).count();
        prop_assert_eq!(whole.met_at(threshold), i64::try_from(count).unwrap(), "at {}", units);
        prop_assert_eq!(met[usize::try_from(units).unwrap()], whole.met_at(threshold));
    }
    Ok(())
}

#[test]
fn every_notice_has_a_plan_here_and_runs_in_lanes() {
    let names: std::collections::BTreeSet<&str> =
        RULES.iter().map(|rules| &*rules.policy).collect();
    assert!(names.len() >= 6, "{names:?}");
    let crowd = Crowd::default();
    let columns = crowd.columns();
    let batch = Batch::new(&columns, PLANS.iter()).expect("no profiles");
    let scalar: Vec<_> =
        batch.programs().iter().filter(|p| matches!(p.form, Form::Scalar(_))).collect();
    assert!(scalar.is_empty(), "{:?}", forms(&batch));
    let lanes = batch.programs().iter().filter(|p| matches!(p.form, Form::Lanes(_))).count();
    assert!(lanes > 10, "{lanes}");
}

#[test]
fn amounts_are_named_for_what_they_are() {
    let crowd = Crowd::default();
    let columns = crowd.columns();
    let dial = Dial { clause: "no such".into(), amount: Amount::Total, top: Hours::ZERO };
    let mut sweep = Sweep::new(&columns, &dial);
    sweep.add(&columns, &PLANS[0], &dial, 0..1, None);
    assert!(!dial.turn(&mut PLANS[0].clone(), Hours::ZERO));
}
