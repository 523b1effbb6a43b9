//! What a row says, apart from whom it is about and how it came: hours with their particulars.

use std::fmt::Write as _;

use chrono::{Datelike, NaiveDate};
use sha2::{Digest, Sha256};

use crate::domain::category::Category;
use crate::domain::hours::Hours;
use crate::domain::ids::PersonId;
use crate::domain::year::Year;

/// Hours of one category for one year, with their particulars.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Posting {
    /// The year 年度 the hours count for.
    pub year: Year,
    /// The category 科目.
    pub category: Category,
    /// How many, more than none.
    pub hours: Hours,
    /// The day the course was completed.
    pub completed_on: Option<NaiveDate>,
    /// Course, provider and the like.
    pub particulars: Particulars,
}

/// Texts of a posting, none of which is about a person.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Particulars {
    /// 课程编号.
    pub course_code: Option<Box<str>>,
    /// 课程名称.
    pub course_title: Option<Box<str>>,
    /// 培训机构.
    pub provider: Option<Box<str>>,
    /// 专业.
    pub specialty: Option<Box<str>>,
    /// On what document the hours rest.
    pub basis: Option<Box<str>>,
    /// The number of the evidence 证书编号.
    pub certificate: Option<Box<str>>,
}

impl Particulars {
    /// The texts with their names, in the order in which they are written and hashed.
    pub fn named(&self) -> [(&'static str, Option<&str>); 6] {
        [
            ("course.code", self.course_code.as_deref()),
            ("course.title", self.course_title.as_deref()),
            ("provider", self.provider.as_deref()),
            ("specialty", self.specialty.as_deref()),
            ("basis", self.basis.as_deref()),
            ("certificate", self.certificate.as_deref()),
        ]
    }

    /// As JSON text, the bytes that are stored and hashed: names in order, absent ones left out.
    pub fn written(&self) -> String {
        let mut out = String::from("{");
        for (name, text) in self.named() {
            let Some(text) = text else { continue };
            if out.len() > 1 {
                out.push(',');
            }
            let quoted = serde_json::Value::from(text);
            // Writing into a text does not fail.
            let _ = write!(out, "\"{name}\":{quoted}");
        }
        out.push('}');
        out
    }

    /// From the text that is stored; none where it is not what would be written.
    pub fn read(written: &str) -> Option<Particulars> {
        let read: serde_json::Value = serde_json::from_str(written).ok()?;
        let text = |name: &str| read.get(name).and_then(|value| value.as_str()).map(Box::from);
        let particulars = Particulars {
            course_code: text("course.code"),
            course_title: text("course.title"),
            provider: text("provider"),
            specialty: text("specialty"),
            basis: text("basis"),
            certificate: text("certificate"),
        };
        (particulars.written() == written).then_some(particulars)
    }
}

impl Posting {
    /// The hash of the meaning, by which a row that was sent again is known.
    pub fn content_hash(&self, person: PersonId) -> [u8; 32] {
        let mut hash = Sha256::new();
        hash.update(b"xueshi.content.v1");
        hash.update(person.get().to_be_bytes());
        hash.update(self.year.get().to_be_bytes());
        hash.update([u8::try_from(self.category.index()).unwrap_or_default()]);
        hash.update(self.hours.hundredths().to_be_bytes());
        let day = self.completed_on.map_or(i32::MIN, |day| day.num_days_from_ce());
        hash.update(day.to_be_bytes());
        for (_, text) in self.particulars.named() {
            let text = text.unwrap_or_default();
            hash.update(u32::try_from(text.len()).unwrap_or(u32::MAX).to_be_bytes());
            hash.update(text);
        }
        hash.finalize().into()
    }

    /// The first field in which two postings differ.
    pub fn first_difference(&self, other: &Posting) -> Option<&'static str> {
        let fields = [
            ("year", self.year == other.year),
            ("category", self.category == other.category),
            ("hours", self.hours == other.hours),
            ("completed_on", self.completed_on == other.completed_on),
        ];
        let field = fields.into_iter().find(|(_, same)| !same).map(|(name, _)| name);
        field.or_else(|| {
            let pairs = self.particulars.named().into_iter().zip(other.particulars.named());
            pairs.into_iter().find(|((_, a), (_, b))| a != b).map(|((name, _), _)| name)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn posting() -> Posting {
        Posting {
            year: Year::new(2024).unwrap(),
            category: Category::Industry,
            hours: "8.5".parse().unwrap(),
            completed_on: NaiveDate::from_ymd_opt(2024, 5, 6),
            particulars: Particulars {
                course_title: Some("施工\"安全\"".into()),
                provider: Some("a\\b".into()),
                ..Particulars::default()
            },
        }
    }

    #[test]
    fn particulars_read_back_as_they_were_written() {
        let particulars = posting().particulars;
        assert_eq!(particulars.written(), r#"{"course.title":"施工\"安全\"","provider":"a\\b"}"#);
        assert_eq!(Particulars::read(&particulars.written()), Some(particulars));
        for damaged in ["", "{", "[]", r#"{"provider":1}"#, r#"{"place":"x"}"#, "{ }"] {
            assert_eq!(Particulars::read(damaged), None, "{damaged}");
        }
        assert_eq!(Particulars::default().written(), "{}");
    }

    #[test]
    fn every_field_is_in_the_hash_and_in_the_difference() {
        let one = posting();
        let person = PersonId::stored(7);
        let mut others = vec![("year", one.clone()), ("category", one.clone())];
        others.extend([("hours", one.clone()), ("completed_on", one.clone())]);
        others.extend([("course.code", one.clone()), ("basis", one.clone())]);
        others.push(("certificate", one.clone()));
        others[0].1.year = Year::new(2023).unwrap();
        others[1].1.category = Category::General;
        others[2].1.hours = "8.51".parse().unwrap();
        others[3].1.completed_on = None;
        others[4].1.particulars.course_code = Some("c".into());
        others[5].1.particulars.basis = Some("b".into());
        others[6].1.particulars.certificate = Some("n".into());
        for (field, other) in others {
            assert_eq!(one.first_difference(&other), Some(field));
            assert_ne!(one.content_hash(person), other.content_hash(person), "{field}");
        }
        assert_eq!(one.first_difference(&posting()), None);
        assert_ne!(one.content_hash(person), one.content_hash(PersonId::stored(8)));
    }
}
