//! Every scenario file, through the judge.

mod plan_hashes;

use xueshi::app::policies;
use xueshi::app::policies::scenario;
use xueshi::domain::policy::judge::Judge;

#[test]
fn every_scenario_gives_what_it_expects() {
    let judge = Judge::new(policies::load(None).expect("embedded policies"));
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/policies");
    let mut count = 0;
    let mut wrong = Vec::new();
    for (file, text) in policies::toml_files(folder.as_ref()).expect("scenario files") {
        for scenario in scenario::read(&file, &text).unwrap_or_else(|p| panic!("{p:#?}")) {
            count += 1;
            for [field, wanted, given] in scenario::differences(&judge, &scenario).unwrap() {
                wrong.push(format!("{}: {field}: expected {wanted}, got {given}", scenario.id));
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {count}:\n{}", wrong.len(), wrong.join("\n"));
    assert!(count > 100, "only {count} scenarios found");
}

#[test]
fn the_people_of_the_demo_are_judged_as_it_says() {
    let judge = Judge::new(policies::load(None).expect("embedded policies"));
    for person in xueshi::app::demo::people().expect("people") {
        assert!(person.title.contains(" · "), "{}: a title in both languages", person.id);
        let found = scenario::differences(&judge, &person).unwrap();
        assert!(found.is_empty(), "{}: {found:?}", person.id);
    }
}
