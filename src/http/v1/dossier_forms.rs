//! `GET /v1/dossiers/{id}/forms/{n}`, the result slip with its code for the survey, and the register as a form: what a
//! counter prints. Each has the gateway's signature beside it.

use super::dossiers::own;
use super::lists::{Asking, asked, shown};
use super::sending::with_fields;
use super::views;
use crate::client::forms::{DaysQuery, FormView};
use crate::export::forms::{FormKind, Laid, html};
use crate::http::context::{Caller, Gateway};
use crate::http::problem::{Problem, ProblemCode};
use crate::intake::{DossierError, SurveyError};
use crate::model::LocalDay;
use crate::model::dossier::DossierStatus;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::sync::Arc;

/// As what a form is asked for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Wanted {
    number: u8,
    pdf: bool,
    /// The signature beside it, not the form.
    seal: bool,
}

impl Wanted {
    /// Reads `02`, `02.html`, `02.pdf`, and each with `.p7s`.
    fn parse(name: &str) -> Option<Self> {
        let (form, seal) = match name.strip_suffix(".p7s") {
            Some(form) => (form, true),
            None => (name, false),
        };
        let (number, pdf) = match form.strip_suffix(".pdf") {
            Some(number) => (number, true),
            None => (form.strip_suffix(".html").unwrap_or(form), false),
        };
        let digits = (1..=2).contains(&number.len()) && number.bytes().all(|b| b.is_ascii_digit());
        let number = number.parse().ok().filter(|_| digits)?;
        Some(Self { number, pdf, seal })
    }
}

