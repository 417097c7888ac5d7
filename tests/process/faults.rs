//! Sources of evidence that hang, drip, lead elsewhere, lie or never end: the document that needs
//! them is held and says why, the others do not notice, and no door inside is knocked at.

use crate::faults_inside::Canary;
use crate::support::{Fault as Nothing, Gateway, WORLD, block_on, draft, draft_by, now};
use lienthong::client::Sent;
use lienthong::clock::SystemClock;
use lienthong::demo::install::Plan;
use lienthong::demo::units::UNITS;
use lienthong::demo::world::{MaterialFile, SPECIAL};
use lienthong::forge::distribution::{Point, crl_points};
use lienthong::forge::extension::{Extension, authority_access};
use lienthong::forge::ocsp::CertStatus;
use lienthong::forge::server::{Fault, Responder, Served, Server};
use lienthong::forge::{Entity, Identity, RevocationList, Template, Validity};
use lienthong::model::{DocumentId, UnitCode};
use lienthong::registry::{Binding, KeyPair, Role};
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// The send path waits two seconds (`verdicts.md` §3); the rest is for a machine that is busy.
const ANSWERED: Duration = Duration::from_secs(6);
/// A document that needs nobody is answered before one that waits.
const PROMPT: Duration = Duration::from_secs(2);

/// Where a case's own server listens: a host that fails is left alone as a whole, so each has one of
/// its own.
pub async fn serve(host: u8) -> Server {
    let at = SocketAddr::from((Ipv4Addr::new(127, 0, 77, host), 0));
    let listener = tokio::net::TcpListener::bind(at).await.expect("bound");
    Server::on(listener, Arc::new(SystemClock)).expect("server")
}

/// One authority, a signer under it, and the address that the sender is told.
pub struct Case {
    what: &'static str,
    root: Entity,
    pub signer: Identity,
    address: String,
    reason: &'static str,
}

pub fn authority() -> Entity {
    let root = Template::authority("Gốc thử lỗi", Validity::around(now()));
    root.self_signed().expect("root")
}

pub fn signer(by: &Entity, extension: Extension) -> Entity {
    let template = Template::signer("Cơ quan thử lỗi", Validity::around(now()));
    template.with(extension).issued_by(by).expect("signer")
}

impl Case {
    /// Its list is at `address`.
    pub fn listed(what: &'static str, address: &str) -> Self {
        let root = authority();
        let signer = signer(&root, crl_points(&[Point::uri(address)]));
        Self::of(what, &root, &signer, address)
    }

    pub fn of(what: &'static str, root: &Entity, signer: &Entity, address: &str) -> Self {
        Self {
            what,
            root: root.clone(),
            signer: signer.identity().expect("identity"),
            address: address.to_owned(),
            reason: "revocation_missing",
        }
    }

    /// A list that is as it should be, behind a fault.
    fn faulty(what: &'static str, server: &Server, fault: Fault) -> Self {
        let case = Self::listed(what, &server.url("/danh-sach.crl"));
        let list = RevocationList::complete(1, Validity::days(now(), 1, 7));
        let list = list.signed_by(&case.root).expect("list");
        server.publish("/danh-sach.crl", Served::crl(list));
        server.fault("/danh-sach.crl", Some(fault));
        case
    }

    /// A responder under the right name, whose answers somebody else signed.
    fn answered_by_another(server: &Server) -> Self {
        let (root, other) = (authority(), authority());
        let address = server.url("/ocsp");
        let signer = signer(&root, authority_access(&[&address], &[]));
        let responder = Responder::new(&root, &other);
        responder.set(&signer, CertStatus::Good);
        server.publish("/ocsp", Served::Ocsp(Arc::new(responder)));
        Self::of("another's OCSP", &root, &signer, &address)
    }

    /// An issuer to be fetched, where another one of that name is.
    fn issued_by_another(server: &Server) -> Self {
        let root = authority();
        let issuing = || Template::authority("CA thử lỗi", Validity::around(now()));
        let right = issuing().issued_by(&root).expect("issuer");
        let wrong = issuing().issued_by(&root).expect("issuer");
        let address = server.url("/ca.cer");
        server.publish("/ca.cer", Served::certificate(wrong.der));
        let signer = signer(&right, authority_access(&[], &[&address]));
        let mut case = Self::of("another issuer", &root, &signer, &address);
        case.signer.chain.clear();
        case.reason = "issuer_pending";
        case
    }
}

/// The demo's world with the cases beside it, and doors that are listed.
pub fn gateway(cases: &[&Case], listed: &[SocketAddr]) -> Gateway {
    let mut plan = Plan::of(&WORLD).expect("plan");
    for (n, case) in cases.iter().enumerate() {
        admit(&mut plan, n, &case.root, &[&case.signer]);
    }
    plan.private.extend(listed.iter().map(ToString::to_string));
    Gateway::start(&plan)
}

