//! `POST /v1/verify`: the report of one file, nothing kept and nothing counted. The body is the
//! file itself, or a form with `file` and, for a detached signature, `content`, once for each file that it
//! signs; an XML signature finds them by their `filename`.

use super::submit::stage;
use crate::format::envelope::MAX_FILES;
use crate::http::context::{Caller, Gateway};
use crate::http::multipart::{Incoming, Parts};
use crate::http::problem::{Problem, ProblemCode};
use crate::http::text::Args;
use crate::judge::{FileInput, Patience, report};
use crate::store::Staged;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use std::sync::Arc;

pub(super) async fn verify(
    State(gateway): State<Arc<Gateway>>,
    caller: Caller,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let incoming = Incoming::new(body, gateway.upload_idle);
    let kind = headers.get(header::CONTENT_TYPE);
    let form = kind.is_some_and(|k| k.as_bytes().starts_with(b"multipart/"));
    let (file, contents) = if form {
        form_parts(&gateway, &headers, incoming).await?
    } else {
        (alone(&gateway, incoming).await?, Vec::new())
    };
    if file.size == 0 {
        return Err(Problem::new(ProblemCode::FileEmpty).at(
            "file",
            "field-file-empty",
            Args::new(),
        ));
    }
    caller.still(&gateway)?;
    let tools = gateway.intake.tools();
    let at = tools.clock.now();
    let input = FileInput::from(&file);
    let beside = contents.iter();
    let beside = beside.map(|(name, content)| (name.clone(), FileInput::from(content)));
    let beside = beside.collect();
    let rules = gateway.intake.rules();
    let (asked, patience) = (Arc::clone(&rules), Patience::Report);
    let (whose, given) = (Some(caller.unit), (input, beside));
    let judged = tools.judge.verify(asked, whose, given, at, patience);
    let found = judged.await?;
    let kind = [(header::CONTENT_TYPE, "application/json")];
    let body = report::file(&found, file.digest, (at, None), rules.validator.material());
    Ok((StatusCode::OK, kind, body).into_response())
}

/// What is judged before the answer; larger files are for the command line.
fn max(gateway: &Gateway) -> u64 {
    gateway
        .intake
        .tools()
        .inline_judge_bytes
        .min(gateway.max_file_bytes)
}

async fn alone(gateway: &Gateway, mut incoming: Incoming) -> Result<Staged, Problem> {
    let mut stage = gateway.intake.tools().vault.stage(max(gateway))?;
    while let Some(chunk) = incoming.next().await? {
        stage.write(chunk).await?;
    }
    Ok(stage.finish().await?)
}

async fn form_parts(
    gateway: &Gateway,
    headers: &HeaderMap,
    incoming: Incoming,
) -> Result<(Staged, Vec<(String, Staged)>), Problem> {
    let mut parts = Parts::new(headers, incoming)?;
    let (mut file, mut contents) = (None, Vec::new());
    // All contents together: they are judged with the file, before the answer.
    let mut left = max(gateway);
    while let Some(head) = parts.part().await? {
        match head.name.as_str() {
            "file" if file.is_none() => {
                file = Some(stage(gateway, &mut parts, max(gateway)).await?);
            }
            "content" if contents.len() < MAX_FILES => {
                let staged = stage(gateway, &mut parts, left).await?;
                left = left.saturating_sub(staged.size);
                contents.push((head.file_name.unwrap_or_default(), staged));
            }
            _ => {
                let count = MAX_FILES.saturating_add(1).to_string();
                let problem = Problem::new(ProblemCode::PartUnexpected);
                return Err(problem.at(head.name, "field-part-extra", vec![("count", count)]));
            }
        }
    }
    let missing =
        || Problem::new(ProblemCode::FileMissing).at("file", "field-file-missing", Args::new());
    Ok((file.ok_or_else(missing)?, contents))
}
