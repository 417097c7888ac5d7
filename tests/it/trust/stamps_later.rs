//! Stamps of the log looked at when their authority is gone: a later stamp covers the record that names
//! an earlier token, and so proves since when that token exists.

use crate::trust::world::{NOW, validator};
use bytes::Bytes;
use lienthong::clock::ManualClock;
use lienthong::forge::ocsp::Hash;
use lienthong::forge::timestamp::Token;
use lienthong::forge::{Entity, RevocationList, Revoked, Template, Validity};
use lienthong::model::event::{Event, RulesChanged, Stamped};
use lienthong::model::{Digest, Timestamp};
use lienthong::policy::{PolicySettings, Rules};
use lienthong::registry::Registry;
use lienthong::store::memory::MemoryStore;
use lienthong::store::{Change, Ledger, Vault};
use lienthong::trust::anchor::AnchorInput;
use lienthong::trust::material::MaterialInput;
use lienthong::upkeep::check_stamps;
use std::sync::Arc;

const DAY: i64 = 86_400;
/// keyCompromise (RFC 5280 §5.3.1).
const KEY_COMPROMISE: u8 = 1;

fn at(days: i64) -> Timestamp {
    NOW.plus_secs(days * DAY)
}

struct World {
    root: Entity,
    first: Entity,
    second: Entity,
    store: Arc<MemoryStore>,
    clock: Arc<ManualClock>,
}

impl World {
    fn new() -> Self {
        let good = Validity::days(NOW, 100, 100);
        let root = Template::authority("Gốc", good).self_signed();
        let root = root.expect("root");
        let stamper = |name: &str| {
            let made = Template::stamper(name, good).issued_by(&root);
            made.expect("authority")
        };
        let clock = Arc::new(ManualClock::new(NOW));
        Self {
            first: stamper("Dấu một"),
            second: stamper("Dấu hai"),
            store: MemoryStore::new(clock.clone()),
            clock,
            root,
        }
    }

    async fn commit(&self, days: i64, bodies: Vec<Bytes>, event: Event) {
        self.clock.set(at(days));
        let bodies = bodies.into_iter().map(|b| self.store.keep_bytes(b));
        let change = Change {
            subject: None,
            bodies: bodies.collect(),
            events: vec![event],
        };
        self.store.commit(change).await.expect("committed");
    }

    async fn happens(&self, days: i64) {
        let event = RulesChanged {
            rules: Digest::of(&days.to_be_bytes()),
            registry: Digest::ZERO,
            actor: None,
        };
        self.commit(days, Vec::new(), Event::RulesChanged(event))
            .await;
    }

    /// The head of the log is stamped; `made` days after [`NOW`], and put on record on day `days`.
    async fn stamped(&self, by: &Entity, days: i64, made: i64) {
        let (of, head) = self.store.head().expect("head");
        let token = Token::imprint(Hash::Sha256.algorithm(), head.0.to_vec(), at(made));
        let token = Bytes::from(token.signed_by(by).expect("token"));
        let event = Stamped {
            of,
            head,
            moment: at(made),
            token: Digest::of(&token),
            authority: Digest::of(&by.der),
            rests_on: Vec::new(),
        };
        self.commit(days, vec![token], Event::Stamped(Box::new(event)))
            .await;
    }

    /// State and problem of every stamp on day 10, when the first authority's key is known to have been
    /// lost on day `lost`.
    fn checked(&self, lost: Option<i64>) -> Vec<(String, String)> {
        let mut list = RevocationList {
            this_update: at(9),
            next_update: Some(at(16)),
            ..RevocationList::complete(1, Validity::days(NOW, 1, 7))
        };
        if let Some(lost) = lost {
            let entry = Revoked::new(&self.first.serial, at(lost));
            list = list.revoke(entry.reason(KEY_COMPROMISE));
        }
        let mut anchor = AnchorInput::ordinary("co-yeu", self.root.der.clone());
        anchor.constraints.purposes.timestamping = true;
        let validator = validator(MaterialInput {
            anchors: vec![anchor],
            crls: vec![list.signed_by(&self.root).expect("list").into()],
            ..MaterialInput::default()
        });
        let registry = Arc::new(Registry::default());
        let rules = Rules::new(Arc::new(validator), registry, PolicySettings::default());
        let view = check_stamps(&*self.store, &*self.store, &rules, at(10), &[]);
        let stamps = view.expect("read").stamps.into_iter();
        let row = stamps.map(|s| (s.state, s.problem.unwrap_or_default()));
        row.collect()
    }
}

