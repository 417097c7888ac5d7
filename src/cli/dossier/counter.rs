//! `dossier take-in` and `complete`: what is handed in at the counter goes to the gateway, which judges it; the slip is
//! checked before anything is believed.

use super::show;
use crate::cli::console::Console;
use crate::cli::failure::{Exit, Failure};
use crate::cli::receipt;
use crate::client::dossier::DossierView;
use crate::client::dossiers::DossierDone;
use crate::client::upload::Upload;
use crate::client::{Client, ClientError, Unreachable};
use crate::format::json::Misshapen;
use crate::model::digest;
use crate::seal::dossier::DossierSlip;
use crate::seal::verify_slip;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use clap::Args;
use ring::rand::{SecureRandom, SystemRandom};
use std::path::{Path, PathBuf};

/// Flags of `dossier take-in`.
#[derive(Debug, Args)]
pub(in crate::cli) struct TakeIn {
    /// Hồ sơ (JSON), tệp nằm cùng thư mục. / The dossier, with its files in the same folder.
    file: PathBuf,
    /// Chỉ đăng ký, xét sau. / Register only, decide later.
    #[arg(long, conflicts_with = "refuse")]
    register: bool,
    /// Từ chối tiếp nhận. / Refuse it.
    #[arg(long, requires = "reason")]
    refuse: bool,
    /// Lý do. / Why.
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    /// Người tiếp nhận. / Who is at the counter.
    #[arg(long, value_name = "NAME")]
    staff: Option<String>,
    /// Khóa chống nộp hai lần. / Idempotency key [default: a new one].
    #[arg(long, value_name = "KEY")]
    key: Option<String>,
    /// Ghi phiếu có ký số. / Where the signed slip goes.
    #[arg(long, value_name = "FILE")]
    slip_out: Option<PathBuf>,
}

/// Flags of `dossier complete`.
#[derive(Debug, Args)]
pub(in crate::cli) struct Complete {
    /// Mã số hồ sơ. / Its number.
    id: String,
    /// Phần bổ sung (JSON), tệp nằm cùng thư mục. / The rest, with its files in the same folder.
    file: PathBuf,
    /// Người tiếp nhận. / Who is at the counter.
    #[arg(long, value_name = "NAME")]
    staff: Option<String>,
    /// Ghi phiếu có ký số. / Where the signed slip goes.
    #[arg(long, value_name = "FILE")]
    slip_out: Option<PathBuf>,
}

/// What is said, as bytes, and its files.
fn read(
    console: &Console,
    path: &Path,
    set: &[(&str, Option<&str>)],
) -> Result<(Vec<u8>, Vec<Upload>), Failure> {
    let text = std::fs::read(path);
    let text = text.map_err(|e| Failure::unreadable(console.language, path, &e))?;
    let misshapen = |e: Misshapen| {
        let file = path.display().to_string();
        let values = [
            ("file", file.as_str()),
            ("pointer", e.pointer.as_str()),
            ("problem", e.problem.as_str()),
        ];
        Failure::usage(console.language, "cli-dossier-misshapen", &values)
    };
    let view = DossierView::parse(&text).map_err(misshapen)?;
    let mut said: serde_json::Value = serde_json::from_slice(&text).unwrap_or_default();
    if let Some(members) = said.as_object_mut() {
        for (name, value) in set {
            if let Some(value) = value {
                members.insert((*name).to_owned(), (*value).into());
            }
        }
    }
    let folder = path.parent().unwrap_or_else(|| Path::new("."));
    let named = view.components.iter().filter_map(|own| own.file.as_ref());
    let files = named.map(|name| Upload {
        name: name.clone(),
        ..Upload::file(&folder.join(name))
    });
    Ok((said.to_string().into_bytes(), files.collect()))
}

pub(super) async fn take_in(console: &Console, asked: &TakeIn) -> Result<Exit, Failure> {
    let intake = match (asked.register, asked.refuse) {
        (true, _) => Some("register"),
        (false, true) => Some("refuse"),
        (false, false) => None,
    };
    let set = [
        ("intake", intake),
        ("reason", asked.reason.as_deref()),
        ("staff", asked.staff.as_deref()),
    ];
    let (said, files) = read(console, &asked.file, &set)?;
    let key = asked.key.clone().unwrap_or_else(new_key);
    let counter = Counter::open(console)?;
    let done = counter.client.take_dossier_in(&said, &files, &key).await;
    let done = done.map_err(|e| again(console, &e, &key))?;
    counter.told(console, &done, asked.slip_out.as_deref())
}

fn new_key() -> String {
    let mut chance = [0; 16];
    // Fails only before the kernel has gathered any chance at boot.
    let _ = SystemRandom::new().fill(&mut chance);
    digest::to_hex(&chance)
}

/// What may have arrived is sent again under its key.
fn again(console: &Console, error: &ClientError, key: &str) -> Failure {
    let failure = Failure::client(console.language, error);
    let unknown = matches!(
        error,
        ClientError::Unreachable {
            why: Unreachable::Slow | Unreachable::Other(_),
            ..
        }
    );
    match unknown {
        true => failure.with_next(console.text("cli-dossier-again", &[("key", key)])),
        false => failure,
    }
}

pub(super) async fn complete(console: &Console, asked: &Complete) -> Result<Exit, Failure> {
    let set = [("staff", asked.staff.as_deref())];
    let (said, files) = read(console, &asked.file, &set)?;
    let counter = Counter::open(console)?;
    let done = counter.client.complete_dossier(&asked.id, &said, &files);
    let done = done.await;
    let done = done.map_err(|e| Failure::client(console.language, &e))?;
    counter.told(console, &done, asked.slip_out.as_deref())
}

/// The gateway of the counter's agency, and who signs its slips.
pub(super) struct Counter {
    pub(super) client: Client,
    ca: crate::trust::certificate::Certificate,
    unit: String,
}

impl Counter {
    /// Under whom the gateway signs.
    pub(super) fn ca(&self) -> &crate::trust::certificate::Certificate {
        &self.ca
    }

    pub(super) fn open(console: &Console) -> Result<Self, Failure> {
        let profile = console.profile()?;
        Ok(Self {
            ca: receipt::authority(console, &profile.receipt_ca)?,
            client: console.client(&profile)?,
            unit: profile.unit.clone(),
        })
    }

    /// The slip, once it holds and says what the answer says.
    pub(super) fn checked(
        &self,
        console: &Console,
        p7m: &str,
        number: &str,
    ) -> Result<(DossierSlip, Vec<u8>), Failure> {
        let der = STANDARD.decode(p7m);
        let der = der.map_err(|e| receipt::bad(console, &e))?;
        let slip = verify_slip(&der, &self.ca).map_err(|e| receipt::bad(console, &e))?;
        let own = slip.number.agency.as_str() == self.unit && slip.number.to_string() == number;
        match own {
            true => Ok((slip, der)),
            false => Err(receipt::bad(
                console,
                &"the slip is that of another dossier",
            )),
        }
    }

    /// Says what was done, with its slip.
    pub(super) fn told(
        &self,
        console: &Console,
        done: &DossierDone,
        slip_out: Option<&Path>,
    ) -> Result<Exit, Failure> {
        let row = &done.dossier.row;
        let (slip, der) = self.checked(console, &done.slip.p7m, &row.number)?;
        match console.json {
            true => console.json(done),
            false => show::done(console, done, &slip),
        }
        if let Some(path) = slip_out {
            receipt::save(console, &der, path)?;
        }
        Ok(match row.status.as_str() {
            "refused" | "supplement_asked" => Exit::Refused,
            _ => Exit::Done,
        })
    }
}
