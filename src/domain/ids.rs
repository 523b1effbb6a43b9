//! Ids made here: 63 random bits, or a time and random bits; written as sixteen hexadecimal digits.
//!
//! Text, because a number beyond 2⁵³ does not survive JavaScript.

use std::fmt;
use std::str::FromStr;

use super::timestamp::Timestamp;

/// The text is not sixteen lower-case hexadecimal digits below 2⁶³.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotAnId;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(i64);

        impl $name {
            /// From 64 bits, of which the highest is dropped.
            pub const fn from_bits(bits: u64) -> $name {
                $name((bits >> 1).cast_signed())
            }

            /// From the number as it is stored.
            pub const fn stored(id: i64) -> $name {
                $name(id)
            }

            /// The number as it is stored.
            pub const fn get(self) -> i64 {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{:016x}", self.0)
            }
        }

        impl FromStr for $name {
            type Err = NotAnId;

            fn from_str(text: &str) -> Result<$name, NotAnId> {
                let digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
                if text.len() != 16 || !text.bytes().all(digit) {
                    return Err(NotAnId);
                }
                i64::from_str_radix(text, 16).map($name).map_err(|_| NotAnId)
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<$name, D::Error> {
                let text = std::borrow::Cow::<'de, str>::deserialize(from)?;
                text.parse().map_err(|NotAnId| {
                    serde::de::Error::invalid_value(
                        serde::de::Unexpected::Str(&text),
                        &"sixteen hexadecimal digits",
                    )
                })
            }
        }
    )*};
}

ids! {
    /// A person.
    PersonId;
    /// A batch of submissions: one post, one file, one pull.
    BatchId;
    /// A source: whoever vouches for hours.
    SourceId;
    /// A decision of a reviewer.
    DecisionId;
    /// A receipt.
    ReceiptId;
    /// A difference between sources, or between a source and the ledger.
    DifferenceId;
}

/// 2020-01-01, from which batches are counted.
const EPOCH: i64 = 1_577_836_800_000_000;

impl SourceId {
    /// Of an entry that no source vouches for: an adjustment.
    pub const NONE: SourceId = SourceId(0);
}

impl BatchId {
    /// The id of a batch that arrived at an instant: later batches have higher ids, so that what is
    /// stored by them is appended. 51 bits of microseconds, 12 of chance.
    const fn at(instant: Timestamp, bits: u64) -> BatchId {
        let micros = (instant.micros() - EPOCH).cast_unsigned() & ((1 << 51) - 1);
        BatchId(((micros << 12) | (bits >> 52)).cast_signed())
    }

    /// The same, of many rows: an odd number, which that of a row alone never is.
    pub const fn of_many(instant: Timestamp, bits: u64) -> BatchId {
        BatchId(BatchId::at(instant, bits).0 | 1)
    }

    /// The same, of a row alone: an even number.
    pub const fn of_one(instant: Timestamp, bits: u64) -> BatchId {
        BatchId(BatchId::at(instant, bits).0 & !1)
    }
}

impl PersonId {
    /// The id of a person who becomes known at an instant: those who become known together are stored
    /// together. 31 bits of seconds, 32 of chance.
    pub const fn at(instant: Timestamp, bits: u64) -> PersonId {
        let seconds = ((instant.micros() - EPOCH) / 1_000_000).cast_unsigned() & ((1 << 31) - 1);
        PersonId(((seconds << 32) | (bits >> 32)).cast_signed())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_reads_back_as_it_was_written() {
        for bits in [0, 1, 2, u64::MAX, 0x0123_4567_89ab_cdef] {
            let id = PersonId::from_bits(bits);
            assert_eq!(id.to_string().parse(), Ok(id));
        }
        for text in ["", "1", "000000000000000g", "ffffffffffffffff", "00000000000000AB"] {
            assert_eq!(text.parse::<PersonId>(), Err(NotAnId), "{text}");
        }
    }
}
