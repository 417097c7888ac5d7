//! The life of dossiers through the command line and the real daemon: registered, supplemented once, worked on, returned;
//! every slip holds, and nobody's name is where it can not be erased.

use crate::erase::holding;
use crate::support::{Gateway, WORLD, good, now};
use lienthong::demo::install::Plan;
use serde_json::{Value, json};
use std::path::Path;
use std::process::Output;

/// A document office whose unit takes dossiers in.
const COUNTER: usize = 7;
const OTHER: usize = 8;
const APPLICANT: &str = "Nguyễn Văn Kín Đáo";
const BIRTH: &str = "1.001193";
const MARRIAGE: &str = "1.000894";
const AGENCY: usize = 2;

/// The demo's world with the sample procedures, running.
pub fn counters() -> Gateway {
    let mut gateway = Gateway::installed_in_own_folder(&Plan::of(&WORLD).expect("plan"));
    good(&gateway.as_administrator(&["procedure", "import", "--samples"]));
    gateway.up();
    gateway
}

/// A birth on paper; `whole`: with everything that is asked for.
pub fn birth(applicant: &str, whole: bool) -> Value {
    let mut components = vec![
        json!({ "component": "to-khai", "form": "original", "template": "TKDKKS", "signed": true }),
    ];
    if whole {
        components.push(json!({ "component": "giay-chung-sinh", "form": "original" }));
    }
    json!({
        "procedure": BIRTH,
        "facts": { "co_giay_chung_sinh": true, "bi_bo_roi": false, "mang_thai_ho": false, "duoc_uy_quyen": false },
        "components": components,
        "applicant": { "name": applicant, "id_number": "080012345678" },
    })
}

fn put(folder: &Path, name: &str, value: &Value) -> String {
    let path = folder.join(name);
    std::fs::write(&path, value.to_string()).expect("written");
    path.display().to_string()
}

fn said(output: &Output) -> String {
    let out = String::from_utf8_lossy(&output.stdout);
    format!("{out}{}", String::from_utf8_lossy(&output.stderr))
}

/// Runs `dossier …` as a unit: what it ends with, and what it says.
fn dossier(gateway: &Gateway, place: usize, arguments: &[&str]) -> (i32, Value) {
    let mut all = vec!["dossier"];
    all.extend(arguments);
    all.push("--json");
    let output = gateway.as_unit(place, &all);
    let code = output.status.code().expect("ended");
    let found = serde_json::from_slice(&output.stdout);
    (
        code,
        found.unwrap_or_else(|_| json!({ "said": said(&output) })),
    )
}

fn status(found: &Value) -> (&str, i64) {
    let dossier = found.get("dossier").unwrap_or(found);
    let status = dossier["status"].as_str().unwrap_or_default();
    (status, dossier["status_number"].as_i64().unwrap_or(0))
}

fn number(found: &Value) -> String {
    let number = found["dossier"]["number"].as_str();
    number.unwrap_or_else(|| panic!("{found}")).to_owned()
}

#[test]
fn a_dossier_is_registered_worked_on_and_returned() {
    let gateway = counters();
    let folder = tempfile::tempdir().expect("folder");
    let folder = folder.path();
    let whole = put(folder, "du.json", &birth(APPLICANT, true));
    let slip = folder.join("phieu.p7m").display().to_string();
    let (code, taken) = dossier(&gateway, COUNTER, &["take-in", &whole, "--slip-out", &slip]);
    assert_eq!((code, status(&taken)), (0, ("taken_in", 2)), "{taken}");
    let first = number(&taken);
    assert!(first.ends_with("-0001"), "{first}");
    assert!(taken["dossier"]["due"].is_string());

    // The slip holds under the receipt CA, names no applicant, and a changed one does not.
    let verified = good(&gateway.as_unit(COUNTER, &["receipt", "verify", &slip, "--json"]));
    let verified: Value = serde_json::from_str(&verified).expect("JSON");
    assert_eq!(verified["slip"]["number"], json!(first));
    assert!(!verified.to_string().contains("Kín"));
    let mut bytes = std::fs::read(&slip).expect("read");
    let at = bytes.windows(4).position(|w| w == b"0001").expect("there");
    bytes[at] = b'9';
    std::fs::write(&slip, bytes).expect("written");
    let wrong = gateway.as_unit(COUNTER, &["receipt", "verify", &slip]);
    assert_eq!(wrong.status.code(), Some(1), "{}", said(&wrong));

    // An impossible move names the possible ones.
    let early = gateway.as_unit(COUNTER, &["dossier", "return", &first]);
    assert_eq!(early.status.code(), Some(1), "{}", said(&early));
    assert!(said(&early).contains("process"), "{}", said(&early));
    for (what, expected) in [
        ("process", ("in_process", 4)),
        ("fee", ("fee_asked", 6)),
        ("paid", ("in_process", 4)),
        ("finish", ("finished", 9)),
        ("return", ("returned", 10)),
    ] {
        for repeated in [false, true] {
            let (code, moved) = dossier(&gateway, COUNTER, &[what, &first]);
            assert_eq!((code, status(&moved)), (0, expected), "{what}: {moved}");
            assert_eq!(moved["repeated"], json!(repeated), "{what}: {moved}");
        }
    }
    let (_, shown) = dossier(&gateway, COUNTER, &["show", &first]);
    assert_eq!(shown["applicant"]["name"], json!(APPLICANT));
    assert_eq!(
        shown["timeline"].as_array().map(Vec::len),
        Some(6),
        "{shown}"
    );
    let out = folder.join("phieu");
    let out = out.display().to_string();
    good(&gateway.as_unit(COUNTER, &["dossier", "slips", &first, "--out", &out]));
    assert_eq!(std::fs::read_dir(&out).expect("folder").count(), 6);

    // Others have none of it.
    let (code, _) = dossier(&gateway, OTHER, &["show", &first]);
    assert_eq!(code, 1);
    let listed = gateway.as_unit(OTHER, &["dossier", "list", "--json"]);
    assert!(good(&listed).trim().is_empty());
    assert!(!gateway.log().contains("Kín"), "{}", gateway.log());
}

