//! The hashes of plans that receipts carry: each encoding gives for ever what it gave first.

mod drawn;
mod hand_made;

use std::collections::{BTreeMap, HashMap};

use drawn::drawn;
use hand_made::hand_made;
use sha2::{Digest, Sha256};
use xueshi::app::policies;
use xueshi::app::policies::scenario;
use xueshi::domain::policy::judge::Judge;
use xueshi::domain::policy::plan::Plan;
use xueshi::domain::policy::plan::encoding::PlanEncoding;

/// The policies on file: how many plans their scenarios ask for, and the hashes of all. They change
/// with the files and the scenarios, and with nothing else.
const BUILT_IN: [(&str, usize, &str, &str); 6] = [
    (
        "330000/2026-construction",
        2,
        "f87a66b698705bbf56da7e7ce1a3e43a353c04aab7359f23ec50fcb990f86f08",
        "71879d63654ac05c0ca80617e2dd1d3cc44349ce5c765a25d5ad8d3b467096f5",
    ),
    (
        "330100/2026",
        2,
        "d38293c6812946b56b91400f433f2290c8fb29cff76d646a7d6b57a53917acf9",
        "2dddf16b568432d70a9f72ca20e0314567cb986ece85f6c2f0261f75c5c7870a",
    ),
    (
        "330400/2022",
        17,
        "94bec45515978c87ff4de4973e75ea38800e7ac9660c13e813f523c5f739b046",
        "6bc9f30391492fdd13b57b1a831c63ce16418d97ec1c9f3acff94fbc5dbd6dd6",
    ),
    (
        "330500/2021",
        10,
        "e4bb741fb6f7686ad23d7f7211617be3f8f4610f0eec4a49203a9c4873bb0311",
        "70bf25b59efab9178104dd0940f4aa27b10f18445fcde2072dc19d9785842ceb",
    ),
    (
        "330523/2021",
        5,
        "0f3bd2aa3ac2975803d963decf45b3a2e68d0af6b14f73598287f44d91a6e89a",
        "252a784d32da86f0b79d1d97cac58b392aa935fcfce03cd0302fa4631de9a2a3",
    ),
    (
        "331100/2023",
        8,
        "e6ef3394fdbc874d3196b63724f699fbdd7ee54d8755be32f3f35e4fb3ba3f02",
        "8bd8eb4ae6e5189708f6fb0c9b717c019b45893bd88ff9a306520dc747fa5b6f",
    ),
];

