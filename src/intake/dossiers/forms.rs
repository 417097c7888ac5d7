//! The forms of a dossier, filled in from its records, its words and the version by which it is judged. The same record
//! gives the same bytes, so that a form that is made again is the form that was sealed before.

use super::{DossierError, Words};
use crate::config::PublicSettings;
use crate::dossier::life::{DossierState, Entry};
use crate::dossier::{Form, Procedure};
use crate::export::forms::{
    About, Apology, Applicant, BookRow, Control, Edition, FormKind, Handed, Intake as Taken,
    Issuer, Laid, Refusal, Register, Returned, Said, Slip, Step, Stop, Supplement, Wanted, compose,
};
use crate::intake::{Intake, Note, SealError};
use crate::lang;
use crate::model::dossier::{DossierMove, DossierNumber, DossierStatus};
use crate::model::simulated::is_simulated;
use crate::model::{Digest, Language, LocalDay, Timestamp, UnitCode};

/// National forms are in Vietnamese.
const VI: Language = Language::Vi;

/// The most lines of a register on one form; a month of a busy counter.
const MAX_BOOK: usize = 2_000;

/// Rows read at a time.
const PAGE: usize = 200;

/// What is found of a dossier for its forms.
struct Found<'a> {
    state: &'a DossierState,
    procedure: &'a Procedure,
    words: Words,
    agency: String,
    contact: (String, String),
}

impl Intake {
    /// A form of a dossier; `None`: nothing happened to it that this form tells of.
    ///
    /// # Errors
    /// See [`DossierError`].
    pub fn form(
        &self,
        state: &DossierState,
        kind: FormKind,
        public: &PublicSettings,
    ) -> Result<Option<Laid>, DossierError> {
        let procedure = self.pinned(state, self.tools.clock.now())?;
        let rules = self.rules();
        let unit = rules.registry.unit(state.agency());
        let contact = unit.map(|unit| {
            let own = &unit.details.contact;
            (own.name.clone(), own.phone.clone())
        });
        let found = Found {
            state,
            procedure: &procedure,
            words: self.dossier_words(state)?.unwrap_or_default(),
            agency: unit.map_or_else(|| state.agency().to_string(), |unit| unit.name.clone()),
            contact: contact.unwrap_or_default(),
        };
        let made = match kind {
            FormKind::Intake => self.taken(&found)?,
            FormKind::Supplement => self.asked_for(&found)?,
            FormKind::Refusal => self.refused(&found)?,
            FormKind::Apology => self.late(&found)?,
            FormKind::Stop => self.stopped(&found)?,
            FormKind::Control => self.handed_on(&found)?,
            FormKind::Register | FormKind::Returned => None,
        };
        let Some((at, said)) = made else {
            return Ok(None);
        };
        Ok(Some(self.laid(&found, public, at, said)))
    }

    /// The result slip of a dossier, with what of the survey is to stand on it.
    ///
    /// # Errors
    /// See [`DossierError`].
    pub fn result_slip(
        &self,
        state: &DossierState,
        survey: Option<String>,
        public: &PublicSettings,
    ) -> Result<Option<Laid>, DossierError> {
        let procedure = self.pinned(state, self.tools.clock.now())?;
        let rules = self.rules();
        let unit = rules.registry.unit(state.agency());
        let found = Found {
            state,
            procedure: &procedure,
            words: self.dossier_words(state)?.unwrap_or_default(),
            agency: unit.map_or_else(|| state.agency().to_string(), |unit| unit.name.clone()),
            contact: Default::default(),
        };
        let returned = found.last(|entry| entry.what == Some(DossierMove::Return));
        let Some(entry) = returned else {
            return Ok(None);
        };
        let said = Said::Returned(Returned {
            received: state.taken.unwrap_or_else(|| state.received()),
            due: state.due.unwrap_or(entry.at),
            returned: entry.at,
            survey: survey.map(|code| (code, public.survey.clone())),
            officer: self.staff(state, entry)?,
        });
        Ok(Some(self.laid(&found, public, entry.at, said)))
    }

    /// A form as a page, and the gateway's signature beside it.
    ///
    /// # Errors
    /// [`SealError`] if the key fails.
    pub fn seal_form(&self, form: &[u8]) -> Result<Vec<u8>, SealError> {
        let now = self.tools.clock.now();
        self.tools.sealer.sign_list(form, now)
    }

