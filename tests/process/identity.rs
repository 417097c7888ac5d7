//! Who a client is: keys bound to a unit, on every request, open connections included.

use crate::support::{Fault, Gateway, WORLD, block_on, draft, good, now};
use lienthong::client::{Client, ClientError, Profile};
use lienthong::demo::units::UNITS;
use lienthong::keys::files::{self, own};
use lienthong::keys::issue::{self, Validity};
use lienthong::model::{Language, UnitCode};
use std::path::Path;

/// A client that shows `issued`.
fn client(gateway: &Gateway, folder: &Path, name: &str, issued: &issue::Issued) -> Client {
    let profile = Profile::read(&gateway.at.profile(UNITS[2].code)).expect("profile");
    let (certificate, key) = (format!("{name}.pem"), format!("{name}.key"));
    files::write_pair(folder, &certificate, &key, issued).expect("written");
    let profile = Profile {
        certificate: folder.join(certificate),
        key: folder.join(key),
        ..profile
    };
    Client::new(&profile, Language::En).expect("client")
}

fn refused_as(error: &ClientError) -> String {
    match error {
        ClientError::Problem(p) => format!("{} {}", p.status, p.code),
        ClientError::Unreachable { why, .. } => format!("{why:?}"),
        other => panic!("{other}"),
    }
}

#[test]
fn only_a_bound_certificate_in_force_is_somebody() {
    let gateway = Gateway::of_world();
    let folder = tempfile::tempdir().expect("folder");
    let unit = UnitCode::parse(UNITS[2].code).expect("code");
    let own_folder = gateway.at.certs().join("own");
    let ca = files::read_pair(&own_folder, own::TRANSPORT_CA, own::TRANSPORT_CA_KEY).expect("ca");
    let ours = issue::Authority::new(&ca).expect("authority");
    let foreign =
        issue::create_transport_ca("somebody else", Validity::years(now(), 5)).expect("ca");
    let foreign = issue::Authority::new(&foreign).expect("authority");
    let past = Validity {
        from: now().plus_secs(-7200),
        until: now().plus_secs(-3600),
    };
    let made = |by, validity| issue::issue_client(by, &unit, validity).expect("issued");
    let good_for = Validity::years(now(), 1);
    block_on(async {
        for (name, issued) in [
            ("unbound", made(&ours, good_for)),
            ("foreign", made(&foreign, good_for)),
            ("expired", made(&ours, past)),
        ] {
            let client = client(&gateway, folder.path(), name, &issued);
            let error = client.inbox(None, 1, 0).await.expect_err("must be refused");
            say!("{name}: {}", refused_as(&error));
            match &error {
                ClientError::Problem(p) => assert!(matches!(p.status, 401 | 403), "{name}: {p:?}"),
                ClientError::Unreachable { .. } => assert_ne!(name, "unbound", "{error}"),
                other => panic!("{name}: {other}"),
            }
        }
        gateway
            .office(2)
            .client
            .inbox(None, 1, 0)
            .await
            .expect("the real one");
    });
}

#[test]
fn a_revoked_certificate_ends_on_the_open_connection_and_on_long_polls() {
    let gateway = Gateway::of_world();
    let office = gateway.office(2);
    block_on(async {
        office.client.inbox(None, 1, 0).await.expect("good before");
        let waiting = {
            let client = office.client.clone();
            tokio::spawn(async move { client.inbox(None, 1, 30).await })
        };
        tokio::time::sleep(std::time::Duration::from_millis(300)).await;
        tokio::task::block_in_place(|| {
            good(&gateway.as_administrator(&["unit", "revoke", UNITS[2].code]));
        });
        let began = tokio::time::Instant::now();
        let error = office.client.inbox(None, 1, 0).await.expect_err("revoked");
        assert_eq!(refused_as(&error), "403 certificate_revoked");
        let made = draft(&WORLD.members[2], &[0], 1, 500, Fault::None);
        let error = office
            .send(&made.envelope, &made.files)
            .await
            .expect_err("revoked");
        assert_eq!(refused_as(&error), "403 certificate_revoked");
        let waited = waiting.await.expect("task");
        let answered = waited.expect_err("the long-poll ends as well");
        assert_eq!(refused_as(&answered), "403 certificate_revoked");
        say!(
            "long-poll ended {:.1?} after the revocation",
            began.elapsed()
        );
        assert!(began.elapsed() < std::time::Duration::from_secs(10));
        gateway
            .office(3)
            .client
            .inbox(None, 1, 0)
            .await
            .expect("others go on");
    });
}
