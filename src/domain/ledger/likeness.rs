//! How much two records of one person are alike, as records of one learning event.
//!
//! The same number of evidence, or the same provider, course code and last day, is certain. Otherwise a
//! score of 100 points says how much alike two records are; from [`THRESHOLD`] on it is suspected.

use chrono::NaiveDate;
use serde::Serialize;
use unicode_normalization::UnicodeNormalization;

use super::posting::Posting;
use crate::domain::category::Category;
use crate::domain::ids::SourceId;

/// From this score on, two records are suspected to be of one event.
pub const THRESHOLD: i16 = 80;

/// The points of a score, of 100.
const TITLE: i16 = 40;
const DAYS: i16 = 30;
const HOURS: i16 = 15;
const CATEGORY: i16 = 15;

/// The shortest number of evidence that says anything.
const CERTIFICATE_LENGTH: usize = 4;

/// A record, as far as it is compared.
#[derive(Clone, Copy, Debug)]
pub struct Event<'a> {
    /// Who tells of it.
    pub source: SourceId,
    /// The source's rank; of two records of one event, the one with the lower rank is kept.
    pub rank: i16,
    /// Since when the record is known; of two with one rank, the earlier one is kept.
    pub since: i64,
    /// The source's key.
    pub key: &'a str,
    /// What it says.
    pub posting: &'a Posting,
    /// The day on which the course began.
    pub started_on: Option<NaiveDate>,
}

/// Why two records are taken for one event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Likeness {
    /// Whether there is no doubt.
    pub certain: bool,
    /// Of 100 points.
    pub score: i16,
    /// Of what the score is made.
    pub parts: Vec<Part>,
}

/// A part of a score.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Part {
    /// `certificate`, `course`, `title`, `days`, `hours`, `category`.
    pub what: &'static str,
    /// The points.
    pub points: i16,
    /// How many there could be.
    pub most: i16,
}

/// The texts of a record as they are compared.
pub(super) struct Texts {
    certificate: Option<String>,
    provider: String,
    course: String,
    title: String,
}

impl Texts {
    pub(super) fn of(event: &Event<'_>) -> Texts {
        let particulars = &event.posting.particulars;
        let of = |text: &Option<Box<str>>| plain(text.as_deref().unwrap_or_default());
        let long = |text: &String| text.chars().count() >= CERTIFICATE_LENGTH;
        Texts {
            certificate: Some(of(&particulars.certificate)).filter(long),
            provider: of(&particulars.provider),
            course: of(&particulars.course_code),
            title: of(&particulars.course_title),
        }
    }
}

/// Compares two records of one person; none where they are two events.
pub fn alike(one: &Event<'_>, other: &Event<'_>) -> Option<Likeness> {
    compare((one, &Texts::of(one)), (other, &Texts::of(other)))
}