    fn laid(&self, found: &Found<'_>, public: &PublicSettings, at: Timestamp, said: Said) -> Laid {
        let state = found.state;
        let dossier = state.number.to_string();
        let who = found.words.applicant.as_ref();
        let own = |text: Option<&String>| text.cloned().unwrap_or_default();
        let about = About {
            procedure: found.procedure.name.clone(),
            code: found.procedure.code.clone(),
            applicant: Applicant {
                name: who.map(|who| who.name.clone()).unwrap_or_default(),
                address: own(who.and_then(|who| who.address.as_ref())),
                phone: own(who.and_then(|who| who.phone.as_ref())),
                email: own(who.and_then(|who| who.email.as_ref())),
            },
            dossier: dossier.clone(),
        };
        let slip = Slip {
            edition: self.edition(state.received().local_day()),
            issuer: self.issuer(state.agency(), at, public.opens(&dossier)),
            about,
            said,
        };
        compose(VI, &slip)
    }

    /// The set of forms for dossiers that were taken in on that day.
    #[must_use]
    pub fn edition(&self, day: LocalDay) -> Edition {
        Edition::of(self.tools.dossier_rules.load().on(day))
    }

    fn issuer(&self, agency: &UnitCode, at: Timestamp, opens: String) -> Issuer {
        let rules = self.rules();
        let unit = rules.registry.unit(agency);
        let over = unit.and_then(|unit| rules.registry.unit(unit.parent.as_ref()?));
        let day = at.local_day();
        Issuer {
            over: over.map_or_else(String::new, |over| over.name_on(day).to_owned()),
            agency: unit.map_or_else(|| agency.to_string(), |own| own.name_on(day).to_owned()),
            counter: lang::text(VI, "form-counter", &[]),
            place: unit.map_or_else(String::new, |own| place(own.name_on(day))),
            at,
            number: String::new(),
            opens,
            simulated: is_simulated(&self.tools.gateway),
        }
    }

    /// The words of a record; none where they were erased.
    fn note_at(&self, state: &DossierState, body: Option<Digest>) -> Result<Note, DossierError> {
        let there = body.filter(|body| !state.is_erased(body));
        let bytes = there.map(|body| self.body(&body)).transpose()?.flatten();
        let note = bytes.and_then(|bytes| serde_json::from_slice::<Note>(&bytes).ok());
        Ok(note.unwrap_or_default())
    }

