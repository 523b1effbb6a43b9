//! Sealing: AES-256-GCM-SIV under random nonces, so that even a nonce drawn twice gives away no more
//! than that two texts are equal.

use std::fmt;

use aws_lc_rs::aead::{AES_256_GCM_SIV, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::{hkdf, rand};
use zeroize::{Zeroize, Zeroizing};

use crate::domain::message::Message;

/// A key of 32 bytes, wiped from memory when it is dropped.
pub(super) type Secret = Zeroizing<[u8; 32]>;

/// Why something was not sealed, or does not open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VaultError {
    /// The machine gave no random numbers, or its cipher failed.
    #[error("nothing could be sealed")]
    NotSealed,
    /// It was sealed under a master key that is not in the file of keys. Where another process
    /// added one, reading the file again brings it.
    #[error("no master key {0}")]
    UnknownMaster(i32),
    /// It is not what was sealed here, or was sealed for another place.
    #[error("not what was sealed here")]
    NotAuthentic,
}

impl VaultError {
    /// What to say of it.
    pub fn message(self) -> Message {
        match self {
            VaultError::NotSealed => Message::new("vault_not_sealed"),
            VaultError::UnknownMaster(id) => Message::new("vault_unknown_master").with("id", id),
            VaultError::NotAuthentic => Message::new("vault_not_authentic"),
        }
    }
}

/// Puts random bytes into the whole slice.
pub type Random = fn(&mut [u8]) -> Result<(), VaultError>;

/// Random bytes of the operating system, by way of the library of ciphers.
pub fn system_random(bytes: &mut [u8]) -> Result<(), VaultError> {
    rand::fill(bytes).map_err(|_| VaultError::NotSealed)
}

/// A key from a key, for one purpose.
pub(super) fn derived(secret: &Secret, purpose: &str) -> Result<Secret, VaultError> {
    let salt = hkdf::Salt::new(hkdf::HKDF_SHA256, b"xueshi/vault/v1");
    let mut key = Secret::default();
    salt.extract(secret.as_slice())
        .expand(&[purpose.as_bytes()], hkdf::HKDF_SHA256.hmac_algorithm())
        .and_then(|okm| okm.fill(key.as_mut_slice()))
        .map_err(|_| VaultError::NotSealed)?;
    Ok(key)
}

/// A key that seals.
pub(super) struct SealingKey(LessSafeKey);

impl SealingKey {
    pub(super) fn new(secret: &Secret) -> Result<SealingKey, VaultError> {
        let key = UnboundKey::new(&AES_256_GCM_SIV, secret.as_slice());
        key.map(LessSafeKey::new).map(SealingKey).map_err(|_| VaultError::NotSealed)
    }

    /// `head | nonce | ciphertext | tag`; the head is in the clear.
    pub(super) fn seal(
        &self,
        head: &[u8],
        aad: &[u8],
        plain: &[u8],
    ) -> Result<Vec<u8>, VaultError> {
        let mut nonce = [0; NONCE_LEN];
        system_random(&mut nonce)?;
        self.seal_with(nonce, head, aad, plain)
    }

    fn seal_with(
        &self,
        nonce: [u8; NONCE_LEN],
        head: &[u8],
        aad: &[u8],
        plain: &[u8],
    ) -> Result<Vec<u8>, VaultError> {
        let mut sealed =
            Vec::with_capacity(head.len() + NONCE_LEN + plain.len() + AES_256_GCM_SIV.tag_len());
        sealed.extend_from_slice(head);
        sealed.extend_from_slice(&nonce);
        let start = sealed.len();
        sealed.extend_from_slice(plain);
        let nonce = Nonce::assume_unique_for_key(nonce);
        let text = sealed.get_mut(start..).unwrap_or_default();
        match self.0.seal_in_place_separate_tag(nonce, Aad::from(aad), text) {
            Ok(tag) => {
                sealed.extend_from_slice(tag.as_ref());
                Ok(sealed)
            }
            Err(_) => {
                sealed.zeroize();
                Err(VaultError::NotSealed)
            }
        }
    }

