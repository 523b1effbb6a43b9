//! Tokens that must not open anything, each refused for its own reason.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use serde_json::{Value, json};

use super::keys::{Key, claims, claims_with, now, set};
use super::{Folder, Service};

/// A service that knows an issuer by a file of keys.
fn service(keys: &[Value], algorithms: &str) -> (Service, Folder) {
    let folder = Folder::new();
    let file = folder.file("jwks.json", &set(keys));
    let settings = format!(
        "[[auth.issuers]]\nissuer = \"https://id.test\"\naudience = \"xueshi\"\n\
         algorithms = {algorithms}\njwks_file = \"{}\"\n",
        file.display()
    );
    (Service::with(&settings), folder)
}

const ALL: &str = r#"["EdDSA", "ES256", "RS256"]"#;

fn refused(service: &Service, token: &str, code: &str) {
    let answer = service.caller(token);
    assert_eq!((answer.status, answer.code().as_str()), (401, code), "{}", answer.text());
    let challenge = answer.header("www-authenticate").expect("a challenge");
    assert!(challenge.starts_with("Bearer "), "{challenge}");
    if token.len() > 20 {
        assert!(!answer.text().contains(&token[..20]), "the token is repeated");
    }
}

#[test]
fn each_kind_of_key_opens_the_door() {
    let keys = [Key::ed(), Key::ec(), Key::rsa()];
    let jwks: Vec<Value> = keys.iter().map(|key| key.jwk(key.alg())).collect();
    let (service, _folder) = service(&jwks, ALL);
    for key in &keys {
        for _ in 0..2 {
            let answer = service.caller(&key.good(key.alg()));
            assert_eq!(answer.status, 200, "{}: {}", key.alg(), answer.text());
            assert_eq!(answer.json()["subject"], "office-1");
            assert_eq!(answer.json()["jurisdiction"], "331100");
        }
    }
    // Its own key, under the name of another kind.
    refused(&service, &keys[0].token(&keys[1].head("EdDSA"), &claims()), "token_algorithm");
}

#[test]
fn algorithms_that_prove_nothing_are_refused() {
    let (ed, ec) = (Key::ed(), Key::ec());
    let (service, _folder) = service(&[ed.jwk("k"), ec.jwk("ec")], r#"["EdDSA"]"#);
    let part = |value: &Value| BASE64.encode(value.to_string());
    for alg in ["none", "None", "NONE", "HS256", "HS512", "PS256", "", "EdDSA "] {
        let head = json!({"alg": alg, "typ": "at+jwt", "kid": "k"});
        refused(&service, &format!("{}.{}.", part(&head), part(&claims())), "token_algorithm");
    }
    // Signed with the public key as if it were a secret.
    let head = json!({"alg": "HS256", "typ": "at+jwt", "kid": "k"});
    let signed = format!("{}.{}", part(&head), part(&claims()));
    let secret = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, &ed.public());
    let tag = aws_lc_rs::hmac::sign(&secret, signed.as_bytes());
    refused(&service, &format!("{signed}.{}", BASE64.encode(tag)), "token_algorithm");
    // Good, but not what this issuer uses.
    refused(&service, &ec.good("ec"), "token_algorithm");
}

#[test]
fn claims_that_are_missing_or_wrong_are_refused() {
    let key = Key::ed();
    let (service, _folder) = service(&[key.jwk("k")], ALL);
    let with = |name: &str, value: Value| key.token(&key.head("k"), &claims_with(name, value));
    for name in ["iss", "aud", "sub", "exp", "nbf", "role"] {
        refused(&service, &with(name, Value::Null), "token_claims");
    }
    for (name, value, code) in [
        ("iss", json!("https://id.test/"), "token_issuer"),
        ("iss", json!(["https://id.test"]), "token_claims"),
        ("aud", json!("another"), "token_audience"),
        ("aud", json!([]), "token_audience"),
        ("aud", json!({"xueshi": true}), "token_claims"),
        ("exp", json!(now() - 31), "token_expired"),
        ("exp", json!("tomorrow"), "token_claims"),
        ("exp", json!(1e300), "token_claims"),
        ("nbf", json!(now() + 60), "token_not_yet"),
        ("sub", json!(""), "token_claims"),
        ("sub", json!("a\nb"), "token_claims"),
        ("role", json!("root"), "token_claims"),
        ("role", json!("provider"), "token_claims"),
        ("role", json!("person"), "token_claims"),
        ("jurisdiction", json!("33"), "token_claims"),
        ("categories", json!(["all"]), "token_claims"),
        ("person", json!("../1"), "token_claims"),
        ("deep", json!([[[[[[[[1]]]]]]]]), "token_malformed"),
    ] {
        refused(&service, &with(name, value), code);
    }
    assert_eq!(service.caller(&with("aud", json!(["a", "xueshi"]))).status, 200);
    assert_eq!(service.caller(&with("exp", json!(now() - 5))).status, 200, "within the leeway");
    // A claim that is there twice.
    let text = claims().to_string();
    let twice = text.replacen('{', "{\"role\":\"admin\",", 1);
    let signed = format!("{}.{}", BASE64.encode(key.head("k").to_string()), BASE64.encode(twice));
    let token = format!("{signed}.{}", BASE64.encode(key.sign(signed.as_bytes())));
    refused(&service, &token, "token_claims");
}

