//! One unit's document office: a separate client with its own certificate and its own pinned CAs.
//! It knows nothing but what the public interface tells it.

use super::DemoError;
use super::install::Installation;
use crate::client::profile::Profile;
use crate::client::progress::Progress;
use crate::client::upload::{Source, Upload};
use crate::client::wire::{AnswerRequest, ListItem, ReceiptView};
use crate::client::{Client, ClientError, Sent};
use crate::model::{Digest, DocumentId, Language, Status};
use crate::seal::receipt::{Receipt, verify};
use crate::trust::certificate::Certificate;
use base64::Engine;
use std::path::PathBuf;

/// A unit's side of the exchange.
#[derive(Clone, Debug)]
pub struct Office {
    /// The client.
    pub client: Client,
    /// The unit's code.
    pub unit: String,
    receipt_ca: Certificate,
    /// Where it saves what it receives.
    inbox: PathBuf,
}

/// What a recipient took in.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Received {
    /// The document.
    pub id: DocumentId,
    /// Whatever did not fit together.
    pub problems: Vec<String>,
}

impl Office {
    /// The office of `unit`, by its profile.
    ///
    /// # Errors
    /// [`DemoError`] if the profile cannot be used.
    pub fn open(at: &Installation, unit: &str, language: Language) -> Result<Self, DemoError> {
        let profile = Profile::read(&at.profile(unit))?;
        let pem = crate::keys::files::read_certificate(&profile.receipt_ca)?;
        Ok(Self {
            client: Client::new(&profile, language)?,
            unit: unit.to_owned(),
            receipt_ca: Certificate::parse(&pem)?,
            inbox: at.home.join("received").join(unit),
        })
    }

    /// The CA under which receipts are signed, as pinned.
    #[must_use]
    pub fn receipt_ca(&self) -> &Certificate {
        &self.receipt_ca
    }

    /// Sends a document.
    ///
    /// # Errors
    /// [`ClientError`] if the gateway gives neither outcome nor receipt.
    pub async fn send(
        &self,
        envelope: &[u8],
        files: &[(String, bytes::Bytes)],
    ) -> Result<Sent, ClientError> {
        let upload = |(name, bytes): &(String, bytes::Bytes)| Upload {
            name: name.clone(),
            source: Source::Memory(bytes.clone()),
        };
        let uploads: Vec<Upload> = files.iter().map(upload).collect();
        self.client
            .send(envelope, &uploads, None, &Progress::silent())
            .await
    }

    /// Checks a receipt against the pinned CA and reads it.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn verified(&self, view: &ReceiptView) -> Result<Receipt, String> {
        let der = base64::engine::general_purpose::STANDARD.decode(&view.p7m);
        let der = der.map_err(|e| e.to_string())?;
        let receipt = verify(&der, &self.receipt_ca).map_err(|e| e.to_string())?;
        if receipt.position.0 == view.position && receipt.event == view.event {
            Ok(receipt)
        } else {
            Err("the list says something else than the receipt".into())
        }
    }

    /// Checks that a receipt speaks of this document with these bytes.
    ///
    /// # Errors
    /// What does not fit.
    pub fn verified_for(
        &self,
        view: &ReceiptView,
        id: &str,
        envelope: Digest,
        files: &[Digest],
    ) -> Result<Receipt, String> {
        let receipt = self.verified(view)?;
        let stated: Vec<Digest> = receipt.files.iter().map(|f| f.digest).collect();
        let fits =
            receipt.document.to_string() == id && receipt.envelope == envelope && stated == files;
        if fits {
            Ok(receipt)
        } else {
            Err("the receipt speaks of something else".into())
        }
    }

    /// Fetches every file of a document, compares each with the verified receipt, and answers.
    ///
    /// # Errors
    /// [`ClientError`] if the gateway does not do its part.
    pub async fn take_in(
        &self,
        item: &ListItem,
        refuse_because: Option<&str>,
    ) -> Result<Received, ClientError> {
        let id = DocumentId::parse(&item.id)
            .ok_or_else(|| ClientError::Unexpected(200, item.id.clone()))?;
        let mut problems = Vec::new();
        let receipts = self.client.receipts(id).await?;
        let relayed = receipts.iter().map(|r| self.verified(r)).find(|r| {
            r.as_ref()
                .is_ok_and(|r| r.judged.disposition.relays() && r.recipient.is_none())
        });
        let Some(Ok(receipt)) = relayed else {
            problems.push(format!("{}: no receipt of its relay", item.id));
            return Ok(Received { id, problems });
        };
        let view = self.client.document(id).await?;
        if view.envelope_sha256 != receipt.envelope.to_hex() {
            problems.push(format!("{}: another envelope than the receipt's", item.id));
        }
        let folder = self.inbox.join(&item.id);
        let made = tokio::fs::create_dir_all(&folder).await;
        made.map_err(|e| ClientError::File(folder.clone(), e.to_string()))?;
        for (file, stated) in view.files.iter().zip(&receipt.files) {
            let to = folder.join(&file.name);
            // Of an attempt that broke off.
            let _ = tokio::fs::remove_file(&to).await;
            let silent = Progress::silent();
            let (digest, size) = self.client.download(id, file.n, &to, &silent).await?;
            if digest != stated.digest || size != stated.size {
                problems.push(format!(
                    "{}/{}: other bytes than the receipt's",
                    item.id, file.name
                ));
            }
        }
        if view.files.len() != receipt.files.len() {
            problems.push(format!("{}: another number of files", item.id));
        }
        let good = problems.is_empty() && refuse_because.is_none();
        let status = if good {
            Status::Accepted
        } else {
            Status::Refused
        };
        let first = problems.first().map(String::as_str);
        let answer = AnswerRequest {
            status: status.code().to_owned(),
            reason: refuse_because.or(first).map(str::to_owned),
            staff: None,
        };
        let answered = self.client.answer(id, &answer).await?;
        match self.verified(&answered.receipt) {
            Ok(receipt) if receipt.status == Some(status) => {}
            Ok(_) => problems.push(format!("{}: a receipt of another answer", item.id)),
            Err(e) => problems.push(format!("{}: {e}", item.id)),
        }
        Ok(Received { id, problems })
    }
}
