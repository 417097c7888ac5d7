//! A small authority with everything that is fuzzed, made once by the project's own forge and kept in
//! `tests/fuzz/seeds/`: a kept crash must fail again under the same anchor and the same keys.

use lienthong::forge::crl::Revoked;
use lienthong::forge::ocsp::{CertId, CertStatus, Hash, Response, Single};
use lienthong::forge::pdf::{Protection, text_field};
use lienthong::forge::timestamp::{self, Token};
use lienthong::forge::xml::{Place, Plan, Reference, Transform, method};
use lienthong::forge::{
    Entity, ForgeError, Key, KeyKind, Letter, Mark, Pdf, RevocationList, SubFilter, Template,
    Validity,
};
use lienthong::format::cms::read::{Tail, parse};
use lienthong::model::{LocalDay, Timestamp};
use std::path::{Path, PathBuf};

/// 2026-11-24T00:00:00Z: judged at a fixed moment.
pub(crate) const NOW: Timestamp = Timestamp(1_795_478_400_000);

pub(crate) fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz/seeds")
}

/// A seed by its file name.
pub(crate) fn read(name: &str) -> Vec<u8> {
    let path = folder().join(name);
    std::fs::read(&path).unwrap_or_else(|e| panic!("{}: {e}; see --make-seeds", path.display()))
}

/// Makes them anew. Crashes that were found under the old ones say nothing any more.
pub(crate) fn make() -> Result<(), ForgeError> {
    let good = Validity::around(NOW);
    let key = || Key::generate(KeyKind::P256);
    let root = Template::authority("Gốc", good).key(key()?).self_signed()?;
    let ca = Template::authority("Cấp phát", good);
    let ca = ca.key(key()?).issued_by(&root)?;
    let signer = |name| Template::signer(name, good).key(key()?).issued_by(&ca);
    let (leaf, revoked) = (signer("Sở Tài chính")?, signer("Trần Thị An")?);
    let stamper = Template::stamper("Dấu thời gian", good);
    let stamper = stamper.key(key()?).issued_by(&ca)?;
    let lists = Validity::days(NOW, 1, 6);
    let at = NOW.plus_secs(-3600);
    let entry = Revoked::new(&revoked.serial, at).reason(1);
    let list = RevocationList::complete(7, lists);
    let status = |of: &Entity, status| {
        let single = Single::new(CertId::new(&ca, &of.serial, Hash::Sha1), status, at);
        Response::new(at, vec![single]).signed_by(&ca)
    };
    let content = b"Kinh gui cac don vi.\n".to_vec();
    let by = leaf.identity()?;
    let mut pdf = Pdf::new(&letter());
    pdf.sign(&by, &mark(), at)?;
    let stamp = |message: &[u8]| Token::of(message, at).signed_by(&stamper);
    let token = stamp(&content)?;
    let info = inside(&token);
    let files = [
        ("root.cer", root.der.clone()),
        ("ca.cer", ca.der.clone()),
        ("leaf.cer", leaf.der.clone()),
        ("revoked.cer", revoked.der.clone()),
        ("stamper.cer", stamper.der.clone()),
        ("root.crl", list.signed_by(&root)?),
        ("ca.crl", list.clone().revoke(entry).signed_by(&ca)?),
        ("good.ocsp", status(&leaf, CertStatus::Good)?),
        (
            "revoked.ocsp",
            status(&revoked, CertStatus::Revoked(at, Some(1)))?,
        ),
        ("token.tst", token.clone()),
        ("granted.tsr", timestamp::granted(&token)),
        ("info.tst", info),
        ("stamped.p7s", by.sign_stamped(&content, stamp)?),
        ("detached.p7s", by.sign_detached(&content, at)?),
        ("inside.p7m", by.sign_encapsulated(&content, at)?),
        (
            "revoked.p7m",
            revoked.identity()?.sign_encapsulated(&content, at)?,
        ),
        ("letter.pdf", pdf.into_bytes()),
        ("content.txt", content),
    ];
    std::fs::create_dir_all(folder()).expect("folder");
    for (name, bytes) in files {
        std::fs::write(folder().join(name), bytes).expect("written");
    }
    Ok(())
}