#[test]
fn heads_that_are_missing_or_wrong_are_refused() {
    let (key, other) = (Key::ed(), Key::ed());
    let (service, _folder) = service(&[key.jwk("k")], ALL);
    let with = |head: Value| key.token(&head, &claims());
    let kid = |kid: &str| with(json!({"alg": "EdDSA", "typ": "at+jwt", "kid": kid}));
    refused(&service, &with(json!({"alg": "EdDSA", "kid": "k"})), "token_type");
    refused(&service, &with(json!({"alg": "EdDSA", "kid": "k", "typ": "JWT"})), "token_type");
    refused(&service, &with(json!({"alg": "EdDSA", "typ": "at+jwt"})), "token_key_missing");
    refused(&service, &kid(""), "token_key_missing");
    for name in ["other", "K", "../../etc/passwd", "k\u{0}", "' OR 1=1 --", "/dev/null"] {
        refused(&service, &kid(name), "token_key_unknown");
    }
    let crit = json!({"alg": "EdDSA", "typ": "at+jwt", "kid": "k", "crit": ["b64"], "b64": false});
    refused(&service, &with(crit), "token_malformed");
    // A key that the token brings along is nobody's.
    let mut head = other.head("k");
    head["jwk"] = other.jwk("k");
    refused(&service, &other.token(&head, &claims()), "token_signature");
    assert_eq!(
        service
            .caller(&with(json!({"alg": "EdDSA", "typ": "application/AT+JWT", "kid": "k"})))
            .status,
        200
    );
}

#[test]
fn what_was_tampered_with_is_refused() {
    let key = Key::ed();
    let (service, _folder) = service(&[key.jwk("k")], ALL);
    let good = key.good("k");
    assert_eq!(service.caller(&good).status, 200);
    let parts: Vec<&str> = good.split('.').collect();
    let admin = BASE64.encode(claims_with("role", json!("admin")).to_string());
    refused(&service, &format!("{}.{admin}.{}", parts[0], parts[2]), "token_signature");
    refused(&service, &format!("{}.{}.", parts[0], parts[1]), "token_signature");
    refused(
        &service,
        &format!("{}.{}.{}", parts[0], parts[1], BASE64.encode([0; 64])),
        "token_signature",
    );
    refused(&service, &format!("{good}.{}", parts[2]), "token_malformed");
    for token in [
        "x",
        "a.b",
        "a.b.c",
        "..",
        "...",
        &format!("{}.{}", parts[0], parts[1]),
        &good.replace('.', "=."),
    ] {
        refused(&service, token, "token_malformed");
    }
    refused(&service, &format!("{good}{}", "A".repeat(9000)), "token_too_long");
    assert_eq!(service.caller(&good).status, 200);
}

#[test]
fn a_small_rsa_key_is_none() {
    let mut jwk = Key::rsa().jwk("small");
    let modulus = [&[0_u8; 40][..], &[0xc1; 128]].concat();
    jwk["n"] = json!(BASE64.encode(modulus));
    let (service, _folder) = service(&[jwk, Key::ed().jwk("k")], ALL);
    let token = Key::rsa().good("small");
    refused(&service, &token, "token_key_unknown");
}

#[test]
fn an_absent_token_is_asked_for() {
    let service = Service::start();
    for headers in [&[][..], &[("Authorization", "Basic eDp5")], &[("Authorization", "Bearer ")]] {
        let answer = service.ask("GET", "/v1/caller", headers);
        assert_eq!((answer.status, answer.code().as_str()), (401, "token_missing"));
        assert_eq!(answer.header("www-authenticate"), Some("Bearer realm=\"xueshi\""));
    }
    let twice = [("Authorization", "Bearer a"), ("Authorization", "Bearer b")];
    assert_eq!(service.ask("GET", "/v1/caller", &twice).code(), "token_malformed");
}

#[test]
fn the_local_key_is_of_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let service = Service::start();
    let token = service.token(&["--role", "provider", "--subject", "a", "--source", "a"]);
    assert_eq!(service.caller(&token).json()["source"], "a");
    let path = service.folder.path().join("token-key.pem");
    let mode = std::fs::metadata(&path).expect("a key").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    std::fs::set_permissions(&path, PermissionsExt::from_mode(0o644)).expect("opened");
    let output = super::program(&service.folder)
        .args(["token", "issue", "--role", "admin", "--subject", "a"])
        .output();
    let output = output.expect("xueshi runs");
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("token_key_open"));
    // A folder that was not there is for its owner alone, too.
    let data = service.folder.path().join("new").join("data");
    let mut command = super::program(&service.folder);
    command.args(["token", "issue", "--role", "admin", "--subject", "a"]);
    assert!(command.env("XUESHI__DATA__FOLDER", &data).status().expect("xueshi runs").success());
    let mode = std::fs::metadata(&data).expect("a folder").permissions().mode();
    assert_eq!(mode & 0o777, 0o700);
    // Another installation's token.
    let other = Service::start();
    refused(&other, &token, "token_key_unknown");
}