/// Plans that between them have each variant and each field.
const HAND_MADE: [(&str, &str, &str); 18] = [
    (
        "empty",
        "9d3e90edc0c6ac0e6c6096b5f732addcbc0c3bd29fad3253a225e8452c9705c3",
        "9a37e58164cb02b9a484594b6b6bdce799398491dc106d6e39040eaf5c0116c6",
    ),
    (
        "admits and years",
        "e4834fc2f2c9c04f973e5e892680031e29e4f0cb15aec75d4068228619253f8e",
        "ad826664689e1e55536ed063bb5f642ddfab78b90d263279419309d79a65adf5",
    ),
    (
        "not applicable",
        "e330a52e7b30224adedd87bb4c1238430c9bd27401759544775716562e6619f5",
        "c6a0fffbf2e4b64cdc4aeaa179e0ffd58627796e5739e52250913fcc9c7f6bed",
    ),
    (
        "not applicable, counted",
        "9b9be6ab1c349a5bcc1636419ea7727f823ede362b38b6f8e795ba957546723f",
        "01e75f6885fa147ad7e19f3f214f8ee8897c7ca66fa0af6a1af81d05ef196bcc",
    ),
    (
        "referred",
        "9bc15b291023264ccc00d2f96216787e38049669d84dbc00676d8af0835833c1",
        "1971a3467b77f3d2b49d00705041d246f49629a992a0e8e1adc6a0bf01fb21a5",
    ),
    (
        "referred with advice",
        "7f50a98353294e5fe0d9650fd43ab6bdfe2a8974b8bf57d13584bc543d3a8da1",
        "795d8cdccf2116dbe9c8a27b6b528677a1a8ea5771c0ef0bd6ac252a7ac07dcf",
    ),
    (
        "each year",
        "8fabac7a8d3e1a08bb598000f8fa2e85a607dddd55dcc53bbb4017ed62c462bb",
        "7e677f59539e09ba1c2b7e984d37b02ecdfa0c65bd82735dc9b3580a23d56c9a",
    ),
    (
        "count",
        "d8007fa28db827a24e4f0f666b623f30ebb347719ef107dd3da8804ffdc303a7",
        "7f4617b225a4ea2f6d9ff252c740aac3691d425efa659ab3cbc5f198afad2be1",
    ),
    (
        "count of required",
        "0785ec40b428104eb2b31a61b9ab30f2a1247ddb1ba3ceeb7de44236391b1d5b",
        "10ffa63b4ffff62f8e7338970f4444867c434e29723ce0b2ded4059dfbdb6501",
    ),
    (
        "include",
        "39a768b1a570b945d26d4678ebc7ff7bb13e4d3c6499964161af0bfadbc0a1d1",
        "5cff32be8f61d6ae5dbe8fdc87fbfc23d158cf658b143dd05843e6c13b314c76",
    ),
    (
        "sum",
        "af1a7f6661fc1a1842e5091c1e62c900bd30fc8c6056c2bc3d510e3212dbd19d",
        "5c114c98763cff470c44cc96f8a45756b53ed0ab5c28ea0f5ef0972a13db453d",
    ),
    (
        "any incomplete",
        "5bc8b54132d549863368723fb98477ab28c3532c1557600a9f7a22b978f8a0d5",
        "9dbfb70e8557270cc436f3d1b93c14531dd21da0f073db1be742165a0410ce3e",
    ),
    (
        "all incomplete",
        "2d7bac972158026f97ceed9a70f83a9e6b301b04fee8d9e8c005c2cd159e79a6",
        "aed805d1e69cfb49a79e4d74400ac97c38b7021598255dd8c4449bd3d347a5d4",
    ),
    (
        "always",
        "5a7671c3ccef326fefbfc90f7baa1ac6cecc8c53c302d7d7097d29943c68c2d5",
        "dbf5338a15bc2b3299dc684f92affe907877e348946032da15c7eaee66f055fe",
    ),
    (
        "share of professional",
        "91ebb02ff3182d597d512cd5dc54273175563286e704ebc44d59633eddf2f0c7",
        "a9c8a59f3aa8c42705baab7c05acb94b96f146ea5693f152f8e5270d8f5e6c11",
    ),
    (
        "share of public",
        "e0f17455592ac954712acf02fc878dcac5d5008301e59156fa4e11b23138a71e",
        "7e734f71836682401793bd66f8a82d56b163f8787c89b70fc4b6fd9c5ca6eb66",
    ),
    (
        "share of industry",
        "4c8ae25bf1143be5502a7484b646c10b2173c281e6058ed474f17c22278c902a",
        "719a2278057998e0731da817c732689ff321ae80f6640e516fccedad7fc07180",
    ),
    (
        "share of general",
        "9ed1338ed9c969618ec82bca0fcf51b777e061625ab46fa1a6da233de4a4dba6",
        "bbc32cff1c6397aeeb7194e5475945217e89b53d300aa961512271b5c8ff36f6",
    ),
];

/// A thousand plans that are drawn.
const DRAWN: [&str; 2] = [
    "c6cec3c3fbdbd20a5621898e4ec0fd40484a54c07cb9e85861f2e9a883f37708",
    "78b771018eab6f802d832f0aed24413f99edcfb693b5f7dc829e8fc185788113",
];

/// The plans that the scenarios of each policy ask for, those of other readings too.
fn built_in() -> BTreeMap<String, Vec<Plan>> {
    let judge = Judge::new(policies::load(None).expect("embedded policies"));
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/policies");
    let mut plans: BTreeMap<String, Vec<Plan>> = BTreeMap::new();
    for (file, text) in policies::toml_files(folder.as_ref()).expect("scenario files") {
        for scenario in scenario::read(&file, &text).unwrap_or_else(|p| panic!("{p:#?}")) {
            let declaration = &scenario.declaration;
            let selected = judge.catalog().select(declaration.jurisdiction, declaration.year);
            let Some(selected) = selected else { continue };
            let rules = judge.rules(selected.policy, declaration).expect("rules");
            let known = plans.entry(selected.policy.id.clone()).or_default();
            for variant in &rules.plans.variants {
                if !known.contains(&variant.plan) {
                    known.push(variant.plan.clone());
                }
            }
        }
    }
    plans
}

