//! What a source calls things, as data: `config/feeds/*.toml`.

mod asked;
mod names;
mod part;
mod read;

use std::sync::OnceLock;
use std::time::Duration;

use include_dir::{Dir, include_dir};

pub(super) use names::{FACTS, Fact, Names};

use crate::domain::category::Category;
use crate::domain::declaration::Jurisdiction;
use crate::domain::fields::Problems;
use crate::domain::ledger::statement::RecognitionStatus;
use crate::domain::message::{Message, Problem};

static EMBEDDED: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/config/feeds");

/// What the records of a source come in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// Pages of JSON over HTTP.
    Pages,
    /// Lines of learning statements, over HTTP or in a file.
    Statements,
    /// Files of columns, CSV.
    Columns,
    /// Workbooks with a sheet for each year.
    Workbook,
}

impl Shape {
    /// Every shape.
    pub const ALL: [Shape; 4] = [Shape::Pages, Shape::Statements, Shape::Columns, Shape::Workbook];

    /// The name in mapping files.
    pub const fn name(self) -> &'static str {
        match self {
            Shape::Pages => "pages",
            Shape::Statements => "statements",
            Shape::Columns => "columns",
            Shape::Workbook => "workbook",
        }
    }

    /// Whether it is asked for over HTTP.
    pub const fn is_asked_for(self) -> bool {
        matches!(self, Shape::Pages | Shape::Statements)
    }

    /// Whether it can be a file.
    pub const fn is_file(self) -> bool {
        !matches!(self, Shape::Pages)
    }
}

/// One system of a city, and how what it sends is to be read.
#[derive(Clone, Debug)]
pub struct Feed {
    /// Its name in commands and in the ledger.
    pub code: String,
    /// 中文 name.
    pub name_zh: String,
    /// English name.
    pub name_en: String,
    /// For where it speaks.
    pub jurisdiction: Jurisdiction,
    /// The lower, the more it is trusted.
    pub rank: i16,
    /// What its records come in.
    pub shape: Shape,
    /// Whether its year counts; else the day of completion decides and its year is a hint.
    pub year_is_authority: bool,
    pub(super) names: Names,
    pub(super) categories: Codes<Category>,
    pub(super) synonyms: Codes<Category>,
    pub(super) standings: Codes<RecognitionStatus>,
    pub(super) answer: AnswerNames,
    pub(super) verbs: Verbs,
    pub(super) file: FileRules,
    pub(super) requests: Option<Requests>,
    pub(super) totals: Option<TotalNames>,
    pub(super) summary: Option<SummaryNames>,
}

/// Words of a source and what they mean.
pub(super) type Codes<T> = Vec<(String, T)>;

/// What a word of a source means.
pub(super) fn meaning<T: Copy>(codes: &Codes<T>, word: &str) -> Option<T> {
    codes.iter().find(|(code, _)| code == word).map(|(_, meaning)| *meaning)
}

/// The names around the records of a page.
#[derive(Clone, Debug, Default)]
pub(super) struct AnswerNames {
    pub(super) success: String,
    pub(super) code: String,
    pub(super) code_good: Vec<String>,
    pub(super) code_not_authorised: Vec<String>,
    pub(super) message: String,
    pub(super) not_authorised: Vec<String>,
    pub(super) result: String,
    pub(super) records: String,
    pub(super) total: String,
    pub(super) size: String,
    pub(super) current: String,
}

/// The verbs of learning statements.
#[derive(Clone, Debug, Default)]
pub(super) struct Verbs {
    pub(super) completed: Vec<String>,
    pub(super) voided: Vec<String>,
    pub(super) course_prefix: String,
}

/// What is agreed of files.
#[derive(Clone, Debug, Default)]
pub(super) struct FileRules {
    pub(super) name: String,
    pub(super) full: String,
    pub(super) incremental: String,
    pub(super) done: String,
    pub(super) md5: String,
    /// What a row of sums begins with.
    pub(super) totals: Vec<String>,
    /// What stands in a cell of hours for none.
    pub(super) nothing: Vec<String>,
    /// What a remark says where the row corrects an earlier one.
    pub(super) corrections: Vec<String>,
}

/// How an instant is asked from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SinceForm {
    /// `2024-05-06 00:00:00`, in China.
    China,
    /// `2024-05-06T00:00:00.000Z`.
    Utc,
}

