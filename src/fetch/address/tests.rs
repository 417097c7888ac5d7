#![allow(clippy::too_many_lines, reason = "tables")]

use super::*;

fn doors(private: &[&str], hosts: &[&str]) -> Doors {
    Doors {
        private: private
            .iter()
            .map(|p| HostPort::parse(p).expect("host and port"))
            .collect(),
        hosts: hosts.iter().map(|h| (*h).to_owned()).collect(),
    }
}

#[test]
fn only_plain_http_addresses_are_asked() {
    let open = Doors::default();
    let good = [
        ("http://crl.ca.gov.vn/a.crl", "crl.ca.gov.vn:80"),
        ("https://OCSP.vnpt-ca.vn", "ocsp.vnpt-ca.vn:443"),
        (
            "http://ocsp.viettel-ca.vn:2560/x?y=%20z#part",
            "ocsp.viettel-ca.vn:2560",
        ),
        ("http://ocsp.bkavca.vn./", "ocsp.bkavca.vn:80"),
        ("http://8.8.8.8/", "8.8.8.8:80"),
        ("http://[2606:4700::1111]:8080/", "[2606:4700::1111]:8080"),
    ];
    for (uri, door) in good {
        let target = open.target(uri).expect(uri);
        assert_eq!(target.door.to_string(), door, "{uri}");
        assert_eq!(target.url.fragment(), None, "{uri}");
    }
    let long = format!("http://a.vn/{}", "x".repeat(MAX_URI));
    let bad = [
        "",
        "a.vn/x",
        "//a.vn/x",
        "http://",
        "http:///x",
        "http:\\\\a.vn",
        "http://a.vn\\x",
        "http://a b.vn/",
        " http://a.vn/",
        "http://a.vn/\r\nHost:x",
        "http://a.vn/\t",
        "http://café.vn/",
        "http://[::1",
        &long,
        "ldap://a.vn/cn=x?certificateRevocationList",
        "file:///etc/passwd",
        "ftp://a.vn/x",
        "gopher://a.vn/",
        "javascript:x",
        "data:,x",
        "http://u@a.vn/",
        "http://u:p@a.vn/",
        "http://:p@a.vn/",
        "http://a.vn:22/",
        "http://a.vn:25/",
        "https://a.vn:636/",
        "http://a.vn:0/",
    ];
    for uri in bad {
        assert!(open.target(uri).is_err(), "{uri}");
    }
}

#[test]
fn no_address_inside_is_reached_unless_it_is_listed() {
    let table = [
        ("127.0.0.1", Range::Loopback),
        ("127.9.9.9", Range::Loopback),
        ("0.0.0.0", Range::Unspecified),
        ("0.1.2.3", Range::Unspecified),
        ("10.0.0.1", Range::Private),
        ("172.16.0.1", Range::Private),
        ("172.31.255.255", Range::Private),
        ("192.168.1.1", Range::Private),
        ("100.64.0.1", Range::CarrierNat),
        ("100.127.255.255", Range::CarrierNat),
        ("169.254.169.254", Range::LinkLocal),
        ("192.0.0.8", Range::Reserved),
        ("192.0.2.1", Range::Documentation),
        ("198.51.100.7", Range::Documentation),
        ("203.0.113.9", Range::Documentation),
        ("198.18.0.1", Range::Reserved),
        ("192.88.99.1", Range::Reserved),
        ("224.0.0.1", Range::Multicast),
        ("239.255.255.250", Range::Multicast),
        ("240.0.0.1", Range::Reserved),
        ("255.255.255.255", Range::Reserved),
        ("::", Range::Unspecified),
        ("::1", Range::Loopback),
        ("::7f00:1", Range::Reserved),
        ("::ffff:127.0.0.1", Range::Loopback),
        ("::ffff:10.0.0.1", Range::Private),
        ("::ffff:169.254.169.254", Range::LinkLocal),
        ("64:ff9b::a00:1", Range::Private),
        ("64:ff9b::7f00:1", Range::Loopback),
        ("64:ff9b:1::808:808", Range::Reserved),
        ("2002:7f00:1::", Range::Loopback),
        ("2002:c0a8:101::1", Range::Private),
        ("2002:a9fe:a9fe::", Range::LinkLocal),
        ("2001::1", Range::Reserved),
        ("2001:10::1", Range::Reserved),
        ("2001:db8::1", Range::Documentation),
        ("3fff::1", Range::Documentation),
        ("fc00::1", Range::Private),
        ("fd12:3456::1", Range::Private),
        ("fe80::1", Range::LinkLocal),
        ("fec0::1", Range::Reserved),
        ("ff02::1", Range::Multicast),
        ("100::1", Range::Reserved),
        ("5f00::1", Range::Reserved),
    ];
    for (text, range) in table {
        let address: IpAddr = text.parse().expect(text);
        assert_eq!(not_public(address), Some(range), "{text}");
        let uri = match address {
            IpAddr::V4(_) => format!("http://{text}/"),
            IpAddr::V6(_) => format!("http://[{text}]/"),
        };
        assert!(Doors::default().target(&uri).is_err(), "{uri}");
        let target = Doors::default().target("http://a.vn/").expect("a name");
        let through = Doors::default().reachable(&target, &[address]);
        assert!(through.is_err(), "a name that leads to {text}");
    }
    for text in [
        "8.8.8.8",
        "1.1.1.1",
        "172.15.0.1",
        "172.32.0.1",
        "100.63.0.1",
        "100.128.0.1",
        "203.162.0.1",
        "223.255.255.255",
        "2001:4860:4860::8888",
        "2606:4700::1111",
        "64:ff9b::808:808",
        "2002:808:808::1",
        "::ffff:8.8.8.8",
    ] {
        assert_eq!(not_public(text.parse().expect(text)), None, "{text}");
    }
}