#[allow(clippy::too_many_lines, reason = "one story")]
#[test]
fn what_is_missing_is_asked_for_once_and_what_is_surplus_is_handed_back() {
    let gateway = counters();
    let folder = tempfile::tempdir().expect("folder");
    let folder = folder.path();
    let lacking = put(folder, "thieu.json", &birth(APPLICANT, false));
    let (code, asked) = dossier(&gateway, COUNTER, &["take-in", &lacking, "--key", "khoa-1"]);
    assert_eq!(
        (code, status(&asked)),
        (5, ("supplement_asked", 5)),
        "{asked}"
    );
    let first = number(&asked);
    let open = &asked["dossier"]["open_items"];
    assert_eq!(open[0]["problem"], json!("missing"), "{asked}");
    assert_eq!(open[0]["component"], json!("giay-chung-sinh"));
    assert!(asked["dossier"]["due"].is_null(), "the clock does not run");
    let (code, again) = dossier(&gateway, COUNTER, &["take-in", &lacking, "--key", "khoa-1"]);
    assert_eq!((code, number(&again)), (5, first.clone()));
    assert_eq!(again["repeated"], json!(true));

    // What is still not complete is no request anew.
    let nothing = json!({ "procedure": BIRTH, "facts": {}, "components": [] });
    let nothing = put(folder, "chua.json", &nothing);
    let still = gateway.as_unit(COUNTER, &["dossier", "complete", &first, &nothing]);
    assert_eq!(still.status.code(), Some(1), "{}", said(&still));
    let rest = json!({ "procedure": BIRTH, "facts": {},
        "components": [ { "component": "giay-chung-sinh", "form": "original" } ] });
    let rest = put(folder, "bo-sung.json", &rest);
    let (code, whole) = dossier(&gateway, COUNTER, &["complete", &first, &rest]);
    assert_eq!((code, status(&whole)), (0, ("taken_in", 2)), "{whole}");
    assert!(whole["dossier"]["due"].is_string());

    // A second request has a ground, and nothing beyond the list is asked for.
    let ask = [
        "supplement",
        first.as_str(),
        "--component",
        "to-khai:wrong_template",
    ];
    let refused = gateway.as_unit(COUNTER, &[&["dossier"], &ask[..]].concat());
    assert_eq!(refused.status.code(), Some(1), "{}", said(&refused));
    let beyond = [
        "dossier",
        "supplement",
        &first,
        "--component",
        "so-ho-khau",
        "--ground",
        "x",
    ];
    let beyond = gateway.as_unit(COUNTER, &beyond);
    assert_eq!(beyond.status.code(), Some(1), "{}", said(&beyond));
    let mut ask = ask.to_vec();
    ask.extend(["--ground", "Mẫu tờ khai đã đổi"]);
    let (code, asked) = dossier(&gateway, COUNTER, &ask);
    assert_eq!(
        (code, status(&asked)),
        (0, ("supplement_asked", 5)),
        "{asked}"
    );
    assert_eq!(asked["dossier"]["requests"], json!(2));

    // Surplus is handed back, and the rest taken in.
    let mut more = birth("Người Khác", true);
    let extra = json!({ "component": "so-ho-khau", "form": "copy" });
    more["components"].as_array_mut().expect("list").push(extra);
    let more = put(folder, "thua.json", &more);
    let (code, taken) = dossier(&gateway, COUNTER, &["take-in", &more]);
    assert_eq!((code, status(&taken)), (0, ("taken_in", 2)), "{taken}");
    assert_eq!(
        taken["items"][0]["problem"],
        json!("surplus_not_on_the_list")
    );
    assert_eq!(taken["items"][0]["surplus"], json!(true));

    // Refused with a reason, and never without.
    let none = gateway.as_unit(COUNTER, &["dossier", "take-in", &lacking, "--refuse"]);
    assert_eq!(none.status.code(), Some(2), "{}", said(&none));
    let reason = [
        "take-in",
        &lacking,
        "--refuse",
        "--reason",
        "Không thuộc thẩm quyền",
    ];
    let (code, refused) = dossier(&gateway, COUNTER, &reason);
    assert_eq!((code, status(&refused)), (5, ("refused", 3)), "{refused}");
    let (_, list) = dossier(&gateway, COUNTER, &["list", "--status", "refused"]);
    assert_eq!(status(&list), ("refused", 3), "{list}");
}

