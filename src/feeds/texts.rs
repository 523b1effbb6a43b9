//! The texts of a record, each by what it says.

use std::borrow::Cow;

use super::mapping::{FACTS, Fact};
use crate::domain::identity::IdNumber;

/// The texts of a record; absent ones are empty.
pub(super) struct Texts<'t>([Cow<'t, str>; FACTS]);

impl Default for Texts<'_> {
    fn default() -> Self {
        Texts(std::array::from_fn(|_| Cow::Borrowed("")))
    }
}

impl<'t> Texts<'t> {
    pub(super) fn put(&mut self, fact: Fact, text: Cow<'t, str>) {
        if let Some(place) = self.0.get_mut(fact.index()) {
            *place = text;
        }
    }

    pub(super) fn get(&self, fact: Fact) -> &str {
        self.0.get(fact.index()).map_or("", |text| text.trim())
    }

    /// The person, as far as a key is made of one: the number as it is compared.
    pub(super) fn person(&self) -> String {
        let text = self.get(Fact::Number);
        IdNumber::parse(text).map_or_else(|_| text.to_owned(), |number| number.expose().to_owned())
    }
}
