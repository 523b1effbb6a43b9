//! The vault: how a person is found without being named, and what names a person is sealed.
//!
//! - A number is looked up by its *blind index*, an HMAC under a key that never changes.
//! - What is shown again is sealed under the person's own *data key*, which is stored wrapped under
//!   a *master key*; with the wrapped key destroyed, the data are gone, in every backup too.
//! - What names somebody not yet known is sealed under a key of the inbox.
//!
//! [`keys`] holds the file that all of it hangs on.

pub mod file;
pub mod key_file;
pub mod keys;
mod keys_on_disk;
mod record_key;
mod ring;
mod seal;
pub mod sealed_file;
mod subject;

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use zeroize::Zeroizing;

use crate::domain::identity::{IdKind, IdNumber};
use crate::domain::person_name::PersonName;
use keys::Keys;
use ring::{Master, Masters};
use seal::Secret;

pub use seal::{DataKey, Random, VaultError, system_random};

/// The data key of a person as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WrappedKey {
    /// The master key that wraps it.
    pub master: i32,
    /// The sealed key.
    pub bytes: Vec<u8>,
}

/// The keys at work. Shared by all threads.
pub struct Vault {
    blind: hmac::Key,
    cursor: hmac::Key,
    masters: Masters,
}

const NUMBER: &str = "xueshi/blind-index/number/v1";
const NAME: &str = "xueshi/blind-index/name/v1";
const FINGERPRINT: &str = "xueshi/blind-index/fingerprint/v1";
const CURSOR: &str = "xueshi/cursor/v1";
const WRAPPED: &[u8] = b"xueshi/wrapped-key/v1";

/// The first byte of what the inbox key sealed; the id of the master key follows.
const INBOX: u8 = 2;

/// A longer cursor was not made here.
const LONGEST_CURSOR: usize = 8192;

impl Vault {
    /// Prepares the keys for use.
    pub fn new(keys: &Keys) -> Result<Vault, VaultError> {
        Ok(Vault {
            blind: hmac::Key::new(hmac::HMAC_SHA256, keys.blind_index().as_slice()),
            cursor: hmac::Key::new(hmac::HMAC_SHA256, keys.cursor().as_slice()),
            masters: Masters::new(keys)?,
        })
    }

    /// The same, for keys of a file, which is read again where it should have a newer master key.
    pub fn of_file(keys: &Keys, path: &Path) -> Result<Vault, VaultError> {
        let vault = Vault::new(keys)?;
        Ok(Vault { masters: vault.masters.of_file(path), ..vault })
    }

    /// Reads the file of keys again: another process has added a master key. Says whether it is here.
    pub fn read_again(&self, wanted: i32) -> bool {
        self.masters.read_again(wanted, |keys| self.is_of(keys))
    }

    fn is_of(&self, keys: &Keys) -> bool {
        let blind = hmac::Key::new(hmac::HMAC_SHA256, keys.blind_index().as_slice());
        mac(&blind, FINGERPRINT, &[]) == self.fingerprint()
    }

    /// The index under which a number is found; from it the number is not to be had without the key.
    pub fn blind_index(&self, kind: IdKind, number: &IdNumber) -> [u8; 32] {
        mac(&self.blind, NUMBER, &[&kind.get().to_be_bytes(), number.expose().as_bytes()])
    }

    /// The index that confirms a name of the person with that number. Equal names of different
    /// people have nothing in common.
    pub fn name_index(&self, number_index: &[u8; 32], name: &PersonName) -> [u8; 32] {
        mac(&self.blind, NAME, &[number_index, name.matching().as_bytes()])
    }

    /// Tells the blind-index key from every other, and says nothing of it: kept with the data, it
    /// shows at once that they are opened with the keys of another installation.
    pub fn fingerprint(&self) -> [u8; 32] {
        mac(&self.blind, FINGERPRINT, &[])
    }

    /// The master key that wraps and seals now.
    pub fn active(&self) -> i32 {
        self.masters.active()
    }

    /// A data key for a new person.
    pub fn new_data_key(&self) -> Result<(DataKey, WrappedKey), VaultError> {
        let mut secret = Secret::default();
        system_random(secret.as_mut_slice())?;
        Ok((DataKey::new(&secret)?, self.wrap(&secret)?))
    }

    /// The data key of a stored one.
    pub fn unwrap(&self, wrapped: &WrappedKey) -> Result<DataKey, VaultError> {
        DataKey::new(&self.unwrapped(wrapped)?)
    }

    /// The same data key under the master key of now: what it sealed stays as it is.
    pub fn rewrap(&self, wrapped: &WrappedKey) -> Result<WrappedKey, VaultError> {
        self.wrap(&self.unwrapped(wrapped)?)
    }