pub(super) async fn form(
    State(gateway): State<Arc<Gateway>>,
    caller: Caller,
    Path((id, name)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let wanted = Wanted::parse(&name).ok_or(ProblemCode::NotFound)?;
    let state = own(&gateway, &caller.unit, &id)?;
    let edition = gateway.intake.edition(state.received().local_day());
    let kind = FormKind::with_number(edition, wanted.number).ok_or(ProblemCode::NotFound)?;
    let number = state.number.to_string();
    let bytes = tokio::task::spawn_blocking(move || -> Result<Vec<u8>, Problem> {
        let laid = gateway.intake.form(&state, kind, &gateway.public)?;
        let form = written(&laid.ok_or(ProblemCode::NotFound)?, wanted.pdf)?;
        match wanted.seal {
            false => Ok(form),
            true => Ok(gateway
                .intake
                .seal_form(&form)
                .map_err(DossierError::from)?),
        }
    });
    let bytes = bytes.await.map_err(|_| ProblemCode::Internal)??;
    let kind = match (wanted.seal, wanted.pdf) {
        (true, _) => "application/pkcs7-signature",
        (false, true) => "application/pdf",
        (false, false) => "text/html; charset=utf-8",
    };
    let ending = match (wanted.pdf, wanted.seal) {
        (false, false) => "html",
        (false, true) => "html.p7s",
        (true, false) => "pdf",
        (true, true) => "pdf.p7s",
    };
    let file = format!(
        "inline; filename=\"{number}-{:02}.{ending}\"",
        wanted.number
    );
    let fields = [
        (header::CONTENT_TYPE, kind.to_owned()),
        (header::CONTENT_DISPOSITION, file),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff".to_owned()),
        (header::CONTENT_SECURITY_POLICY, "sandbox".to_owned()),
        (header::CACHE_CONTROL, "no-store".to_owned()),
    ];
    Ok(with_fields(bytes.into_response(), fields))
}

/// The bytes of a form.
fn written(laid: &Laid, pdf: bool) -> Result<Vec<u8>, Problem> {
    if !pdf {
        return match html::page(laid) {
            Ok(page) => Ok(page.into_bytes()),
            Err(problem) => Err(broken(&problem)),
        };
    }
    #[cfg(feature = "pdf")]
    {
        let printed = crate::export::pdf::slip(laid);
        printed.map(|own| own.bytes).map_err(|e| broken(&e))
    }
    #[cfg(not(feature = "pdf"))]
    Err(ProblemCode::MediaType.into())
}

fn broken(problem: &dyn std::fmt::Display) -> Problem {
    tracing::error!(%problem, "a form could not be written");
    ProblemCode::Internal.into()
}

/// The result slip. The first one has a code for the survey; one that is made again has none.
pub(super) async fn result_slip(
    State(gateway): State<Arc<Gateway>>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let state = own(&gateway, &caller.unit, &id)?;
    if state.status != DossierStatus::Returned {
        return Err(ProblemCode::MoveImpossible.into());
    }
    let code = match gateway.intake.invite(state.dossier).await {
        Ok(code) => Some(code.to_string()),
        Err(SurveyError::InvitedBefore) => None,
        Err(e) => return Err(e.into()),
    };
    let survey = code.is_some();
    let number = state.number.to_string();
    let view = tokio::task::spawn_blocking(move || {
        let laid = gateway.intake.result_slip(&state, code, &gateway.public)?;
        let laid = laid.ok_or(ProblemCode::NotFound)?;
        sealed(&gateway, &laid, format!("{number}-tra-ket-qua.html"))
    });
    let view = view.await.map_err(|_| ProblemCode::Internal)??;
    Ok(views::json(StatusCode::OK, &FormView { survey, ..view }))
}

fn sealed(gateway: &Gateway, laid: &Laid, name: String) -> Result<FormView, Problem> {
    let form = written(laid, false)?;
    let seal = gateway
        .intake
        .seal_form(&form)
        .map_err(DossierError::from)?;
    Ok(FormView {
        name,
        html: String::from_utf8(form).unwrap_or_default(),
        p7s: STANDARD.encode(seal),
        survey: false,
        more: false,
    })
}

/// The register of the caller's own dossiers over some days, at most a year.
pub(super) async fn register(
    State(gateway): State<Arc<Gateway>>,
    caller: Caller,
    query: Asking<DaysQuery>,
) -> Result<Response, Problem> {
    let query = asked(query)?;
    let day = |name: &'static str, text: Option<&str>| {
        let text = text.unwrap_or_default();
        LocalDay::parse(text).ok_or_else(|| {
            let args = vec![("value", shown(text))];
            Problem::new(ProblemCode::QueryInvalid).at(name, "field-invalid", args)
        })
    };
    let (first, last) = (
        day("from", query.from.as_deref())?,
        day("to", query.to.as_deref())?,
    );
    if last < first {
        let args = vec![("value", last.to_string())];
        return Err(Problem::new(ProblemCode::QueryInvalid).at("to", "field-invalid", args));
    }
    let name = format!("{}-so-theo-doi-{first}-{last}.html", caller.unit);
    let view = tokio::task::spawn_blocking(move || {
        let (laid, more) = gateway.intake.dossier_book(&caller.unit, (first, last))?;
        let view = sealed(&gateway, &laid, name)?;
        Ok::<_, Problem>(FormView { more, ..view })
    });
    let view = view.await.map_err(|_| ProblemCode::Internal)??;
    Ok(views::json(StatusCode::OK, &view))
}

#[cfg(test)]
mod tests {
    use super::Wanted;

    #[test]
    fn a_form_is_asked_for_by_its_number_and_its_kind() {
        let of = |number, pdf, seal| Some(Wanted { number, pdf, seal });
        for (name, wanted) in [
            ("02", of(2, false, false)),
            ("2", of(2, false, false)),
            ("02.html", of(2, false, false)),
            ("02.p7s", of(2, false, true)),
            ("02.html.p7s", of(2, false, true)),
            ("02.pdf", of(2, true, false)),
            ("02.pdf.p7s", of(2, true, true)),
            ("", None),
            (".pdf", None),
            ("+2", None),
            ("002", None),
            ("02.docx", None),
            ("02.p7s.p7s", None),
        ] {
            assert_eq!(Wanted::parse(name), wanted, "{name}");
        }
    }
}