/// How the source is asked.
#[derive(Clone, Debug)]
pub(super) struct Requests {
    pub(super) token_header: String,
    pub(super) token_prefix: String,
    pub(super) list: String,
    pub(super) since: String,
    pub(super) since_form: SinceForm,
    pub(super) page: Option<String>,
    pub(super) size: String,
    pub(super) page_size: u32,
    pub(super) look_back: Duration,
    pub(super) safety_lag: Duration,
    pub(super) more: Option<String>,
    pub(super) totals: Option<String>,
    pub(super) summary: Option<String>,
    pub(super) year: String,
}

/// The names in an answer of totals.
#[derive(Clone, Debug)]
pub(super) struct TotalNames {
    pub(super) rows: String,
    pub(super) category: String,
    pub(super) count: String,
    pub(super) hours: String,
}

/// The names in a summary of a person's year.
#[derive(Clone, Debug)]
pub(super) struct SummaryNames {
    pub(super) number: String,
    pub(super) year: String,
    pub(super) professional: String,
    pub(super) industry: String,
    pub(super) general: String,
}

/// The text of mapping files, by name.
type Texts = Vec<(String, String)>;

impl Feed {
    /// The feeds in the binary, in order of their codes.
    pub fn all() -> &'static [Feed] {
        static ALL: OnceLock<Vec<Feed>> = OnceLock::new();
        // A test proves that every embedded file reads.
        ALL.get_or_init(|| from_texts(&embedded()).unwrap_or_default())
    }

    /// The feed of a code, among those in the binary.
    pub fn by_code(code: &str) -> Option<&'static Feed> {
        Feed::all().iter().find(|feed| feed.code == code)
    }

    /// The feeds in the binary and those of further mapping files, which stand in the place of the ones with
    /// their codes; with everything that is wrong in any of them.
    pub fn mapped(texts: &Texts) -> Result<Vec<Feed>, Problems> {
        let mut feeds = from_texts(texts)?;
        let own = |code: &str| feeds.iter().any(|feed| feed.code == code);
        let others: Vec<Feed> = Feed::all().iter().filter(|f| !own(&f.code)).cloned().collect();
        feeds.extend(others);
        feeds.sort_by(|a, b| a.code.cmp(&b.code));
        Ok(feeds)
    }

    /// The mapping file of a code, as it is written: of further files, else of the binary.
    pub fn mapping(texts: Texts, code: &str) -> Option<String> {
        let of = |(file, text): &(String, String)| {
            Feed::from_text(file, text).is_ok_and(|feed| feed.code == code)
        };
        texts.into_iter().chain(embedded()).find(of).map(|(_, text)| text)
    }

    /// One feed from the text of a mapping file.
    pub fn from_text(file: &str, text: &str) -> Result<Feed, Problems> {
        let in_file = |problems: Problems| -> Problems {
            problems.into_iter().map(|problem| problem.in_file(file)).collect()
        };
        read::feed(text).map_err(in_file)
    }

    /// What a category is called here: its own codes first, then what people write instead.
    pub(super) fn category(&self, word: &str) -> Option<Category> {
        meaning(&self.categories, word).or_else(|| meaning(&self.synonyms, word))
    }
}

fn embedded() -> Texts {
    let text = |file: &include_dir::File<'_>| {
        Some((file.path().to_string_lossy().into_owned(), file.contents_utf8()?.to_owned()))
    };
    EMBEDDED.files().filter_map(text).collect()
}

fn from_texts(texts: &Texts) -> Result<Vec<Feed>, Problems> {
    let (mut feeds, mut problems): (Vec<Feed>, _) = (Vec::new(), Problems::new());
    for (file, text) in texts {
        match Feed::from_text(file, text) {
            Ok(feed) if feeds.iter().any(|other| other.code == feed.code) => {
                let message = Message::new("feed_twice").with("code", &feed.code);
                problems.push(Problem::at("code", 0, message).in_file(file));
            }
            Ok(feed) => feeds.push(feed),
            Err(mut found) => problems.append(&mut found),
        }
    }
    feeds.sort_by(|a, b| a.code.cmp(&b.code));
    if problems.is_empty() { Ok(feeds) } else { Err(problems) }
}
