//! The ledger a second time, as plainly as it can be told. Everything that was said and decided of each
//! record is kept, and what counts, what waits and what is held by what is worked out from the beginning
//! whenever somebody asks. It shares no code with `decide`: only how much two records are alike.

use std::collections::{BTreeMap, BTreeSet};

use xueshi::domain::category::Category;
use xueshi::domain::ledger::decide::review::Ruling;
use xueshi::domain::ledger::difference::{DifferenceKind, Resolution, subject};
use xueshi::domain::ledger::likeness::{Event, alike};
use xueshi::domain::ledger::posting::Posting;
use xueshi::domain::ledger::statement::RecognitionStatus;

use super::history::{How, Says, Step, Told, is_feed, person_id, source_id, sources, words};

/// A record: its source, and the source's key.
pub type Key = (usize, &'static str);
/// Hours of somebody.
pub type Hours = (usize, Posting);

/// What is done. A reviewer who settles a difference says which.
#[derive(Clone, Debug)]
pub enum Deed {
    Step(Step),
    Settle {
        kind: DifferenceKind,
        person: usize,
        record: Key,
        other: Option<Key>,
        about: [u8; 32],
        how: Resolution,
    },
}

/// Where everything stands, in words.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Picture {
    pub counts: BTreeMap<Key, String>,
    pub waits: BTreeMap<Key, String>,
    /// What is held, and what is kept in its place.
    pub held: BTreeMap<Key, Key>,
}

/// How a record stands, before it is compared with others.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
enum Stance {
    #[default]
    Nothing,
    Waits,
    /// Its source's hours count, or what a reviewer made of them.
    Counts,
    /// It would count, but a reviewer decided otherwise.
    Blocked,
}

/// What is known of a record.
#[derive(Clone, Debug, Default)]
struct Record {
    /// Of a provider: the revision that stands.
    revision: i32,
    /// Of a feed: every statement of it that could be read, whatever arrived when.
    newest: Option<(i64, RecognitionStatus)>,
    /// What it says, apart from when.
    says: Option<(RecognitionStatus, Hours, bool, bool)>,
    hours: Option<Hours>,
    started_on: Option<chrono::NaiveDate>,
    since: usize,
    stance: Stance,
    /// What a reviewer made of which hours.
    accepted: Option<(Hours, Posting)>,
    /// Persons of whom a reviewer took it back, and nothing stood since.
    taken_back: BTreeSet<usize>,
    /// Hours that a reviewer refused, and nothing stood since.
    refused: Vec<Hours>,
    /// Persons of whom it ever stood.
    stood: BTreeSet<usize>,
    /// Whether it was ever held.
    was_held: bool,
}

/// Everything, as it was played so far.
#[derive(Default)]
struct Town {
    powers: Vec<i16>,
    records: BTreeMap<Key, Record>,
    held: BTreeMap<Key, Key>,
    /// Pairs of which a reviewer said that they are two events.
    apart: BTreeSet<[u8; 32]>,
    clock: usize,
}

/// Works out from the beginning where everything stands.
pub fn picture(deeds: &[Deed]) -> Picture {
    let powers = sources().iter().map(|source| source.recognises).collect();
    let mut town = Town { powers, ..Town::default() };
    for deed in deeds {
        town.clock += 1;
        town.play(deed);
    }
    let mut picture = Picture { held: town.held.clone(), ..Picture::default() };
    for (key, record) in &town.records {
        let of = |posting: &Posting| said(record.person().expect("a person"), posting);
        match record.stance {
            Stance::Counts if !town.held.contains_key(key) => {
                picture.counts.insert(*key, of(record.counted()));
            }
            Stance::Waits => {
                picture.waits.insert(*key, of(&record.hours.as_ref().expect("hours").1));
            }
            _ => {}
        }
    }
    picture
}

/// Hours of somebody, in words.
pub fn said(person: usize, posting: &Posting) -> String {
    format!("person {person}, {}", words(posting))
}

