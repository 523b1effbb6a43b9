//! Keys and tokens that tests make, good and bad.

use std::time::{SystemTime, UNIX_EPOCH};

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair, RSA_PKCS1_SHA256,
    RsaKeyPair,
};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use serde_json::{Value, json};

pub enum Key {
    Ed(Ed25519KeyPair),
    Ec(EcdsaKeyPair),
    Rsa(RsaKeyPair),
}

impl Key {
    pub fn ed() -> Key {
        Key::Ed(Ed25519KeyPair::generate().expect("a key"))
    }

    pub fn ec() -> Key {
        Key::Ec(EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).expect("a key"))
    }

    pub fn rsa() -> Key {
        Key::Rsa(RsaKeyPair::generate(KeySize::Rsa2048).expect("a key"))
    }

    pub fn alg(&self) -> &'static str {
        match self {
            Key::Ed(_) => "EdDSA",
            Key::Ec(_) => "ES256",
            Key::Rsa(_) => "RS256",
        }
    }

    pub fn sign(&self, message: &[u8]) -> Vec<u8> {
        let random = SystemRandom::new();
        match self {
            Key::Ed(pair) => pair.sign(message).as_ref().to_vec(),
            Key::Ec(pair) => pair.sign(&random, message).expect("signed").as_ref().to_vec(),
            Key::Rsa(pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(&RSA_PKCS1_SHA256, &random, message, &mut signature).expect("signed");
                signature
            }
        }
    }

    pub fn public(&self) -> Vec<u8> {
        match self {
            Key::Ed(pair) => pair.public_key().as_ref().to_vec(),
            Key::Ec(pair) => pair.public_key().as_ref().to_vec(),
            Key::Rsa(pair) => pair.public_key().as_ref().to_vec(),
        }
    }

    /// The key as a member of a key set.
    pub fn jwk(&self, kid: &str) -> Value {
        let public = self.public();
        match self {
            Key::Ed(_) => {
                json!({"kty": "OKP", "crv": "Ed25519", "kid": kid, "x": BASE64.encode(public)})
            }
            Key::Ec(_) => json!({"kty": "EC", "crv": "P-256", "kid": kid, "use": "sig",
                "x": BASE64.encode(&public[1..33]), "y": BASE64.encode(&public[33..65])}),
            Key::Rsa(pair) => {
                let public = pair.public_key();
                json!({"kty": "RSA", "kid": kid, "alg": "RS256",
                    "n": BASE64.encode(public.modulus().big_endian_without_leading_zero()),
                    "e": BASE64.encode(public.exponent().big_endian_without_leading_zero())})
            }
        }
    }

    /// A token with this head and these claims.
    pub fn token(&self, head: &Value, claims: &Value) -> String {
        let part = |value: &Value| BASE64.encode(value.to_string());
        let signed = format!("{}.{}", part(head), part(claims));
        format!("{signed}.{}", BASE64.encode(self.sign(signed.as_bytes())))
    }

    /// A good one.
    pub fn good(&self, kid: &str) -> String {
        self.token(&self.head(kid), &claims())
    }

    pub fn head(&self, kid: &str) -> Value {
        json!({"alg": self.alg(), "typ": "at+jwt", "kid": kid})
    }
}

pub fn set(keys: &[Value]) -> String {
    json!({ "keys": keys }).to_string()
}

#[expect(clippy::disallowed_methods, reason = "tokens are valid now or not at all")]
pub fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970");
    i64::try_from(since.as_secs()).expect("a while")
}

pub fn claims() -> Value {
    json!({"iss": "https://id.test", "aud": "xueshi", "sub": "office-1", "role": "declaration",
        "jurisdiction": "331100", "iat": now(), "nbf": now(), "exp": now() + 600})
}

/// The claims with one of them changed; null takes it out.
pub fn claims_with(name: &str, value: Value) -> Value {
    let mut claims = claims();
    let all = claims.as_object_mut().expect("claims");
    if value.is_null() {
        all.remove(name);
    } else {
        all.insert(name.to_owned(), value);
    }
    claims
}
