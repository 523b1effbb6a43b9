//! Categories 科目: what kind of hours.
//!
//! ```text
//! all 总学时
//! ├── professional 专业科目
//! └── public 公需科目
//!     ├── industry 行业公需
//!     └── general 一般公需
//! ```

use serde::Serialize;

/// A category of hours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Category {
    /// 专业科目.
    Professional,
    /// 行业公需科目.
    Industry,
    /// 一般公需科目.
    General,
    /// 公需科目 that arrived unsplit: industry, general, or some of both.
    Public,
}

impl Category {
    /// Every category, in the order of records and columns.
    pub const ALL: [Category; 4] =
        [Category::Professional, Category::Industry, Category::General, Category::Public];

    /// The name in files, API and answers.
    pub const fn name(self) -> &'static str {
        match self {
            Category::Professional => "professional",
            Category::Industry => "industry",
            Category::General => "general",
            Category::Public => "public",
        }
    }

    /// From the name.
    pub fn from_name(name: &str) -> Option<Category> {
        Category::ALL.into_iter().find(|c| c.name() == name)
    }

    /// From the word of a spreadsheet: the name, or what it is called in Chinese.
    pub fn from_word(word: &str) -> Option<Category> {
        let word = word.trim();
        let chinese = WORDS.iter().find(|(zh, _)| *zh == word).map(|(_, category)| *category);
        chinese.or_else(|| Category::from_name(&word.to_ascii_lowercase()))
    }

    /// The place in arrays of four.
    pub const fn index(self) -> usize {
        match self {
            Category::Professional => 0,
            Category::Industry => 1,
            Category::General => 2,
            Category::Public => 3,
        }
    }
}

/// What spreadsheets call the categories.
const WORDS: &[(&str, Category)] = &[
    ("专业科目", Category::Professional),
    ("专业", Category::Professional),
    ("行业公需科目", Category::Industry),
    ("行业公需", Category::Industry),
    ("一般公需科目", Category::General),
    ("一般公需", Category::General),
    ("公需科目", Category::Public),
    ("公需", Category::Public),
];

/// A set of the three categories that a clause can name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CategorySet {
    /// `["professional"]` 专业科目.
    Professional,
    /// `["industry", "general"]` 公需科目, jointly.
    Public,
    /// `["industry"]` 行业公需.
    Industry,
    /// `["general"]` 一般公需.
    General,
}

impl CategorySet {
    /// From the categories listed in a clause; `None` where the list names no node of the tree.
    pub fn from_categories(listed: &[Category]) -> Option<CategorySet> {
        let mut sorted = listed.to_vec();
        sorted.sort_unstable();
        match sorted.as_slice() {
            [Category::Professional] => Some(CategorySet::Professional),
            [Category::Industry, Category::General] => Some(CategorySet::Public),
            [Category::Industry] => Some(CategorySet::Industry),
            [Category::General] => Some(CategorySet::General),
            _ => None,
        }
    }

    /// The members.
    pub const fn categories(self) -> &'static [Category] {
        match self {
            CategorySet::Professional => &[Category::Professional],
            CategorySet::Public => &[Category::Industry, Category::General],
            CategorySet::Industry => &[Category::Industry],
            CategorySet::General => &[Category::General],
        }
    }

    /// Whether an unsplit public hour may or may not belong to the set, depending on the split.
    pub const fn needs_split(self) -> bool {
        matches!(self, CategorySet::Industry | CategorySet::General)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_spreadsheets_are_categories() {
        for (word, category) in [
            ("专业科目", Some(Category::Professional)),
            (" 行业公需 ", Some(Category::Industry)),
            ("一般公需科目", Some(Category::General)),
            ("公需", Some(Category::Public)),
            ("Professional", Some(Category::Professional)),
            ("", None),
            ("选修", None),
        ] {
            assert_eq!(Category::from_word(word), category, "{word}");
        }
    }
}
