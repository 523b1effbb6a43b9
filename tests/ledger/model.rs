//! A ledger in fifty lines, for comparing: what each key stands for, and nothing else.

use std::collections::BTreeMap;

use xueshi::domain::ledger::outcome::Outcome;

/// What a row says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Said {
    pub person: usize,
    pub year: i16,
    pub category: usize,
    pub hours: i64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// In the ledger, perhaps under another category than was said.
    Stands(Said),
    Waits(Said),
    Gone,
}

#[derive(Clone, Copy, Debug)]
struct Key {
    revision: i32,
    said: Said,
    state: State,
}

/// Which categories each source has recognised on arrival, one bit each.
pub const RECOGNISES: [i16; 3] = [0b1111, 0, 0b0101];

#[derive(Clone, Default)]
pub struct Model {
    keys: BTreeMap<(usize, String), Key>,
    entries: BTreeMap<usize, i64>,
}

impl Model {
    fn entry(&mut self, person: usize) {
        *self.entries.entry(person).or_default() += 1;
    }

    fn end(&mut self, state: State) {
        if let State::Stands(said) = state {
            self.entry(said.person);
        }
    }

    pub fn post(&mut self, source: usize, key: &str, revision: i32, said: Said) -> Outcome {
        let place = (source, key.to_owned());
        let before = self.keys.get(&place).copied();
        if let Some(before) = before {
            if revision < before.revision {
                return Outcome::Conflict;
            }
            if revision == before.revision {
                return if said == before.said { Outcome::Replayed } else { Outcome::Conflict };
            }
            if before.state != State::Gone && said == before.said {
                self.keys.insert(place, Key { revision, ..before });
                return Outcome::Replayed;
            }
            if before.state == State::Stands(said) {
                // What a reviewer made of it is said by its source now.
                self.keys.insert(place, Key { revision, said, ..before });
                return Outcome::Replayed;
            }
            self.end(before.state);
        }
        let stood = before.is_some_and(|before| before.state != State::Gone);
        let (state, outcome) = if RECOGNISES[source] & (1 << said.category) == 0 {
            (State::Waits(said), Outcome::Pending)
        } else {
            self.entry(said.person);
            (State::Stands(said), if stood { Outcome::Corrected } else { Outcome::Posted })
        };
        self.keys.insert(place, Key { revision, said, state });
        outcome
    }

    pub fn take_back(&mut self, source: usize, key: &str) -> Option<Outcome> {
        let key = self.keys.get_mut(&(source, key.to_owned()))?;
        let state = std::mem::replace(&mut key.state, State::Gone);
        self.end(state);
        Some(if state == State::Gone { Outcome::Replayed } else { Outcome::Reversed })
    }

    /// Decides the nth row that waits; `category` absent = refused.
    pub fn rule(&mut self, source: usize, key: &str, category: Option<usize>) {
        let key = self.keys.get_mut(&(source, key.to_owned())).expect("a key");
        let State::Waits(said) = key.state else { panic!("it waits") };
        match category {
            None => key.state = State::Gone,
            Some(category) => {
                key.state = State::Stands(Said { category, ..said });
                self.entry(said.person);
            }
        }
    }

    /// Keys that wait, in order.
    pub fn waiting(&self) -> Vec<(usize, String, Said)> {
        let waits = |(place, key): (&(usize, String), &Key)| match key.state {
            State::Waits(said) => Some((place.0, place.1.clone(), said)),
            _ => None,
        };
        self.keys.iter().filter_map(waits).collect()
    }

    /// Hours that stand, by person, year and category.
    pub fn balances(&self) -> BTreeMap<(usize, i16, usize), i64> {
        let mut all = BTreeMap::new();
        for key in self.keys.values() {
            if let State::Stands(said) = key.state {
                *all.entry((said.person, said.year, said.category)).or_default() += said.hours;
            }
        }
        all
    }

    /// How many entries a person has.
    pub fn entries(&self, person: usize) -> i64 {
        self.entries.get(&person).copied().unwrap_or_default()
    }
}
