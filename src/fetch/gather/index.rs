//! What is known of the sources, as it is kept: one JSON file beside the evidence, replaced whole.
//! A damaged one costs only that everything is fetched again.

use super::table::{Given, Item, Row};
use crate::model::{Digest, Timestamp};
use crate::trust::evidence::Source;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

const NAME: &str = "sources.json";
const SCHEMA: &str = "lienthong-sources-1";
/// A row takes some 400 bytes, so the table fits many times.
const MAX_BYTES: u64 = 64 << 20;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct FileJson {
    schema: String,
    sources: Vec<RowJson>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RowJson {
    kind: Kind,
    uri: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    request: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    items: Vec<ItemJson>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    scope: Option<String>,
    this_update: Option<i64>,
    next_update: Option<i64>,
    answered: Option<i64>,
    used: i64,
    silent_since: Option<i64>,
}

#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Kind {
    Crl,
    Ocsp,
    Issuer,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ItemJson {
    sha256: String,
    bytes: u64,
}

impl RowJson {
    fn of(row: &Row) -> Self {
        let (kind, request) = match &row.source {
            Source::Crl { .. } => (Kind::Crl, None),
            Source::Ocsp { request, .. } => (Kind::Ocsp, Some(STANDARD.encode(request))),
            Source::Issuer { .. } => (Kind::Issuer, None),
        };
        let item = |item: &Item| ItemJson {
            sha256: item.digest.to_hex(),
            bytes: item.bytes,
        };
        Self {
            kind,
            uri: row.source.uri().to_owned(),
            request,
            items: row.given.items.iter().map(item).collect(),
            scope: row.given.scope.clone(),
            this_update: row.given.this_update.map(|t| t.0),
            next_update: row.given.next_update.map(|t| t.0),
            answered: row.answered.map(|t| t.0),
            used: row.used.0,
            silent_since: row.silent_since.map(|t| t.0),
        }
    }

    fn row(self) -> Option<Row> {
        let uri = self.uri;
        let source = match (self.kind, self.request) {
            (Kind::Crl, None) => Source::Crl { uri },
            (Kind::Issuer, None) => Source::Issuer { uri },
            (Kind::Ocsp, Some(request)) => Source::Ocsp {
                uri,
                request: STANDARD.decode(request).ok()?.into(),
            },
            (Kind::Crl | Kind::Issuer, Some(_)) | (Kind::Ocsp, None) => return None,
        };
        let item = |item: ItemJson| {
            Some(Item {
                digest: Digest::from_hex(&item.sha256)?,
                bytes: item.bytes,
            })
        };
        let mut row = Row::new(source, Timestamp(self.used));
        row.given = Given {
            items: self.items.into_iter().map(item).collect::<Option<_>>()?,
            scope: self.scope,
            this_update: self.this_update.map(Timestamp),
            next_update: self.next_update.map(Timestamp),
        };
        row.answered = self.answered.map(Timestamp);
        row.silent_since = self.silent_since.map(Timestamp);
        row.told = row.silent_since.is_some();
        Some(row)
    }
}

/// The rows as a file.
pub(super) fn to_bytes<'a>(rows: impl Iterator<Item = &'a Row>) -> Vec<u8> {
    let file = FileJson {
        schema: SCHEMA.into(),
        sources: rows.map(RowJson::of).collect(),
    };
    // Nothing in it can fail to be written.
    serde_json::to_vec(&file).unwrap_or_default()
}

/// Replaces the file so that a crash leaves the old one or the new one.
pub(super) fn write(folder: &Path, bytes: &[u8]) -> io::Result<()> {
    let (path, temporary) = (folder.join(NAME), folder.join("sources.tmp"));
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true).mode(0o600);
    let mut file = options.open(&temporary)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&temporary, &path)?;
    File::open(folder)?.sync_all()
}

/// What was kept; a damaged file is as good as none.
pub(super) fn read(folder: &Path) -> Vec<Row> {
    let path = folder.join(NAME);
    let rows = match fs::metadata(&path) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Vec::new(),
        Err(e) => Err(e.to_string()),
        Ok(data) if data.len() > MAX_BYTES => Err("too long".to_owned()),
        Ok(_) => rows(&path),
    };
    rows.unwrap_or_else(|problem| {
        tracing::warn!(path = %path.display(), %problem, "not read: evidence is fetched again");
        Vec::new()
    })
}

fn rows(path: &Path) -> Result<Vec<Row>, String> {
    let bytes = fs::read(path).map_err(|e| e.to_string())?;
    let file: FileJson = serde_json::from_slice(&bytes).map_err(|e| e.to_string())?;
    if file.schema != SCHEMA {
        return Err(format!("schema {}", file.schema));
    }
    let rows = file.sources.into_iter().map(RowJson::row);
    rows.collect::<Option<_>>()
        .ok_or_else(|| "a row is broken".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn some() -> Vec<Row> {
        let at = Timestamp(1_795_000_000_123);
        let mut crl = Row::new(
            Source::Crl {
                uri: "http://a/ă".into(),
            },
            at,
        );
        crl.given = Given {
            items: vec![Item {
                digest: Digest::of(b"x"),
                bytes: 5,
            }],
            scope: Some("CN=ă #00".into()),
            this_update: Some(at),
            next_update: Some(at.plus_secs(7)),
        };
        crl.answered = Some(at);
        let mut ocsp = Row::new(
            Source::Ocsp {
                uri: "http://b".into(),
                request: vec![0, 1, 255].into(),
            },
            at,
        );
        (ocsp.silent_since, ocsp.told) = (Some(at), true);
        vec![
            crl,
            ocsp,
            Row::new(
                Source::Issuer {
                    uri: "http://c".into(),
                },
                at,
            ),
        ]
    }

    #[test]
    fn what_was_written_is_read() {
        let folder = tempfile::tempdir().expect("folder");
        assert!(read(folder.path()).is_empty());
        let rows = some();
        write(folder.path(), &to_bytes(rows.iter())).expect("written");
        let again = read(folder.path());
        assert_eq!(format!("{again:?}"), format!("{rows:?}"));
    }

    #[test]
    fn a_damaged_file_is_as_good_as_none() {
        let folder = tempfile::tempdir().expect("folder");
        let good = String::from_utf8(to_bytes(some().iter())).expect("text");
        for bad in [
            "",
            "{}",
            &good[..good.len() - 1],
            &good.replace(SCHEMA, "lienthong-sources-2"),
            &good.replace("\"ocsp\"", "\"crl\""),
            &good.replace("\"sha256\":\"", "\"sha256\":\"z"),
        ] {
            write(folder.path(), bad.as_bytes()).expect("written");
            assert!(read(folder.path()).is_empty(), "{bad}");
        }
    }
}
