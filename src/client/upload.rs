//! Files on their way up: hashed first, then streamed with `Content-Digest` (RFC 9530).

use super::ClientError;
use super::progress::Progress;
use crate::model::{Digest, Hasher};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use reqwest::header::{HeaderMap, HeaderValue};
use reqwest::multipart::{Form, Part};
use std::path::{Path, PathBuf};
use tokio::io::AsyncReadExt;

/// How much of a file is in memory at a time.
const WINDOW: usize = 128 * 1024;

/// One file to send.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Upload {
    /// Its name, as the envelope says.
    pub name: String,
    /// Where its bytes are.
    pub source: Source,
}

/// Where the bytes of an upload are.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Source {
    /// In a file.
    File(PathBuf),
    /// In a file, which has to be what it was: nothing else is sent.
    Known(PathBuf, Digest),
    /// In memory.
    Memory(Bytes),
}

impl Upload {
    /// A file of the disk, under its own name.
    #[must_use]
    pub fn file(path: &Path) -> Self {
        let name = path.file_name().unwrap_or_default();
        Self {
            name: name.to_string_lossy().into_owned(),
            source: Source::File(path.into()),
        }
    }

    /// Its length in bytes.
    ///
    /// # Errors
    /// [`ClientError::File`].
    pub async fn size(&self) -> Result<u64, ClientError> {
        match &self.source {
            Source::Memory(bytes) => Ok(u64::try_from(bytes.len()).unwrap_or(u64::MAX)),
            Source::File(path) | Source::Known(path, _) => {
                let data = tokio::fs::metadata(path)
                    .await
                    .map_err(|e| failed(path, &e))?;
                Ok(data.len())
            }
        }
    }

    /// SHA-256 of its bytes.
    ///
    /// # Errors
    /// [`ClientError::File`].
    pub async fn digest(&self) -> Result<Digest, ClientError> {
        let (path, known) = match &self.source {
            Source::Memory(bytes) => return Ok(Digest::of(bytes)),
            Source::File(path) => (path, None),
            Source::Known(path, digest) => (path, Some(*digest)),
        };
        let found = digest_of(path).await?;
        match known.is_none_or(|known| known == found) {
            true => Ok(found),
            false => Err(ClientError::File(path.clone(), CHANGED.to_owned())),
        }
    }

    async fn part(&self, progress: &Progress) -> Result<(Part, Digest), ClientError> {
        let (digest, size) = (self.digest().await?, self.size().await?);
        let body = match &self.source {
            Source::Memory(bytes) => {
                progress.advance(size);
                reqwest::Body::from(bytes.clone())
            }
            Source::File(path) | Source::Known(path, _) => stream(path, progress.clone()).await?,
        };
        let mut headers = HeaderMap::new();
        if let Ok(value) = HeaderValue::from_str(&content_digest(&digest)) {
            headers.insert("content-digest", value);
        }
        let part = Part::stream_with_length(body, size).file_name(self.name.clone());
        let part = part.mime_str("application/octet-stream");
        let part = part.map_err(|e| ClientError::Setup(e.to_string()))?;
        Ok((part.headers(headers), digest))
    }
}

/// What is said of a file that is not what it was.
const CHANGED: &str = "the file is not what it was when it was taken";

async fn digest_of(path: &Path) -> Result<Digest, ClientError> {
    let mut file = tokio::fs::File::open(path)
        .await
        .map_err(|e| failed(path, &e))?;
    let mut hasher = Hasher::new();
    let mut window = vec![0; WINDOW];
    loop {
        let n = file.read(&mut window).await.map_err(|e| failed(path, &e))?;
        if n == 0 {
            return Ok(hasher.finish());
        }
        hasher.update(window.get(..n).unwrap_or_default());
    }
}

/// The value of `Content-Digest`.
#[must_use]
pub fn content_digest(digest: &Digest) -> String {
    format!("sha-256=:{}:", STANDARD.encode(digest.0))
}

async fn stream(path: &Path, progress: Progress) -> Result<reqwest::Body, ClientError> {
    let file = tokio::fs::File::open(path)
        .await
        .map_err(|e| failed(path, &e))?;
    let chunks = futures_util::stream::try_unfold(file, move |mut file| {
        let progress = progress.clone();
        async move {
            let mut window = vec![0; WINDOW];
            let n = file.read(&mut window).await?;
            if n == 0 {
                return Ok::<_, std::io::Error>(None);
            }
            window.truncate(n);
            progress.advance(u64::try_from(n).unwrap_or(0));
            Ok(Some((Bytes::from(window), file)))
        }
    });
    Ok(reqwest::Body::wrap_stream(chunks))
}

/// The multipart body: the envelope first, then each file.
pub(super) async fn form(
    envelope: &[u8],
    files: &[Upload],
    progress: &Progress,
) -> Result<(Form, Vec<Digest>), ClientError> {
    parts(("envelope", envelope), files, progress).await
}

/// The multipart body: what is said of a dossier first, then each file.
pub(super) async fn dossier(said: &[u8], files: &[Upload]) -> Result<Form, ClientError> {
    let (form, _) = parts(("dossier", said), files, &Progress::silent()).await?;
    Ok(form)
}

async fn parts(
    (name, said): (&'static str, &[u8]),
    files: &[Upload],
    progress: &Progress,
) -> Result<(Form, Vec<Digest>), ClientError> {
    let first = Part::bytes(said.to_vec()).mime_str("application/json");
    let first = first.map_err(|e| ClientError::Setup(e.to_string()))?;
    let mut form = Form::new().percent_encode_noop().part(name, first);
    let mut digests = Vec::with_capacity(files.len());
    for file in files {
        let (part, digest) = file.part(progress).await?;
        form = form.part("file", part);
        digests.push(digest);
    }
    Ok((form, digests))
}

fn failed(path: &Path, e: &std::io::Error) -> ClientError {
    ClientError::File(path.into(), e.to_string())
}
