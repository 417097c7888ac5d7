use super::*;
use crate::forge::key::KeyKind;
use crate::forge::pki::{self, Authority, Validity};
use crate::model::Timestamp;

const NOW: Timestamp = Timestamp(1_795_000_000_000);

fn write(certs: &Path, name: &str, bytes: &[u8]) {
    let path = certs.join(name);
    std::fs::create_dir_all(path.parent().expect("folder")).expect("folder");
    std::fs::write(path, bytes).expect("written");
}

fn authority(name: &str) -> Authority {
    Authority::root(name, KeyKind::P256, Validity::around(NOW)).expect("root")
}

fn crl(authority: &Authority) -> Vec<u8> {
    let crl = pki::Crl {
        validity: Validity::around(NOW),
        number: 1,
        revoked: Vec::new(),
    };
    authority.crl(&crl).expect("crl")
}

#[test]
fn every_folder_is_read_in_pem_and_der() {
    let folder = tempfile::tempdir().expect("folder");
    let certs = folder.path();
    assert_eq!(
        load_material(certs, None).expect("empty").anchors().count(),
        0
    );
    let (a, b, c) = (authority("A"), authority("B"), authority("C"));
    let two = format!("# hai chứng thư\n{}{}", a.pem(), b.pem());
    write(certs, "trust/co-yeu/two.pem", two.as_bytes());
    write(certs, "trust/cong-cong/C.DER", c.der());
    write(certs, "trust/README.md", b"no anchor");
    write(certs, "trust/stray.pem", c.pem().as_bytes());
    write(certs, "intermediate/b.crt", b.der());
    write(
        certs,
        "distrust/list.txt",
        format!(
            "# x\n{}\n{} from 2026-11-24T00:00:00+07:00 # lost\n",
            Digest::of(b"k"),
            Digest::of(b"l")
        )
        .as_bytes(),
    );
    write(certs, "crl/a.crl", &crl(&a));
    write(
        certs,
        "crl/b.pem",
        pki::pem("X509 CRL", &crl(&b)).as_bytes(),
    );
    let material = load_material(certs, Some(3600)).expect("good");
    let domains: Vec<&str> = material.anchors().map(|(domain, _)| domain).collect();
    assert_eq!(domains, ["co-yeu", "co-yeu", "cong-cong"]);
    assert_eq!(material.intermediates().count(), 1);
    assert_eq!(material.crls().count(), 2);
}

#[test]
fn a_file_that_is_something_else_is_named() {
    let a = authority("A");
    let distrusted = |rest: &str| format!("{} {rest}", Digest::of(b"k")).into_bytes();
    let table: [(&str, Vec<u8>); 8] = [
        ("trust/d/empty.pem", Vec::new()),
        (
            "trust/d/list.pem",
            pki::pem("X509 CRL", &crl(&a)).into_bytes(),
        ),
        ("intermediate/cut.der", a.der()[..40].to_vec()),
        ("distrust/list.txt", b"not a digest".to_vec()),
        (
            "distrust/until.txt",
            distrusted("until 2026-11-24T00:00:00Z"),
        ),
        ("distrust/day.txt", distrusted("from 24/11/2026")),
        ("trust/d/domain.toml", b"purpose = []".to_vec()),
        ("trust/d/lost.toml", b"purposes = [\"ocsp\"]".to_vec()),
    ];
    for (name, bytes) in table {
        let folder = tempfile::tempdir().expect("folder");
        write(folder.path(), name, &bytes);
        let error = load_material(folder.path(), None).expect_err(name);
        assert!(error.to_string().contains(name), "{name}: {error}");
    }
}

#[test]
fn a_broken_list_is_passed_over_and_what_was_read_before_goes_on() {
    let folder = tempfile::tempdir().expect("folder");
    let certs = folder.path();
    let (a, b) = (authority("A"), authority("B"));
    write(certs, "crl/a.crl", &crl(&a));
    write(certs, "crl/b.crl", b"<html>404</html>");
    write(certs, "crl/c.der", a.der());
    let mut seen = SeenCrls::read(certs).expect("nothing seen");
    let material = load_after(certs, MaterialInput::default(), &mut seen, None).expect("loaded");
    assert_eq!(material.crls().count(), 1);
    let told = |material: &Material| -> Vec<(String, bool)> {
        let name = |p: &PassedOver| {
            let name = p.file.rsplit('/').next().unwrap_or_default();
            (name.to_owned(), p.earlier_kept)
        };
        material.passed_over().iter().map(name).collect()
    };
    let without = |names: &[(&str, bool)]| -> Vec<(String, bool)> {
        names
            .iter()
            .map(|(n, kept)| ((*n).to_owned(), *kept))
            .collect()
    };
    assert_eq!(
        told(&material),
        without(&[("b.crl", false), ("c.der", false)])
    );

    // Cut while it is copied: the earlier list stays until the whole one is there.
    write(certs, "crl/a.crl", &crl(&a)[..40]);
    write(certs, "crl/b.crl", &crl(&b));
    std::fs::remove_file(certs.join("crl/c.der")).expect("removed");
    let later = load_after(certs, MaterialInput::default(), &mut seen, None).expect("loaded");
    assert_eq!(told(&later), without(&[("a.crl", true)]));
    assert_eq!(later.crls().count(), 2);
    // Still there at the next look; gone with its file.
    let again = load_after(certs, MaterialInput::default(), &mut seen, None).expect("loaded");
    assert_eq!((again.crls().count(), again.digest()), (2, later.digest()));
    std::fs::remove_file(certs.join("crl/a.crl")).expect("removed");
    let gone = load_after(certs, MaterialInput::default(), &mut seen, None).expect("loaded");
    assert_eq!((gone.crls().count(), told(&gone).len()), (1, 0));
}

