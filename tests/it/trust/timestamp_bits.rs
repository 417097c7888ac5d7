//! What a token proves: exactly its own genTime with its accuracy, for exactly the signature value it
//! stamps, or nothing.

use super::world::{NOW, memory, validator};
use lienthong::forge::timestamp::Token;
use lienthong::forge::{Entity, RevocationList, Template, Validity};
use lienthong::format::cms::read::{Tail, parse};
use lienthong::model::Timestamp;
use lienthong::trust::anchor::AnchorInput;
use lienthong::trust::material::MaterialInput;
use lienthong::trust::report::FileReport;
use lienthong::trust::validator::Validator;
use proptest::prelude::*;
use std::sync::LazyLock;

const MESSAGE: &[u8] = b"what is signed";
const DAY: i64 = 86_400;

struct World {
    signer: Entity,
    tsa: Entity,
    validator: Validator,
}

static WORLD: LazyLock<World> = LazyLock::new(|| {
    let good = Validity::days(NOW, 400, 400);
    let root = Template::authority("Gốc", good).self_signed();
    let root = root.expect("root");
    let issue = |template: Template| template.issued_by(&root).expect("issued");
    let list = RevocationList::complete(1, Validity::days(NOW, 1, 6));
    let mut anchor = AnchorInput::ordinary("co-yeu", root.der.clone());
    anchor.constraints.purposes.timestamping = true;
    World {
        signer: issue(Template::signer("Sở Tài chính", good)),
        tsa: issue(Template::stamper("Dấu thời gian", good)),
        validator: validator(MaterialInput {
            anchors: vec![anchor],
            crls: vec![list.signed_by(&root).expect("list").into()],
            ..MaterialInput::default()
        }),
    }
});

impl World {
    fn stamped(&self, made: Timestamp) -> Vec<u8> {
        let identity = self.signer.identity().expect("identity");
        let stamp = |value: &[u8]| Token::of(value, made).signed_by(&self.tsa);
        identity.sign_stamped(MESSAGE, stamp).expect("signed")
    }

    fn judged(&self, signature: &[u8]) -> FileReport {
        let content = memory(MESSAGE);
        let signature = memory(signature);
        self.validator.judge_file(&signature, Some(&content), NOW)
    }
}

fn proved(report: &FileReport) -> Vec<Timestamp> {
    let all = report.signatures.iter().flat_map(|s| &s.timestamps);
    all.filter_map(lienthong::trust::report::TimestampReport::proves)
        .collect()
}

/// The latest moment that a token of `made` allows: the forge's are accurate to a second.
fn latest(made: Timestamp) -> Timestamp {
    made.plus_secs(1)
}

#[test]
fn a_flipped_bit_moves_no_proof() {
    let world = &*WORLD;
    let made = NOW.plus_secs(-2 * DAY);
    let good = world.stamped(made);
    assert_eq!(proved(&world.judged(&good)), [latest(made)]);
    let value = {
        let data = parse(&good, Tail::Nothing).expect("signed data");
        let value: &[u8] = &data.signers[0].signature;
        let mut places = good.windows(value.len()).zip(0..);
        places
            .find(|(w, _)| *w == value)
            .map(|(_, at)| at..at + value.len())
    };
    let value = value.expect("its place");
    let mut gone = 0;
    for at in 0..good.len() {
        let mut flipped = good.clone();
        flipped[at] ^= 1 << (at % 8);
        let found = proved(&world.judged(&flipped));
        assert!(
            found.iter().all(|m| *m == latest(made)),
            "octet {at}: {found:?}"
        );
        assert!(found.len() <= 1, "octet {at}");
        assert!(
            found.is_empty() || !value.contains(&at),
            "octet {at} is stamped"
        );
        gone += usize::from(found.is_empty());
    }
    // Most of it is the two signatures and what they cover.
    assert!(gone * 2 > good.len(), "{gone} of {}", good.len());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn a_token_proves_its_own_moment(secs in 1..90 * DAY) {
        let made = NOW.plus_secs(-secs);
        let report = WORLD.judged(&WORLD.stamped(made));
        prop_assert_eq!(proved(&report), [latest(made)]);
    }

    /// A token moved to another signature proves nothing there, whatever stands beside it.
    #[test]
    fn a_token_of_another_signature_proves_nothing(secs in 1..90 * DAY, own in any::<bool>()) {
        let made = NOW.plus_secs(-secs);
        let of_other = Token::of(b"another value", made).signed_by(&WORLD.tsa).expect("token");
        let identity = WORLD.signer.identity().expect("identity");
        let stamp = |value: &[u8]| {
            let mine = Token::of(value, NOW.plus_secs(-1)).signed_by(&WORLD.tsa)?;
            Ok(if own { [of_other.clone(), mine].concat() } else { of_other.clone() })
        };
        let signed = identity.sign_stamped(MESSAGE, stamp).expect("signed");
        let found = proved(&WORLD.judged(&signed));
        let expected: Vec<_> = own.then(|| latest(NOW.plus_secs(-1))).into_iter().collect();
        prop_assert_eq!(found, expected);
    }
}
