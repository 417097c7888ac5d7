//! What a counter says of a dossier, and what the check answers, as JSON.

use crate::dossier::{
    Answer, Content, Facts, Form, Ground, Item, MAX_OFFERED, Offered, Problem, Procedure, Value,
};
use crate::format::json::{self, Misshapen};
use crate::model::dossier::DossierItem;
use crate::model::event::PlainName;
use crate::model::indication::words;
use crate::model::{Indication, LocalDay, SubIndication, is_blank, is_hidden, nfc};
use crate::policy::SignedFile;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Octets of a file's name, as file systems bound it.
const MAX_FILE_NAME: usize = 255;

/// A dossier as it is presented.
#[derive(Clone, Debug)]
pub struct DossierView {
    /// The code of the procedure.
    pub procedure: String,
    /// What was declared.
    pub facts: Facts,
    /// What was handed in.
    pub components: Vec<ComponentView>,
    /// Who hands it in; the check does not ask.
    pub applicant: Option<ApplicantView>,
    /// What is to be done with it at intake.
    pub intake: IntakeView,
    /// Why, where it is refused.
    pub reason: Option<String>,
    /// Who is at the counter.
    pub staff: Option<String>,
}

words! {
    /// What is to be done with a dossier at intake.
    IntakeView {
        /// Taken in if it is complete; otherwise all that it lacks is asked for at once.
        TakeIn = 1 "take_in",
        /// Registered only: it is decided later.
        Register = 2 "register",
        /// Refused, with a reason.
        Refuse = 3 "refuse",
    }
}

/// Who hands a dossier in.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ApplicantView {
    /// The name.
    pub name: String,
    /// The number of the identity card, or of an enterprise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id_number: Option<String>,
    /// The address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// The telephone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    /// The address for letters by electronic mail.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// For whom, where that is somebody else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_behalf_of: Option<String>,
}

/// The longest particular of an applicant, in characters: an address takes some 200.
const MAX_PARTICULAR: usize = 500;
/// The longest reason, as of any move, in characters.
const MAX_REASON: usize = 4_000;
/// The longest name of a member of staff, in characters.
const MAX_STAFF: usize = 200;

/// One thing that is handed in.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ComponentView {
    /// Which component it is; nothing: whoever handed it in does not know.
    pub component: Option<String>,
    /// Its form, by its name.
    pub form: String,
    /// The name of its file; paper has none.
    pub file: Option<String>,
    /// Copies on paper; 1 where nothing is said.
    pub copies: Option<u8>,
    /// The code of the template it is on.
    pub template: Option<String>,
    /// When it was issued.
    pub issued: Option<String>,
    /// Paper only: whether the signature that is asked for is there.
    #[serde(default)]
    pub signed: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    procedure: String,
    #[serde(default)]
    facts: BTreeMap<String, serde_json::Value>,
    #[serde(default)]
    components: Vec<ComponentView>,
    applicant: Option<ApplicantView>,
    intake: Option<String>,
    reason: Option<String>,
    staff: Option<String>,
}

fn wrong(pointer: String, problem: impl Into<String>) -> Misshapen {
    Misshapen {
        pointer,
        problem: problem.into(),
    }
}

/// Whether a text names a file of the folder that the dossier lies in, and nothing else.
fn is_file_name(text: &str) -> bool {
    let plain = !text.contains(['/', '\\']) && !text.chars().any(is_hidden);
    plain && !matches!(text, "" | "." | "..") && text.len() <= MAX_FILE_NAME
}

impl DossierView {
    /// Reads a dossier.
    ///
    /// # Errors
    /// [`Misshapen`] with the pointer.
    pub fn parse(text: &[u8]) -> Result<Self, Misshapen> {
        let raw: Raw = json::object(text)?;
        Self::bounded(raw.components.len())?;
        for (at, component) in raw.components.iter().enumerate() {
            let place = |field: &str| format!("/components/{at}/{field}");
            let of = |field: &str, e: Misshapen| wrong(place(field), e.problem);
            let form = component.form().map_err(|e| of("form", e))?;
            match (form.is_paper(), &component.file) {
                (true, Some(_)) => {
                    return Err(wrong(place("file"), format!("{form} is paper: no file")));
                }
                (false, None) => return Err(wrong(place("file"), format!("{form} is a file"))),
                (false, Some(_)) if component.copies.is_some_and(|copies| copies != 1) => {
                    return Err(wrong(place("copies"), "a file is one copy"));
                }
                (true, None) | (false, Some(_)) => {}
            }
            component.issued().map_err(|e| of("issued", e))?;
            if component
                .file
                .as_deref()
                .is_some_and(|name| !is_file_name(name))
            {
                let problem = "expected the name of a file, without a folder";
                return Err(wrong(place("file"), problem));
            }
        }
        let facts = raw.facts.into_iter().map(|(name, value)| {
            let expected = "expected true, false, a whole number or a word";
            let value = match (&value, value.as_i64()) {
                (serde_json::Value::Bool(set), _) => Value::Flag(*set),
                (serde_json::Value::String(word), _) => Value::Word(nfc(word)),
                (_, Some(number)) => Value::Number(number),
                (_, None) => return Err(wrong(format!("/facts/{name}"), expected)),
            };
            Ok((name, value))
        });
        Ok(Self {
            procedure: raw.procedure,
            facts: facts.collect::<Result<_, _>>()?,
            components: raw.components,
            applicant: raw.applicant.map(ApplicantView::checked).transpose()?,
            intake: intake(raw.intake.as_deref())?,
            reason: words_of("/reason", raw.reason, MAX_REASON)?,
            staff: words_of("/staff", raw.staff, MAX_STAFF)?,
        })
    }

