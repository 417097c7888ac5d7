//! `send`: a document with its envelope, from a file or from flags; the receipt is checked before
//! anything is believed.

use super::args::Send;
use super::console::Console;
use super::failure::{Exit, Failure};
use super::office::moment;
use super::receipt;
use crate::client::upload::Upload;
use crate::client::{ClientError, Sent, Unreachable, receipts};
use crate::format::envelope::Envelope;
use crate::lang;
use crate::model::Disposition;
use crate::seal::receipt::Receipt;
use serde_json::json;
use std::path::{Path, PathBuf};

pub(super) async fn send(console: &Console, asked: &Send) -> Result<Exit, Failure> {
    let (envelope, files) = match &asked.envelope {
        Some(path) => from_file(console, path, &asked.files)?,
        None => from_flags(console, asked)?,
    };
    let profile = console.profile()?;
    let ca = receipt::authority(console, &profile.receipt_ca)?;
    let client = console.client(&profile)?;
    let failed = |e| Failure::client(console.language, &e);
    let mut total = 0u64;
    for file in &files {
        total = total.saturating_add(file.size().await.map_err(failed)?);
    }
    let progress = console.progress(total);
    let sent = client
        .send(&envelope, &files, asked.key.as_deref(), &progress)
        .await;
    let sent = sent.map_err(|e| again(console, &e))?;
    let (stated, der) = receipt::check(console, &sent.submitted.receipt, &ca)?;
    receipts::of_send(&stated, &profile.unit, &envelope, &sent)
        .map_err(|e| receipt::bad(console, &e))?;
    show(console, &sent, &stated);
    if let Some(path) = &asked.receipt_out {
        receipt::save(console, &der, path)?;
    }
    let refused = sent.status == 422;
    Ok(if refused { Exit::Refused } else { Exit::Done })
}

/// A send that may have arrived can be repeated: its key is made from its content.
fn again(console: &Console, error: &ClientError) -> Failure {
    let failure = Failure::client(console.language, error);
    if !matches!(
        error,
        ClientError::Unreachable {
            why: Unreachable::Slow | Unreachable::Other(_),
            ..
        }
    ) {
        return failure;
    }
    let again = console.text("cli-send-again", &[]);
    let next = failure.next.as_ref().map(|next| format!("{next} {again}"));
    Failure {
        next: next.or(Some(again)),
        ..failure
    }
}

fn show(console: &Console, sent: &Sent, stated: &Receipt) {
    let submitted = &sent.submitted;
    if console.json {
        let mut out = serde_json::to_value(submitted).unwrap_or_default();
        if let Some(fields) = out.as_object_mut() {
            fields.insert("receipt_verified".into(), true.into());
            fields.insert("receipt_facts".into(), receipt::facts(stated));
        }
        console.json(&out);
        return;
    }
    let words = lang::word(console.language, "disposition", &submitted.disposition);
    let line = format!("{}: {words}", console.text("cli-disposition", &[]));
    console.out(&lang::report::outcome(
        console.style(),
        stated.judged.disposition,
        &line,
    ));
    console.out(&console.text("cli-sent", &[("id", &submitted.id)]));
    console.out(&format!("  {}", lang::visible(&submitted.verdict.message)));
    if let Some(until) = &submitted.hold_until {
        console.out(&format!(
            "  {}: {}",
            console.text("cli-hold-until", &[]),
            moment(until)
        ));
    }
    console.out(&format!("✔ {}:", console.text("cli-receipt-good", &[])));
    receipt::show(console, stated);
    if submitted.repeated {
        let key = if stated.judged.disposition == Disposition::Refuse {
            "cli-sent-refused-again"
        } else {
            "cli-sent-repeated"
        };
        console.tell(key, &[]);
    }
    if submitted.withdrawn {
        console.tell("cli-sent-withdrawn", &[]);
    }
    for one in &submitted.redirected {
        console.out(&format!("⚠ {}", lang::visible(&one.message)));
    }
    if let Some(earlier) = &submitted.duplicate_of {
        console.tell("cli-sent-duplicate", &[("id", earlier)]);
    }
    console.next_command(&format!("status {}", submitted.id));
}

/// Reads an envelope; `place` names what a pointer into it means to whoever wrote it.
fn checked(
    console: &Console,
    envelope: &[u8],
    next: &str,
    place: impl FnOnce(&str) -> String,
) -> Result<Envelope, Failure> {
    Envelope::parse(envelope).map_err(|e| {
        let said = lang::envelope(console.language, &e.problem);
        let said = format!("{}: {said}", place(&e.pointer));
        Failure::new(Exit::Usage, said).with_next(console.text(next, &[]))
    })
}

