//! XAdES at every level, and the attacks on XML (attack catalogue X1 to X8).

use super::{Ground, Made, days_ago};
use lienthong::forge::xml::unsigned::Archive;
use lienthong::forge::xml::{
    Place, Plan, Properties, Reference, Signed, Stamping, Transform, method,
};
use lienthong::forge::{ForgeError, Letter};
use lienthong::model::LocalDay;

fn properties() -> Properties {
    Properties::basic(days_ago(3))
}

fn letter() -> String {
    Letter::sample(LocalDay::new(2026, 11, 24).expect("day")).xml()
}

pub(crate) fn files(ground: &Ground) -> Result<Vec<Made>, ForgeError> {
    let mut files = levels(ground)?;
    files.extend(wrapped(ground)?);
    files.extend(changed(ground)?);
    Ok(files)
}

fn levels(ground: &Ground) -> Result<Vec<Made>, ForgeError> {
    let mut files = Vec::new();
    let plans = [
        ("enveloped", Plan::enveloped(&letter()), None),
        (
            "enveloping",
            Plan::enveloping("<a xmlns=\"urn:a\">1</a>"),
            None,
        ),
        ("beside", Plan::beside(&letter(), "van-ban"), None),
        (
            "detached",
            Plan::detached("cong-van.txt", b"van ban"),
            Some(b"van ban".to_vec()),
        ),
    ];
    for (form, plan, beside) in plans {
        let signed = plan.with(properties()).sign(&ground.signer)?;
        for (level, signed) in each_level(ground, signed)? {
            let mut made = Made::text(&format!("XAdES-{level} {form}"), signed.text);
            made.beside.clone_from(&beside);
            files.push(made);
        }
    }
    Ok(files)
}

fn each_level(ground: &Ground, basic: Signed) -> Result<[(&'static str, Signed); 4], ForgeError> {
    let stamping = |days| Stamping::by(&ground.tsa, days_ago(days));
    let stamped = basic.clone().stamped(&stamping(2))?;
    let certificates = [
        ground.signer_der.as_slice(),
        &ground.root.der,
        &ground.tsa.der,
    ];
    let long = stamped
        .clone()
        .with_values(&certificates, &[&ground.list], &[])?;
    // The list is of today.
    let archived = long.clone().archived(Archive::V141, &stamping(0))?;
    Ok([
        ("B", basic),
        ("T", stamped),
        ("LT", long),
        ("LTA", archived),
    ])
}

/// XSW1 to XSW8: what was signed is moved, and a twin stands where an application looks.
fn wrapped(ground: &Ground) -> Result<Vec<Made>, ForgeError> {
    let letter = "<cong-van Id=\"cv\"><so>12/UBND</so></cong-van>";
    let steps = vec![
        Transform::Enveloped,
        Transform::Canonical(method::exclusive()),
    ];
    let plan = Plan::new(letter, Place::Last, vec![Reference::to("#cv", steps)]);
    let signed = plan.with(properties()).sign(&ground.signer)?.text;
    let from = signed.find("<ds:Signature").expect("a signature");
    let signature = &signed[from..signed.rfind("</cong-van>").expect("an end")];
    let bare = signed.replace(signature, "");
    let twin = |inside: &str| {
        let twin = bare
            .replace("12/UBND", "99/UBND")
            .replace("Id=\"cv\"", "Id=\"khac\"");
        twin.replace("</cong-van>", &format!("{inside}</cong-van>"))
    };
    let object = format!("<ds:Object>{bare}</ds:Object></ds:Signature>");
    let holding = signature.replace("</ds:Signature>", &object);
    let around = |inside: String| format!("<ho-so>{inside}</ho-so>");
    let same = twin("").replace("khac", "cv");
    let rows = [
        ("XSW1", twin(&holding)),
        ("XSW2", twin(&format!("{bare}{signature}"))),
        ("XSW3", around(format!("{}{signed}", twin("")))),
        ("XSW4", around(twin(&signed))),
        ("XSW5", around(format!("{}{bare}", twin(signature)))),
        ("XSW6", around(twin(&holding))),
        ("XSW7", around(format!("<them>{}</them>{signed}", twin("")))),
        ("XSW8", around(format!("{}{holding}", twin("")))),
        ("two elements of one Id", around(format!("{same}{signed}"))),
        ("in another element", around(signed.clone())),
        (
            "in an element that says more",
            format!("<ho-so loai=\"huy\">{signed}</ho-so>"),
        ),
        (
            "behind an instruction",
            format!("<?xml-stylesheet href=\"a.xsl\"?>{signed}"),
        ),
    ];
    Ok(rows
        .into_iter()
        .map(|(name, text)| Made::text(name, text))
        .collect())
}

/// The one piece of a text between two others, these included.
fn piece(text: &str, from: &str, until: &str) -> String {
    let start = text.find(from).expect("a start");
    let length = text[start..].find(until).expect("an end") + until.len();
    text[start..start + length].to_owned()
}

/// What is in the signature itself.
fn changed(ground: &Ground) -> Result<Vec<Made>, ForgeError> {
    let good = Plan::enveloped(&letter()).with(properties());
    let good = good.sign(&ground.signer)?.text;
    let commented = |field: &str| {
        let start = good.find(field).expect("the field");
        let mut text = good.clone();
        let inside = start + good[start..].find('>').expect("its end") + 5;
        text.insert_str(inside, "<!-- -->");
        text
    };
    let info = piece(&good, "<ds:SignedInfo", "</ds:SignedInfo>");
    let mut rows = vec![
        ("a comment in DigestValue", commented("<ds:DigestValue")),
        (
            "a comment in SignatureValue",
            commented("<ds:SignatureValue"),
        ),
        (
            "a comment in X509Certificate",
            commented("<ds:X509Certificate"),
        ),
        ("a comment in SigningTime", commented("<xades:SigningTime")),
        ("two SignedInfo", good.replace(&info, &info.repeat(2))),
        (
            "a document type",
            good.replace("?>\n", "?>\n<!DOCTYPE CongVan>\n"),
        ),
        ("a letter of other text", good.replacen("UBND", "UBNE", 1)),
    ];
    rows.extend(forged(ground, &good)?);
    Ok(rows
        .into_iter()
        .map(|(n, text)| Made::text(n, text))
        .collect())
}

/// Properties that are not those that were signed.
fn forged(ground: &Ground, good: &str) -> Result<Vec<(&'static str, String)>, ForgeError> {
    let time = piece(good, "<xades:SigningTime>", "</xades:SigningTime>");
    let other = "<xades:SigningTime>2019-01-01T00:00:00Z</xades:SigningTime>";
    let own = piece(good, "<ds:Object><xades", "</ds:Object>");
    let second = own
        .replace("chu-ky-thuoc-tinh", "khac")
        .replace(&time, other);
    let plain = Plan::enveloped(&letter()).sign(&ground.signer)?.text;
    let untold = Properties {
        kind: None,
        ..properties()
    };
    let untold = Plan::enveloped(&letter()).with(untold);
    let end = format!("{own}</ds:Signature>");
    Ok(vec![
        ("another SigningTime", good.replace(&time, other)),
        (
            "properties put into a plain signature",
            plain.replace("</ds:Signature>", &end),
        ),
        (
            "properties of which no type is told",
            untold.sign(&ground.signer)?.text,
        ),
        (
            "a second pair of properties",
            good.replace(&own, &format!("{own}{second}")),
        ),
        (
            "no properties where they are promised",
            good.replace(&own, ""),
        ),
        ("XMLDSig without XAdES", plain),
    ])
}