fn row(state: &str, problem: &str) -> (String, String) {
    (state.to_owned(), problem.to_owned())
}

#[tokio::test]
async fn a_later_stamp_carries_an_earlier_one_whose_authority_lost_its_key() {
    let world = World::new();
    world.happens(0).await;
    world.stamped(&world.first, 1, 1).await;
    assert_eq!(world.checked(None), [row("good", "")]);
    // Nothing but the token itself says that it is older than the loss.
    assert_eq!(world.checked(Some(4)), [row("open", "certificate_revoked")]);
    world.happens(2).await;
    world.stamped(&world.second, 3, 3).await;
    assert_eq!(world.checked(Some(4)), [row("good", ""), row("good", "")]);
    // Lost before the later stamp was made.
    let before = [row("open", "certificate_revoked"), row("good", "")];
    assert_eq!(world.checked(Some(2)), before);
}

#[tokio::test]
async fn a_stamp_of_an_earlier_record_carries_nothing_that_came_after_it() {
    let world = World::new();
    world.happens(0).await;
    let early = world.store.head().expect("head");
    world.stamped(&world.first, 1, 1).await;
    // On record later, but over a record that lies before the first token's.
    let token = Token::imprint(Hash::Sha256.algorithm(), early.1.0.to_vec(), at(3));
    let token = Bytes::from(token.signed_by(&world.second).expect("token"));
    let event = Stamped {
        of: early.0,
        head: early.1,
        moment: at(3),
        token: Digest::of(&token),
        authority: Digest::of(&world.second.der),
        rests_on: Vec::new(),
    };
    world
        .commit(3, vec![token], Event::Stamped(Box::new(event)))
        .await;
    let open = [row("open", "certificate_revoked"), row("good", "")];
    assert_eq!(world.checked(Some(4)), open);
}

#[tokio::test]
async fn a_record_that_claims_to_be_older_than_its_token_is_told() {
    let world = World::new();
    world.happens(0).await;
    // Made on day 5, and on record as if on day 1.
    world.stamped(&world.first, 1, 5).await;
    assert_eq!(
        world.checked(None),
        [row("rewritten", "token-after-record")]
    );
}

#[tokio::test]
async fn a_token_that_is_lost_or_altered_is_told() {
    let world = World::new();
    world.happens(0).await;
    let (of, head) = world.store.head().expect("head");
    let event = |authority: Digest, moment: Timestamp, token: Digest| {
        Event::Stamped(Box::new(Stamped {
            of,
            head,
            moment,
            token,
            authority,
            rests_on: Vec::new(),
        }))
    };
    let token = Token::imprint(Hash::Sha256.algorithm(), head.0.to_vec(), NOW);
    let token = Bytes::from(token.signed_by(&world.first).expect("token"));
    let (by, name) = (Digest::of(&world.first.der), Digest::of(&token));
    let mut broken = token.to_vec();
    *broken.last_mut().expect("signature") ^= 1;
    let broken = Bytes::from(broken);
    let of_broken = Digest::of(&broken);
    world.commit(1, vec![], event(by, NOW, Digest::ZERO)).await;
    world.commit(1, vec![token], event(by, NOW, name)).await;
    world
        .commit(1, vec![], event(Digest::ZERO, NOW, name))
        .await;
    world.commit(1, vec![], event(by, at(-1), name)).await;
    world
        .commit(1, vec![broken], event(by, NOW, of_broken))
        .await;
    let expected = [
        row("missing", "token-missing"),
        row("good", ""),
        row("rewritten", "other-facts"),
        row("rewritten", "other-facts"),
        row("failed", "signature_invalid"),
    ];
    assert_eq!(world.checked(None), expected);
}
