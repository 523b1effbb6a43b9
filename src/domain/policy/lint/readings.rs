//! Readings that change nothing: an option of which no declaration would ever notice.

use super::Finding;
use super::small_model::{Place, Variant};
use crate::domain::message::Message;
use crate::domain::policy::notice::model::{Reading, ReadingOption};
use crate::domain::policy::notice::readings::Choice;
use crate::domain::policy::plan::compile::compile;

/// Compares the plans of each option with those of the option chosen: alone, and together with
/// every option of every other reading.
pub(super) fn check(places: &[Place<'_>], findings: &mut Vec<Finding>) {
    for place in places {
        for reading in &place.policy.readings {
            let others = reading.options.iter().filter(|option| option.name != reading.chosen);
            for option in others.filter(|option| is_idle(places, place, reading, option)) {
                let message = Message::new("reading_idle")
                    .with("reading", &reading.id)
                    .with("option", &option.name);
                let clause = reading.clause.name.rsplit('#').next().unwrap_or_default();
                let finding = Finding::of("E-READING-IDLE", place.policy, reading.line, message);
                findings.push(finding.clause(clause));
            }
        }
    }
}

fn is_idle(
    places: &[Place<'_>],
    owner: &Place<'_>,
    reading: &Reading,
    option: &ReadingOption,
) -> bool {
    // A policy that others extend may be seen only through them, or only by itself.
    !places.iter().any(|place| {
        let at = place.ancestry.readings.iter().position(|recorded| {
            recorded.policy.id == owner.policy.id && recorded.reading.id == reading.id
        });
        let number = |name: &str| reading.options.iter().position(|o| o.name == name);
        match (at, number(&option.name), number(&reading.chosen)) {
            (Some(at), Some(option), Some(chosen)) => is_noticed(place, at, option, chosen),
            _ => false,
        }
    })
}

fn is_noticed(place: &Place<'_>, at: usize, option: usize, chosen: usize) -> bool {
    let with = place.variants.iter().filter(|variant| variant.choice.0.get(at) == Some(&option));
    with.into_iter().any(|variant| {
        let mut choice = variant.choice.clone();
        if let Some(slot) = choice.0.get_mut(at) {
            *slot = chosen;
        }
        let without = find(place, &choice);
        without.is_some_and(|without| differ(place, variant, without))
    })
}

fn find<'p>(place: &'p Place<'_>, choice: &Choice) -> Option<&'p Variant<'p>> {
    place.variants.iter().find(|variant| variant.choice == *choice)
}

fn differ(place: &Place<'_>, one: &Variant<'_>, other: &Variant<'_>) -> bool {
    place.cases().any(|(year, profile)| {
        compile(&one.clauses, profile, year) != compile(&other.clauses, profile, year)
    })
}