impl Record {
    fn person(&self) -> Option<usize> {
        self.hours.as_ref().map(|(person, _)| *person)
    }

    /// What would count of it: what a reviewer made of it, where one did.
    fn counted(&self) -> &Posting {
        let said = &self.hours.as_ref().expect("hours").1;
        self.accepted
            .as_ref()
            .filter(|_| self.stance == Stance::Counts)
            .map_or(said, |(_, made)| made)
    }

    /// Whether a reviewer recognised just these hours, and they count since.
    fn is_accepted(&self, hours: &Hours) -> bool {
        self.stance == Stance::Counts
            && self
                .accepted
                .as_ref()
                .is_some_and(|(said, made)| hours == said || (hours.0, &hours.1) == (said.0, made))
    }

    fn stands(&mut self) {
        let Some(person) = self.person() else { return };
        self.stood.insert(person);
        self.taken_back.remove(&person);
        self.refused.retain(|(of, _)| *of != person);
    }

    fn take_back(&mut self, is_posted: bool) {
        // A provider's row is known by its entry alone: what stood is what was taken back.
        if is_posted && let (Some((_, made)), Some(hours)) = (&self.accepted, &mut self.hours) {
            hours.1.clone_from(made);
        }
        self.stance = Stance::Blocked;
        self.accepted = None;
        self.taken_back.extend(self.person());
    }
}

impl Town {
    fn play(&mut self, deed: &Deed) {
        match deed {
            Deed::Step(Step::Rows { source, rows }) => {
                for row in rows {
                    self.row(*source, row);
                }
            }
            Deed::Step(Step::Withdraw { source, key }) => {
                let Some(record) = self.records.get_mut(&(*source, *key)) else { return };
                // A row that never came to count is of no event.
                let is_known = record.was_held || record.stance == Stance::Counts;
                record.stance = Stance::Nothing;
                record.accepted = None;
                if let Some(person) = record.person().filter(|_| is_known) {
                    self.compare(person);
                }
            }
            Deed::Step(Step::Rule { source, key, ruling }) => {
                let Some(record) = self.records.get_mut(&(*source, *key)) else { return };
                if record.stance != Stance::Waits {
                    return;
                }
                let said = record.hours.clone().expect("hours");
                let mut made = said.1.clone();
                match ruling {
                    Ruling::Recognise => {}
                    Ruling::Recategorise(category) => made.category = *category,
                    Ruling::Reject => {
                        record.stance = Stance::Nothing;
                        record.refused.push(said);
                        return;
                    }
                }
                record.stance = Stance::Counts;
                record.accepted = Some((said, made));
                record.stands();
            }
            Deed::Step(Step::Reverse { source, key }) => {
                let record = self.records.get_mut(&(*source, *key));
                if let Some(record) = record.filter(|record| record.stance == Stance::Counts) {
                    record.take_back(!is_feed(*source));
                }
            }
            Deed::Step(Step::Empower { source, recognises }) => self.powers[*source] = *recognises,
            Deed::Step(_) => {}
            Deed::Settle { kind, person, record, other, about, how } => {
                self.settle((*kind, *how), (*person, *record), *other, *about);
            }
        }
    }

    fn recognises(&self, source: usize, category: Category) -> bool {
        self.powers[source] & (1 << category.index()) != 0
    }

    fn row(&mut self, source: usize, row: &Told) {
        let Some(key) = row.key else { return };
        let key = (source, key);
        match (&row.how, &row.says) {
            (How::Posted { revision }, Says::Hours(person, posting)) => {
                self.posted(key, *revision, &(*person, posting.clone()));
            }
            (How::Stated(said), Says::Hours(person, posting)) => {
                self.stated(key, said, Some((*person, posting.clone())));
            }
            (How::Stated(said), Says::KeyOnly) => self.stated(key, said, None),
            // What cannot be read, or names somebody else, changes nothing.
            _ => {}
        }
    }

