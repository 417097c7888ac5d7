//! nameConstraints of an authority that are not marked critical (RFC 5280 §4.2.1.10): they bind all the same.

use super::world::*;
use bytes::Bytes;
use lienthong::forge::extension::{name_constraints, subject_alt_name};
use lienthong::forge::name::GeneralName;
use lienthong::forge::xml::Plan;
use lienthong::forge::{Entity, RevocationList, Template, Validity};
use lienthong::model::{ReasonCode as R, SubIndication as S};
use lienthong::trust::anchor::AnchorInput;
use lienthong::trust::material::MaterialInput;

/// What is said of a signer with that address under an authority that has such constraints.
fn told(critical: bool, excluded: bool, mail: &str) -> Option<Expected> {
    let good = Validity::days(NOW, 400, 400);
    let root = Template::authority("Gốc", good)
        .self_signed()
        .expect("root");
    let tree = [GeneralName::mail("longcang.vn")];
    let constraints = match excluded {
        true => name_constraints(&[], &tree),
        false => name_constraints(&tree, &[]),
    };
    let constraints = match critical {
        true => constraints,
        false => constraints.not_critical(),
    };
    let authority = Template::authority("Cấp phát", good).with(constraints);
    let authority = authority.issued_by(&root).expect("authority");
    let signer = Template::signer("Trần Thị An", good);
    let signer = signer.with(subject_alt_name(&[GeneralName::mail(mail)]));
    let signer = signer.issued_by(&authority).expect("signer");
    let list = |by: &Entity| {
        let list = RevocationList::complete(1, Validity::days(NOW, 1, 6));
        Bytes::from(list.signed_by(by).expect("list"))
    };
    let input = MaterialInput {
        anchors: vec![AnchorInput::ordinary("co-yeu", root.der.clone())],
        intermediates: vec![authority.der.clone()],
        crls: vec![list(&root), list(&authority)],
        ..MaterialInput::default()
    };
    let identity = signer.identity().expect("identity");
    let text = Plan::enveloped("<a>x</a>")
        .sign(&identity)
        .expect("signed")
        .text;
    worst(&validator(input).judge_file(&memory(text.as_bytes()), None, NOW))
}

#[test]
fn constraints_that_are_not_critical_bind_as_those_that_are() {
    let sub = S::ChainConstraintsFailure;
    let refused = Some(open(sub, R::NameNotPermitted));
    let excluded = Some(open(sub, R::NameExcluded));
    for critical in [true, false] {
        let told = |excluded, mail| told(critical, excluded, mail);
        assert_eq!(told(false, "an@longcang.vn"), Some(PASSED), "{critical}");
        assert_eq!(told(false, "an@khac.vn"), refused, "{critical}");
        assert_eq!(told(true, "an@khac.vn"), Some(PASSED), "{critical}");
        assert_eq!(told(true, "an@longcang.vn"), excluded, "{critical}");
    }
}