    fn wrap(&self, secret: &Secret) -> Result<WrappedKey, VaultError> {
        let master = self.master(self.active())?;
        let bytes = master.wrap.seal(&[], WRAPPED, secret.as_slice())?;
        Ok(WrappedKey { master: master.id, bytes })
    }

    fn unwrapped(&self, wrapped: &WrappedKey) -> Result<Secret, VaultError> {
        let plain = self.master(wrapped.master)?.wrap.open(WRAPPED, &wrapped.bytes)?;
        let mut secret = Secret::default();
        if plain.len() != secret.len() {
            return Err(VaultError::NotAuthentic);
        }
        secret.copy_from_slice(&plain);
        Ok(secret)
    }

    /// Seals what belongs to nobody known yet; `aad` says where it stands.
    pub fn seal_inbox(&self, aad: &[u8], plain: &[u8]) -> Result<Vec<u8>, VaultError> {
        let active = self.active();
        let [a, b, c, d] = active.to_be_bytes();
        self.master(active)?.inbox.seal(&[INBOX, a, b, c, d], aad, plain)
    }

    /// Opens what was sealed for the same place of the inbox.
    pub fn open_inbox(&self, aad: &[u8], sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, VaultError> {
        let id = Vault::inbox_master(sealed).ok_or(VaultError::NotAuthentic)?;
        let rest = sealed.get(5..).ok_or(VaultError::NotAuthentic)?;
        self.master(id)?.inbox.open(aad, rest)
    }

    /// The master key under which a row of the inbox is sealed, for finding those of a former one.
    fn inbox_master(sealed: &[u8]) -> Option<i32> {
        match sealed {
            [INBOX, a, b, c, d, ..] => Some(i32::from_be_bytes([*a, *b, *c, *d])),
            _ => None,
        }
    }

    /// A place in a list as a text for the one who reads it: not secret, but nobody else can make
    /// one. `scope` says which list it is, and whose: elsewhere it does not open.
    pub fn cursor_seal(&self, scope: &str, payload: &[u8]) -> String {
        let tag = mac(&self.cursor, CURSOR, &[scope.as_bytes(), payload]);
        URL_SAFE_NO_PAD.encode([payload, &tag].concat())
    }

    /// The place that a cursor of this scope names; none where it was not made here.
    pub fn cursor_open(&self, scope: &str, cursor: &str) -> Option<Vec<u8>> {
        if cursor.len() > LONGEST_CURSOR {
            return None;
        }
        let bytes = URL_SAFE_NO_PAD.decode(cursor).ok()?;
        let (payload, tag) = bytes.split_last_chunk::<32>()?;
        let right = mac(&self.cursor, CURSOR, &[scope.as_bytes(), payload]);
        let same = aws_lc_rs::constant_time::verify_slices_are_equal(tag, &right).is_ok();
        same.then(|| payload.to_vec())
    }

    fn master(&self, id: i32) -> Result<Arc<Master>, VaultError> {
        let found = self.masters.get(id);
        let found = found.or_else(|| self.read_again(id).then(|| self.masters.get(id)).flatten());
        found.ok_or(VaultError::UnknownMaster(id))
    }
}

impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Vault(active {}, …)", self.active())
    }
}

