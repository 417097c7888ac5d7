//! `recall` and `take-back`: a sender withdraws a document.

use super::args::Withdraw;
use super::console::Console;
use super::failure::{Exit, Failure};
use super::office::document_id;
use super::receipt;
use crate::client::wire::{WithdrawRequest, WithdrawView};
use crate::lang;
use crate::model::DocumentId;
use crate::seal::receipt::Receipt;
use crate::trust::certificate::Certificate;

pub(super) async fn recall(console: &Console, asked: &Withdraw) -> Result<Exit, Failure> {
    withdraw(console, asked, true).await
}

pub(super) async fn take_back(console: &Console, asked: &Withdraw) -> Result<Exit, Failure> {
    withdraw(console, asked, false).await
}

async fn withdraw(console: &Console, asked: &Withdraw, recall: bool) -> Result<Exit, Failure> {
    let id = document_id(console, &asked.id)?;
    if asked.reason.trim().is_empty() {
        let (title, detail) = lang::problem(console.language, "reason_required");
        return Err(Failure::new(Exit::Usage, title).with_next(detail));
    }
    let profile = console.profile()?;
    let ca = receipt::authority(console, &profile.receipt_ca)?;
    let request = WithdrawRequest {
        reason: Some(asked.reason.clone()),
        recipients: (!asked.recipient.is_empty()).then(|| asked.recipient.clone()),
    };
    let client = console.client(&profile)?;
    let done = match recall {
        true => client.recall(id, &request).await,
        false => client.take_back(id, &request).await,
    };
    let done = done.map_err(|e| Failure::client(console.language, &e))?;
    let checked = check(console, id, &done, &ca)?;
    if console.json {
        let mut out = serde_json::to_value(&done).unwrap_or_default();
        if let Some(fields) = out.as_object_mut() {
            fields.insert("receipts_verified".into(), true.into());
        }
        console.json(&out);
    } else {
        show(console, &done);
    }
    if let Some(folder) = &asked.receipts_out {
        for (stated, der) in &checked {
            receipt::save_in(console, folder, stated, der)?;
        }
    }
    Ok(Exit::Done)
}

/// Every receipt holds under the pinned CA and says what was done here.
fn check(
    console: &Console,
    id: DocumentId,
    done: &WithdrawView,
    ca: &Certificate,
) -> Result<Vec<(Receipt, Vec<u8>)>, Failure> {
    let mut out = Vec::with_capacity(done.recipients.len());
    for one in &done.recipients {
        let (stated, der) = receipt::check(console, &one.receipt, ca)?;
        let unit = stated.recipient.as_ref().map(|unit| unit.as_str());
        let known = ["recalled", "taken-back", "take-back-asked"];
        let ours = stated.document == id
            && unit == Some(one.unit.as_str())
            && known.contains(&stated.event.as_str());
        if !ours {
            return Err(receipt::bad(console, &"document"));
        }
        out.push((stated, der));
    }
    Ok(out)
}

fn show(console: &Console, done: &WithdrawView) {
    for one in &done.recipients {
        let state = lang::word(console.language, "state", &one.state);
        console.out(&format!("{}: {state}", one.unit));
    }
    console.out(&format!("✔ {}", console.text("cli-receipt-good", &[])));
    if done.repeated {
        console.tell("cli-withdrawn-before", &[]);
    }
    console.next_command(&format!("status {}", done.id));
}
