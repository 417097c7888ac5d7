//! Procedures and dossiers through the binary: tables out and in, and bad input with its line.

use super::Desk;
use std::fmt::Write as _;

const IMPORT: &str = "procedure import --config here/config/lienthong.toml";
const GOOD: &str = "code = \"1.1\"\nname = \"Một\"\nfield = \"Hộ tịch\"\nlevel = \"commune\"\nbasis = \"QĐ 1\"\nversion = 1\n\
                    from = \"2025-07-01\"\nworking_days = 3\n\n[facts.x]\nquestion = \"Có không?\"\nkind = \"flag\"\n\n\
                    [conditions]\na = \"x\"\nb = \"a\"\n\n\
                    [[component]]\nid = \"to-khai\"\nname = \"Tờ khai\"\nforms = [\"electronic\"]\nwhen = \"b\"\n";

fn desk() -> Desk {
    let desk = Desk::new();
    desk.run("init --no-input --data here").ends(0);
    desk
}

/// What lies in the folder of procedures.
fn imported(desk: &Desk) -> usize {
    let folder = std::fs::read_dir(desk.path("here/config/procedures"));
    folder.map_or(0, Iterator::count)
}

#[test]
fn bad_procedures_are_refused_at_their_line_and_nothing_is_half_imported() {
    let desk = desk();
    desk.write("good.toml", GOOD);
    let line = |text: &str, of: &str| {
        text.lines()
            .position(|own| own.contains(of))
            .expect("there")
            + 1
    };
    let many = |count: usize| {
        let mut text = GOOD.replace(" \"b\"\n", " \"b\"\n\n");
        for n in 0..count {
            let _ = write!(
                text,
                "[[component]]\nid = \"c{n}\"\nname = \"C\"\nforms = [\"original\"]\n"
            );
        }
        text
    };
    let around = GOOD.replace("a = \"x\"", "a = \"b and x\"");
    let unknown = GOOD.replace("b = \"a\"", "b = \"a or y\"");
    let too_many = many(10_000);
    let never = GOOD.replace("b = \"a\"", "b = \"a and not x\"");
    let hostile = GOOD.replace("code = \"1.1\"", "code = \"../../lienthong\"");
    let wide = format!("{}{}", GOOD, "# x\n".repeat(300_000));
    for (text, at, said) in [
        (&around, "a = \"b and x\"", "vòng quanh nhau"),
        (&unknown, "b = \"a or y\"", "y"),
        (&too_many, "id = \"c199\"", "nhiều hơn 200"),
        (&never, "id = \"to-khai\"", "không trường hợp nào thỏa"),
        (&hostile, "code = ", "cần chữ, số"),
    ] {
        desk.write("bad.toml", text);
        let place = format!("bad.toml:{}:", line(text, at));
        let ran = desk.run(&format!("{IMPORT} good.toml bad.toml")).ends(3);
        let ran = ran.says(&place).says(said);
        assert!(!ran.err.contains("panicked"), "{ran:?}");
        assert_eq!(imported(&desk), 0, "{said}: half-imported");
    }
    desk.write("wide.toml", wide);
    desk.run(&format!("{IMPORT} good.toml wide.toml"))
        .ends(3)
        .says("wide.toml");
    assert_eq!(imported(&desk), 0, "half-imported");
    desk.run(&format!("{IMPORT} good.toml")).ends(0);
    assert_eq!(imported(&desk), 1);
}

#[test]
fn procedures_go_out_as_a_table_and_come_back() {
    let desk = desk();
    let config = "--config here/config/lienthong.toml";
    desk.run(&format!("{IMPORT} --samples")).ends(0);
    let export = format!("procedure export {config}");
    desk.run(&format!("{export} --out all.csv"))
        .ends(0)
        .says("6");
    desk.run(&format!("{export} 1.001193 9.999"))
        .ends(1)
        .says("9.999");
    let one = desk.run(&format!("{export} 1.001193")).ends(0);
    assert!(
        one.out.contains("1.001193") && !one.out.contains("1.000894"),
        "{one:?}"
    );
    let again = desk.run(&format!("{IMPORT} all.csv --json")).ends(0);
    assert_eq!(again.out.matches("\"new\":false").count(), 6, "{again:?}");
    // Into another installation, where the second row of the table is then wrong.
    desk.run("init --no-input --data there").ends(0);
    let there = "procedure import --config there/config/lienthong.toml all.csv";
    let table = std::fs::read_to_string(desk.path("all.csv")).expect("written");
    let second = table.lines().nth(2).expect("rows");
    let wrong = table.replacen(second, &second.replacen("commune", "làng", 1), 1);
    desk.write("all.csv", wrong);
    desk.run(there).ends(3).says("all.csv:3:");
    assert!(
        !desk.path("there/config/procedures").exists(),
        "half-imported"
    );
    desk.write("all.csv", &table);
    desk.run(there).ends(0);
    for own in ["here", "there"] {
        let shown = desk.run(&format!(
            "procedure list --json --config {own}/config/lienthong.toml"
        ));
        assert_eq!(shown.out.lines().count(), 6, "{own}");
    }
}

#[test]
fn a_dossier_names_files_of_its_own_folder_only() {
    let desk = desk();
    let config = "--config here/config/lienthong.toml";
    desk.write("good.toml", GOOD);
    desk.run(&format!("{IMPORT} good.toml")).ends(0);
    desk.write("secret.txt", "không được đọc");
    let dossier = |name: &str| {
        serde_json::json!({ "procedure": "1.1", "facts": { "x": true },
            "components": [{ "component": "to-khai", "form": "electronic", "file": name }] })
        .to_string()
    };
    let check = |name: &str| {
        desk.write("case/ho-so.json", dossier(name));
        desk.run(&format!(
            "dossier check case/ho-so.json --offline --json {config}"
        ))
    };
    let long = "a".repeat(300);
    for name in [
        "../secret.txt",
        "/etc/passwd",
        "..",
        ".",
        "",
        "a/b",
        "a\\b",
        "a\u{0}b",
        "a\nb",
        "a\u{202e}fdp.b",
        &long,
    ] {
        let ran = check(name).ends(2).says("/components/0/file");
        assert!(!ran.err.contains("panicked"), "{name:?}: {ran:?}");
    }
    // What is no file is not read for ever.
    std::os::unix::fs::symlink("/dev/zero", desk.path("case/endless.pdf")).expect("linked");
    let ran = check("endless.pdf").ends(1).says("endless.pdf");
    assert!(!ran.err.contains("panicked"), "{ran:?}");
    for name in [
        "tờ khai 😀.txt",
        "To\u{302}\u{300} khai.txt",
        "-rf.txt",
        "CON.txt",
    ] {
        desk.write(&format!("case/{name}"), "tờ khai");
        let found = check(name).ends(0).json();
        assert_eq!(found["outcome"], "complete", "{name}");
    }
}
