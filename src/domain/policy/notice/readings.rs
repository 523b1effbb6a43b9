//! Readings: changes to fields of clauses, one option of each chosen.
//!
//! A change is made on the clause as written and the clause is read again, so a reading can change
//! whatever a file can state, and nothing else.

use super::model::{Change, Clause, ClauseSource, Policy, Reading};
use super::parse;
use crate::domain::fields::Problems;

/// One reading of an ancestry, and the policy whose file records it.
#[derive(Clone, Copy, Debug)]
pub struct Recorded<'c> {
    /// The policy.
    pub policy: &'c Policy,
    /// The reading.
    pub reading: &'c Reading,
}

/// One option for each reading of an ancestry, by index.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Choice(pub Vec<usize>);

impl Choice {
    /// The same with another option of one reading.
    #[must_use]
    pub fn with(&self, reading: usize, option: usize) -> Choice {
        let mut choice = self.clone();
        if let Some(slot) = choice.0.get_mut(reading) {
            *slot = option;
        }
        choice
    }
}

/// The most combinations of open readings that are evaluated; the linter refuses more.
pub const MOST_COMBINATIONS: usize = 4096;

/// Every reading of an ancestry, nearest policy first.
pub fn recorded<'c>(ancestry: &[&'c Policy]) -> Vec<Recorded<'c>> {
    let of = |policy: &&'c Policy| {
        let policy: &'c Policy = policy;
        policy.readings.iter().map(move |reading| Recorded { policy, reading })
    };
    ancestry.iter().flat_map(of).collect()
}

/// The options that the files choose.
pub fn chosen(readings: &[Recorded<'_>]) -> Choice {
    let index = |r: &Recorded<'_>| {
        r.reading.options.iter().position(|option| option.name == r.reading.chosen).unwrap_or(0)
    };
    Choice(readings.iter().map(index).collect())
}

/// `chosen` with the named readings changed; `Err` names the one that does not exist.
pub fn changed(
    readings: &[Recorded<'_>],
    changes: &[(String, String)],
) -> Result<Choice, (String, String)> {
    let mut choice = chosen(readings);
    for (id, option) in changes {
        let place = readings.iter().position(|r| r.reading.id == *id).and_then(|at| {
            let options = &readings.get(at)?.reading.options;
            Some((at, options.iter().position(|o| o.name == *option)?))
        });
        let slot = place.and_then(|(at, option)| Some((choice.0.get_mut(at)?, option)));
        match slot {
            Some((slot, option)) => *slot = option,
            None => return Err((id.clone(), option.clone())),
        }
    }
    Ok(choice)
}

/// Every combination of the open readings, the settled ones kept as in `base`; `base` comes first.
pub fn combinations(readings: &[Recorded<'_>], base: &Choice) -> Vec<Choice> {
    let mut all = vec![base.clone()];
    for (at, recorded) in readings.iter().enumerate() {
        if !recorded.reading.open || all.len() > MOST_COMBINATIONS {
            continue;
        }
        let kept = base.0.get(at).copied();
        let others = (0..recorded.reading.options.len()).filter(|option| Some(*option) != kept);
        let mut more = Vec::new();
        for option in others {
            more.extend(all.iter().map(|choice| choice.with(at, option)));
        }
        all.extend(more);
    }
    all
}

/// The changes that a choice makes: those of ancestors first, so that the nearest has the last word.
pub fn changes<'c>(readings: &[Recorded<'c>], choice: &Choice) -> Vec<(&'c Policy, &'c Change)> {
    let picked = readings.iter().zip(&choice.0);
    let picked: Vec<(&Policy, &[Change])> = picked
        .filter_map(|(r, option)| Some((r.policy, r.reading.options.get(*option)?.set.as_slice())))
        .collect();
    picked
        .chunk_by(|(a, _), (b, _)| a.id == b.id)
        .rev()
        .flatten()
        .flat_map(|(policy, set)| set.iter().map(|change| (*policy, change)))
        .collect()
}

/// Whether a change that `from` records concerns this clause of `owner`.
pub fn concerns(change: &Change, from: &Policy, owner: &Policy, clause: &str) -> bool {
    change.clause == clause && *change.policy.as_ref().unwrap_or(&from.id) == owner.id
}

/// A clause with changes applied, in order.
pub fn apply(source: &ClauseSource, changes: &[&Change]) -> Result<Clause, Problems> {
    if changes.is_empty() {
        return Ok(source.clause.clone());
    }
    let mut raw = source.raw.clone();
    for change in changes {
        raw.set(&change.field, change.value.clone());
    }
    let mut problems = Vec::new();
    match parse::clause(&raw, source.clause.id.clone(), &mut problems) {
        Some(clause) if problems.is_empty() => Ok(clause),
        _ => Err(problems),
    }
}