    fn posted(&mut self, key: Key, revision: i32, hours: &Hours) {
        let (clock, recognised) = (self.clock, self.recognises(key.0, hours.1.category));
        let record = self.records.entry(key).or_default();
        if revision <= record.revision {
            return;
        }
        record.revision = revision;
        if record.since == 0 {
            record.since = clock;
        }
        let before = record.person();
        let is_there = matches!(record.stance, Stance::Counts | Stance::Waits);
        let is_same =
            is_there && (record.hours.as_ref() == Some(hours) || record.is_accepted(hours));
        record.hours = Some(hours.clone());
        if !is_same {
            record.accepted = None;
            record.stance = if recognised { Stance::Counts } else { Stance::Waits };
        }
        self.compare_both(before, hours.0);
    }

    fn stated(&mut self, key: Key, said: &super::history::Statement, hours: Option<Hours>) {
        let clock = self.clock;
        let category = hours.as_ref().map(|(_, posting)| posting.category);
        let has_power = category.is_some_and(|category| self.recognises(key.0, category));
        let record = self.records.entry(key).or_default();
        let withdrawn = said.standing == RecognitionStatus::Withdrawn;
        let says = hours.clone().filter(|_| !withdrawn);
        let says =
            says.map(|hours| (said.standing, hours, said.flagged, said.started_on.is_some()));
        let is_withdrawn = |record: &Record| {
            record.newest.is_some_and(|(_, standing)| standing == RecognitionStatus::Withdrawn)
        };
        let is_same = record.newest.is_some()
            && if withdrawn { is_withdrawn(record) } else { says == record.says };
        if record.newest.is_some_and(|newest| (said.version, said.standing) < newest) {
            return;
        }
        record.newest = Some((said.version, said.standing));
        if is_same {
            return;
        }
        record.says = says;
        let before = record.person();
        let Some(hours) = hours.or_else(|| record.hours.clone()) else { return };
        if record.since == 0 {
            record.since = clock;
        }
        let person = hours.0;
        record.started_on = said.started_on.or(record.started_on);
        let was_decided = record.taken_back.contains(&person)
            || record.refused.iter().any(|(of, _)| *of == person);
        let is_recognised = said.standing == RecognitionStatus::Recognised && has_power;
        let keeps = record.is_accepted(&hours);
        let stance = match said.standing {
            RecognitionStatus::Rejected | RecognitionStatus::Withdrawn => Stance::Nothing,
            _ if keeps => Stance::Counts,
            _ if is_recognised && was_decided => Stance::Blocked,
            _ if is_recognised => Stance::Counts,
            _ if record.refused.contains(&hours) => Stance::Nothing,
            _ => Stance::Waits,
        };
        if !keeps || stance != Stance::Counts {
            record.accepted = None;
        }
        (record.hours, record.stance) = (Some(hours), stance);
        self.compare_both(before, person);
    }

    fn settle(
        &mut self,
        (kind, how): (DifferenceKind, Resolution),
        (person, record): (usize, Key),
        other: Option<Key>,
        about: [u8; 32],
    ) {
        let takes_back = match (kind, how) {
            (DifferenceKind::Duplicate, Resolution::Reverse | Resolution::Replace) => other,
            (_, Resolution::Reverse) => Some(record),
            _ => None,
        };
        if let Some(key) = takes_back {
            let is_held = self.held.contains_key(&key);
            let gone = self.records.get_mut(&key);
            let stands = |gone: &&mut Record| {
                gone.stance == Stance::Counts && gone.person() == Some(person) && !is_held
            };
            let Some(gone) = gone.filter(stands) else {
                // It cannot be done, and nothing is.
                return;
            };
            gone.take_back(!is_feed(key.0));
        }
        if kind == DifferenceKind::Duplicate
            && matches!(how, Resolution::Post | Resolution::Replace)
        {
            self.apart.insert(about);
        }
        if kind == DifferenceKind::ContradictsDecision && how == Resolution::Post {
            let record = self.records.get_mut(&record).expect("a record");
            let said = record.hours.clone().expect("hours");
            record.stance = Stance::Counts;
            record.accepted = Some((said.clone(), said.1));
            record.stands();
        }
        self.compare(person);
    }

