//! Who asks, as it is kept: never what may be somebody's number or name.

use super::{Vault, mac};
use crate::domain::discreet;
use crate::domain::identity::IdNumber;

const SUBJECT: &str = "xueshi/subject/v1";

/// Before what is kept in place of a subject. Letters follow, no digits: it looks like no number.
const PSEUDONYM: &str = "hidden-";

impl Vault {
    /// A subject as it is kept and compared. Some issuers name people by their identity number: that,
    /// and all else that a log would hide, becomes a pseudonym under the key that never changes.
    /// Both forms of one number are one subject. What was given by this stays as it is.
    pub fn subject(&self, said: &str) -> String {
        if discreet::shown(said) == said { said.to_owned() } else { self.pseudonym(said) }
    }

    /// The same of the subject of a token, which cannot choose to be somebody else's pseudonym.
    pub fn subject_of_token(&self, said: &str) -> String {
        if said.starts_with(PSEUDONYM) { self.pseudonym(said) } else { self.subject(said) }
    }

    fn pseudonym(&self, said: &str) -> String {
        let number = IdNumber::parse(said).ok();
        let said = number.as_ref().map_or(said, IdNumber::expose);
        let digest = mac(&self.blind, SUBJECT, &[said.as_bytes()]);
        let half = digest.first_chunk::<16>().copied().unwrap_or_default();
        let letter = |nibble: u8| char::from(b'a' + nibble);
        let letters = half.iter().flat_map(|byte| [letter(byte >> 4), letter(byte & 15)]);
        PSEUDONYM.chars().chain(letters).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::timestamp::Timestamp;
    use crate::vault::keys::Keys;
    use crate::vault::system_random;

    #[test]
    fn a_number_or_a_name_becomes_a_pseudonym() {
        let mut keys = Keys::drawn(Timestamp::from_micros(0), system_random).unwrap();
        let vault = Vault::new(&keys).unwrap();
        let number = vault.subject("330523190001011237");
        for same in ["330523000101123", "３３０５２３１９０００１０１１２３７", &number]
        {
            assert_eq!(vault.subject(same), number, "{same}");
        }
        assert_eq!(number.len(), PSEUDONYM.len() + 32);
        assert!(number.bytes().all(|byte| byte == b'-' || byte.is_ascii_lowercase()), "{number}");
        let hidden = ["330523190001011238", "样例一", "u-330523190001011237", "123456789012345"];
        let all = hidden.map(|said| vault.subject(said));
        assert!(all.iter().all(|one| one.starts_with(PSEUDONYM) && *one != number), "{all:?}");
        for plain in ["ops", "auth0|5f7c8ec7c33c6c00", "0b2c6a52-6a0e-4c4e-9a51-0c3fd2a1b7de"] {
            assert_eq!(vault.subject(plain), plain);
            assert_eq!(vault.subject_of_token(plain), plain);
        }
        // A token that says a pseudonym is not whoever has it.
        assert_ne!(vault.subject_of_token(&number), number);
        assert_eq!(vault.subject_of_token("330523190001011237"), number);

        keys.add_master(Timestamp::from_micros(1), system_random).unwrap();
        assert_eq!(Vault::new(&keys).unwrap().subject("330523000101123"), number);
        let others = Keys::drawn(Timestamp::from_micros(0), system_random).unwrap();
        assert_ne!(Vault::new(&others).unwrap().subject("330523190001011237"), number);
    }
}
