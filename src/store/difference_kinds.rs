//! In what way something does not agree, and what may become of it.

macro_rules! numbered {
    ($(#[$doc:meta])* $name:ident { $($(#[$own:meta])* $variant:ident = $number:literal $text:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name { $($(#[$own])* $variant,)* }

        impl $name {
            /// Every one of them.
            pub const ALL: &[$name] = &[$($name::$variant),*];

            /// The name in API and files.
            pub const fn name(self) -> &'static str {
                match self { $($name::$variant => $text,)* }
            }

            /// From the name.
            pub fn from_name(name: &str) -> Option<$name> {
                $name::ALL.iter().copied().find(|one| one.name() == name)
            }

            pub(super) const fn number(self) -> i16 {
                match self { $($name::$variant => $number,)* }
            }

            pub(super) fn from_number(number: i16) -> Option<$name> {
                $name::ALL.iter().copied().find(|one| one.number() == number)
            }
        }
    };
}

numbered! {
    /// In what way something does not agree. The numbers are stored.
    Kind {
        /// Two sources seem to tell of one event.
        Duplicate = 1 "duplicate",
        /// The source lists a record that is not here.
        MissingHere = 2 "missing_here",
        /// Here is a record that the source does not list.
        MissingThere = 3 "missing_there",
        /// The source lists a record otherwise than it is here.
        Differs = 4 "differs",
        /// The source's own sum for a year is another one than that of its records.
        SumDiffers = 5 "sum_differs",
        /// The year that the source names is not the year that the hours count for.
        YearBasis = 6 "year_basis",
        /// The source recognises what a reviewer here refused or took back.
        ContradictsDecision = 7 "contradicts_decision",
    }
}

numbered! {
    /// What became of a difference. The numbers are stored.
    Settled {
        /// The hours count.
        Post = 1 "post",
        /// The entry was taken back.
        Reverse = 2 "reverse",
        /// The entry was taken back, and the source's hours count in its place.
        Replace = 3 "replace",
        /// It stays as it is.
        Ignore = 4 "ignore",
        /// It went away by itself, or a rule settles it.
        Rule = 5 "rule",
    }
}