    /// Whether so many components may be handed in.
    ///
    /// # Errors
    /// [`Misshapen`] if they may not.
    pub fn bounded(components: usize) -> Result<(), Misshapen> {
        if components <= MAX_OFFERED {
            return Ok(());
        }
        let problem = format!("more than {MAX_OFFERED} components");
        Err(wrong("/components".into(), problem))
    }

    /// Whether every fact is one that the procedure asks for, and of its kind.
    ///
    /// # Errors
    /// [`Misshapen`] with the pointer of the first that is not.
    pub fn fits(&self, procedure: &Procedure) -> Result<(), Misshapen> {
        for (name, value) in &self.facts {
            let place = format!("/facts/{name}");
            match procedure.facts.get(name) {
                None => {
                    let known: Vec<&str> = procedure.facts.keys().map(String::as_str).collect();
                    let problem =
                        format!("no fact of this procedure; it has: {}", known.join(", "));
                    return Err(wrong(place, problem));
                }
                Some(fact) if !fact.kind.takes(value) => {
                    let problem = match &fact.kind {
                        crate::dossier::FactKind::Flag => "expected true or false".to_owned(),
                        crate::dossier::FactKind::Number => "expected a whole number".to_owned(),
                        crate::dossier::FactKind::Word(words) => {
                            let words: Vec<&str> = words.iter().map(String::as_str).collect();
                            format!("expected one of: {}", words.join(", "))
                        }
                    };
                    return Err(wrong(place, problem));
                }
                Some(_) => {}
            }
        }
        Ok(())
    }
}

fn intake(text: Option<&str>) -> Result<IntakeView, Misshapen> {
    let Some(text) = text else {
        return Ok(IntakeView::TakeIn);
    };
    IntakeView::from_name(text).ok_or_else(|| {
        let names: Vec<&str> = IntakeView::ALL.iter().map(|own| own.name()).collect();
        let problem = format!("expected one of: {}", names.join(", "));
        wrong("/intake".into(), problem)
    })
}

/// Words that are there, if any, as they are kept.
fn words_of(
    pointer: &str,
    given: Option<String>,
    most: usize,
) -> Result<Option<String>, Misshapen> {
    let given = given.map(|text| nfc(text.trim()));
    let given = given.filter(|text| !is_blank(text));
    match given {
        Some(text) if text.chars().count() > most => {
            let problem = format!("more than {most} characters");
            Err(wrong(pointer.to_owned(), problem))
        }
        given => Ok(given),
    }
}

impl ApplicantView {
    fn checked(self) -> Result<Self, Misshapen> {
        let of = |name: &str, given: Option<String>| {
            words_of(&format!("/applicant/{name}"), given, MAX_PARTICULAR)
        };
        let name = of("name", Some(self.name))?;
        Ok(Self {
            name: name.ok_or_else(|| wrong("/applicant/name".into(), "a name is missing"))?,
            id_number: of("id_number", self.id_number)?,
            address: of("address", self.address)?,
            phone: of("phone", self.phone)?,
            email: of("email", self.email)?,
            on_behalf_of: of("on_behalf_of", self.on_behalf_of)?,
        })
    }
}

impl ComponentView {
    fn form(&self) -> Result<Form, Misshapen> {
        let names: Vec<&str> = Form::ALL.iter().map(|form| form.name()).collect();
        let problem = format!("expected one of: {}", names.join(", "));
        Form::from_name(&self.form).ok_or_else(|| wrong("/components".into(), problem))
    }

    fn issued(&self) -> Result<Option<LocalDay>, Misshapen> {
        let read = |text: &String| {
            let problem = format!("expected a day, such as \"2026-09-02\", found {text:?}");
            LocalDay::parse(text).ok_or_else(|| wrong("/components".into(), problem))
        };
        self.issued.as_ref().map(read).transpose()
    }

