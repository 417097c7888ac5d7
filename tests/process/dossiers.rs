//! `procedure` and `dossier check` as processes, over files that were really signed.

use crate::support::{Gateway, WORLD, now};
use serde_json::{Value, json};
use std::path::Path;
use std::process::Output;

/// Đăng ký kết hôn, of somebody who was divorced.
const PROCEDURE: &str = "1.000894";
const AGENCY: usize = 2;

fn put(folder: &Path, name: &str, bytes: &[u8]) {
    std::fs::write(folder.join(name), bytes).expect("written");
}

/// Checks a dossier whose files lie in `folder`: what the program ends with, and what it says.
fn checked(gateway: &Gateway, folder: &Path, components: &Value) -> (i32, Value) {
    let dossier = json!({
        "procedure": PROCEDURE,
        "facts": { "tung_ket_hon": "ly hôn", "cu_tru_noi_khac": false },
        "components": components,
    });
    put(folder, "ho-so.json", dossier.to_string().as_bytes());
    let file = folder.join("ho-so.json").display().to_string();
    let output = gateway.as_administrator(&["dossier", "check", &file, "--offline", "--json"]);
    let said = serde_json::from_slice(&output.stdout).unwrap_or(Value::Null);
    (output.status.code().expect("ended"), said)
}

fn both(declaration: &str, judgment: &str) -> Value {
    json!([
        { "component": "to-khai", "form": "electronic", "file": declaration, "template": "TKDKKH" },
        { "component": "ban-an-ly-hon", "form": "electronic", "file": judgment },
    ])
}

fn problems(said: &Value) -> Vec<(String, String)> {
    let items = said["items"].as_array().expect("items").iter();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    items
        .map(|item| (text(&item["component"]), text(&item["problem"])))
        .collect()
}

fn told(output: &Output) -> String {
    let out = String::from_utf8_lossy(&output.stdout);
    format!("{out}{}", String::from_utf8_lossy(&output.stderr))
}

#[test]
fn a_dossier_is_complete_only_with_files_that_are_signed_by_whom_they_have_to_be() {
    let gateway = Gateway::of_world();
    let none = gateway.as_administrator(&["dossier", "check", "khong-co.json"]);
    assert_eq!(none.status.code(), Some(1), "{}", told(&none));
    for _ in 0..2 {
        let taken = gateway.as_administrator(&["procedure", "import", "--samples"]);
        assert!(taken.status.success(), "{}", told(&taken));
    }
    let folder = tempfile::tempdir().expect("folder");
    let folder = folder.path();
    let member = &WORLD.members[AGENCY];
    let signed = |by: &lienthong::forge::Identity, text: &str| {
        by.sign_encapsulated(text.as_bytes(), now())
            .expect("signed")
    };
    let declaration = signed(&member.person, "Tờ khai đăng ký kết hôn.");
    let judgment = signed(&member.agency, "Bản án ly hôn số 12.");
    put(folder, "to-khai.p7m", &declaration);
    put(folder, "ban-an.p7m", &judgment);
    let (code, said) = checked(&gateway, folder, &both("to-khai.p7m", "ban-an.p7m"));
    assert_eq!(
        (code, said["outcome"].as_str()),
        (0, Some("complete")),
        "{said}"
    );

    // One word altered.
    let at = judgment
        .windows(2)
        .position(|two| two == b"12")
        .expect("there");
    let mut altered = judgment;
    altered[at] = b'9';
    put(folder, "sua.p7m", &altered);
    let (code, said) = checked(&gateway, folder, &both("to-khai.p7m", "sua.p7m"));
    let wrong = |problem: &str| vec![("ban-an-ly-hon".to_owned(), problem.to_owned())];
    assert_eq!(
        (code, problems(&said)),
        (5, wrong("wrongly_signed")),
        "{said}"
    );
    assert_eq!(said["items"][0]["indication"], "TOTAL-FAILED");

    // By a person alone, and by nobody.
    put(
        folder,
        "ca-nhan.p7m",
        &signed(&member.person, "Bản án ly hôn số 13."),
    );
    let (code, said) = checked(&gateway, folder, &both("to-khai.p7m", "ca-nhan.p7m"));
    assert_eq!(
        (code, problems(&said)),
        (5, wrong("wrongly_signed")),
        "{said}"
    );
    put(folder, "khong-ky.txt", b"ly");
    let (code, said) = checked(&gateway, folder, &both("to-khai.p7m", "khong-ky.txt"));
    assert_eq!((code, problems(&said)), (5, wrong("unsigned")), "{said}");

    // One file cannot stand for two components.
    let (code, said) = checked(&gateway, folder, &both("ban-an.p7m", "ban-an.p7m"));
    assert_eq!(code, 5);
    assert!(
        problems(&said)
            .iter()
            .any(|(_, problem)| problem == "duplicate"),
        "{said}"
    );

    // What is in the population database is handed back.
    let mut more = both("to-khai.p7m", "ban-an.p7m");
    let extra = json!({ "component": "giay-to-tuy-than", "form": "copy" });
    more.as_array_mut().expect("a list").push(extra);
    let (code, said) = checked(&gateway, folder, &more);
    assert_eq!(
        (code, said["outcome"].as_str()),
        (5, Some("surplus")),
        "{said}"
    );
}
