//! A code that ended, over the real binaries: the command line and an office's folder send to it, its one successor gets the
//! documents, and both sides are told. Divided further, nobody is chosen.

use crate::folder::{Desk, code, put_signed};
use crate::support::{Draft, Fault, Gateway, WORLD, draft, good, now};
use lienthong::demo::units::UNITS;
use lienthong::model::LocalDay;
use serde_json::Value;
use std::path::Path;

const SENDER: usize = 1;
/// The unit that ended, and the one that it became.
const OLD: usize = 7;
const NEW: usize = 8;
/// Another one, for a division.
const OTHER: usize = 6;

fn yesterday() -> String {
    let number = now().local_day().number() - 1;
    LocalDay::from_number(number).expect("a day").to_string()
}

fn reorganise(gateway: &mut Gateway, kind: &str, to: &[usize]) {
    gateway.stop();
    let path = gateway.at.home.join("config/units.toml");
    let known = std::fs::read_to_string(&path).expect("units");
    let known = known.split("[[change]]").next().expect("units");
    let to: Vec<String> = to
        .iter()
        .map(|n| format!("\"{}\"", UNITS[*n].code))
        .collect();
    let change = format!(
        "{known}\n[[change]]\nkind = \"{kind}\"\non = \"{}\"\nbasis = \"Nghị quyết 1682\"\nfrom = [\"{}\"]\nto = [{}]\n",
        yesterday(),
        UNITS[OLD].code,
        to.join(", ")
    );
    std::fs::write(&path, change).expect("written");
    gateway.up();
}

/// The files of a document in a folder of their own, and its envelope.
fn lay(folder: &Path, made: &Draft) -> String {
    std::fs::create_dir_all(folder).expect("folder");
    for (name, bytes) in &made.files {
        std::fs::write(folder.join(name), bytes).expect("written");
    }
    let envelope = folder.join("phong-bi.json");
    std::fs::write(&envelope, &made.envelope).expect("written");
    envelope.display().to_string()
}

#[allow(clippy::too_many_lines, reason = "one story from end to end")]
#[test]
fn the_command_line_and_a_folder_are_told_who_got_it() {
    let mut gateway = Gateway::of_world();
    let folder = tempfile::tempdir().expect("folder");
    let made = draft(&WORLD.members[SENDER], &[OLD], 41, 300, Fault::None);
    let before = lay(&folder.path().join("41"), &made);
    let first = good(&gateway.as_unit(SENDER, &["send", "--envelope", &before, "--json"]));
    let first: Value = serde_json::from_str(&first).expect("JSON");
    reorganise(&mut gateway, "rename", &[NEW]);
    let (old, new) = (UNITS[OLD].code, UNITS[NEW].code);

    // The answer was lost in the night of the change.
    let again = good(&gateway.as_unit(SENDER, &["send", "--envelope", &before, "--json"]));
    let again: Value = serde_json::from_str(&again).expect("JSON");
    assert_eq!(
        (&again["id"], &again["repeated"]),
        (&first["id"], &true.into())
    );
    assert!(again.get("redirected").is_none(), "{again}");

    let made = draft(&WORLD.members[SENDER], &[OLD], 42, 300, Fault::None);
    let envelope = lay(&folder.path().join("42"), &made);
    let receipt = folder.path().join("42.p7m").display().to_string();
    let send = ["send", "--envelope", &envelope, "--receipt-out", &receipt];
    let said = good(&gateway.as_unit(SENDER, &send));
    assert!(
        said.contains(&format!("The code {old} has ended")) && said.contains(new),
        "{said}"
    );
    let verified = good(&gateway.as_administrator(&["receipt", "verify", &receipt]));
    assert!(
        verified.contains(&format!("The code {old} has ended")),
        "{verified}"
    );
    let outbox = good(&gateway.as_unit(NEW, &["inbox", "--json"]));
    assert!(outbox.contains("\"42\""), "{outbox}");
    assert!(!good(&gateway.as_unit(OLD, &["inbox", "--json"])).contains("\"42\""));

    // The folder of an office still has the old name.
    let desk = Desk::new(&gateway, SENDER, "ban-gui");
    let outbox = desk.root.join("outbox").join(old);
    std::fs::create_dir_all(&outbox).expect("outbox");
    put_signed(&outbox, "cong van.txt", "Về dự toán");
    let sidecar = serde_json::json!({
        "number": "43", "notation": "STC-VP", "promulgated": now().local_day().to_string(),
        "subject": "Về dự toán", "files": [
            { "name": "cong van.txt", "role": "main" },
            { "name": "cong van.txt.p7s", "role": "signature", "of": "cong van.txt" },
        ],
    });
    std::fs::write(outbox.join("cong van.json"), sidecar.to_string()).expect("written");
    assert_eq!(code(&desk.once()), 0);
    let all = desk.files("processed");
    let told = all.iter().filter(|path| path.ends_with(".txt"));
    let told: String = told
        .map(|path| desk.read(&format!("processed/{path}")))
        .collect();
    assert!(
        told.contains(&format!("LƯU Ý: Mã {old} đã chấm dứt")),
        "{all:?}: {told}"
    );

    // The recipient's folder says by which code the envelope names it.
    let theirs = Desk::new(&gateway, NEW, "ban-nhan");
    assert_eq!(code(&theirs.once()), 0);
    let letters: String = theirs
        .files("inbox")
        .iter()
        .filter(|path| path.ends_with(".txt"))
        .map(|path| theirs.read(&format!("inbox/{path}")))
        .collect();
    assert!(
        letters.contains(&format!("Phong bì ghi mã cũ: {old}")),
        "{letters}"
    );

    // Divided, nobody is chosen: both are named.
    reorganise(&mut gateway, "split", &[NEW, OTHER]);
    let made = draft(&WORLD.members[SENDER], &[OLD], 44, 300, Fault::None);
    let envelope = lay(&folder.path().join("44"), &made);
    let refused = gateway.as_unit(SENDER, &["send", "--envelope", &envelope]);
    assert!(!refused.status.success());
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(
        said.contains(new) && said.contains(UNITS[OTHER].code),
        "{said}"
    );
    assert!(said.contains("choose the right one"), "{said}");
}
