//! What a counter says of a dossier, and what the check answers, as JSON.

use crate::dossier::{Answer, Content, Facts, Form, MAX_OFFERED, Offered, Procedure, Value};
use crate::format::json::{self, Misshapen};
use crate::model::{LocalDay, nfc};
use crate::policy::SignedFile;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A dossier as it is presented.
#[derive(Clone, Debug)]
pub struct DossierView {
    /// The code of the procedure.
    pub procedure: String,
    /// What was declared.
    pub facts: Facts,
    /// What was handed in.
    pub components: Vec<ComponentView>,
}

/// One thing that is handed in.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
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
}

fn wrong(pointer: String, problem: impl Into<String>) -> Misshapen {
    Misshapen {
        pointer,
        problem: problem.into(),
    }
}

impl DossierView {
    /// Reads a dossier.
    ///
    /// # Errors
    /// [`Misshapen`] with the pointer.
    pub fn parse(text: &[u8]) -> Result<Self, Misshapen> {
        let raw: Raw = json::object(text)?;
        if raw.components.len() > MAX_OFFERED {
            let problem = format!("more than {MAX_OFFERED} components");
            return Err(wrong("/components".into(), problem));
        }
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
        })
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
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct ItemView {
    /// Its stable name.
    pub problem: &'static str,
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
    /// The indication of the signatures.
    pub indication: Option<&'static str>,
    /// Its sub-indication.
    pub sub_indication: Option<&'static str>,
    /// The ground's stable name.
    pub ground: &'static str,
    /// The text of the published ground, where it is that one.
    pub basis: Option<String>,
}

/// What a check says.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
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
    pub outcome: &'static str,
    /// The ids of what is asked for in this case.
    pub asked: Vec<String>,
    /// The differences.
    pub items: Vec<ItemView>,
}

/// The answer as it is sent.
#[must_use]
pub fn answer_view(
    procedure: &Procedure,
    day: LocalDay,
    presented: &[ComponentView],
    answer: &Answer,
) -> AnswerView {
    let item = |item: &crate::dossier::Item| {
        let own = item
            .component
            .as_deref()
            .and_then(|id| procedure.component(id));
        let published = item.ground == crate::dossier::Ground::PublishedList;
        let basis = own.and_then(|own| own.basis.clone());
        ItemView {
            problem: item.problem.name(),
            surplus: item.problem.is_surplus(),
            component: item.component.clone(),
            name: own.map(|own| own.name.clone()),
            file: item.offered.and_then(|at| presented.get(at)?.file.clone()),
            fact: item.fact.clone(),
            indication: item.verdict.map(|(indication, _)| indication.name()),
            sub_indication: item.verdict.and_then(|(_, sub)| Some(sub?.name())),
            ground: item.ground.name(),
            basis: published.then(|| basis.unwrap_or_else(|| procedure.basis.clone())),
        }
    };
    AnswerView {
        procedure: procedure.code.clone(),
        name: procedure.name.clone(),
        version: procedure.version,
        sample: procedure.sample,
        day: day.to_string(),
        outcome: answer.outcome.name(),
        asked: answer.asked.clone(),
        items: answer.items.iter().map(item).collect(),
    }
}