/// Trusts a root for agencies and binds signers to the first unit.
pub fn admit(plan: &mut Plan<'_>, n: usize, root: &Entity, signers: &[&Identity]) {
    plan.material.push(MaterialFile {
        path: format!("trust/{SPECIAL}/thu-{n}.crt"),
        bytes: root.der.clone(),
    });
    plan.bindings.extend(signers.iter().map(|signer| Binding {
        keys: KeyPair {
            issuer: signer.issuer_key,
            subject: signer.subject_key,
        },
        unit: UnitCode::parse(UNITS[0].code).expect("code"),
        role: Role::Agency,
        from: now().plus_secs(-3600),
        until: None,
        note: "thử lỗi".into(),
    }));
}

pub async fn send(gateway: &Gateway, signer: &Identity, number: u64) -> (Sent, Duration) {
    let (office, made) = (gateway.office(0), draft_by(signer, &[1], number));
    let begun = Instant::now();
    let sent = office.send(&made.envelope, &made.files).await;
    (sent.expect("an answer"), begun.elapsed())
}

/// Sends documents that need nobody until told to stop, at least ten; how long the slowest took.
pub async fn others(gateway: &Gateway, stop: &AtomicBool) -> (u64, Duration) {
    let office = gateway.office(1);
    let (mut count, mut slowest) = (0u64, Duration::ZERO);
    while count < 10 || !stop.load(Ordering::SeqCst) {
        let made = draft(&WORLD.members[1], &[2], 5000 + count, 500, Nothing::None);
        let begun = Instant::now();
        let sent = office.send(&made.envelope, &made.files).await;
        let sent = sent.expect("sent").submitted;
        slowest = slowest.max(begun.elapsed());
        assert_eq!(sent.disposition, "accepted", "{sent:?}");
        count += 1;
    }
    (count, slowest)
}

/// Sends one document of each case at once, and others beside them.
pub async fn send_all(gateway: &Gateway, cases: &[&Case]) -> Vec<Sent> {
    // The first one opens connections and files.
    others(gateway, &AtomicBool::new(true)).await;
    let stop = AtomicBool::new(false);
    let held = async {
        let sending = cases.iter().zip(1u64..);
        let sending = sending.map(|(case, n)| send(gateway, &case.signer, n));
        let all = futures_util::future::join_all(sending).await;
        stop.store(true, Ordering::SeqCst);
        all
    };
    let (held, (count, slowest)) = tokio::join!(held, others(gateway, &stop));
    let longest = held.iter().map(|(_, took)| *took).max().expect("cases");
    say!("faults: {count} others, the slowest {slowest:.0?}; the longest wait {longest:.0?}");
    assert!(slowest < PROMPT, "{slowest:?} beside {longest:?}");
    assert!(longest < ANSWERED, "{longest:?}");
    held.into_iter().map(|(sent, _)| sent).collect()
}

/// It is held, and both the answer and the status name the reason and the source.
pub async fn is_held(gateway: &Gateway, case: &Case, sent: &Sent) {
    let (what, sent) = (case.what, &sent.submitted);
    assert_eq!(sent.disposition, "held", "{what}: {sent:?}");
    let office = gateway.office(0);
    let id = DocumentId::parse(&sent.id).expect("id");
    let seen = office.client.document(id).await.expect("status");
    assert_eq!(seen.disposition, "held", "{what}: {seen:?}");
    for verdict in [&sent.verdict, &seen.verdict] {
        assert_eq!(
            verdict.sub_indication.as_deref(),
            Some("TRY_LATER"),
            "{what}"
        );
        assert_eq!(verdict.reason, case.reason, "{what}: {verdict:?}");
        assert!(
            verdict.message.contains(&case.address),
            "{what}: {verdict:?}"
        );
    }
    let report = office
        .client
        .report(id, None)
        .await
        .expect("report")
        .to_string();
    assert!(report.contains(&case.address), "{what}: {report}");
}

#[test]
fn a_source_that_fails_holds_its_own_documents_and_no_others() {
    block_on(async {
        let mut servers = Vec::new();
        for host in 1..=8 {
            servers.push(serve(host).await);
        }
        let at = |n: usize| &servers[n];
        let trap = Canary::at(at(2).address().ip());
        let elsewhere = |to: SocketAddr| Fault::Redirect(format!("http://{to}/danh-sach.crl"));
        let cases = [
            Case::faulty("hangs", at(0), Fault::Hang),
            Case::faulty("drips", at(1), Fault::Drip(Duration::from_millis(100))),
            Case::faulty("redirects inside", at(2), elsewhere(trap.address)),
            Case::faulty("redirects to one listed", at(3), elsewhere(at(7).address())),
            Case::faulty("a certificate", at(4), Fault::Instead(authority().der)),
            Case::answered_by_another(at(5)),
            Case::issued_by_another(at(6)),
        ];
        let cases: Vec<&Case> = cases.iter().collect();
        let listed: Vec<SocketAddr> = servers.iter().map(Server::address).collect();
        let gateway = gateway(&cases, &listed);
        let sent = send_all(&gateway, &cases).await;
        for (case, sent) in cases.iter().zip(&sent) {
            is_held(&gateway, case, sent).await;
        }
        assert_eq!(trap.came(), 0);
        assert_eq!(at(7).connections(), 0, "a redirect was followed");
        for server in &servers[..7] {
            assert!(server.connections() > 0, "{server:?} was never asked");
        }
    });
}