    /// What had been said by a record: places of what was handed in are those of then.
    fn words_by(&self, state: &DossierState, entry: &Entry) -> Result<Words, DossierError> {
        let mut until = state.timeline.iter().rev();
        let presented = until
            .by_ref()
            .filter(|other| other.position <= entry.position)
            .find_map(|other| other.presented.as_ref());
        let there = presented.filter(|own| !state.is_erased(&own.words));
        let bytes = there
            .map(|own| self.body(&own.words))
            .transpose()?
            .flatten();
        let words = bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok());
        Ok(words.unwrap_or_default())
    }

    fn staff(&self, state: &DossierState, entry: &Entry) -> Result<String, DossierError> {
        Ok(self.note_at(state, entry.note)?.staff.unwrap_or_default())
    }

    fn taken(&self, found: &Found<'_>) -> Result<Option<(Timestamp, Said)>, DossierError> {
        let taken = found.last(|entry| {
            let what = matches!(
                entry.what,
                Some(DossierMove::TakeIn | DossierMove::Complete)
            );
            entry.status == DossierStatus::TakenIn && (what || entry.what.is_none())
        });
        let Some(entry) = taken else {
            return Ok(None);
        };
        let received = entry.received.unwrap_or(entry.at);
        let said = Taken {
            components: found.handed(entry, &self.words_by(found.state, entry)?),
            sets: 1,
            term: found.procedure.term,
            received,
            due: entry.due.unwrap_or(received),
            collect: found.agency.clone(),
            entry: None,
            officer: self.staff(found.state, entry)?,
        };
        Ok(Some((entry.at, Said::Intake(said))))
    }

    fn asked_for(&self, found: &Found<'_>) -> Result<Option<(Timestamp, Said)>, DossierError> {
        let asked =
            found.last(|entry| entry.status == DossierStatus::SupplementAsked && entry.asks());
        let Some(entry) = asked else {
            return Ok(None);
        };
        let officer = self.staff(found.state, entry)?;
        let first = found.state.timeline.first();
        let at_counter = first.is_some_and(|first| first.position == entry.position);
        let stage = match at_counter {
            true => "form-stage-intake",
            false => "form-stage-work",
        };
        let stage = lang::text(VI, stage, &[]);
        let lacks = entry.items.iter().filter(|item| !item.problem.is_surplus());
        let words = self.words_by(found.state, entry)?;
        let wanted = lacks.map(|item| {
            let place = item.offered.map(usize::from);
            let file = place.and_then(|place| words.components.get(place));
            let file = file.and_then(|own| own.file.as_deref());
            let author = match officer.is_empty() {
                true => &found.agency,
                false => &officer,
            };
            Wanted::of(VI, found.procedure, item, file, (&stage, author))
        });
        let said = Supplement {
            wanted: wanted.collect(),
            again: self.note_at(found.state, entry.ground)?.reason,
            contact: found.contact.clone(),
            officer: officer.clone(),
        };
        Ok(Some((entry.at, Said::Supplement(said))))
    }

    fn refused(&self, found: &Found<'_>) -> Result<Option<(Timestamp, Said)>, DossierError> {
        let refused = found.last(|entry| entry.status == DossierStatus::Refused);
        let Some(entry) = refused else {
            return Ok(None);
        };
        let note = self.note_at(found.state, entry.note)?;
        let said = Refusal {
            reasons: vec![(
                note.reason.unwrap_or_default(),
                found.procedure.basis.clone(),
            )],
            officer: note.staff.unwrap_or_default(),
        };
        Ok(Some((entry.at, Said::Refusal(said))))
    }

    fn late(&self, found: &Found<'_>) -> Result<Option<(Timestamp, Said)>, DossierError> {
        let all = &found.state.timeline;
        let moved = |entry: &Entry| entry.what == Some(DossierMove::Reschedule);
        let Some(place) = all.iter().rposition(moved) else {
            return Ok(None);
        };
        let (before, after) = all.split_at(place);
        let Some(entry) = after.first() else {
            return Ok(None);
        };
        let due = before.iter().rev().find_map(|entry| entry.due);
        let note = self.note_at(found.state, entry.note)?;
        let said = Apology {
            received: found.taken_by(before),
            due: due.unwrap_or(entry.at),
            again: entry.due.unwrap_or(entry.at),
            reason: note.reason.unwrap_or_default(),
            signer: (String::new(), note.staff.unwrap_or_default()),
        };
        Ok(Some((entry.at, Said::Apology(said))))
    }

    fn stopped(&self, found: &Found<'_>) -> Result<Option<(Timestamp, Said)>, DossierError> {
        let Some(entry) = found.last(|entry| entry.status == DossierStatus::Stopped) else {
            return Ok(None);
        };
        let note = self.note_at(found.state, entry.note)?;
        let said = Stop {
            received: found.taken_by(&found.state.timeline),
            reason: note.reason.unwrap_or_default(),
            ground: found.procedure.basis.clone(),
            next: String::new(),
            signer: (String::new(), note.staff.unwrap_or_default()),
        };
        Ok(Some((entry.at, Said::Stop(said))))
    }

    /// Each record is a step: whoever made it had the dossier from there on.
    fn handed_on(&self, found: &Found<'_>) -> Result<Option<(Timestamp, Said)>, DossierError> {
        let (mut steps, mut gave) = (Vec::new(), String::new());
        let all = found.state.timeline.iter();
        for entry in all.filter(|entry| entry.what.is_some() || entry.received.is_some()) {
            let took = self.staff(found.state, entry)?;
            let what = match entry.what {
                Some(what) => lang::word(VI, "dossier-move", what.name()),
                None => lang::word(VI, "dossier-status", entry.status.name()),
            };
            let result = match (entry.what, entry.due) {
                (Some(DossierMove::Finish), Some(due)) => punctual(entry.at, due),
                (_, _) => String::new(),
            };
            steps.push(Step {
                agency: found.agency.clone(),
                gave: std::mem::replace(&mut gave, took.clone()),
                took,
                at: entry.at,
                due: entry.due,
                result,
                note: what,
            });
        }
        let Some(at) = steps.last().map(|step| step.at) else {
            return Ok(None);
        };
        let said = Control {
            agency: found.agency.clone(),
            others: Vec::new(),
            steps,
        };
        Ok(Some((at, Said::Control(said))))
    }

    /// The register of an agency over some days, and whether there is more than a form holds.
    ///
    /// # Errors
    /// See [`DossierError`].
    pub fn dossier_book(
        &self,
        agency: &UnitCode,
        days: (LocalDay, LocalDay),
    ) -> Result<(Laid, bool), DossierError> {
        let now = self.tools.clock.now();
        let rules = self.rules();
        let unit = rules.registry.unit(agency);
        let name = unit.map_or_else(|| agency.to_string(), |unit| unit.name.clone());
        let mut after = Some(DossierNumber {
            agency: agency.clone(),
            day: days.0,
            place: 0,
        });
        let (mut rows, mut more) = (Vec::new(), false);
        'pages: loop {
            let page = self.tools.ledger.dossiers(agency, after.as_ref(), PAGE)?;
            if page.is_empty() {
                break;
            }
            for state in &page {
                if state.number.day > days.1 {
                    break 'pages;
                }
                if rows.len() >= MAX_BOOK {
                    more = true;
                    break 'pages;
                }
                rows.push(self.line(state, &name, now)?);
            }
            after = page.last().map(|state| state.number.clone());
        }
        let slip = Slip {
            edition: self.edition(days.1),
            issuer: self.issuer(agency, now, String::new()),
            about: About::default(),
            said: Said::Register(Register { days, rows }),
        };
        Ok((compose(VI, &slip), more))
    }

    fn line(
        &self,
        state: &DossierState,
        agency: &str,
        now: Timestamp,
    ) -> Result<BookRow, DossierError> {
        let procedure = self.pinned(state, now);
        let name = procedure.map(|own| own.name.clone());
        let words = self.dossier_words(state)?.unwrap_or_default();
        let who = words.applicant.unwrap_or_default();
        let day = |what: DossierMove| {
            let mut all = state.timeline.iter();
            let found = all.find(|entry| entry.what == Some(what));
            found.map(|entry| entry.at.local_day())
        };
        Ok(BookRow {
            dossier: state.number.to_string(),
            procedure: name.unwrap_or_else(|_| state.procedure.code.to_string()),
            sets: 1,
            applicant: Applicant {
                name: who.name,
                address: who.address.unwrap_or_default(),
                phone: who.phone.unwrap_or_default(),
                email: who.email.unwrap_or_default(),
            },
            agency: agency.to_owned(),
            received: Some(state.received().local_day()),
            due: state.due.map(Timestamp::local_day),
            passed_on: day(DossierMove::Process),
            solved: day(DossierMove::Finish),
            returned: day(DossierMove::Return),
            way: String::new(),
            note: lang::word(VI, "dossier-status", state.status.name()),
        })
    }
}