#[test]
fn other_spellings_of_an_address_are_the_same_address() {
    for uri in [
        "http://2130706433/",
        "http://0x7f000001/",
        "http://0x7f.1/",
        "http://0177.0.0.1/",
        "http://127.1/",
        "http://127.0.0.1./",
        "http://[::ffff:7f00:1]/",
        "http://[0:0::1]/",
    ] {
        let refused = Doors::default().target(uri);
        assert!(
            matches!(refused, Err(AddressError::NotPublic { .. })),
            "{uri}: {refused:?}"
        );
    }
}

#[test]
fn a_listed_door_opens_itself_and_nothing_else() {
    let listed = doors(
        &[
            "10.1.2.3:80",
            "ocsp.noi-bo.vn:8080",
            "[fd00::1]:81",
            "crl.vn:22",
        ],
        &[],
    );
    let inside: Vec<IpAddr> = ["10.1.2.3", "10.9.9.9", "127.0.0.1", "100.64.0.1", "fd00::7"]
        .iter()
        .map(|a| a.parse().expect("address"))
        .collect();
    for uri in [
        "http://10.1.2.3/x",
        "http://[fd00:0::1]:81/",
        "http://crl.vn:22/",
    ] {
        assert!(listed.target(uri).is_ok(), "{uri}");
    }
    for uri in [
        "http://10.1.2.3:81/",
        "http://10.1.2.4/",
        "https://10.1.2.3/",
        "http://[fd00::1]/",
    ] {
        assert!(listed.target(uri).is_err(), "{uri}");
    }
    let named = listed
        .target("http://OCSP.noi-bo.vn:8080/")
        .expect("listed");
    assert_eq!(listed.reachable(&named, &inside), Ok(()));
    let other = listed
        .target("http://ocsp.noi-bo.vn/")
        .expect("only a name so far");
    for address in &inside {
        assert!(
            listed.reachable(&other, &[*address]).is_err(),
            "another port"
        );
    }
    // What no name may lead to, even a listed one.
    for text in [
        "169.254.169.254",
        "0.0.0.0",
        "224.0.0.1",
        "240.0.0.1",
        "::ffff:169.254.169.254",
    ] {
        let address = text.parse().expect(text);
        assert!(listed.reachable(&named, &[address]).is_err(), "{text}");
    }
    let metadata = doors(&["169.254.169.254:80"], &[]);
    assert!(
        metadata.target("http://169.254.169.254/").is_ok(),
        "the operator's own word"
    );
}

#[test]
fn one_address_inside_refuses_them_all() {
    let target = Doors::default().target("http://a.vn/").expect("a name");
    let both = ["8.8.8.8", "10.0.0.1"].map(|a| a.parse().expect("address"));
    assert!(Doors::default().reachable(&target, &both).is_err());
}

#[test]
fn an_allow_list_leaves_only_its_hosts() {
    let some = doors(&["10.1.2.3:80"], &["ocsp.ca.gov.vn", ".vnpt-ca.vn"]);
    for uri in [
        "http://ocsp.ca.gov.vn/",
        "http://OCSP.ca.gov.vn./",
        "http://a.b.vnpt-ca.vn/",
        "http://10.1.2.3/",
    ] {
        assert!(some.target(uri).is_ok(), "{uri}");
    }
    for uri in [
        "http://ca.gov.vn/",
        "http://x.ocsp.ca.gov.vn/",
        "http://vnpt-ca.vn/",
        "http://evilvnpt-ca.vn/",
        "http://8.8.8.8/",
    ] {
        assert!(some.target(uri).is_err(), "{uri}");
    }
}

#[test]
fn a_redirect_stays_at_its_door() {
    let open = Doors::default();
    let from = open.target("http://crl.ca.gov.vn/a/b.crl").expect("good");
    for (to, url) in [
        ("c.crl", "http://crl.ca.gov.vn/a/c.crl"),
        ("/d.crl", "http://crl.ca.gov.vn/d.crl"),
        ("http://CRL.ca.gov.vn:80/e", "http://crl.ca.gov.vn/e"),
    ] {
        assert_eq!(open.redirected(&from, to).expect(to).url.as_str(), url);
    }
    for to in [
        "http://127.0.0.1/",
        "http://169.254.169.254/latest",
        "//other.vn/x",
        "http://ca.gov.vn/",
        "https://crl.ca.gov.vn/",
        "http://crl.ca.gov.vn:8080/",
        "http://u@crl.ca.gov.vn/",
        "file:///etc/passwd",
        "http://",
        "ftp://crl.ca.gov.vn/",
    ] {
        assert!(open.redirected(&from, to).is_err(), "{to}");
    }
}