    /// What [`SealingKey::seal`] wrote after its head.
    pub(super) fn open(&self, aad: &[u8], sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, VaultError> {
        let (nonce, text) =
            sealed.split_first_chunk::<NONCE_LEN>().ok_or(VaultError::NotAuthentic)?;
        let nonce = Nonce::assume_unique_for_key(*nonce);
        let mut text = Zeroizing::new(text.to_vec());
        let opened = self.0.open_in_place(nonce, Aad::from(aad), &mut text);
        let length = opened.map_err(|_| VaultError::NotAuthentic)?.len();
        text.truncate(length);
        Ok(text)
    }
}

/// The first byte of what is sealed: how it was.
const FORM: u8 = 1;

/// The key of one person's data: destroying its wrapped form is forgetting the person.
pub struct DataKey(SealingKey);

impl DataKey {
    pub(super) fn new(secret: &Secret) -> Result<DataKey, VaultError> {
        SealingKey::new(secret).map(DataKey)
    }

    /// Seals a text. `aad` says where it stands (table, column, row): moved elsewhere it does not
    /// open.
    pub fn seal(&self, aad: &[u8], plain: &[u8]) -> Result<Vec<u8>, VaultError> {
        self.0.seal(&[FORM], aad, plain)
    }

    /// Opens what was sealed for the same place.
    pub fn open(&self, aad: &[u8], sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, VaultError> {
        match sealed {
            [FORM, rest @ ..] => self.0.open(aad, rest),
            _ => Err(VaultError::NotAuthentic),
        }
    }
}

impl fmt::Debug for DataKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DataKey(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn data_key(byte: u8) -> DataKey {
        DataKey::new(&Secret::new([byte; 32])).unwrap()
    }

    #[test]
    fn what_was_sealed_opens_in_its_place_alone() {
        let key = data_key(1);
        for plain in [&b""[..], b"x", &[7; 5000]] {
            let sealed = key.seal(b"person/1/number", plain).unwrap();
            assert_eq!(sealed.len(), 1 + 12 + plain.len() + 16);
            assert_eq!(*key.open(b"person/1/number", &sealed).unwrap(), plain);
            let wrong = VaultError::NotAuthentic;
            assert_eq!(key.open(b"person/2/number", &sealed), Err(wrong));
            assert_eq!(key.open(b"", &sealed), Err(wrong));
            assert_eq!(data_key(2).open(b"person/1/number", &sealed), Err(wrong));
        }
        // The same text twice is not the same bytes.
        assert_ne!(key.seal(b"", b"x").unwrap(), key.seal(b"", b"x").unwrap());
    }

    #[test]
    fn a_changed_bit_or_a_missing_byte_is_noticed() {
        let key = data_key(1);
        let sealed = key.seal(b"aad", b"synthetic").unwrap();
        for at in 0..sealed.len() {
            for bit in 0..8 {
                let mut changed = sealed.clone();
                changed[at] ^= 1 << bit;
                assert_eq!(key.open(b"aad", &changed), Err(VaultError::NotAuthentic), "{at}");
            }
            assert_eq!(key.open(b"aad", &sealed[..at]), Err(VaultError::NotAuthentic), "{at}");
        }
    }

    /// RFC 8452, appendix C.2.
    #[test]
    fn the_cipher_is_that_of_the_standard() {
        let mut secret = Secret::default();
        secret[0] = 1;
        let mut nonce = [0; NONCE_LEN];
        nonce[0] = 3;
        let plain = [1, 0, 0, 0, 0, 0, 0, 0];
        let sealed = SealingKey::new(&secret).unwrap().seal_with(nonce, b"", b"", &plain).unwrap();
        let expected = "030000000000000000000000c2ef328e5c71c83b843122130f7364b761e0b97427e3df28";
        assert_eq!(hex::encode(sealed), expected);
    }

    #[test]
    fn a_purpose_has_its_own_key() {
        let secret = Secret::new([1; 32]);
        let wrap = derived(&secret, "wrap").unwrap();
        assert_eq!(wrap, derived(&secret, "wrap").unwrap());
        assert_ne!(wrap, derived(&secret, "inbox").unwrap());
        assert_ne!(wrap, secret);
        // By another implementation of HKDF.
        let expected = "2cf789841ed3f8b1bd4f507f839c38558dc2e2f916f19e835ac8d8110e834319";
        assert_eq!(hex::encode(*wrap), expected);
    }
}
