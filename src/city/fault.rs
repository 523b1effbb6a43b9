//! Everything that is wrong with the four systems on some days: each with a name, what it is in both
//! languages (`[fault]` in `config/locales`), and what becomes of a ledger that meets it.

use serde::Serialize;

use super::record::System;

/// What a fault may do to a ledger that pulls while it is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// Nothing: the ledger holds what [`super::Town::expected`] says.
    Tolerated,
    /// Rows may be refused, held or missed; after the fault is off and the feed was pulled again, the
    /// ledger holds what is expected.
    Recoverable,
    /// The run stops with an alarm and nothing changes.
    Stopping,
}

impl Effect {
    /// The name in tables.
    pub const fn name(self) -> &'static str {
        match self {
            Effect::Tolerated => "tolerated",
            Effect::Recoverable => "recoverable",
            Effect::Stopping => "stopping",
        }
    }
}

macro_rules! faults {
    ($($(#[$doc:meta])* $fault:ident = $name:literal, $system:ident, $effect:ident;)*) => {
        /// A way in which a system says badly what it holds.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Fault {
            $($(#[$doc])* $fault,)*
        }

        impl Fault {
            /// All of them, by system.
            pub const ALL: &'static [Fault] = &[$(Fault::$fault,)*];

            /// The name by which it is switched on.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Fault::$fault => $name,)*
                }
            }

            /// Whose fault it is.
            pub const fn system(self) -> System {
                match self {
                    $(Fault::$fault => System::$system,)*
                }
            }

            /// What it may do to a ledger.
            pub const fn effect(self) -> Effect {
                match self {
                    $(Fault::$fault => Effect::$effect,)*
                }
            }
        }
    };
}

faults! {
    /// Between two pages one row comes twice and another slips off.
    HuzhouRowTwice = "huzhou_row_twice", Huzhou, Recoverable;
    /// `pages` is one less than there are.
    HuzhouPagesOneShort = "huzhou_pages_one_short", Huzhou, Tolerated;
    /// `pages` is one more than there are; the last one is empty.
    HuzhouPagesOneMore = "huzhou_pages_one_more", Huzhou, Tolerated;
    /// `records` is null although `total` is not zero.
    HuzhouRecordsNull = "huzhou_records_null", Huzhou, Stopping;
    /// HTTP 200 with the message `not_auth` and an empty list.
    HuzhouNotAuth = "huzhou_not_auth", Huzhou, Stopping;
    /// `updatedFrom` is ignored and everything comes.
    HuzhouFilterIgnored = "huzhou_filter_ignored", Huzhou, Tolerated;
    /// `xs` of some rows is an empty text.
    HuzhouHoursEmpty = "huzhou_hours_empty", Huzhou, Recoverable;
    /// `nd` of rows before 2022 is null, where it is the year of the end date.
    HuzhouYearNull = "huzhou_year_null", Huzhou, Tolerated;
    /// `kmlx`, `rdzt`, `nd` and `xs` are numbers, not texts.
    HuzhouCodesAsNumbers = "huzhou_codes_as_numbers", Huzhou, Tolerated;
    /// Ids of 19 digits are JSON numbers.
    HuzhouIdsAsNumbers = "huzhou_ids_as_numbers", Huzhou, Tolerated;
    /// Its clock went back: what changes is stamped two days too early.
    HuzhouClockBack = "huzhou_clock_back", Huzhou, Recoverable;
    /// A withdrawal (2→9) leaves `gxsj` as it was, so that nothing shows it.
    HuzhouSilentWithdrawal = "huzhou_silent_withdrawal", Huzhou, Recoverable;
    /// Some rows are gone from the list, and `total` with them.
    HuzhouRowsVanish = "huzhou_rows_vanish", Huzhou, Recoverable;
    /// Every settled course of the learning site is taken over under another id, for good.
    HuzhouEchoes = "huzhou_echoes", Huzhou, Tolerated;
    /// Two of three requests are answered 429 with Retry-After: 1.
    HuzhouBurst429 = "huzhou_burst_429", Huzhou, Tolerated;
    /// Two of three requests are answered 502.
    HuzhouBurst502 = "huzhou_burst_502", Huzhou, Tolerated;
    /// The body ends halfway.
    HuzhouBodyCut = "huzhou_body_cut", Huzhou, Stopping;
    /// Each page lacks three rows that `total` counts.
    HuzhouPageShort = "huzhou_page_short", Huzhou, Stopping;
    /// `total` is one more than there are.
    HuzhouTotalMore = "huzhou_total_more", Huzhou, Recoverable;
    /// `total` and `pages` are zero although there are rows.
    HuzhouTotalZero = "huzhou_total_zero", Huzhou, Stopping;
    /// `kmlx` of some rows is the unknown code 7.
    HuzhouCodeUnknown = "huzhou_code_unknown", Huzhou, Recoverable;
    /// 302 to another host.
    HuzhouRedirect = "huzhou_redirect", Huzhou, Stopping;
    /// A body of 512 MiB.
    HuzhouEndless = "huzhou_endless", Huzhou, Stopping;
    /// The totals say 8 hours more of each category.
    HuzhouTotalsDiffer = "huzhou_totals_differ", Huzhou, Tolerated;
    /// The file is UTF-8 with a byte order mark.
    LishuiBom = "lishui_bom", Lishui, Tolerated;
    /// Units hold signs outside GBK, four bytes each in GB18030.
    LishuiRareSigns = "lishui_rare_signs", Lishui, Tolerated;
    /// Units hold quotes, commas and line breaks.
    LishuiQuoting = "lishui_quoting", Lishui, Tolerated;
    /// The last line is 合计, with the right sum.
    LishuiSumLine = "lishui_sum_line", Lishui, Tolerated;
    /// The last line is 合计, one hour too many.
    LishuiSumWrong = "lishui_sum_wrong", Lishui, Stopping;
    /// Columns stand in another order.
    LishuiColumnsMoved = "lishui_columns_moved", Lishui, Tolerated;
    /// The column 学时 is called 认定学时数.
    LishuiColumnsRenamed = "lishui_columns_renamed", Lishui, Stopping;
    /// Some identity numbers are 3.31102E+17.
    LishuiNumbersDamaged = "lishui_numbers_damaged", Lishui, Recoverable;
    /// There is no .ok.
    LishuiNoOk = "lishui_no_ok", Lishui, Recoverable;
    /// The .md5 is that of other bytes.
    LishuiWrongMd5 = "lishui_wrong_md5", Lishui, Stopping;
    /// Yesterday's file comes under today's name.
    LishuiYesterday = "lishui_yesterday", Lishui, Recoverable;
    /// A correction is a row of its own; the earlier row still stands before it.
    LishuiCorrectionAdded = "lishui_correction_added", Lishui, Tolerated;
    /// A 作废 row has no original.
    LishuiVoidUnknown = "lishui_void_unknown", Lishui, Tolerated;
    /// Public hours before 2022, of rows with a certificate, are all 公需科目.
    LishuiUnsplit = "lishui_unsplit", Lishui, Recoverable;
    /// Categories are written 专业课, 行业公需课, 一般公需课, 公需课.
    LishuiSynonyms = "lishui_synonyms", Lishui, Tolerated;
    /// Hours are written 8学时 or in full-width digits.
    LishuiHoursWords = "lishui_hours_words", Lishui, Tolerated;
    /// The full file lacks its last third.
    LishuiShrinks = "lishui_shrinks", Lishui, Stopping;
    /// The file ends within a row, and the .md5 agrees.
    LishuiCut = "lishui_cut", Lishui, Recoverable;
    /// Name, number and unit of a person's rows are merged cells.
    JiaxingNamesMerged = "jiaxing_names_merged", Jiaxing, Tolerated;
    /// Some identity numbers are stored as numbers and lost their end.
    JiaxingNumbersAsNumbers = "jiaxing_numbers_as_numbers", Jiaxing, Recoverable;
    /// Hours are stored as texts.
    JiaxingHoursAsTexts = "jiaxing_hours_as_texts", Jiaxing, Tolerated;
    /// Dates are serial numbers.
    JiaxingSerialDates = "jiaxing_serial_dates", Jiaxing, Tolerated;
    /// Dates are serial numbers of a 1904 book.
    JiaxingBook1904 = "jiaxing_book_1904", Jiaxing, Tolerated;
    /// 合计 is a formula without a cached value.
    JiaxingSumsAsFormulas = "jiaxing_sums_as_formulas", Jiaxing, Tolerated;
    /// Some hours are formulas without a cached value.
    JiaxingHoursAsFormulas = "jiaxing_hours_as_formulas", Jiaxing, Recoverable;
    /// Some rows are hidden.
    JiaxingHiddenRows = "jiaxing_hidden_rows", Jiaxing, Tolerated;
    /// A row 小计 after every ten, and 合计 at the end.
    JiaxingSubtotals = "jiaxing_subtotals", Jiaxing, Tolerated;
    /// Blocks of blank rows between the rows.
    JiaxingBlankBlocks = "jiaxing_blank_blocks", Jiaxing, Tolerated;
    /// Some hours are written as 24+6.
    JiaxingPlusHours = "jiaxing_plus_hours", Jiaxing, Recoverable;
    /// Cells without hours hold /.
    JiaxingSlashes = "jiaxing_slashes", Jiaxing, Tolerated;
    /// Some cells hold two people.
    JiaxingTwoPeople = "jiaxing_two_people", Jiaxing, Recoverable;
    /// Some rows are on the tab of another year, against their dates.
    JiaxingTabYear = "jiaxing_tab_year", Jiaxing, Recoverable;
    /// A hundred thousand rows that hold only a format.
    JiaxingFormattedRows = "jiaxing_formatted_rows", Jiaxing, Tolerated;
    /// A cell at the far end holds a blank.
    JiaxingFarCell = "jiaxing_far_cell", Jiaxing, Tolerated;
    /// A sheet unpacks to 1 GiB.
    JiaxingZipBomb = "jiaxing_zip_bomb", Jiaxing, Stopping;
    /// Units are texts that begin with = or @.
    JiaxingFormulaTexts = "jiaxing_formula_texts", Jiaxing, Tolerated;
    /// Columns stand in another order.
    JiaxingColumnsMoved = "jiaxing_columns_moved", Jiaxing, Tolerated;
    /// 合计 of some rows is not the sum of the parts.
    JiaxingSumWrong = "jiaxing_sum_wrong", Jiaxing, Recoverable;
    /// Every sheet lacks its last third.
    JiaxingShrinks = "jiaxing_shrinks", Jiaxing, Stopping;
    /// Some lines come twice, and out of order.
    HzhretDuplicates = "hzhret_duplicates", Hzhret, Tolerated;
    /// Voidings come before their statements.
    HzhretVoidingFirst = "hzhret_voiding_first", Hzhret, Tolerated;
    /// Timestamps are written with +08:00.
    HzhretLocalTimes = "hzhret_local_times", Hzhret, Tolerated;
    /// The last line is cut, and `more` is missing.
    HzhretLineCut = "hzhret_line_cut", Hzhret, Stopping;
    /// There are statements of courses completed but failed.
    HzhretFailed = "hzhret_failed", Hzhret, Tolerated;
    /// Courses come that are completed but not settled, and stay so.
    HzhretNotSettled = "hzhret_not_settled", Hzhret, Tolerated;
    /// Some courses were chosen again: the old statement is void, the same comes under a new id, for good.
    HzhretRechosen = "hzhret_rechosen", Hzhret, Tolerated;
    /// Some actors are only hashed accounts without a name.
    HzhretHashedAccounts = "hzhret_hashed_accounts", Hzhret, Recoverable;
    /// There are statements with other verbs.
    HzhretUnknownVerbs = "hzhret_unknown_verbs", Hzhret, Tolerated;
    /// Every `more` link has expired (410).
    HzhretMoreExpired = "hzhret_more_expired", Hzhret, Recoverable;
    /// Every `more` link leads back to the first page.
    HzhretMoreCircles = "hzhret_more_circles", Hzhret, Recoverable;
    /// Answers are gzip although nobody asked.
    HzhretGzipUnasked = "hzhret_gzip_unasked", Hzhret, Tolerated;
    /// Two of three requests are answered 503 with Retry-After: 1.
    HzhretBurst503 = "hzhret_burst_503", Hzhret, Tolerated;
    /// The label `year` is one more than the year of completion.
    HzhretYearLabel = "hzhret_year_label", Hzhret, Tolerated;
    /// Some statements are gone from the log.
    HzhretShrinks = "hzhret_shrinks", Hzhret, Recoverable;
}

impl Fault {
    /// From the name.
    pub fn from_name(name: &str) -> Option<Fault> {
        Fault::ALL.iter().copied().find(|fault| fault.name() == name)
    }

    /// Whether only a feed that was pulled before can notice it: it shows in the comparison.
    pub const fn shows_in_comparison(self) -> bool {
        matches!(self, Fault::LishuiShrinks | Fault::JiaxingShrinks)
    }
}

impl Serialize for Fault {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}