/// The place of an agency (NĐ 30/2020/NĐ-CP Phụ lục I): the name of its unit of administration, without the kind.
fn place(agency: &str) -> String {
    let kinds = ["tỉnh ", "thành phố ", "phường ", "xã ", "đặc khu "];
    let behind = |kind: &str| agency.rsplit_once(kind).map(|(_, name)| name);
    let names = kinds.iter().filter_map(|kind| behind(kind));
    names
        .min_by_key(|name| name.len())
        .unwrap_or_default()
        .to_owned()
}

fn punctual(at: Timestamp, due: Timestamp) -> String {
    let key = match (at.local_day().cmp(&due.local_day()), at > due) {
        (std::cmp::Ordering::Less, _) => "form-early",
        (_, false) => "form-on-time",
        (_, true) => "form-overdue",
    };
    lang::text(VI, key, &[])
}

impl Found<'_> {
    fn last(&self, is: impl Fn(&Entry) -> bool) -> Option<&Entry> {
        self.state.timeline.iter().rfind(|entry| is(entry))
    }

    /// When it was taken in last, by these records.
    fn taken_by(&self, records: &[Entry]) -> Timestamp {
        let last = records.iter().rev().find_map(|entry| entry.received);
        last.unwrap_or_else(|| self.state.received())
    }

    /// What was kept of what was handed in: what is surplus was handed back, and of paper the copies beyond.
    fn handed(&self, entry: &Entry, words: &Words) -> Vec<Handed> {
        let back = |place: usize| {
            let mut all = entry.items.iter();
            all.any(|item| {
                item.offered.map(usize::from) == Some(place) && item.problem.is_surplus()
            })
        };
        let kept = words.components.iter().enumerate();
        let kept = kept.filter_map(|(place, own)| {
            let known = own.component.as_deref();
            let known = known.and_then(|id| self.procedure.component(id));
            let (form, copies) = (Form::from_name(&own.form), own.copies.unwrap_or(1));
            let asked = known.map_or(copies, |known| known.copies);
            let fewer = back(place).then_some(asked).filter(|asked| copies > *asked);
            if back(place) && fewer.is_none() {
                return None;
            }
            let file = || own.file.clone().unwrap_or_default();
            Some(Handed {
                name: known.map_or_else(file, |known| known.name.clone()),
                form: form.map_or_else(String::new, |form| {
                    lang::word(VI, "dossier-form", form.name())
                }),
                copies: u16::from(fewer.unwrap_or(copies)),
            })
        });
        kept.collect()
    }
}
