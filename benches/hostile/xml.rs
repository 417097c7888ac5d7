//! XML that is made to be slow to judge (attack catalogue X4 to X6), each file really signed where
//! anything of it can be, and a large honest one.

use crate::NOW;
use lienthong::forge::xml::{Over, Place, Plan, Reference, Transform, method};
use lienthong::forge::{Identity, hostile};
use std::fmt::Write;

/// What is made for a signer.
type Make = fn(&Identity) -> Vec<u8>;

/// Every one, under what it is called in the table.
pub(crate) const CASES: &[(&str, Make)] = &[
    ("XML of 10 MB, enveloped", |by| signed(by, &large())),
    ("100,000 attributes of one element", |by| {
        signed(by, &wide("a", |n| format!("a{n}=\"\"")))
    }),
    ("100,000 namespaces of one element", |by| {
        signed(by, &wide("a", |n| format!("xmlns:a{n}=\"u:{n}\"")))
    }),
    ("1,000,000 elements inside each other", |_| {
        format!("{}{}", "<a>".repeat(1_000_000), "</a>".repeat(1_000_000)).into_bytes()
    }),
    ("64 MB of entities", |_| entities()),
    ("500,000 identifiers", |by| signed(by, &identifiers())),
    ("64 references to 10 MB", |by| {
        let references = (0..64).map(|_| enveloped()).collect();
        let plan = Plan::new(&large(), Place::Last, references);
        plan.sign(by).expect("signed").text.into_bytes()
    }),
    ("64 forms of 10 MB", |by| {
        let form = |n: usize| {
            let mut form = method::exclusive();
            form.inclusive.insert(format!("p{n}"));
            vec![Transform::Enveloped, Transform::Canonical(form)]
        };
        let references = (0..64).map(|n| Reference::to("", form(n))).collect();
        let plan = Plan::new(&large(), Place::Last, references);
        plan.sign(by).expect("signed").text.into_bytes()
    }),
    ("4,096 forms of 100,000 small elements", |by| {
        let form = |n: usize| {
            let mut form = method::exclusive();
            form.inclusive.insert(format!("p{n}"));
            vec![Transform::Enveloped, Transform::Canonical(form)]
        };
        let nothing = |n: usize| Reference {
            over: Over::Octets(Vec::new()),
            ..Reference::to("", form(n))
        };
        many(by, &format!("<a>{}</a>", "<b/>".repeat(100_000)), nothing)
    }),
    ("4,096 expressions over 100,000 small elements", |by| {
        let step = |n: usize| {
            Transform::Idle(format!(
                "<ds:Transform Algorithm=\"http://www.w3.org/TR/1999/REC-xpath-19991116\"><ds:XPath>\
                 self::b or parent::b or self::c{n}</ds:XPath></ds:Transform>"
            ))
        };
        let nothing = |n: usize| Reference {
            over: Over::Octets(Vec::new()),
            ..Reference::to("", vec![step(n)])
        };
        many(by, &format!("<a>{}</a>", "<b/>".repeat(100_000)), nothing)
    }),
    ("10,000 namespaces that 50,000 elements inherit", |by| {
        let all: String = (0..10_000)
            .map(|n| format!(" xmlns:p{n}=\"u:{n}\""))
            .collect();
        inherited(by, &all, "<c/>", vec![orphans()])
    }),
    ("10,000 attributes that 50,000 elements inherit", |by| {
        let all: String = (0..10_000).map(|n| format!(" xml:a{n}=\"\"")).collect();
        inherited(by, &all, "<c/>", vec![orphans()])
    }),
    ("a namespace of 200 kB at 50,000 elements", |by| {
        let long = format!(" xmlns:p=\"urn:{}\"", "p".repeat(200_000));
        let form = Transform::Canonical(method::exclusive());
        inherited(by, &long, "<p:c/>", vec![form])
    }),
    ("64 signatures of 1 MB", |by| {
        let mut text = letters(3_000);
        for number in 0..64 {
            let steps = vec![
                Transform::xpath(),
                Transform::Canonical(method::exclusive()),
            ];
            let plan = Plan::new(&text, Place::Last, vec![Reference::to("", steps)]);
            let plan = plan.called(&format!("k{number}"));
            text = plan.sign(by).expect("signed").text;
        }
        text.into_bytes()
    }),
    ("64 signatures, each among its own same-name CAs", |_| {
        let mut text = letters(10);
        let crowds = hostile::crowds(64, NOW).expect("crowds");
        for (number, made) in crowds.iter().enumerate() {
            let mut by = made.signer.identity().expect("identity");
            by.chain.clone_from(&made.supplied);
            let steps = vec![
                Transform::xpath(),
                Transform::Canonical(method::exclusive()),
            ];
            let plan = Plan::new(&text, Place::Last, vec![Reference::to("", steps)]);
            let plan = plan.called(&format!("k{number}"));
            text = plan.sign(&by).expect("signed").text;
        }
        text.into_bytes()
    }),
    ("8 expressions of 16 names over 10 MB", |by| {
        let names: Vec<String> = (0..15).map(|n| format!("ancestor-or-self::a{n}")).collect();
        let names = names.join(" or ");
        let step = Transform::NoSignatures(format!(
            "<ds:Transform Algorithm=\"http://www.w3.org/TR/1999/REC-xpath-19991116\"><ds:XPath \
             xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\">not(ancestor-or-self::ds:Signature) \
             and not({names})</ds:XPath></ds:Transform>"
        ));
        let reference = Reference::to("", vec![step; 8]);
        let plan = Plan::new(&large(), Place::Last, vec![reference]);
        plan.sign(by).expect("signed").text.into_bytes()
    }),
];