    /// The same for the check; `content` is what is known of its file.
    ///
    /// # Errors
    /// [`Misshapen`] where form or day are none.
    pub fn offered(
        &self,
        content: Option<(crate::model::Digest, Option<SignedFile>)>,
    ) -> Result<Offered, Misshapen> {
        Ok(Offered {
            component: self.component.clone(),
            form: self.form()?,
            copies: self.copies.unwrap_or(1),
            template: self.template.clone(),
            issued: self.issued()?,
            content: match content {
                None => Content::Paper {
                    signed: self.signed,
                },
                Some((digest, signatures)) => Content::File { digest, signatures },
            },
        })
    }
}

/// One difference.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct ItemView {
    /// Its stable name.
    pub problem: String,
    /// Whether it is handed back.
    pub surplus: bool,
    /// The component's id.
    pub component: Option<String>,
    /// The component's name.
    pub name: Option<String>,
    /// The file.
    pub file: Option<String>,
    /// The fact that is not declared.
    pub fact: Option<String>,
    /// The question about it, as the citizen is asked.
    pub question: Option<String>,
    /// The indication of the signatures.
    pub indication: Option<String>,
    /// Its sub-indication.
    pub sub_indication: Option<String>,
    /// The ground's stable name.
    pub ground: String,
    /// The text of the published ground, where it is that one.
    pub basis: Option<String>,
}

/// What a check says.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct AnswerView {
    /// The procedure.
    pub procedure: String,
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: u16,
    /// A made example.
    pub sample: bool,
    /// The day by which it was judged.
    pub day: String,
    /// `complete`, `surplus` or `incomplete`.
    pub outcome: String,
    /// The ids of what is asked for in this case.
    pub asked: Vec<String>,
    /// The differences.
    pub items: Vec<ItemView>,
}

/// A difference in codes alone.
struct Coded<'a> {
    problem: Problem,
    component: Option<&'a str>,
    offered: Option<usize>,
    fact: Option<&'a str>,
    verdict: Option<(Indication, Option<SubIndication>)>,
    ground: Ground,
}

/// With the words of the procedure, where its version is still there, and of what was handed in.
fn item_view(
    procedure: Option<&Procedure>,
    presented: &[ComponentView],
    item: &Coded<'_>,
) -> ItemView {
    let own = procedure.and_then(|procedure| procedure.component(item.component?));
    let published = procedure.filter(|_| item.ground == Ground::PublishedList);
    let basis = own.and_then(|own| own.basis.clone());
    let fact = procedure.and_then(|procedure| procedure.facts.get(item.fact?));
    ItemView {
        problem: item.problem.name().to_owned(),
        surplus: item.problem.is_surplus(),
        component: item.component.map(str::to_owned),
        name: own.map(|own| own.name.clone()),
        file: item.offered.and_then(|at| presented.get(at)?.file.clone()),
        fact: item.fact.map(str::to_owned),
        question: fact.map(|fact| fact.question.clone()),
        indication: item.verdict.map(|(found, _)| found.name().to_owned()),
        sub_indication: item
            .verdict
            .and_then(|(_, sub)| Some(sub?.name().to_owned())),
        ground: item.ground.name().to_owned(),
        basis: published.map(|procedure| basis.unwrap_or_else(|| procedure.basis.clone())),
    }
}

/// The differences as events have them, as they are sent.
#[must_use]
pub fn item_views(
    procedure: Option<&Procedure>,
    presented: &[ComponentView],
    items: &[DossierItem],
) -> Vec<ItemView> {
    let view = |item: &DossierItem| {
        let coded = Coded {
            problem: item.problem,
            component: item.component.as_ref().map(PlainName::as_str),
            offered: item.offered.map(usize::from),
            fact: item.fact.as_ref().map(PlainName::as_str),
            verdict: item.verdict,
            ground: item.ground,
        };
        item_view(procedure, presented, &coded)
    };
    items.iter().map(view).collect()
}

/// The answer as it is sent.
#[must_use]
pub fn answer_view(
    procedure: &Procedure,
    day: LocalDay,
    presented: &[ComponentView],
    answer: &Answer,
) -> AnswerView {
    let view = |item: &Item| {
        let coded = Coded {
            problem: item.problem,
            component: item.component.as_deref(),
            offered: item.offered,
            fact: item.fact.as_deref(),
            verdict: item.verdict,
            ground: item.ground,
        };
        item_view(Some(procedure), presented, &coded)
    };
    AnswerView {
        procedure: procedure.code.clone(),
        name: procedure.name.clone(),
        version: procedure.version,
        sample: procedure.sample,
        day: day.to_string(),
        outcome: answer.outcome.name().to_owned(),
        asked: answer.asked.clone(),
        items: answer.items.iter().map(view).collect(),
    }
}
