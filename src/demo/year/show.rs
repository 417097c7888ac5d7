//! What is shown of the year: that it was written, that its figures are those of its plans, the report that an
//! inspection would ask for, and its statement checked by an outsider. Each command is a process, as one would type it.

use super::tally::Figures;
use super::{DemoError, Written, write};
use crate::client::admin::Admin;
use crate::client::figures::Which;
use crate::demo::Options;
use crate::demo::daemon::Daemon;
use crate::demo::install;
use crate::demo::report::short;
use crate::demo::table::decimal;
use crate::demo::voice::Voice;
use crate::demo::world::World;
use crate::model::Language;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use tokio::time::Instant;

/// The period that the inspection asks for.
pub const INSPECTED: &str = "2025";
/// How often other ports are tried when the daemon does not start.
const ATTEMPTS: u32 = 3;

/// The year, shown; its daemon is still up.
#[derive(Debug)]
pub struct Shown {
    /// The daemon.
    pub daemon: Daemon,
    /// Whether everything came out as intended.
    pub intended: bool,
}

/// Writes the year below `folder`, starts a daemon on it, and shows what an inspection would ask for.
///
/// # Errors
/// [`DemoError`] if something could not be written or started.
pub async fn show(
    options: &Options,
    folder: &Path,
    world: &World,
    voice: &mut Voice<'_>,
) -> Result<Shown, DemoError> {
    voice.print("");
    voice.say("demo-year-begin", &[]);
    let began = Instant::now();
    let mut written = {
        let mut told = |period: &str, records: u64| {
            let records = records.to_string();
            let values = [("period", period), ("records", records.as_str())];
            voice.say("demo-year-quarter", &values);
        };
        write(&folder.join("nam-mo-phong"), world, &mut told).await?
    };
    let seconds = format!("{:.1}", began.elapsed().as_secs_f64());
    say_written(voice, &written, &decimal(options.language, &seconds));
    let daemon = start(&options.program, &mut written).await?;
    let (good, all) = compare(&written, options.language).await?;
    let (right, figures) = (good.to_string(), all.to_string());
    let values = [("right", right.as_str()), ("all", figures.as_str())];
    voice.say("demo-year-tally", &values);
    let typed = Typing {
        options,
        home: &written.installation.home,
        config: &written.installation.config,
    };
    let opened = typed.findings(voice)?;
    let reported = typed.report(voice)?;
    let verified = typed.verify(voice)?;
    Ok(Shown {
        daemon,
        intended: good == all && all > 0 && opened && reported && verified,
    })
}

fn say_written(voice: &mut Voice<'_>, written: &Written, seconds: &str) {
    let numbers = [
        written.documents.to_string(),
        written.records.to_string(),
        written.statements.to_string(),
    ];
    let [documents, records, statements] = numbers.each_ref().map(String::as_str);
    let path = short(&written.installation.home);
    let values = [
        ("documents", documents),
        ("records", records),
        ("statements", statements),
        ("seconds", seconds),
        ("path", path.as_str()),
    ];
    voice.say("demo-year-written", &values);
}

/// Starts the daemon, with other ports if these were taken meanwhile.
async fn start(program: &PathBuf, written: &mut Written) -> Result<Daemon, DemoError> {
    for _ in 1..ATTEMPTS {
        match Daemon::start(program, &written.installation).await {
            Ok(daemon) => return Ok(daemon),
            Err(_) => install::change_ports(&mut written.installation, &written.plan)?,
        }
    }
    Daemon::start(program, &written.installation).await
}

/// How many figures of the months come out as the plans have them, and how many there are.
async fn compare(written: &Written, language: Language) -> Result<(usize, usize), DemoError> {
    let socket = written.installation.home.join("lienthong.sock");
    let admin = Admin::connect(&socket, language).await;
    let admin = admin.ok_or_else(|| DemoError::Year("its daemon does not answer".to_owned()))?;
    let mut counted = Figures::new();
    let months: BTreeMap<&str, ()> = written.figures.keys().map(|(_, m, _)| (&**m, ())).collect();
    for month in months.keys() {
        let which = Which {
            period: Some(month),
            live: true,
            ..Which::default()
        };
        let view = admin.rates_of(&which).await?;
        for unit in view.units {
            let some = unit.counts.into_iter().filter(|(_, n)| *n != 0);
            let key = |name| (unit.unit.clone(), (*month).to_owned(), name);
            counted.extend(some.map(|(name, n)| (key(name), n)));
        }
    }
    let planned = &written.figures;
    let all = planned.keys().chain(counted.keys());
    let all: std::collections::BTreeSet<_> = all.collect();
    let same = all
        .iter()
        .filter(|key| planned.get(**key) == counted.get(**key));
    Ok((same.count(), all.len()))
}