/// Elements without the one around them.
fn orphans() -> Transform {
    Transform::Idle(
        "<ds:Transform Algorithm=\"http://www.w3.org/TR/1999/REC-xpath-19991116\"><ds:XPath>self::c or \
         parent::c</ds:XPath></ds:Transform>"
            .to_owned(),
    )
}

fn inherited(by: &Identity, what: &str, element: &str, steps: Vec<Transform>) -> Vec<u8> {
    let text = format!("<a{what}><b>{}</b></a>", element.repeat(50_000));
    let reference = Reference {
        over: Over::Octets(Vec::new()),
        ..Reference::to("", steps)
    };
    let plan = Plan::new(&text, Place::Last, vec![reference]);
    plan.sign(by).expect("signed").text.into_bytes()
}

/// As many references as are read.
fn many(by: &Identity, text: &str, of: impl Fn(usize) -> Reference) -> Vec<u8> {
    let plan = Plan::new(text, Place::Last, (0..4_096).map(of).collect());
    plan.sign(by).expect("signed").text.into_bytes()
}

fn enveloped() -> Reference {
    let steps = vec![
        Transform::Enveloped,
        Transform::Canonical(method::exclusive()),
    ];
    Reference::to("", steps)
}

fn signed(by: &Identity, text: &str) -> Vec<u8> {
    let plan = Plan::new(text, Place::Last, vec![enveloped()]);
    plan.sign(by).expect("signed").text.into_bytes()
}

/// Some 330 octets each.
fn letters(count: usize) -> String {
    let mut text = String::from("<so-van-ban xmlns=\"urn:so\">");
    for number in 0..count {
        let _ = write!(
            text,
            "<van-ban so=\"{number}\"><co-quan>Uỷ ban nhân dân huyện Cần Đước</co-quan><trich-yeu>Về \
             việc lập dự toán và quyết toán ngân sách quý I &amp; quý II</trich-yeu><noi-nhan>Các \
             phòng, ban, ngành; Uỷ ban nhân dân các xã, thị trấn</noi-nhan></van-ban>"
        );
    }
    text.push_str("</so-van-ban>");
    text
}

fn large() -> String {
    letters(30_000)
}

fn wide(name: &str, attribute: impl Fn(usize) -> String) -> String {
    let mut text = format!("<{name}");
    for number in 0..100_000 {
        let _ = write!(text, " {}", attribute(number));
    }
    let _ = write!(text, "></{name}>");
    text
}

fn identifiers() -> String {
    let mut text = String::from("<b>");
    for number in 0..500_000 {
        let _ = write!(text, "<a Id=\"i{number}\"/>");
    }
    text.push_str("</b>");
    text
}

fn entities() -> Vec<u8> {
    let mut text = String::from("<!DOCTYPE a [<!ENTITY a0 \"xmldsig#\">");
    let mut number = 0;
    while text.len() < 64 << 20 {
        number += 1;
        let _ = write!(text, "<!ENTITY a{number} \"{}\">", "&a0;".repeat(1000));
    }
    text.push_str("]><a>&a1;</a>");
    text.into_bytes()
}