/// A hash over the hashes of all, in whichever order they are.
fn over(plans: &[Plan], encoding: PlanEncoding) -> String {
    let mut hashes: Vec<String> = plans.iter().map(|plan| plan.hash(encoding)).collect();
    hashes.sort_unstable();
    hex::encode(Sha256::digest(hashes.concat()))
}

#[test]
fn plans_of_the_policies_on_file_have_the_hashes_that_receipts_carry() {
    let found: Vec<_> = built_in()
        .into_iter()
        .map(|(policy, plans)| {
            let [debug, canonical] = ENCODINGS.map(|encoding| over(&plans, encoding));
            (policy, plans.len(), debug, canonical)
        })
        .collect();
    let found: Vec<_> =
        found.iter().map(|(policy, count, a, b)| (policy.as_str(), *count, &**a, &**b)).collect();
    assert_eq!(found, BUILT_IN, "{found:#?}");
}

const ENCODINGS: [PlanEncoding; 2] = [PlanEncoding::DebugText, PlanEncoding::Canonical];

#[test]
fn hand_made_plans_have_the_hashes_that_they_had() {
    let found: Vec<_> = hand_made()
        .into_iter()
        .map(|(name, plan)| (name, plan.hash(ENCODINGS[0]), plan.hash(ENCODINGS[1])))
        .collect();
    let found: Vec<_> = found.iter().map(|(name, a, b)| (*name, &**a, &**b)).collect();
    assert_eq!(found, HAND_MADE, "{found:#?}");
}

#[test]
fn drawn_plans_have_the_hashes_that_they_had() {
    let plans = drawn(1000);
    let found = ENCODINGS.map(|encoding| over(&plans, encoding));
    assert_eq!(found, DRAWN);
}

#[test]
fn plans_that_differ_have_different_hashes() {
    let mut known: HashMap<String, Plan> = HashMap::new();
    let built_in = built_in().into_values().flatten();
    for plan in drawn(20_000).into_iter().chain(built_in) {
        // The smallest change of each part is tried beside what is drawn.
        for other in neighbours(&plan).into_iter().chain([plan]) {
            let first = known.entry(other.hash(PlanEncoding::Canonical)).or_insert(other.clone());
            assert_eq!(*first, other);
        }
    }
    assert!(known.len() > 20_000, "only {}", known.len());
}

/// The same plan with one thing moved: what would be the same bytes if lengths were not written.
fn neighbours(plan: &Plan) -> Vec<Plan> {
    let with = |change: &dyn Fn(&mut Plan)| {
        let mut other = plan.clone();
        change(&mut other);
        other
    };
    vec![
        with(&|p| p.deemed = p.legacy),
        with(&|p| std::mem::swap(&mut p.deemed, &mut p.excusable)),
        with(&|p| p.admits.iter_mut().for_each(|a| std::mem::swap(&mut a.sources, &mut a.basis))),
        with(&|p| drop(p.admits.pop())),
        with(&|p| p.slots.iter_mut().for_each(|slot| drop(slot.pieces.pop()))),
        with(&|p| p.slots.reverse()),
        with(&|p| p.requirements.reverse()),
        with(&|p| p.requirements.iter_mut().for_each(|r| drop(r.exceptions.pop()))),
    ]
}

/// As long as no type of a plan has been renamed since 0.1.0; then this test goes, and those above stay.
#[test]
fn the_first_encoding_is_what_rust_shows() {
    let plans = drawn(1000).into_iter().chain(built_in().into_values().flatten());
    for plan in plans.chain(hand_made().into_iter().map(|(_, plan)| plan)) {
        let shown = hex::encode(Sha256::digest(format!("xueshi plan 1\n{plan:?}")));
        assert_eq!(plan.hash(PlanEncoding::DebugText), shown, "{plan:?}");
    }
}