/// The same, with the texts made ready.
pub(super) fn compare(
    (one, a): (&Event<'_>, &Texts),
    (other, b): (&Event<'_>, &Texts),
) -> Option<Likeness> {
    if one.source == other.source {
        return None;
    }
    let category = category_points(one.posting.category, other.posting.category);
    let hours = hours_points(one.posting.hours.hundredths(), other.posting.hours.hundredths());
    if a.certificate.is_some() && a.certificate == b.certificate {
        // One evidence may be for hours of several categories; those are parts of one event.
        return match (category, hours) {
            (0, HOURS) => Some(suspected(vec![("certificate", 100 - CATEGORY, 100)])),
            (0, _) => None,
            _ => Some(certain("certificate")),
        };
    }
    let days = one.posting.completed_on.zip(other.posting.completed_on);
    let same_day = days.is_some_and(|(own, its)| own == its);
    if category > 0 && same_day && same(&a.provider, &b.provider) && same(&a.course, &b.course) {
        return Some(certain("course"));
    }
    let days = days_points(one, other);
    if TITLE + days + hours + category < THRESHOLD {
        return None;
    }
    let found = suspected(vec![
        ("title", title_points(&a.title, &b.title), TITLE),
        ("days", days, DAYS),
        ("hours", hours, HOURS),
        ("category", category, CATEGORY),
    ]);
    (found.score >= THRESHOLD).then_some(found)
}

fn certain(what: &'static str) -> Likeness {
    let parts = vec![Part { what, points: 100, most: 100 }];
    Likeness { certain: true, score: 100, parts }
}

fn suspected(parts: Vec<(&'static str, i16, i16)>) -> Likeness {
    let parts: Vec<Part> =
        parts.into_iter().map(|(what, points, most)| Part { what, points, most }).collect();
    Likeness { certain: false, score: parts.iter().map(|part| part.points).sum(), parts }
}

/// Without what keyboards and programs make of a text: letters and digits, in one width and case.
fn plain(text: &str) -> String {
    text.nfkc().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

fn same(one: &str, other: &str) -> bool {
    !one.is_empty() && one == other
}

/// All points for the same category, a part where one of them is unsplit public hours.
fn category_points(one: Category, other: Category) -> i16 {
    let unsplit =
        |a, b| a == Category::Public && matches!(b, Category::Industry | Category::General);
    match () {
        () if one == other => CATEGORY,
        () if unsplit(one, other) || unsplit(other, one) => CATEGORY * 2 / 3,
        () => 0,
    }
}

/// All points for the same hours, a part where they differ by a tenth at most.
fn hours_points(one: i64, other: i64) -> i16 {
    let apart = (one - other).abs();
    match () {
        () if apart == 0 => HOURS,
        () if apart.saturating_mul(10) <= one.max(other) => HOURS / 3,
        () => 0,
    }
}

/// All points for the same last day; a part for days that overlap or are near, or are not known.
fn days_points(one: &Event<'_>, other: &Event<'_>) -> i16 {
    let Some((own, its)) = one.posting.completed_on.zip(other.posting.completed_on) else {
        return if one.posting.year == other.posting.year { DAYS / 3 } else { 0 };
    };
    let (begin, start) = (one.started_on.unwrap_or(own), other.started_on.unwrap_or(its));
    let overlap = begin <= its && start <= own;
    match (own - its).num_days().abs() {
        0 => DAYS,
        1..=3 => DAYS * 2 / 3,
        _ if overlap => DAYS * 2 / 3,
        4..=31 => DAYS / 6,
        _ => 0,
    }
}

/// The share of pairs of neighbouring letters that two titles have in common (Dice).
fn title_points(one: &str, other: &str) -> i16 {
    if one.is_empty() || other.is_empty() {
        return 0;
    }
    if one == other {
        return TITLE;
    }
    let (mine, mut theirs) = (pairs(one), pairs(other));
    let all = mine.len() + theirs.len();
    let mut common = 0_usize;
    for pair in &mine {
        if let Some(place) = theirs.iter().position(|other| other == pair) {
            theirs.swap_remove(place);
            common += 1;
        }
    }
    let most = usize::try_from(TITLE).unwrap_or_default();
    let points = (2 * common * most).checked_div(all).unwrap_or_default();
    i16::try_from(points).unwrap_or_default()
}

fn pairs(text: &str) -> Vec<(char, char)> {
    text.chars().zip(text.chars().skip(1)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ledger::posting::Particulars;
    use crate::domain::year::Year;

    fn posting(title: &str, day: &str, hours: &str, category: Category) -> Posting {
        Posting {
            year: Year::new(2024).unwrap(),
            category,
            hours: hours.parse().unwrap(),
            completed_on: day.parse().ok(),
            particulars: Particulars { course_title: Some(title.into()), ..Particulars::default() },
        }
    }

    fn event<'a>(source: i64, rank: i16, key: &'a str, posting: &'a Posting) -> Event<'a> {
        Event { source: SourceId::stored(source), rank, since: 0, key, posting, started_on: None }
    }

    fn score(one: &Posting, other: &Posting) -> Option<(bool, i16)> {
        let (one, other) = (event(1, 10, "a", one), event(2, 50, "b", other));
        let found = alike(&one, &other);
        assert_eq!(found, alike(&other, &one), "it does not matter who is asked");
        found.map(|found| (found.certain, found.score))
    }

    #[test]
    fn evidence_and_course_are_certain() {
        let one = posting("课程", "2024-05-06", "24", Category::Professional);
        let mut own = posting("另一课程", "2023-01-01", "8", Category::Professional);
        own.particulars.certificate = Some("证-2024-0001".into());
        let mut its = one.clone();
        its.particulars.certificate = Some("证２０２４ 0001".into());
        assert_eq!(score(&own, &its), Some((true, 100)));
        its.category = Category::Industry;
        assert_eq!(score(&own, &its), None, "another part of one event");
        its.hours = own.hours;
        assert_eq!(score(&own, &its), Some((false, 85)), "a category too many");
        let (mut own, mut its) = (one.clone(), one.clone());
        own.particulars.course_title = Some("甲".into());
        its.particulars.course_title = Some("乙".into());
        assert_eq!(score(&own, &its), None);
        for side in [&mut own, &mut its] {
            side.particulars.course_code = Some("KC-1".into());
            side.particulars.provider = Some("培训 机构".into());
        }
        assert_eq!(score(&own, &its), Some((true, 100)));
        its.completed_on = "2024-05-07".parse().ok();
        assert_eq!(score(&own, &its), None, "the same course on another day is another event");
    }

    #[test]
    fn the_score_is_as_documented() {
        let one = posting("绿色建筑设计标准", "2024-05-06", "24", Category::Professional);
        let cases = [
            ("绿色建筑设计标准", "2024-05-06", "24", Category::Professional, Some(100)),
            ("绿色建筑-设计标准 ", "2024-05-06", "24", Category::Professional, Some(100)),
            ("绿色建筑设计标准", "2024-05-08", "24", Category::Professional, Some(90)),
            ("绿色建筑设计标准", "", "24", Category::Professional, Some(80)),
            ("绿色建筑设计标准", "2024-05-06", "24", Category::Industry, Some(85)),
            ("绿色建筑设计标准", "2024-05-06", "8", Category::Professional, Some(85)),
            ("绿色建筑设计标准", "2024-05-06", "8", Category::Industry, None),
            ("绿色建筑设计标准", "2023-05-06", "24", Category::Professional, None),
            ("建筑节能与绿色施工", "2024-05-06", "24", Category::Professional, None),
        ];
        for (title, day, hours, category, expected) in cases {
            let found = score(&one, &posting(title, day, hours, category));
            assert_eq!(found, expected.map(|score| (false, score)), "{title} {day} {hours}");
        }
    }
}