/// HMAC-SHA-256 over the tag and the parts, each after its length in four bytes, so that no two
/// lists of parts are the same bytes.
fn mac(key: &hmac::Key, tag: &str, parts: &[&[u8]]) -> [u8; 32] {
    let mut context = hmac::Context::with_key(key);
    for part in [tag.as_bytes()].iter().chain(parts) {
        // No part comes near four gigabytes.
        context.update(&u32::try_from(part.len()).unwrap_or(u32::MAX).to_be_bytes());
        context.update(part);
    }
    let mut index = [0; 32];
    for (to, from) in index.iter_mut().zip(context.sign().as_ref()) {
        *to = *from;
    }
    index
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::timestamp::Timestamp;

    #[expect(clippy::unnecessary_wraps, reason = "it stands for one that can fail")]
    fn counted(bytes: &mut [u8]) -> Result<(), VaultError> {
        for (i, byte) in (0_u8..).zip(bytes) {
            *byte = i;
        }
        Ok(())
    }

    fn keys() -> Keys {
        Keys::drawn(Timestamp::from_micros(0), counted).unwrap()
    }

    fn vault() -> Vault {
        Vault::new(&keys()).unwrap()
    }

    fn number(text: &str) -> IdNumber {
        IdNumber::parse(text).unwrap()
    }

    fn name(text: &str) -> PersonName {
        PersonName::parse(text).unwrap()
    }

    /// By another implementation of HMAC. These are stored: a change here finds nobody again.
    #[test]
    fn indexes_are_what_they_were() {
        let vault = vault();
        let index = vault.blind_index(IdKind::ResidentId, &number("330523190001011237"));
        assert_eq!(
            hex::encode(index),
            "128d2788ff128632deecd6e5099176debb6460b1eb0c4fbd53dffc8b104bef67"
        );
        let named = vault.name_index(&index, &name("测试甲·Ａbc"));
        assert_eq!(
            hex::encode(named),
            "98fd215c18161f4f0f7e69039693cb42b4f12d9b1f7a56050db9a4873dae2177"
        );
        assert_eq!(
            hex::encode(vault.fingerprint()),
            "b3219908612c9bbbe7b578fc37fd8d80fc1758b5c6a2ebf603e1c7681f891aeb"
        );
    }

    #[test]
    fn a_person_has_one_index() {
        let vault = vault();
        let of = |text| vault.blind_index(IdKind::ResidentId, &number(text));
        let index = of("330523190001011237");
        assert_eq!(of("330523000101123"), index);
        assert_ne!(of("33052319000101100X"), index);
        let named = |index, text| vault.name_index(index, &name(text));
        assert_eq!(named(&index, "Test One"), named(&index, "TEST  one"));
        assert_ne!(named(&index, "Test One"), named(&index, "Test Two"));
        assert_ne!(named(&index, "Test One"), named(&of("33052319000101100X"), "Test One"));
    }

    #[test]
    fn rotation_changes_the_wrapping_alone() {
        let mut keys = keys();
        let before = Vault::new(&keys).unwrap();
        let (key, wrapped) = before.new_data_key().unwrap();
        let sealed = key.seal(b"aad", b"synthetic").unwrap();
        let inbox = before.seal_inbox(b"row/1", b"synthetic").unwrap();

        keys.add_master(Timestamp::from_micros(1), system_random).unwrap();
        let after = Vault::new(&keys).unwrap();
        assert_eq!((before.active(), after.active()), (1, 2));
        assert_eq!(*after.unwrap(&wrapped).unwrap().open(b"aad", &sealed).unwrap(), b"synthetic");
        assert_eq!(*after.open_inbox(b"row/1", &inbox).unwrap(), b"synthetic");
        assert_eq!(Vault::inbox_master(&inbox), Some(1));

        let again = after.rewrap(&wrapped).unwrap();
        assert_eq!((wrapped.master, again.master), (1, 2));
        assert_eq!(*after.unwrap(&again).unwrap().open(b"aad", &sealed).unwrap(), b"synthetic");
        assert_eq!(before.unwrap(&again).unwrap_err(), VaultError::UnknownMaster(2));
        let inbox = after.seal_inbox(b"row/1", b"synthetic").unwrap();
        assert_eq!(before.open_inbox(b"row/1", &inbox), Err(VaultError::UnknownMaster(2)));
        assert_eq!(before.fingerprint(), after.fingerprint());
    }

    #[test]
    fn a_key_of_another_master_or_place_does_not_open() {
        let vault = vault();
        let (_, wrapped) = vault.new_data_key().unwrap();
        for at in 0..wrapped.bytes.len() {
            let mut changed = wrapped.clone();
            changed.bytes[at] ^= 1;
            assert_eq!(vault.unwrap(&changed).unwrap_err(), VaultError::NotAuthentic);
        }
        let sealed = vault.seal_inbox(b"row/1", b"synthetic").unwrap();
        assert_eq!(vault.open_inbox(b"row/2", &sealed), Err(VaultError::NotAuthentic));
        assert_eq!(vault.open_inbox(b"row/1", &sealed[..4]), Err(VaultError::NotAuthentic));
        // What wraps is not what seals the inbox.
        let moved = WrappedKey { master: 1, bytes: sealed[5..].to_vec() };
        assert_eq!(vault.unwrap(&moved).unwrap_err(), VaultError::NotAuthentic);
    }

    #[test]
    fn a_cursor_opens_where_it_was_made() {
        let vault = vault();
        for payload in [&b""[..], b"x", &[0xff; 100]] {
            let cursor = vault.cursor_seal("entries/sub", payload);
            assert_eq!(vault.cursor_open("entries/sub", &cursor).as_deref(), Some(payload));
            assert_eq!(vault.cursor_open("entries/other", &cursor), None);
            for at in 0..cursor.len() {
                let mut changed = cursor.clone().into_bytes();
                changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
                let changed = String::from_utf8(changed).unwrap();
                assert_eq!(vault.cursor_open("entries/sub", &changed), None);
            }
        }
        for forged in ["", "AAAA", "not base64 %", &"A".repeat(100), &"A".repeat(100_000)] {
            assert_eq!(vault.cursor_open("entries/sub", forged), None, "{forged}");
        }
    }

    #[test]
    fn threads_share_a_vault() {
        fn shared<T: Send + Sync>(_: &T) {}
        shared(&vault());
    }

    #[test]
    fn keys_are_not_printed() {
        let vault = vault();
        let (key, _) = vault.new_data_key().unwrap();
        assert_eq!(format!("{vault:?} {key:?}"), "Vault(active 1, …) DataKey(…)");
    }
}
