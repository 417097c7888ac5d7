//! Figures of dossiers through the command line and the real daemon: each has as many rows as it says, whoever asks and
//! whether the daemon runs, and names nobody.

use crate::dossier_life::{birth, counters};
use crate::support::{Gateway, good};
use serde_json::{Value, json};
use std::path::Path;

const COUNTER: usize = 7;
const OTHER: usize = 8;
const APPLICANT: &str = "Trần Thị Kín Tiếng";

/// Runs `dossier …` as a unit; what it says.
fn dossier(gateway: &Gateway, place: usize, arguments: &[&str]) -> Value {
    let all = [&["dossier"], arguments, &["--json"]].concat();
    let output = gateway.as_unit(place, &all);
    serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|e| panic!("{arguments:?}: {e}: {output:?}"))
}

/// Takes a dossier in; its number.
fn taken(gateway: &Gateway, place: usize, folder: &Path, set: &Value, more: &[&str]) -> String {
    let path = folder.join("ho-so.json");
    std::fs::write(&path, set.to_string()).expect("written");
    let path = path.display().to_string();
    let done = dossier(gateway, place, &[&["take-in", &path], more].concat());
    let number = done["dossier"]["number"].as_str();
    number.unwrap_or_else(|| panic!("{done}")).to_owned()
}

fn share(row: &Value, figure: &str) -> (u64, u64) {
    let all = row["figures"].as_array().expect("figures");
    let own = all.iter().find(|own| own["figure"] == json!(figure));
    let own = own.unwrap_or_else(|| panic!("{figure}: {row}"));
    let number = |name: &str| own[name].as_u64().expect("a number");
    (number("counted"), number("of"))
}

fn administrator(gateway: &Gateway, arguments: &[&str]) -> Value {
    let all = [&["dossier", "figures"], arguments, &["--json"]].concat();
    let said = good(&gateway.as_administrator(&all));
    serde_json::from_str(&said).unwrap_or_else(|e| panic!("{e}: {said}"))
}

/// Complete, to be supplemented and supplemented, refused, with something surplus; one at another counter.
fn story(gateway: &Gateway, folder: &Path) {
    let whole = birth(APPLICANT, true);
    let first = taken(gateway, COUNTER, folder, &whole, &[]);
    for step in ["process", "finish"] {
        dossier(gateway, COUNTER, &[step, &first]);
    }
    let lacking = taken(gateway, COUNTER, folder, &birth("Lê Văn Hai", false), &[]);
    let rest = json!({ "procedure": "1.001193", "facts": {},
        "components": [ { "component": "giay-chung-sinh", "form": "original" } ] });
    let path = folder.join("bo-sung.json");
    std::fs::write(&path, rest.to_string()).expect("written");
    dossier(
        gateway,
        COUNTER,
        &["complete", &lacking, &path.display().to_string()],
    );
    let reason = ["--refuse", "--reason", "Không thuộc thẩm quyền"];
    taken(gateway, COUNTER, folder, &birth("Lê Văn Ba", true), &reason);
    let mut surplus = birth("Lê Văn Tư", true);
    let extra = json!({ "component": "so-ho-khau", "form": "copy" });
    surplus["components"]
        .as_array_mut()
        .expect("a list")
        .push(extra);
    taken(gateway, COUNTER, folder, &surplus, &[]);
    taken(gateway, OTHER, folder, &whole, &[]);
}

#[test]
fn every_figure_has_as_many_dossiers_as_it_says() {
    let mut gateway = counters();
    let folder = tempfile::tempdir().expect("folder");
    story(&gateway, folder.path());
    let own = dossier(&gateway, COUNTER, &["figures"]);
    for (figure, expected) in [
        ("complete_at_first", (2, 4)),
        ("supplemented", (1, 4)),
        ("supplemented_again", (0, 1)),
        ("requested_late", (0, 1)),
        ("refused", (1, 4)),
        ("surplus_offered", (1, 4)),
        ("surplus_asked", (0, 0)),
        ("in_time", (1, 1)),
        ("late", (0, 1)),
        ("in_time_of_received", (1, 3)),
        ("extended", (0, 3)),
        ("overdue", (0, 2)),
        ("no_contact", (2, 3)),
        ("one_contact", (1, 3)),
        ("more_contacts", (0, 3)),
    ] {
        assert_eq!(share(&own["total"], figure), expected, "{figure}: {own}");
    }
    assert_eq!(
        own["total"]["asked_for"][0]["component"],
        json!("giay-chung-sinh")
    );
    // Early or on time and no contact are 3 or 4 of 4 points.
    let tenths = own["total"]["score"]["tenths"].as_u64().expect("a score");
    assert!([135, 180].contains(&tenths), "{own}");
    let all = administrator(&gateway, &[]);
    assert_eq!(share(&all["total"], "complete_at_first"), (3, 5), "{all}");
    assert_eq!(all["units"].as_array().map(Vec::len), Some(2), "{all}");
    let code = own["rows"][0]["unit"].as_str().expect("a code").to_owned();
    let as_unit = administrator(&gateway, &["--unit", &code]);
    assert_eq!(as_unit["total"], own["total"]);

    // As many rows as the figure, as a unit and as the administrator.
    for own_share in all["total"]["figures"].as_array().expect("figures") {
        let figure = own_share["figure"].as_str().expect("a name");
        let (counted, of) = share(&all["total"], figure);
        for (flags, expected) in [(&[][..], counted), (&["--all"][..], of)] {
            let asked = [&["--dossiers", figure], flags].concat();
            let list = administrator(&gateway, &asked);
            let rows = list["items"].as_array().expect("rows");
            assert_eq!(list["total"], json!(expected), "{figure}: {list}");
            assert_eq!(
                u64::try_from(rows.len()).ok(),
                Some(expected),
                "{figure}: {list}"
            );
        }
        let list = dossier(&gateway, COUNTER, &["figures", "--dossiers", figure]);
        assert_eq!(
            list["total"],
            json!(share(&own["total"], figure).0),
            "{figure}"
        );
    }
    let others = gateway.as_unit(OTHER, &["dossier", "figures", "--unit", &code]);
    assert_ne!(others.status.code(), Some(0), "{others:?}");
    let none = administrator(&gateway, &["--period", "2020"]);
    assert_eq!(share(&none["total"], "complete_at_first"), (0, 0));
    let table = good(&gateway.as_administrator(&["dossier", "figures", "--csv"]));
    assert!(table.contains("complete_at_first,3,5,60.0"), "{table}");
    let shown = good(&gateway.as_administrator(&["dossier", "figures"]));
    assert!(shown.contains("3/5") && !shown.contains("Kín"), "{shown}");

    // From the store itself, while no daemon runs.
    gateway.stop();
    let still = administrator(&gateway, &[]);
    assert_eq!(still["total"], all["total"]);
    let list = administrator(&gateway, &["--dossiers", "one_contact"]);
    assert_eq!(list["items"].as_array().map(Vec::len), Some(1), "{list}");
}
