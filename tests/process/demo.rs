//! The demo as a stranger runs it.

use crate::support::{bounded, program};
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

fn demo(folder: &std::path::Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(program());
    command
        .arg("demo")
        .args(arguments)
        .current_dir(folder)
        .env("LANG", "vi_VN.UTF-8");
    command.env_remove("LC_ALL");
    command
}

#[test]
fn two_demos_side_by_side_come_out_as_intended() {
    let folder = tempfile::tempdir().expect("folder");
    let run = || {
        let output = bounded(demo(folder.path(), &["--once"]), Duration::from_secs(180));
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let errors = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(
            output.status.success(),
            "{}\n{text}\n{errors}",
            output.status
        );
        text
    };
    let texts = std::thread::scope(|scope| {
        let both = [scope.spawn(run), scope.spawn(run)];
        both.map(|one| one.join().expect("a demo"))
    });
    for text in texts {
        let rows = text
            .lines()
            .filter(|l| l.trim_end().ends_with("  đạt"))
            .count();
        assert!(rows >= 100, "{rows}\n{text}");
        let wrong = |l: &str| l.trim_end().ends_with("  SAI");
        assert!(!text.lines().any(wrong), "{text}");
        assert!(text.contains("chưa rõ mẫu số"), "{text}");
        assert!(text.contains("Mức chữ ký và tấn công: "), "{text}");
        assert!(text.contains("nay có kết luận bị nghi ngờ"), "{text}");
        told(&text);
        year(&text);
    }
}

/// The stories of documents: what each came to, and a receipt for each step.
fn told(text: &str) {
    assert!(text.contains("Chuyện của văn bản: 7/7 "), "{text}");
    for story in [
        "được tiếp nhận và xử lý xong",
        "bị nơi nhận từ chối",
        "bị thu hồi sau khi tiếp nhận",
        "lấy lại khi chưa ai lấy về",
        "được thay thế",
        "phát hành chậm",
        "không ai lấy về, hết hạn chờ",
    ] {
        let row = |l: &&str| l.contains(story) && l.trim_end().ends_with("  đạt");
        assert_eq!(text.lines().filter(row).count(), 1, "{story}: {text}");
    }
    for step in [
        "ký và gửi  [✔ offered (SubmissionAcceptance, ContentConsignment) #",
        "nhận đủ tệp  [✔ arrived (ContentHandover) #",
        "đồng ý trả lại  [✔ recall-answered #",
        "lấy lại — Gửi nhầm nơi nhận  [✔ taken-back #",
        "tệp không còn tải được (410)",
        "nơi nhận không lấy về  [✔ expired (ContentHandoverFailure) #",
        "thấy trong danh sách không giao được",
    ] {
        assert!(text.contains(step), "{step}: {text}");
    }
    assert!(!text.contains("[✘"), "{text}");
}

/// The simulated year: its figures are those of its script, an inspection's questions are answered, and a stranger bears
/// its statement out.
fn year(text: &str) {
    let (_, year) = text.split_once("Một năm mô phỏng").expect("the year");
    let (_, same) = year.split_once("từ kịch bản: ").expect("figures");
    let (same, _) = same.split_once(" số khớp").expect("figures");
    let (good, all) = same.split_once('/').expect("figures");
    assert_eq!(good, all);
    assert!(all.parse::<u32>().expect("a number") > 4_000, "{same}");
    for said in [
        "MÔ PHỎNG (SIMULATED)",
        "1. Tỷ lệ từng đơn vị, so với mục tiêu",
        "đã kết nối, chưa từng gửi",
        "có văn bản chờ mà không mở nhận",
        "lượng gửi giảm đột ngột",
        "quay lại bản giấy",
        "chứng thư sắp hết hạn",
        "3. Thiếu sót cụ thể",
        "$ lienthong finding open --unit MAU.TN.CD.03 --measure signed --missing --period 2025",
        "$ lienthong finding open --unit MAU.TN.CD.06 --measure exchange --missing --period 2025",
        "Văn bản không có chữ ký số",
        "✔ Sự kiện khớp: ",
    ] {
        assert!(year.contains(said), "{said}: {year}");
    }
}

#[test]
fn a_folder_of_something_else_is_refused() {
    let folder = tempfile::tempdir().expect("folder");
    std::fs::write(folder.path().join("units.toml"), "").expect("written");
    let here = folder.path().display().to_string();
    let output = bounded(
        demo(folder.path(), &["--once", "--data", &here]),
        Duration::from_secs(60),
    );
    assert!(!output.status.success());
    assert!(folder.path().join("units.toml").exists());
}

/// Real third-party files, with their anchors, under policy `record`.
#[test]
fn third_party_files_arrive_byte_for_byte_or_are_refused() {
    let given = std::env::var_os("CONFORMANCE_DIR").map(PathBuf::from);
    let files = given
        .unwrap_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/conformance"));
    if !files.join("manifest.json").is_file() {
        say!("left out: no third-party files at {}", files.display());
        return;
    }
    let folder = tempfile::tempdir().expect("folder");
    let files = files.display().to_string();
    let command = demo(folder.path(), &["--once", "--files", &files]);
    let output = bounded(command, Duration::from_secs(300));
    let text = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    let end: Vec<&str> = text.lines().rev().take(40).collect();
    let end: Vec<&str> = end.into_iter().rev().collect();
    say!("{}", end.join("\n"));
    assert!(
        output.status.success(),
        "{}\n{text}\n{errors}",
        output.status
    );
}