/// Makes the XML signatures anew, under an authority of their own.
pub(crate) fn make_xml() -> Result<(), ForgeError> {
    let good = Validity::around(NOW);
    let key = || Key::generate(KeyKind::P256);
    let root = Template::authority("Gốc XML", good)
        .key(key()?)
        .self_signed()?;
    let ca = Template::authority("Cấp phát XML", good);
    let ca = ca.key(key()?).issued_by(&root)?;
    let leaf = Template::signer("Sở Tài chính", good);
    let leaf = leaf.key(key()?).issued_by(&ca)?;
    let list = RevocationList::complete(7, Validity::days(NOW, 1, 6));
    let mut by = leaf.identity()?;
    by.chain = vec![ca.der.clone()];
    let letter =
        "<van-ban xmlns=\"urn:vb\"><so>12/UBND-VP</so><!-- a --><nd>Về dự toán</nd></van-ban>";
    let invoice = "<HDon><DLHDon Id=\"data\"><So>12</So></DLHDon></HDon>";
    let filtered = |step| {
        let reference = Reference::to("", vec![step, Transform::Canonical(method::exclusive())]);
        Plan::new(letter, Place::Last, vec![reference])
    };
    let plans = [
        ("enveloped.xml", Plan::enveloped(letter)),
        ("enveloping.xml", Plan::enveloping("<a Id=\"b\">1</a>")),
        ("filtered.xml", filtered(Transform::filter())),
        ("invoice.xml", Plan::beside(invoice, "data")),
        (
            "detached.xml",
            Plan::detached("content.txt", &read("content.txt")),
        ),
    ];
    let mut files = vec![
        ("xml-root.cer", root.der.clone()),
        ("xml-ca.cer", ca.der.clone()),
        ("xml-leaf.cer", leaf.der.clone()),
        ("xml-root.crl", list.signed_by(&root)?),
        ("xml-ca.crl", list.signed_by(&ca)?),
    ];
    for (name, plan) in plans {
        files.push((name, plan.sign(&by)?.text.into_bytes()));
    }
    for (name, bytes) in files {
        std::fs::write(folder().join(name), bytes).expect("written");
    }
    Ok(())
}

/// Encrypted files with a signature by nobody in particular, and a later revision with its objects in a
/// stream: what is said in them is looked into all the same.
pub(crate) fn encrypted() -> Vec<Vec<u8>> {
    let value = read("detached.p7s");
    let file = |how| {
        let mut pdf = Pdf::encrypted(&letter(), how, "");
        let field = pdf.add_text_field("GhiChu");
        let signed = pdf.sign_as(&mark(), NOW, |_| Ok(value.clone()));
        signed.expect("a value for its place");
        pdf.update_packed(&[(field, &text_field("GhiChu", "Xong"))]);
        pdf.draw_again(&letter());
        pdf.into_bytes()
    };
    Protection::ALL.into_iter().map(file).collect()
}

/// The content of a CMS.
fn inside(cms: &[u8]) -> Vec<u8> {
    let data = parse(cms, Tail::Nothing).expect("CMS");
    let pieces = data.content.iter().flatten();
    pieces
        .flat_map(|range| &cms[range.clone()])
        .copied()
        .collect()
}

fn letter() -> Letter {
    Letter::sample(LocalDay::new(2026, 11, 24).expect("day"))
}

fn mark() -> Mark {
    Mark {
        field: "CoQuan".into(),
        name: "Sở Tài chính".into(),
        lines: vec!["Sở Tài chính".into()],
        place: [100.0, 100.0, 260.0, 150.0],
        colour: [200, 0, 0],
        sub_filter: SubFilter::Cades,
    }
}
