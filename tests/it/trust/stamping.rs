//! The timestamp authority over real HTTP: what it answers, and what becomes of it.

use crate::trust::world::NOW;
use bytes::Bytes;
use lienthong::clock::{Clock, ManualClock};
use lienthong::fetch::{Doors, HttpFetch, Limits};
use lienthong::forge::server::{Fault, Served, Server, Stamper};
use lienthong::forge::timestamp::{Token, granted, rejected};
use lienthong::forge::{Entity, RevocationList, Template, Validity};
use lienthong::judge::Judge;
use lienthong::model::{Digest, HostPort};
use lienthong::policy::{PolicySettings, Rules};
use lienthong::registry::Registry;
use lienthong::trust::anchor::AnchorInput;
use lienthong::trust::material::{Material, MaterialInput};
use lienthong::trust::validator::Validator;
use lienthong::upkeep::{AskError, Authority, Granted};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

struct Country {
    tsa: Entity,
    server: Server,
    rules: Arc<Rules>,
    judge: Judge,
    clock: Arc<ManualClock>,
}

impl Country {
    async fn new() -> Self {
        let good = Validity::days(NOW, 100, 100);
        let root = Template::authority("Gốc", good).self_signed();
        let root = root.expect("root");
        let tsa = Template::stamper("Dấu thời gian", good).issued_by(&root);
        let mut anchor = AnchorInput::ordinary("co-yeu", root.der.clone());
        anchor.constraints.purposes.timestamping = true;
        let list = RevocationList::complete(1, Validity::days(NOW, 1, 7));
        let material = Material::new(MaterialInput {
            anchors: vec![anchor],
            crls: vec![Bytes::from(list.signed_by(&root).expect("list"))],
            ..MaterialInput::default()
        });
        let validator = Validator::new(Arc::new(material.expect("material")));
        let registry = Arc::new(Registry::default());
        let rules = Rules::new(Arc::new(validator), registry, PolicySettings::default());
        let clock = Arc::new(ManualClock::new(NOW));
        let country = Self {
            tsa: tsa.expect("authority"),
            server: Server::start(clock.clone()).await.expect("server"),
            rules: Arc::new(rules),
            judge: Judge::new(1, 1 << 20),
            clock,
        };
        let stamper = country.stamper(&country.tsa, 0);
        country.server.publish("/tsa", stamper);
        country
    }

    fn stamper(&self, signer: &Entity, ahead_secs: i64) -> Served {
        Served::Stamper(Arc::new(Stamper {
            signer: signer.clone(),
            ahead_secs,
        }))
    }

    async fn ask(&self, limits: Limits, listed: bool) -> Result<Granted, AskError> {
        let url = self.server.url("/tsa");
        let door = HostPort::parse(&self.server.address().to_string());
        let doors = Doors {
            private: door.into_iter().filter(|_| listed).collect(),
            hosts: Vec::new(),
        };
        let authority = Authority {
            url,
            policy: None,
            fetch: HttpFetch::new(doors, limits, None).expect("fetch"),
        };
        let clock: &dyn Clock = &*self.clock;
        authority
            .ask(&self.judge, &self.rules, Digest::of(b"head"), clock)
            .await
    }
}

fn limits() -> Limits {
    Limits {
        whole: Duration::from_secs(2),
        other_bytes: 64 << 10,
        ..Limits::default()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_wrong_answer_has_its_name_and_the_right_one_is_taken() {
    let country = Country::new().await;
    let good = country.ask(limits(), true).await.expect("granted");
    assert_eq!(good.moment, NOW);
    let signer = good.report.signature.signer.expect("signer");
    assert_eq!(signer.sha256, Digest::of(&country.tsa.der));

    let old = Token::of(b"head", NOW).signed_by(&country.tsa);
    let old = granted(&old.expect("token"));
    let long = |declared| Fault::Long {
        octets: 1 << 20,
        declared,
    };
    let elsewhere = Fault::Redirect("http://127.0.0.1:1/tsa".into());
    for (what, fault, code) in [
        ("hangs", Fault::Hang, "silent"),
        (
            "one octet at a time",
            Fault::Drip(Duration::from_millis(50)),
            "silent",
        ),
        (
            "garbage",
            Fault::Instead(b"<html>".to_vec()),
            "not-evidence",
        ),
        ("rejects", Fault::Instead(rejected(2)), "rejected"),
        (
            "answers with an old token",
            Fault::Instead(old),
            "other-nonce",
        ),
        ("too long, and says so", long(true), "too-large"),
        ("too long", long(false), "too-large"),
        ("is ill", Fault::Status(500), "status"),
        ("sends us elsewhere", elsewhere, "status"),
        ("breaks off", Fault::Short, "connection"),
        ("leaves something out", Fault::Cut(3), "not-evidence"),
    ] {
        country.server.fault("/tsa", Some(fault));
        let began = Instant::now();
        let refused = country.ask(limits(), true).await.expect_err(what);
        assert_eq!(refused.code(), code, "{what}: {refused}");
        assert!(began.elapsed() < Duration::from_secs(5), "{what}");
    }
    country.server.fault("/tsa", None);
    country.ask(limits(), true).await.expect("granted again");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_not_trusted_or_not_to_be_asked_gives_nothing() {
    let country = Country::new().await;
    let before = country.server.connections();
    let refused = country.ask(limits(), false).await.expect_err("inside");
    assert_eq!(refused.code(), "address-private");
    assert_eq!(country.server.connections(), before, "nobody knocked");

    let good = Validity::days(NOW, 100, 100);
    let stranger = Template::authority("Gốc lạ", good).self_signed();
    let stranger = Template::stamper("Dấu lạ", good).issued_by(&stranger.expect("root"));
    let stranger = country.stamper(&stranger.expect("stranger"), 0);
    let (early, late) = (
        country.stamper(&country.tsa, -3600),
        country.stamper(&country.tsa, 3600),
    );
    for (what, served, code) in [
        ("a stranger", stranger, "not-trusted"),
        ("a clock behind", early, "before-asked"),
        ("a clock ahead", late, "not-trusted"),
    ] {
        country.server.publish("/tsa", served);
        let refused = country.ask(limits(), true).await.expect_err(what);
        assert_eq!(refused.code(), code, "{what}: {refused}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_authority_is_waited_for() {
    let country = Country::new().await;
    // Longer than any other fetch may last between octets.
    let slow = Fault::Slow(Duration::from_secs(4));
    country.server.fault("/tsa", Some(slow));
    let patient = Limits {
        whole: Duration::from_secs(30),
        ..limits()
    };
    country.ask(patient, true).await.expect("granted");
}