    fn compare_both(&mut self, before: Option<usize>, now: usize) {
        if let Some(before) = before.filter(|before| *before != now) {
            self.compare(before);
        }
        self.compare(now);
    }

    /// Which of a person's records are of one event, and which of those is kept.
    fn compare(&mut self, person: usize) {
        let all = sources();
        let mine: Vec<(Key, &Record)> = self
            .records
            .iter()
            .filter(|(_, record)| record.person() == Some(person))
            .map(|(key, record)| (*key, record))
            .collect();
        let events: Vec<(Key, Event<'_>)> = mine
            .iter()
            .filter(|(_, record)| match record.stance {
                Stance::Counts => true,
                // A decision against an event that counted holds for other records of it.
                Stance::Blocked => record.stood.contains(&person),
                _ => false,
            })
            .map(|(key, record)| {
                let event = Event {
                    source: source_id(key.0),
                    rank: all[key.0].rank,
                    since: i64::try_from(record.since).expect("a time"),
                    key: key.1,
                    posting: record.counted(),
                    started_on: record.started_on,
                };
                (*key, event)
            })
            .collect();
        let found = kept(person, &events, &self.apart);
        let mine: BTreeSet<Key> = mine.iter().map(|(key, _)| *key).collect();
        self.held.retain(|key, _| !mine.contains(key));
        self.held.extend(found);
        // What is nobody's any more, or was taken over from another person, is not held there.
        for key in mine {
            let is_held = self.held.contains_key(&key);
            let record = self.records.get_mut(&key).expect("a record");
            record.was_held |= is_held || record.stance == Stance::Blocked;
            if record.stance == Stance::Counts && !is_held {
                record.stands();
            }
        }
    }
}

/// What is held, and by what: sources of lower ranks first, of equal ranks the record that was known
/// earlier; the most alike first; and a record stands for at most one of each other source.
fn kept(
    person: usize,
    events: &[(Key, Event<'_>)],
    apart: &BTreeSet<[u8; 32]>,
) -> BTreeMap<Key, Key> {
    let mut order: Vec<&(Key, Event<'_>)> = events.iter().collect();
    let shares = |event: &Event<'_>| {
        events.iter().any(|(_, o)| o.rank == event.rank && o.source != event.source)
    };
    let since = |event: &Event<'_>| if shares(event) { event.since } else { 0 };
    order.sort_by_key(|(key, event)| (event.rank, since(event), *key));
    let mut held: BTreeMap<Key, Key> = BTreeMap::new();
    let mut kept: Vec<&(Key, Event<'_>)> = Vec::new();
    while let Some((_, first)) = order.first() {
        // All of a source that has its rank alone; else one record.
        let together = if shares(first) {
            1
        } else {
            order.iter().take_while(|(_, event)| event.source == first.source).count()
        };
        let group: Vec<&(Key, Event<'_>)> = order.drain(..together).collect();
        loop {
            let mut best: Option<((bool, i16), Key, Key)> = None;
            for (key, event) in group.iter().filter(|(key, _)| !held.contains_key(key)) {
                for (other_key, other) in &kept {
                    let stands_for_one =
                        held.iter().any(|(own, by)| by == other_key && own.0 == key.0);
                    let side = |event: &Event<'_>| event.posting.content_hash(person_id(person));
                    let sides = [
                        (event.source, event.key, side(event)),
                        (other.source, other.key, side(other)),
                    ];
                    if stands_for_one
                        || apart.contains(&subject(DifferenceKind::Duplicate, &sides, ""))
                    {
                        continue;
                    }
                    let Some(likeness) = alike(event, other) else { continue };
                    let much = (likeness.certain, likeness.score);
                    if best.is_none_or(|(most, ..)| much > most) {
                        best = Some((much, *key, *other_key));
                    }
                }
            }
            let Some((_, key, by)) = best else { break };
            held.insert(key, by);
        }
        kept.extend(group.into_iter().filter(|(key, _)| !held.contains_key(key)));
    }
    held
}
