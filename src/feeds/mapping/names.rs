//! What can be known of a record, and under which names a source has it.

/// Something that a record says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::feeds) enum Fact {
    /// The source's id of the record.
    Id,
    /// The identity number.
    Number,
    /// The person's name.
    Name,
    /// Who gave the course.
    Provider,
    /// The course's code.
    CourseCode,
    /// The course's title.
    CourseTitle,
    /// The category.
    Category,
    /// The hours.
    Hours,
    /// The year they count for.
    Year,
    /// The day it began.
    Started,
    /// The day, or instant, it was completed.
    Completed,
    /// Both days in one text.
    Span,
    /// Where recognition stands.
    Standing,
    /// When the record last changed.
    Changed,
    /// The certificate's number.
    Certificate,
    /// Remarks.
    Remarks,
    /// The sum of a row.
    Sum,
    /// Who recognised it.
    Reviewer,
    /// What a statement says was done.
    Verb,
    /// The statement that is voided.
    RefersTo,
    /// Whether the course was completed.
    Completion,
    /// Whether it was passed.
    Success,
    /// Whether it is recognised.
    Settled,
    /// Whether it is void.
    Voided,
    /// The link to what follows.
    More,
}

impl Fact {
    /// Every fact with its name in mapping files.
    pub(super) const ALL: [(Fact, &'static str); 25] = [
        (Fact::Id, "id"),
        (Fact::Number, "number"),
        (Fact::Name, "name"),
        (Fact::Provider, "provider"),
        (Fact::CourseCode, "course_code"),
        (Fact::CourseTitle, "course_title"),
        (Fact::Category, "category"),
        (Fact::Hours, "hours"),
        (Fact::Year, "year"),
        (Fact::Started, "started"),
        (Fact::Completed, "completed"),
        (Fact::Span, "span"),
        (Fact::Standing, "standing"),
        (Fact::Changed, "changed"),
        (Fact::Certificate, "certificate"),
        (Fact::Remarks, "remarks"),
        (Fact::Sum, "sum"),
        (Fact::Reviewer, "reviewer"),
        (Fact::Verb, "verb"),
        (Fact::RefersTo, "refers_to"),
        (Fact::Completion, "completion"),
        (Fact::Success, "success"),
        (Fact::Settled, "settled"),
        (Fact::Voided, "voided"),
        (Fact::More, "more"),
    ];

    /// The place in arrays of facts.
    pub(in crate::feeds) fn index(self) -> usize {
        Fact::ALL.iter().position(|(fact, _)| *fact == self).unwrap_or_default()
    }
}

/// How many facts there are.
pub(in crate::feeds) const FACTS: usize = Fact::ALL.len();

/// The names of a source: of headings each that is accepted, of statements the way to the value.
#[derive(Clone, Debug, Default)]
pub(in crate::feeds) struct Names {
    /// The facts that are mapped.
    named: Vec<(Fact, Vec<String>)>,
    /// Headings that are known and not read.
    pub(in crate::feeds) others: Vec<String>,
}

impl Names {
    /// Adds a fact.
    pub(super) fn put(&mut self, fact: Fact, names: Vec<String>) {
        self.named.push((fact, names));
    }

    /// The names of a fact.
    pub(in crate::feeds) fn of(&self, fact: Fact) -> &[String] {
        let found = self.named.iter().find(|(other, _)| *other == fact);
        found.map(|(_, names)| names.as_slice()).unwrap_or_default()
    }

    /// The fact of a name.
    pub(in crate::feeds) fn fact(&self, name: &str) -> Option<Fact> {
        let found = self.named.iter().find(|(_, names)| names.iter().any(|other| other == name));
        found.map(|(fact, _)| *fact)
    }

    /// Every fact that is mapped, with its names.
    pub(in crate::feeds) fn iter(&self) -> impl Iterator<Item = (Fact, &[String])> {
        self.named.iter().map(|(fact, names)| (*fact, names.as_slice()))
    }
}