/// The flag behind a pointer into an envelope that was made from flags.
fn flag_of(pointer: &str) -> String {
    let mut steps = pointer.trim_start_matches('/').split('/');
    match (steps.next().unwrap_or_default(), steps.next()) {
        ("recipients", _) => "--to".to_owned(),
        ("signer", Some("name")) => "--signer".to_owned(),
        ("signer", Some(field)) => format!("--{field}"),
        ("files", _) => "FILE".to_owned(),
        (field, _) => format!("--{field}"),
    }
}

/// The envelope as written, and its files: those given in order, else those beside it.
fn from_file(
    console: &Console,
    path: &Path,
    given: &[PathBuf],
) -> Result<(Vec<u8>, Vec<Upload>), Failure> {
    let bytes = std::fs::read(path);
    let bytes = bytes.map_err(|e| Failure::unreadable(console.language, path, &e))?;
    let envelope = checked(console, &bytes, "cli-envelope-next", |pointer| {
        // A pointer to the whole is empty (RFC 6901).
        let shown = path.display().to_string();
        format!("{shown} {pointer}").trim_end().to_owned()
    })?;
    let folder = path.parent().unwrap_or_else(|| Path::new(""));
    let beside = |name: &String| folder.join(name);
    let named = |name: &String| {
        let found = given
            .iter()
            .find(|p| p.file_name().is_some_and(|n| n == name.as_str()));
        found.cloned().unwrap_or_else(|| beside(name))
    };
    let names: Vec<&String> = envelope.files.iter().map(|f| &f.name).collect();
    let paths: Vec<PathBuf> = if given.len() == names.len() {
        given.to_vec()
    } else {
        names.iter().map(|name| named(name)).collect()
    };
    let uploads = names.into_iter().zip(paths).map(|(name, path)| Upload {
        name: name.clone(),
        ..Upload::file(&path)
    });
    Ok((bytes, uploads.collect()))
}

fn from_flags(console: &Console, asked: &Send) -> Result<(Vec<u8>, Vec<Upload>), Failure> {
    let needed = |value: Option<&String>, flag: &str| {
        let missing = || {
            let failure = Failure::usage(console.language, "cli-missing-flag", &[("flag", flag)]);
            failure.with_next(console.text("cli-send-next", &[]))
        };
        value.cloned().ok_or_else(missing)
    };
    needed(asked.files.first().map(|_| String::new()).as_ref(), "FILE")?;
    needed(asked.to.first(), "--to")?;
    let mut uploads: Vec<Upload> = Vec::new();
    let mut entries = Vec::new();
    for (i, path) in asked.files.iter().chain(&asked.annex).enumerate() {
        let upload = Upload::file(path);
        let role = if i == 0 { "main" } else { "annex" };
        entries.push(json!({ "name": upload.name, "role": role }));
        uploads.push(upload);
    }
    for text in &asked.signature {
        let wrong = || Failure::usage(console.language, "cli-signature-of", &[("text", text)]);
        let (path, of) = text.rsplit_once(':').ok_or_else(wrong)?;
        let upload = Upload::file(Path::new(path));
        let of = Upload::file(Path::new(of)).name;
        entries.push(json!({ "name": upload.name, "role": "signature", "of": of }));
        uploads.push(upload);
    }
    let today = console.now().local_day().to_string();
    let recipients: Vec<_> = asked
        .to
        .iter()
        .map(|code| json!({ "unit": code }))
        .collect();
    let envelope = json!({
        "number": needed(asked.number.as_ref(), "--number")?,
        "notation": needed(asked.notation.as_ref(), "--notation")?,
        "promulgated": asked.promulgated.clone().unwrap_or(today),
        "type": asked.kind,
        "subject": needed(asked.subject.as_ref(), "--subject")?,
        "urgency": asked.urgency,
        "secrecy": asked.secrecy,
        "signer": {
            "name": asked.signer, "position": asked.position, "competence": asked.competence,
        },
        "recipients": recipients,
        "paper_follows": asked.paper_follows,
        "due": asked.due,
        "updates": asked.updates,
        "replaces": asked.replaces,
        "files": entries,
    });
    let bytes = envelope.to_string().into_bytes();
    checked(console, &bytes, "cli-send-next", flag_of)?;
    Ok((bytes, uploads))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mistake_is_told_by_its_flag() {
        for (pointer, flag) in [
            ("/recipients/0/unit", "--to"),
            ("/signer/name", "--signer"),
            ("/signer/position", "--position"),
            ("/files/1/name", "FILE"),
            ("/replaces/0", "--replaces"),
            ("/due", "--due"),
        ] {
            assert_eq!(flag_of(pointer), flag);
        }
    }
}
