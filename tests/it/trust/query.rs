//! What is asked of a timestamp authority, and which answers are taken (RFC 3161 §2.4).

use crate::trust::world::{NOW, validator};
use bytes::Bytes;
use lienthong::forge::timestamp::{Query as Asked, Token, granted, rejected};
use lienthong::forge::{Entity, RevocationList, Template, Validity, der};
use lienthong::format::asn1::oid;
use lienthong::format::asn1::read::Reader;
use lienthong::model::Digest;
use lienthong::trust::anchor::AnchorInput;
use lienthong::trust::material::MaterialInput;
use lienthong::trust::timestamp::{Query, Refusal, imprint_of, judge_over, settle};

const NONCE: [u8; 16] = [0x81, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16];

fn head() -> Digest {
    Digest::of(b"the head of a log")
}

struct World {
    root: Entity,
    tsa: Entity,
}

impl World {
    fn new() -> Self {
        let good = Validity::days(NOW, 100, 100);
        let root = Template::authority("Gốc", good).self_signed();
        let root = root.expect("root");
        let tsa = Template::stamper("Dấu thời gian", good).issued_by(&root);
        Self {
            tsa: tsa.expect("authority"),
            root,
        }
    }

    /// The root under the anchors, for documents and, if asked, for timestamps.
    fn input(&self, stamps: bool) -> MaterialInput {
        let mut anchor = AnchorInput::ordinary("co-yeu", self.root.der.clone());
        anchor.constraints.purposes.timestamping = stamps;
        let list = RevocationList::complete(1, Validity::days(NOW, 1, 7));
        MaterialInput {
            anchors: vec![anchor],
            crls: vec![Bytes::from(list.signed_by(&self.root).expect("list"))],
            ..MaterialInput::default()
        }
    }

    fn signed(&self, token: Token) -> Vec<u8> {
        granted(&token.signed_by(&self.tsa).expect("token"))
    }
}

fn query() -> Query {
    Query::new(head(), NONCE, None)
}

/// The token that an authority makes for the query.
fn right(query: &Query) -> Token {
    Asked::read(&query.der()).expect("query").token(NOW)
}

#[test]
fn the_request_is_what_the_clause_says() {
    let der = query().der();
    let mut outer = Reader::new(&der);
    let mut fields = outer.expect(0x30).expect("sequence").reader();
    assert_eq!(fields.expect(2).expect("version").content, [1]);
    let mut imprint = fields.expect(0x30).expect("imprint").reader();
    let mut algorithm = imprint.expect(0x30).expect("algorithm").reader();
    assert_eq!(algorithm.expect(6).expect("oid").content, oid::SHA256);
    assert_eq!(imprint.expect(4).expect("digest").content, head().0);
    // Not negative, whatever the first bit of chance.
    let nonce = fields.expect(2).expect("nonce").content;
    assert_eq!(nonce, [&[0], &NONCE[..]].concat());
    assert_eq!(fields.expect(1).expect("certReq").content, [0xff]);
    fields.end().expect("nothing more");
    outer.end().expect("nothing more");

    let policy = oid::from_dotted("1.2.3.4").expect("policy");
    let der = Query::new(head(), [0; 16], Some(&policy)).der();
    let mut fields = Reader::new(&der).expect(0x30).expect("sequence").reader();
    fields.expect(2).expect("version");
    fields.expect(0x30).expect("imprint");
    assert_eq!(fields.expect(6).expect("reqPolicy").content, policy);
    assert_eq!(fields.expect(2).expect("nonce").content, [0]);
}

#[test]
fn only_the_answer_to_this_request_is_taken() {
    let world = World::new();
    let query = query();
    let token = || right(&query);
    let (good, other) = (world.signed(token()), Digest::of(b"another log"));
    let mut longer = good.clone();
    longer.push(0);
    let mut shorter = good.clone();
    shorter.pop();
    let no_token = der::sequence_of(&[der::sequence_of(&[der::integer(0)])]);
    let waiting = der::sequence_of(&[der::sequence_of(&[der::integer(3)])]);
    let nonce = |nonce: Option<Vec<u8>>| world.signed(Token { nonce, ..token() });
    let sha1 = lienthong::forge::ocsp::Hash::Sha1;
    let cases: Vec<(&str, Vec<u8>, &str)> = vec![
        ("the right one", good.clone(), ""),
        ("no nonce", nonce(None), "other-nonce"),
        ("another nonce", nonce(Some(vec![7; 16])), "other-nonce"),
        (
            "a negative nonce",
            nonce(Some(NONCE.to_vec())),
            "other-nonce",
        ),
        (
            "a longer nonce",
            nonce(Some([&[0], &NONCE[..], &[0]].concat())),
            "other-nonce",
        ),
        (
            "a nonce with a zero more",
            nonce(Some([&[0, 0], &NONCE[..]].concat())),
            "",
        ),
        (
            "another imprint",
            world.signed(Token {
                imprint: other.0.to_vec(),
                ..token()
            }),
            "other-imprint",
        ),
        (
            "another algorithm with the same octets",
            world.signed(Token {
                algorithm: sha1.algorithm(),
                ..token()
            }),
            "other-imprint",
        ),
        ("rejected", rejected(15), "rejected"),
        ("waiting", waiting, "rejected"),
        ("granted without a token", no_token, "not-evidence"),
        (
            "not a TSTInfo inside",
            {
                let content_type = "1.2.840.113549.1.7.1".to_owned();
                world.signed(Token {
                    content_type,
                    ..token()
                })
            },
            "not-evidence",
        ),
        ("an octet more", longer, "not-evidence"),
        ("an octet less", shorter, "not-evidence"),
        (
            "a page of HTML",
            b"<html>502</html>".to_vec(),
            "not-evidence",
        ),
        ("nothing", Vec::new(), "not-evidence"),
        (
            "the token without its response",
            token().signed_by(&world.tsa).expect("token"),
            "not-evidence",
        ),
    ];
    for (what, response, expected) in cases {
        let found = query.token(&response);
        let code = found.as_ref().map_or_else(Refusal::code, |_| "");
        assert_eq!(code, expected, "{what}: {found:?}");
        if let Ok(token) = found {
            assert_eq!(imprint_of(token), Some(head()), "{what}");
        }
    }
    let failures = match query.token(&rejected(15)) {
        Err(Refusal::Rejected {
            status: 2,
            failures,
        }) => failures,
        other => panic!("{other:?}"),
    };
    assert_eq!(failures, [15]);
}