#[test]
fn a_domain_restricts_all_its_anchors_and_a_file_its_own() {
    let folder = tempfile::tempdir().expect("folder");
    let certs = folder.path();
    let (a, b, c) = (authority("A"), authority("B"), authority("C"));
    let unit = a
        .issue(
            &[],
            KeyKind::P256,
            Validity::around(NOW),
            pki::Profile::Signing,
        )
        .expect("issued");
    write(certs, "trust/co-yeu/a.pem", a.pem().as_bytes());
    write(certs, "trust/co-yeu/b.crt", b.der());
    write(certs, "trust/co-yeu/unit.cer", &unit.certificate.der);
    write(
        certs,
        "trust/co-yeu/domain.toml",
        b"purposes = [\"documents\", \"ocsp\"]\nmax_path_len = 1\n",
    );
    write(
        certs,
        "trust/co-yeu/b.toml",
        b"purposes = [\"timestamping\"]\n",
    );
    write(certs, "trust/khac/c.pem", c.pem().as_bytes());
    write(certs, "trust/khac/unit.cer", &unit.certificate.der);
    let material = load_material(certs, None).expect("loaded");
    let found: Vec<(&str, bool, bool, bool, Option<u32>)> = material
        .trust_anchors()
        .iter()
        .map(|anchor| {
            let c = anchor.constraints();
            let p = c.purposes;
            (
                anchor.domain(),
                p.documents,
                p.timestamping,
                p.ocsp,
                c.max_path_len,
            )
        })
        .collect();
    let expected = [
        ("co-yeu", true, false, true, Some(1)),
        ("co-yeu", false, true, false, Some(1)),
        // Issues nothing, so no document's path ends at it.
        ("co-yeu", false, false, true, Some(1)),
        ("khac", true, false, true, None),
        ("khac", false, false, false, None),
    ];
    assert_eq!(found, expected);
    write(
        certs,
        "trust/khac/unit.toml",
        b"purposes = [\"ocsp\", \"documents\"]\n",
    );
    let error = load_material(certs, None).expect_err("issues nothing");
    assert!(error.to_string().contains("unit.toml:1:12"), "{error}");
}

#[test]
fn a_long_list_is_a_map_of_a_copy_that_nobody_else_changes() {
    let folder = tempfile::tempdir().expect("folder");
    let certs = folder.path();
    let shelf = Shelf::open(&certs.join("given")).expect("shelf");
    let a = authority("A");
    let revoked = (0..3000u32).map(|n| (n.to_be_bytes().to_vec(), NOW));
    let long = pki::Crl {
        validity: Validity::around(NOW),
        number: 1,
        revoked: revoked.collect(),
    };
    let long = a.crl(&long).expect("crl");
    assert!(long.len() > IN_MEMORY);
    let mut seen = SeenCrls::read(certs).expect("nothing seen");
    let load = |seen: &mut SeenCrls| {
        load_after(certs, MaterialInput::default(), seen, Some(&shelf)).expect("loaded")
    };
    write(certs, "crl/a.crl", &long);
    write(certs, "crl/short.crl", &crl(&a));
    let first = load(&mut seen);
    let used: Vec<Arc<Crl>> = seen.lists().values().flatten().cloned().collect();
    let whole = || used.iter().any(|list| list.der()[..] == long[..]);
    assert_eq!(
        shelf.list().expect("listed").len(),
        1,
        "the short one is not there"
    );
    // Overwritten in place while it is in use: what is judged by does not change.
    let file = std::fs::OpenOptions::new()
        .write(true)
        .open(certs.join("crl/a.crl"));
    file.expect("opened").set_len(10).expect("cut");
    let digests = |m: &Material| m.crls().map(|c| c.sha256).collect::<Vec<_>>();
    assert!(whole());
    assert_eq!(
        digests(&load(&mut seen)),
        digests(&first),
        "the copy goes on"
    );
    std::fs::remove_file(certs.join("crl/a.crl")).expect("removed");
    assert_eq!(load(&mut seen).crls().count(), 1);
    assert!(shelf.list().expect("listed").is_empty());
    assert!(whole(), "still mapped");
}
