//! What the rules of the ledger need to know of sources: rank, place, and what each may recognise.

use std::collections::HashMap;

use crate::domain::category::Category;
use crate::domain::ids::SourceId;

/// The rank of a source of which nothing is said; registries have 10, learning sites 50.
pub const USUAL_RANK: i16 = 100;

/// Who vouches for records: a learning system, a provider, a registry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// Its id.
    pub id: SourceId,
    /// Its code in API and files.
    pub code: Box<str>,
    /// Of two records of one event, that of the source with the lower rank is kept.
    pub rank: i16,
    /// The division code of its place 行政区划代码; none where it stands for no place.
    pub jurisdiction: Option<Box<str>>,
    /// A bit for each category whose hours count on arrival.
    pub recognises: i16,
}

impl Source {
    /// Whether its hours of a category count on arrival; others wait for recognition 认定.
    pub fn recognises(&self, category: Category) -> bool {
        self.recognises & (1 << category.index()) != 0
    }
}

/// Every source, as known when rows arrive.
#[derive(Clone, Copy)]
pub struct Sources<'s> {
    own: &'s Source,
    all: &'s HashMap<SourceId, Source>,
}

impl<'s> Sources<'s> {
    /// All sources, and the one that the rows are of: of that one, what is known here stands.
    pub const fn new(own: &'s Source, all: &'s HashMap<SourceId, Source>) -> Sources<'s> {
        Sources { own, all }
    }

    /// The source of the rows.
    pub const fn own(&self) -> &'s Source {
        self.own
    }

    /// A source; none where another process has just added it.
    pub fn get(&self, id: SourceId) -> Option<&'s Source> {
        if id == self.own.id { Some(self.own) } else { self.all.get(&id) }
    }

    /// The rank of a source.
    pub fn rank(&self, id: SourceId) -> i16 {
        self.get(id).map_or(USUAL_RANK, |source| source.rank)
    }

    /// The place of a source.
    pub fn jurisdiction(&self, id: SourceId) -> Option<Box<str>> {
        self.get(id)?.jurisdiction.clone()
    }

    /// Whether a source's hours of a category count on arrival.
    pub fn recognises(&self, id: SourceId, category: Category) -> bool {
        self.get(id).is_some_and(|source| source.recognises(category))
    }

    /// The code of a source; its id where nothing else is known.
    pub fn code(&self, id: SourceId) -> Box<str> {
        self.get(id).map_or_else(|| id.to_string().into(), |source| source.code.clone())
    }
}