/// Commands typed in the year's installation.
struct Typing<'a> {
    options: &'a Options,
    home: &'a Path,
    config: &'a Path,
}

impl Typing<'_> {
    /// Types a command, and shows it with what it prints; whether it ended well.
    fn types(&self, voice: &mut Voice<'_>, arguments: &[&str]) -> Result<bool, DemoError> {
        voice.print("");
        let quoted = |text: &&str| match text.contains(' ') {
            true => format!("\"{text}\""),
            false => (*text).to_owned(),
        };
        let line: Vec<String> = arguments.iter().map(quoted).collect();
        voice.print(&format!("$ lienthong {}", line.join(" ")));
        let failed = |e: std::io::Error| DemoError::folder(&self.options.program, &e);
        let mut command = Command::new(&self.options.program);
        command.args(arguments);
        command.args(["--config", &self.config.display().to_string()]);
        command.args(["--lang", self.options.language.name()]);
        command.current_dir(self.home).stdin(Stdio::null());
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("LIENTHONG") {
                command.env_remove(name);
            }
        }
        let output = tokio::task::block_in_place(|| command.output()).map_err(failed)?;
        for line in String::from_utf8_lossy(&output.stdout).lines() {
            voice.print(line);
        }
        if !output.status.success() {
            voice.print(&String::from_utf8_lossy(&output.stderr));
        }
        Ok(output.status.success())
    }

    /// Two findings, each from a figure of the year: the documents behind it are what is to be made good.
    fn findings(&self, voice: &mut Voice<'_>) -> Result<bool, DemoError> {
        let unsigned = Finding {
            unit: "MAU.TN.CD.03",
            measure: "signed",
            wrong: "Văn bản gửi đi không có chữ ký số của cơ quan (mô phỏng)",
            remedy: "Ký số và gửi lại, hoặc thu hồi",
            due: "2026-02-10",
        };
        let silent = Finding {
            unit: "MAU.TN.CD.06",
            measure: "exchange",
            wrong: "Đã kết nối nhưng mọi văn bản đều gửi giấy (mô phỏng)",
            remedy: "Gửi văn bản điện tử qua trục từ tháng 2/2026",
            due: "2026-02-28",
        };
        for finding in [unsigned, silent] {
            if !self.types(voice, &finding.arguments())? {
                return Ok(false);
            }
        }
        self.types(voice, &["finding", "list", "--open"])
    }

    fn report(&self, voice: &mut Voice<'_>) -> Result<bool, DemoError> {
        self.types(
            voice,
            &["report", "--period", INSPECTED, "--out", "bao-cao"],
        )
    }

    /// A stranger checks the year's statement against the events alone.
    fn verify(&self, voice: &mut Voice<'_>) -> Result<bool, DemoError> {
        let (statement, events) = ("bao-cao/2025.p7m", "bao-cao/su-kien.ndjson");
        let all: [&[&str]; 3] = [
            &["period", "show", INSPECTED, "--out", statement],
            &["period", "export", "--out", events],
            &["receipt", "verify", statement, "--events", events],
        ];
        for arguments in all {
            if !self.types(voice, arguments)? {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

/// A finding that is opened from what a rate lacks in the inspected period.
struct Finding {
    unit: &'static str,
    measure: &'static str,
    wrong: &'static str,
    remedy: &'static str,
    due: &'static str,
}

impl Finding {
    fn arguments(&self) -> [&'static str; 17] {
        [
            "finding",
            "open",
            "--unit",
            self.unit,
            "--measure",
            self.measure,
            "--missing",
            "--period",
            INSPECTED,
            "--wrong",
            self.wrong,
            "--remedy",
            self.remedy,
            "--owner",
            "Chánh Văn phòng UBND xã (mẫu)",
            "--due",
            self.due,
        ]
    }
}

/// What to try next, with lines to copy.
pub fn say_next(voice: &mut Voice<'_>, options: &Options, folder: &Path) {
    let program = short(&options.program);
    let config = short(&folder.join("nam-mo-phong/config/lienthong.toml"));
    voice.say("demo-year-try", &[]);
    for line in [
        "rates --period 2025-11 --tree",
        "rates documents --unit MAU.TN.CD.03 --measure signed --missing --period 2025",
        "status ID",
        "period list",
        "recount --period 2025-10",
    ] {
        voice.print(&format!("  {program} {line} --config {config}"));
    }
}