#[test]
fn files_are_judged_at_the_door_as_the_check_judges_them() {
    let gateway = counters();
    let folder = tempfile::tempdir().expect("folder");
    let folder = folder.path();
    let member = &WORLD.members[AGENCY];
    let signed = |by: &lienthong::forge::Identity, text: &str| {
        let made = by.sign_encapsulated(text.as_bytes(), now());
        made.expect("signed")
    };
    let write =
        |name: &str, bytes: &[u8]| std::fs::write(folder.join(name), bytes).expect("written");
    let declaration = signed(&member.person, "Tờ khai đăng ký kết hôn.");
    let judgment = signed(&member.agency, "Bản án ly hôn số 12.");
    write("to-khai.p7m", &declaration);
    write("ban-an.p7m", &judgment);
    let mut altered = judgment;
    let at = altered
        .windows(2)
        .position(|two| two == b"12")
        .expect("there");
    altered[at] = b'9';
    write("sua.p7m", &altered);
    let marriage = |file: &str| {
        json!({ "procedure": MARRIAGE,
            "facts": { "tung_ket_hon": "ly hôn", "cu_tru_noi_khac": false },
            "applicant": { "name": APPLICANT },
            "components": [
                { "component": "to-khai", "form": "electronic", "file": "to-khai.p7m", "template": "TKDKKH" },
                { "component": "ban-an-ly-hon", "form": "electronic", "file": file } ] })
    };
    let wrong = put(folder, "sai.json", &marriage("sua.p7m"));
    let checked = gateway.as_administrator(&["dossier", "check", &wrong, "--offline", "--json"]);
    let checked: Value = serde_json::from_slice(&checked.stdout).expect("JSON");
    let (code, asked) = dossier(&gateway, COUNTER, &["take-in", &wrong]);
    assert_eq!(
        (code, status(&asked)),
        (5, ("supplement_asked", 5)),
        "{asked}"
    );
    assert_eq!(
        asked["items"], checked["items"],
        "the same function, the same answer"
    );
    assert_eq!(asked["items"][0]["problem"], json!("wrongly_signed"));
    // What is of no use is not kept; what is in order waits at the counter.
    assert_eq!(asked["dossier"]["files"].as_array().map(Vec::len), Some(1));
    let rest = json!({ "procedure": MARRIAGE, "facts": {},
        "components": [ { "component": "ban-an-ly-hon", "form": "electronic", "file": "ban-an.p7m" } ] });
    let rest = put(folder, "bo-sung.json", &rest);
    let (code, whole) = dossier(&gateway, COUNTER, &["complete", &number(&asked), &rest]);
    assert_eq!((code, status(&whole)), (0, ("taken_in", 2)), "{whole}");
    assert_eq!(whole["dossier"]["files"].as_array().map(Vec::len), Some(2));
}

#[test]
fn what_was_said_is_erased_by_order_and_the_slips_stay() {
    let mut gateway = counters();
    let folder = tempfile::tempdir().expect("folder");
    let folder = folder.path();
    let whole = put(folder, "du.json", &birth(APPLICANT, true));
    let (_, taken) = dossier(&gateway, COUNTER, &["take-in", &whole]);
    let first = number(&taken);
    assert!(!holding(&gateway, APPLICANT).is_empty());
    let erase = [
        "dossier",
        "erase",
        &first,
        "--basis",
        "QĐ 15/QĐ-UBND",
        "--json",
    ];
    let unasked = gateway.as_administrator(&erase);
    assert_eq!(unasked.status.code(), Some(2), "{}", said(&unasked));
    let erase = [&erase[..], &["--yes"]].concat();
    for repeated in [false, true] {
        let erased = good(&gateway.as_administrator(&erase));
        let erased: Value = serde_json::from_str(&erased).expect("JSON");
        assert_eq!(erased["repeated"], json!(repeated), "{erased}");
    }
    let (_, shown) = dossier(&gateway, COUNTER, &["show", &first]);
    assert_eq!(
        (&shown["erased"], status(&shown)),
        (&json!(true), ("taken_in", 2))
    );
    assert!(!shown.to_string().contains("Kín"));
    gateway.stop();
    assert_eq!(
        holding(&gateway, APPLICANT),
        Vec::<std::path::PathBuf>::new()
    );
    // While no daemon runs, too; and what it can be asked for was not lost.
    let erased = good(&gateway.as_administrator(&erase));
    let erased: Value = serde_json::from_str(&erased).expect("JSON");
    assert_eq!(erased["repeated"], json!(true), "{erased}");
    gateway.up();
    let out = folder.join("phieu").display().to_string();
    good(&gateway.as_unit(COUNTER, &["dossier", "slips", &first, "--out", &out]));
    assert_eq!(std::fs::read_dir(&out).expect("folder").count(), 2);
}
