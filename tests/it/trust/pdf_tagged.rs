//! Tagged PDFs whose structure tree grows by what tags a new signature, and by nothing else (ISO 32000-2
//! §14.7).

use super::pdf::{letter, signed_by_both};
use super::world::*;
use lienthong::forge::pdf::Tagging;
use lienthong::forge::pdf::update::{body, edited, updated};
use lienthong::forge::{KeyKind, Pdf};
use lienthong::model::ReasonCode as R;
use lienthong::model::SubIndication as S;
use lienthong::trust::changes::{ChangeKind, ChangeLevel};
use lienthong::trust::report::FileReport;

/// Tagged, signed by a person, and then by the agency, which tags its widget like this.
fn signed(world: &World, edit: fn(&mut Tagging)) -> Vec<u8> {
    let mut pdf = Pdf::new(&letter());
    pdf.tag(edit);
    signed_by_both(pdf, world)
}

fn judge(world: &World, bytes: &[u8]) -> FileReport {
    world.validator().judge_file(&memory(bytes), None, NOW)
}

fn replace(text: &mut String, from: &str, to: &str) {
    assert!(text.contains(from), "{from} in {text}");
    *text = text.replacen(from, to, 1);
}

type Row = (&'static str, fn(&mut Tagging));

#[test]
fn the_tag_of_a_new_signature_is_no_change_of_the_document() {
    let world = World::new(KeyKind::P256);
    let rows: [Row; 6] = [
        ("as some signers do", |_| {}),
        ("an annotation", |t| {
            replace(&mut t.element, "/S /Form", "/S /Annot")
        }),
        ("no type", |t| {
            replace(&mut t.element, "/Type /StructElem ", "");
        }),
        ("no page", |t| {
            let page = t.element.find("/Pg").expect("page");
            let kid = t.element.find("/K").expect("kid");
            t.element.replace_range(page..kid, "");
        }),
        ("kids in a list", |t| {
            replace(&mut t.element, "/K <<", "/K [<<");
            replace(&mut t.element, ">> >>", ">>] >>");
        }),
        ("nothing in the parent tree", |t| {
            t.tree = "<< /Nums [] >>".into();
        }),
    ];
    for (name, edit) in rows {
        let report = judge(&world, &signed(&world, edit));
        assert_eq!(worst(&report), Some(PASSED), "{name} {report:#?}");
        let changes = report.signatures[0].changes.as_ref().expect("changes");
        assert_eq!(changes.level, ChangeLevel::Forms, "{name}");
        let tags = changes.objects.iter();
        let tags = tags.filter(|change| change.kind == ChangeKind::Structure);
        assert!(tags.count() >= 2, "{name} {changes:#?}");
    }
}

/// Only of the second signature's revision: the first has to see no attack before it signs.
fn second(edit: impl Fn(&mut Tagging), tagging: &mut Tagging) {
    if tagging.widget.ends_with(" 1") {
        edit(tagging);
    }
}

#[test]
fn anything_else_in_the_tree_is_suspicious() {
    let world = World::new(KeyKind::P256);
    let changed = failed(S::FormatFailure, R::ChangedAfterSigning);
    let rows: [Row; 21] = [
        ("another text to be read", |t| {
            second(
                |t| replace(&mut t.element, "/S /Form", "/S /Form /ActualText (x)"),
                t,
            );
        }),
        ("another description", |t| {
            second(
                |t| replace(&mut t.element, "/S /Form", "/S /Form /Alt (x)"),
                t,
            );
        }),
        ("a paragraph", |t| {
            second(|t| replace(&mut t.element, "/S /Form", "/S /P"), t);
        }),
        ("another type", |t| {
            second(|t| replace(&mut t.element, "/StructElem", "/Page"), t);
        }),
        ("below another element", |t| {
            second(
                |t| {
                    let root = after(&t.parent, "/P ");
                    let own = after(&t.element, "/P ");
                    replace(
                        &mut t.element,
                        &format!("/P {own} "),
                        &format!("/P {root} "),
                    );
                },
                t,
            );
        }),
        ("marked content beside the widget", |t| {
            second(
                |t| {
                    replace(&mut t.element, "/K <<", "/K [0 <<");
                    replace(&mut t.element, ">> >>", ">>] >>");
                },
                t,
            );
        }),
        ("marked content and no widget", |t| {
            second(
                |t| {
                    let kid = t.element.find("/K").expect("kid");
                    t.element.replace_range(kid.., "/K 0 >>");
                },
                t,
            );
        }),
        ("the widget of another", |t| {
            second(
                |t| {
                    let own = after(&t.element, "/Obj ");
                    replace(&mut t.element, &format!("/Obj {own} "), "/Obj 1 ");
                },
                t,
            );
        }),
        ("a reference that says more", |t| {
            second(|t| replace(&mut t.element, "/OBJR", "/OBJR /A 1"), t);
        }),
        ("a reference to a page that is none", |t| {
            second(|t| replace(&mut t.element, "/Pg ", "/Pg 1 0 R /Pg "), t);
        }),
        ("an element taken away", |t| {
            second(
                |t| {
                    let kids = t.parent.find("/K [").expect("kids") + 4;
                    let end = t.parent[kids..].find(" R ").expect("first") + kids + 3;
                    t.parent.replace_range(kids..end, "");
                },
                t,
            );
        }),
        ("elements in another order", |t| {
            second(
                |t| {
                    let kids = t.parent.find("/K [").expect("kids") + 4;
                    let end = t.parent[kids..].find(']').expect("end") + kids;
                    let list = t.parent[kids..end].to_owned();
                    let (first, last) = list.split_at(list.find(" R ").expect("two") + 2);
                    let turned = format!("{} {first}", last.trim());
                    t.parent.replace_range(kids..end, &turned);
                },
                t,
            );
        }),
        ("the new element twice", |t| {
            second(
                |t| {
                    let end = t.parent.rfind(']').expect("end");
                    let start = t.parent[..end].rfind(" R ").expect("two") + 3;
                    let last = t.parent[start..end].to_owned();
                    t.parent.insert_str(end, &format!(" {last}"));
                },
                t,
            );
        }),
        ("the element above it says something else", |t| {
            second(|t| replace(&mut t.parent, "/Document", "/Sect"), t);
        }),
        ("the element above it has a text", |t| {
            second(
                |t| replace(&mut t.parent, "/S /Document", "/S /Document /E (x)"),
                t,
            );
        }),
        ("a key taken from the parent tree", |t| {
            second(|t| replace(&mut t.tree, "0 ", "7 "), t);
        }),
        ("a key of the parent tree twice", |t| {
            second(
                |t| {
                    let nums = t.tree.find(" 1 ").expect("second");
                    t.tree.replace_range(nums..nums + 3, " 0 ");
                },
                t,
            );
        }),
        ("another key than the widget's", |t| {
            second(|t| replace(&mut t.tree, " 1 ", " 5 "), t);
        }),
        ("a key without an element", |t| {
            second(|t| replace(&mut t.tree, "] >>", "9 1 0 R] >>"), t);
        }),
        ("keys counted backwards", |t| {
            second(
                |t| replace(&mut t.root, "/ParentTreeNextKey 2", "/ParentTreeNextKey 0"),
                t,
            );
        }),
        ("other roles", |t| {
            second(
                |t| replace(&mut t.root, "/Type", "/RoleMap << /P /H1 >> /Type"),
                t,
            );
        }),
    ];
    for (name, edit) in rows {
        let report = judge(&world, &signed(&world, edit));
        assert_eq!(worst(&report), Some(changed), "{name} {report:#?}");
        assert!(report.signatures[1].verdict.is_passed(), "{name}");
    }
}

/// Without a new signature the tree stays as it is.
#[test]
fn the_tree_does_not_grow_by_itself() {
    let world = World::new(KeyKind::P256);
    let bytes = signed(&world, |_| {});
    let changed = failed(S::FormatFailure, R::ChangedAfterSigning);
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let number = |from: &str, key: &str| -> u32 {
        let at = text.rfind(from).expect(from);
        after(&text[at..], key).parse().expect("number")
    };
    let root = number("/Type /Catalog", "/StructTreeRoot ");
    let document = number("/Type /StructTreeRoot", "/K ");
    let grown = |number: u32, from: &str, to: &str| {
        updated(&bytes, &[(number, edited(&body(&bytes, number), from, to))])
    };
    for (name, file) in [
        ("next key", grown(root, "NextKey 2", "NextKey 3")),
        ("a kid", grown(document, "/K [", "/K [1 0 R ")),
        ("a text", grown(document, "/Document", "/Document /Alt (x)")),
    ] {
        let report = judge(&world, &file);
        assert_eq!(worst(&report), Some(changed), "{name}");
    }
}

/// The digits behind a key.
fn after(text: &str, key: &str) -> String {
    let at = text.find(key).expect(key) + key.len();
    let digits = text[at..].chars();
    digits.take_while(char::is_ascii_digit).collect()
}
