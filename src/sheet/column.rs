//! The columns of a posted row, and its fields as they were written.

/// A column.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Column {
    /// The provider's own key of the row.
    Key,
    /// Which version of it.
    Revision,
    /// 身份证号.
    PersonNumber,
    /// 姓名.
    PersonName,
    /// 年度.
    Year,
    /// 科目.
    Category,
    /// 学时.
    Hours,
    /// 完成日期.
    CompletedOn,
    /// 课程编号.
    CourseCode,
    /// 课程名称.
    CourseTitle,
    /// 培训机构.
    Provider,
    /// 专业.
    Specialty,
    /// 依据.
    Basis,
    /// 证书编号.
    Certificate,
}

impl Column {
    /// Every column, in the order in which they are documented.
    pub const ALL: [Column; 14] = [
        Column::Key,
        Column::Revision,
        Column::PersonNumber,
        Column::PersonName,
        Column::Year,
        Column::Category,
        Column::Hours,
        Column::CompletedOn,
        Column::CourseCode,
        Column::CourseTitle,
        Column::Provider,
        Column::Specialty,
        Column::Basis,
        Column::Certificate,
    ];

    /// Those that a table must have.
    pub const REQUIRED: [Column; 6] = [
        Column::Key,
        Column::PersonNumber,
        Column::PersonName,
        Column::Year,
        Column::Category,
        Column::Hours,
    ];

    /// The headings, the name first.
    pub const fn headings(self) -> &'static [&'static str] {
        match self {
            Column::Key => &["key", "编号", "流水号"],
            Column::Revision => &["revision", "版本", "版本号"],
            Column::PersonNumber => {
                &["person_number", "身份证号", "身份证号码", "证件号码", "证件号"]
            }
            Column::PersonName => &["person_name", "姓名"],
            Column::Year => &["year", "年度", "学时年度"],
            Column::Category => &["category", "科目", "类别", "科目类别", "学时类别"],
            Column::Hours => &["hours", "学时", "学时数"],
            Column::CompletedOn => &["completed_on", "完成日期", "结业日期"],
            Column::CourseCode => &["course_code", "课程编号", "课程代码"],
            Column::CourseTitle => &["course_title", "课程名称", "课程"],
            Column::Provider => &["provider", "培训机构", "施教机构"],
            Column::Specialty => &["specialty", "专业"],
            Column::Basis => &["basis", "依据", "文件依据"],
            Column::Certificate => &["certificate", "证书编号", "证书号"],
        }
    }

    /// The name in English, as in JSON.
    pub const fn name(self) -> &'static str {
        match self.headings() {
            [name, ..] => name,
            [] => "",
        }
    }

    /// The column of a heading, which is already in its normal form.
    pub(super) fn of(heading: &str) -> Option<Column> {
        Column::ALL.into_iter().find(|column| column.headings().contains(&heading))
    }

    const fn place(self) -> usize {
        match self {
            Column::Key => 0,
            Column::Revision => 1,
            Column::PersonNumber => 2,
            Column::PersonName => 3,
            Column::Year => 4,
            Column::Category => 5,
            Column::Hours => 6,
            Column::CompletedOn => 7,
            Column::CourseCode => 8,
            Column::CourseTitle => 9,
            Column::Provider => 10,
            Column::Specialty => 11,
            Column::Basis => 12,
            Column::Certificate => 13,
        }
    }
}

/// The fields of a row, as texts; what is empty is absent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RowFields([Option<String>; 14]);

impl RowFields {
    /// The text of a field.
    pub fn get(&self, column: Column) -> Option<&str> {
        self.0.get(column.place())?.as_deref()
    }

    /// Takes the text of a field out.
    pub fn take(&mut self, column: Column) -> Option<String> {
        self.0.get_mut(column.place())?.take()
    }

    /// Puts a text in, without the space around it; categories by their names.
    pub(super) fn put(&mut self, column: Column, text: &str) {
        let text = text.trim();
        let text = match crate::domain::category::Category::from_word(text) {
            Some(category) if column == Column::Category => category.name(),
            _ => text,
        };
        if let Some(place) = self.0.get_mut(column.place()) {
            *place = (!text.is_empty()).then(|| text.to_owned());
        }
    }
}