#[test]
fn a_demanded_policy_is_the_one_that_counts() {
    let world = World::new();
    let wanted = oid::from_dotted("1.2.3.4").expect("policy");
    let query = Query::new(head(), NONCE, Some(&wanted));
    let under = |policy: &str| {
        let policy = policy.to_owned();
        world.signed(Token {
            policy,
            ..right(&query)
        })
    };
    assert!(query.token(&under("1.2.3.4")).is_ok());
    let refused = Refusal::OtherPolicy {
        found: "1.2.3.5".into(),
        wanted: "1.2.3.4".into(),
    };
    assert_eq!(query.token(&under("1.2.3.5")), Err(refused));
}

#[test]
fn a_token_settles_only_what_our_own_anchors_admit() {
    let world = World::new();
    let query = query();
    let ask = |input: MaterialInput, token: Token, by: &Entity| {
        let response = granted(&token.signed_by(by).expect("token"));
        let token = query.token(&response).expect("an answer").to_vec();
        settle(&judge_over(&validator(input), &token, &head(), NOW), NOW)
    };
    let usual = || right(&query);
    assert_eq!(ask(world.input(true), usual(), &world.tsa), Ok(NOW));
    let code = |outcome: Result<_, Refusal>| outcome.map_or_else(|e| e.code(), |_| "");
    // The same root, trusted for documents alone.
    assert_eq!(
        code(ask(world.input(false), usual(), &world.tsa)),
        "not-trusted"
    );
    // A root that nobody knows.
    let other = World::new();
    assert_eq!(
        code(ask(world.input(true), usual(), &other.tsa)),
        "not-trusted"
    );
    // A certificate under the right root that is not for timestamps.
    let good = Validity::days(NOW, 100, 100);
    let signer = Template::signer("Sở Tài chính", good).issued_by(&world.root);
    assert_eq!(
        code(ask(world.input(true), usual(), &signer.expect("signer"))),
        "not-trusted"
    );
    // No list says whether the authority is revoked: an open question is no pass.
    let open = MaterialInput {
        crls: Vec::new(),
        ..world.input(true)
    };
    assert_eq!(code(ask(open, usual(), &world.tsa)), "not-trusted");
    let timed = |secs: i64| {
        let at = NOW.plus_secs(secs);
        let time = der::generalized(at);
        ask(world.input(true), Token { time, ..usual() }, &world.tsa)
    };
    assert_eq!(timed(-299), Ok(NOW.plus_secs(-299)));
    assert_eq!(code(timed(-301)), "before-asked");
    assert_eq!(timed(299), Ok(NOW.plus_secs(299)));
    assert_eq!(code(timed(301)), "not-trusted");
}

#[test]
fn no_flipped_bit_of_an_answer_is_taken() {
    let world = World::new();
    let query = query();
    let response = world.signed(right(&query));
    let validator = validator(world.input(true));
    let mut taken = 0;
    // Every octet of it, one bit each: the bit moves on with the octet.
    for place in 0..response.len() {
        let mut changed = response.clone();
        changed[place] ^= 1 << (place % 8);
        let token = query.token(&changed).map(<[u8]>::to_vec);
        let settled =
            token.and_then(|token| settle(&judge_over(&validator, &token, &head(), NOW), NOW));
        // What the signature does not cover may change what is said beside it, never what is stamped.
        if let Ok(moment) = settled {
            assert_eq!(moment, NOW, "octet {place}");
            taken += 1;
        }
    }
    assert!(taken * 10 < response.len(), "{taken} of {}", response.len());
}
