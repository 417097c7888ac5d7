//! Addresses in certificates that lead to doors inside: nobody knocks there.

use crate::faults::{Case, authority, gateway, is_held, send_all, serve, signer};
use crate::support::{block_on, now};
use lienthong::forge::extension::authority_access;
use lienthong::forge::{Template, Validity};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// A port at which somebody listens and to which nobody may come.
pub struct Canary {
    pub address: SocketAddr,
    came: Arc<AtomicUsize>,
}

impl Canary {
    pub fn at(host: IpAddr) -> Self {
        let listener = TcpListener::bind(SocketAddr::new(host, 0)).expect("bound");
        let address = listener.local_addr().expect("address");
        let came = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&came);
        // Ends with the process of the test.
        std::thread::spawn(move || {
            while listener.accept().is_ok() {
                counted.fetch_add(1, Ordering::SeqCst);
            }
        });
        Self { address, came }
    }

    pub fn came(&self) -> usize {
        self.came.load(Ordering::SeqCst)
    }
}

#[test]
fn no_address_in_a_certificate_opens_a_door_inside() {
    block_on(async {
        let server = serve(20).await;
        let unlisted = Canary::at(server.address().ip());
        let local = Canary::at(IpAddr::V4(Ipv4Addr::LOCALHOST));
        let (a, b) = (unlisted.address, local.address.port());
        let addresses = [
            format!("http://{a}/danh-sach.crl"),
            format!("http://localhost:{b}/danh-sach.crl"),
            format!("http://2130706433:{b}/danh-sach.crl"),
            format!("http://[::ffff:127.0.0.1]:{b}/danh-sach.crl"),
            format!("http://{}@127.0.0.1:{b}/danh-sach.crl", server.address()),
        ];
        let mut cases: Vec<Case> = addresses
            .iter()
            .map(|address| Case::listed("an address inside", address))
            .collect();
        // The same for a responder and for an issuer.
        let root = authority();
        let asked = signer(&root, authority_access(&[&format!("http://{a}/ocsp")], &[]));
        cases.push(Case::of(
            "a responder inside",
            &root,
            &asked,
            &a.to_string(),
        ));
        let root = authority();
        let issuing = Template::authority("CA thử lỗi", Validity::around(now()));
        let issuing = issuing.issued_by(&root).expect("issuer");
        let address = format!("http://127.0.0.1:{b}/ca.cer");
        let issued = signer(&issuing, authority_access(&[], &[&address]));
        let mut orphan = Case::of("an issuer inside", &root, &issued, &address);
        orphan.signer.chain.clear();
        let all: Vec<&Case> = cases.iter().chain([&orphan]).collect();
        let gateway = gateway(&all, &[server.address()]);
        let sent = send_all(&gateway, &all).await;
        for (case, sent) in cases.iter().zip(&sent) {
            is_held(&gateway, case, sent).await;
        }
        // Nobody vouches for the address of an issuer, so that nothing is to be waited for.
        let orphaned = &sent.last().expect("sent").submitted;
        assert_eq!(orphaned.disposition, "refused", "{orphaned:?}");
        assert_eq!(orphaned.verdict.reason, "no_path", "{orphaned:?}");
        for canary in [&unlisted, &local] {
            assert_eq!(canary.came(), 0, "{}", canary.address);
        }
        assert_eq!(server.connections(), 0);
    });
}
