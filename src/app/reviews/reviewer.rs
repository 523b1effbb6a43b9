//! What a reviewer answers for: hours by place, category and specialty, and persons by their hours.

use crate::app::service::Directory;
use crate::domain::category::Category;
use crate::domain::declaration::covers;
use crate::domain::ids::{DecisionId, PersonId, SourceId};
use crate::domain::ledger::entry::Entry;
use crate::domain::ledger::posting::Posting;
use crate::store::ledger::{category_number, stored_category};
use crate::store::pendings::QueueScope;
use crate::store::{ReadTx, StoreError};

/// A reviewer, and what they answer for.
#[derive(Clone, Debug, Default)]
pub struct Reviewer {
    /// Who says who they are.
    pub issuer: String,
    /// Who they are.
    pub subject: String,
    /// The place; none = everywhere.
    pub jurisdiction: Option<String>,
    /// The specialties; none = all.
    pub specialties: Vec<String>,
    /// The categories; none = all, or what has specialties where these are limited.
    pub categories: Vec<Category>,
}

/// What is divided by specialties. General hours belong to the human-resources bureau for everybody,
/// and unsplit ones may be general.
const OF_SPECIALTIES: [Category; 2] = [Category::Professional, Category::Industry];

impl Reviewer {
    /// Whether hours of a category may be theirs.
    pub(super) fn answers_for_category(&self, category: Category) -> bool {
        match (self.categories.is_empty(), self.specialties.is_empty()) {
            (true, true) => true,
            (true, false) => OF_SPECIALTIES.contains(&category),
            (false, _) => self.categories.contains(&category),
        }
    }

    /// Whether a whole year of a person may be theirs: it has hours of every category and specialty.
    pub(super) fn answers_for_years(&self) -> bool {
        let all = |category: &Category| self.answers_for_category(*category);
        self.specialties.is_empty() && Category::ALL.iter().all(all)
    }

    /// Whether what was done for a place is theirs.
    pub(crate) fn answers_for_place(&self, place: Option<&str>) -> bool {
        match &self.jurisdiction {
            None => true,
            Some(own) => place.is_some_and(|place| covers(own, place)),
        }
    }

    /// Whether hours of a place are theirs.
    pub(crate) fn answers_for(&self, place: Option<&str>, posting: &Posting) -> bool {
        self.answers_for_place(place) && self.answers_for_hours(posting)
    }

    fn answers_for_hours(&self, posting: &Posting) -> bool {
        let specialty = posting.particulars.specialty.as_deref();
        self.answers_for_category(posting.category)
            && (self.specialties.is_empty()
                || specialty.is_some_and(|own| self.specialties.iter().any(|s| s == own)))
    }

    /// Whether something of a place makes a person of that place: where it is theirs, or where it
    /// was for a wider place that theirs belongs to.
    fn meets(&self, place: Option<&str>) -> bool {
        let Some(own) = &self.jurisdiction else { return true };
        place.is_some_and(|place| covers(own, place) || covers(place, own))
    }

    /// Whether they have to do with a person: hours, or a decision, of their place. A person has no
    /// place of their own.
    pub(crate) fn has_to_do_with(
        &self,
        tx: &mut ReadTx<'_>,
        directory: &Directory,
        person: PersonId,
    ) -> Result<bool, StoreError> {
        if tx.person(person)?.is_none() {
            return Ok(false);
        }
        let limited = !self.categories.is_empty() || !self.specialties.is_empty();
        if self.jurisdiction.is_none() && !limited {
            return Ok(true);
        }
        let pendings = tx.pendings_of(&[person], None)?.remove(&person).unwrap_or_default();
        let waits = pendings.iter().any(|row| {
            self.meets(row.jurisdiction.as_deref()) && self.answers_for_hours(&row.posting)
        });
        if waits {
            return Ok(true);
        }
        for entry in tx.entries(person, None)? {
            let place = place_of(tx, directory, &entry)?;
            if self.meets(place.as_deref()) && self.answers_for_hours(&entry.posting) {
                return Ok(true);
            }
        }
        let decisions = tx.decisions_of(&[person], None)?;
        Ok(decisions.iter().any(|row| {
            let category = row.category.and_then(stored_category);
            let theirs = category.map_or(!limited, |category| self.answers_for_category(category));
            theirs && self.answers_for_place(row.jurisdiction.as_deref())
        }))
    }

    /// The rows of the queue that are theirs.
    pub fn scope(&self) -> QueueScope {
        let all = Category::ALL.into_iter();
        let categories = all.filter(|category| self.answers_for_category(*category));
        let categories: Vec<i16> = categories.map(category_number).collect();
        QueueScope {
            jurisdiction: self.jurisdiction.clone(),
            specialties: self.specialties.clone(),
            categories: if categories.len() == Category::ALL.len() {
                Vec::new()
            } else {
                categories
            },
        }
    }
}

/// The place of an entry: that of its source; of an adjustment, that of the decision that made it.
pub(crate) fn place_of(
    tx: &mut ReadTx<'_>,
    directory: &Directory,
    entry: &Entry,
) -> Result<Option<String>, StoreError> {
    if entry.source == SourceId::NONE {
        let decision = tx.decision(entry.person, DecisionId::stored(entry.batch.get()))?;
        return Ok(decision.and_then(|decision| decision.jurisdiction));
    }
    Ok(directory.sources.get(&entry.source).and_then(|source| source.jurisdiction.clone()))
}
