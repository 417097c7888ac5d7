//! Words the forms as their templates are laid out (TT 03/2025/TT-VPCP Phụ lục I; TT 01/2018/TT-VPCP Phụ lục).

use super::laid::{Block, Heading, Laid, Signature};
use super::slip::{
    About, Apology, Control, Edition, FormKind, Intake, Refusal, Register, Returned, Said, Slip,
    Step, Stop, Supplement,
};
use crate::dossier::Term;
use crate::export::sheet::{Cell, Head, Row, Sheet, capital};
use crate::lang;
use crate::model::simulated::MARK;
use crate::model::{Language, LocalDay, Timestamp};

/// Words a form. National forms are in Vietnamese; another language is a translation to read.
#[must_use]
pub fn compose(language: Language, slip: &Slip) -> Laid {
    let words = Words(language);
    let kind = slip.said.kind();
    let of_2018 = slip.edition == Edition::Of2018;
    let key = match kind {
        FormKind::Apology if of_2018 => "form-apology-2018".to_owned(),
        FormKind::Intake
        | FormKind::Supplement
        | FormKind::Refusal
        | FormKind::Apology
        | FormKind::Stop
        | FormKind::Control
        | FormKind::Register
        | FormKind::Returned => format!("form-{}", kind.name()),
    };
    let (under, blocks) = words.body(slip);
    let issuer = &slip.issuer;
    let scan = match slip.about.dossier.is_empty() {
        true => String::new(),
        false => words.with("form-scan", &[("dossier", &slip.about.dossier)]),
    };
    Laid {
        language,
        form: words.form(kind, slip.edition),
        heading: words.heading(slip),
        title: words.text(&key),
        under,
        blocks,
        signatures: words.signatures(&slip.said),
        opens: issuer.opens.clone(),
        scan,
        foot: words.text("form-foot"),
        mark: issuer.simulated.then(|| MARK.to_owned()),
        wide: matches!(kind, FormKind::Register),
        identifier: identifier(slip),
        at: issuer.at,
    }
}

/// The same form of the same moment has the same identifier.
fn identifier(slip: &Slip) -> String {
    let kind = slip.said.kind().name();
    let at = slip.issuer.at.to_string();
    let parts = [
        &slip.issuer.agency,
        &slip.about.dossier,
        &slip.issuer.number,
    ];
    let parts = parts.map(String::as_str);
    [&parts[..], &[kind, slip.edition.name(), &at][..]]
        .concat()
        .join("\n")
}

struct Words(Language);

impl Words {
    fn text(&self, key: &str) -> String {
        lang::text(self.0, key, &[])
    }

    fn with(&self, key: &str, values: &[(&str, &str)]) -> String {
        lang::text(self.0, key, values)
    }

    fn field(&self, key: &str, value: impl Into<String>) -> Block {
        Block::Field(self.text(key), value.into())
    }

    fn moment(&self, at: Timestamp) -> String {
        let minute = at.local_minute();
        let hour = format!("{:02}", minute.div_euclid(60));
        let minute = format!("{:02}", minute.rem_euclid(60));
        let day = self.long_day(at.local_day());
        let values = [("hour", hour.as_str()), ("minute", &minute), ("day", &day)];
        self.with("form-moment", &values)
    }

    fn long_day(&self, day: LocalDay) -> String {
        let (d, m) = (format!("{:02}", day.day()), format!("{:02}", day.0.month()));
        let y = day.year().to_string();
        self.with("sheet-day", &[("day", &d), ("month", &m), ("year", &y)])
    }

    fn term(&self, term: Term) -> String {
        let (key, count) = match term {
            Term::WorkingDays(count) => ("form-term-days", count),
            Term::WorkingHours(count) => ("form-term-hours", count),
        };
        lang::counted(self.0, key, u64::from(count), &[])
    }

    fn form(&self, kind: FormKind, edition: Edition) -> String {
        let key = match edition {
            Edition::Of2018 => "form-of-2018",
            Edition::Of2025 => "form-of-2025",
        };
        let number = kind.numbered(edition).map(|n| format!("{n:02}"));
        let number = number.map(|n| self.with(key, &[("number", &n)]));
        number.unwrap_or_default()
    }

    fn heading(&self, slip: &Slip) -> Heading {
        let issuer = &slip.issuer;
        let day = self.long_day(issuer.at.local_day());
        let day = match issuer.place.is_empty() {
            true => day,
            false => format!("{}, {day}", issuer.place),
        };
        let number = match issuer.number.is_empty() {
            true => String::new(),
            false => self.with("form-number", &[("number", &issuer.number)]),
        };
        Heading {
            over: issuer.over.clone(),
            issuer: issuer.agency.clone(),
            counter: issuer.counter.clone(),
            number,
            country: self.text("sheet-country"),
            motto: self.text("sheet-motto"),
            day,
        }
    }

    /// What stands under the title, and the body.
    fn body(&self, slip: &Slip) -> (String, Vec<Block>) {
        let about = &slip.about;
        match &slip.said {
            Said::Intake(said) => (self.dossier(about), self.intake(slip, said)),
            Said::Supplement(said) => (self.dossier(about), self.supplement(about, said)),
            Said::Refusal(said) => (String::new(), self.refusal(slip, said)),
            Said::Apology(said) => (self.dossier(about), self.apology(slip, said)),
            Said::Stop(said) => (self.dossier(about), self.stop(slip, said)),
            Said::Control(said) => (self.dossier(about), self.control(about, said)),
            Said::Register(said) => (self.span(said.days), vec![self.register(said)]),
            Said::Returned(said) => (self.dossier(about), self.returned(about, said)),
        }
    }

    fn dossier(&self, about: &About) -> String {
        self.with("form-dossier", &[("dossier", &about.dossier)])
    }

    fn counter<'a>(&self, slip: &'a Slip) -> &'a str {
        match slip.issuer.counter.is_empty() {
            true => &slip.issuer.agency,
            false => &slip.issuer.counter,
        }
    }

    /// Who handed it in, and what is asked for.
    fn applicant(&self, about: &About, first: &str) -> Vec<Block> {
        let who = &about.applicant;
        vec![
            self.field(first, &who.name),
            self.field("form-address", &who.address),
            self.field("form-phone", &who.phone),
            self.field("form-email", &who.email),
            self.asked(about),
        ]
    }

    fn asked(&self, about: &About) -> Block {
        let asked = match about.code.is_empty() {
            true => about.procedure.clone(),
            false => format!("{} ({})", about.procedure, about.code),
        };
        self.field("form-asked", asked)
    }

    fn intake(&self, slip: &Slip, said: &Intake) -> Vec<Block> {
        let mut blocks = vec![self.field("form-counter", &slip.issuer.agency)];
        blocks.extend(self.applicant(&slip.about, "form-taken-of"));
        let components = said.components.iter().map(|handed| {
            let copies = handed.copies.to_string();
            let values = [
                ("name", handed.name.as_str()),
                ("form", handed.form.as_str()),
                ("copies", copies.as_str()),
            ];
            self.with("form-component", &values)
        });
        blocks.push(Block::Text(self.text("form-components")));
        blocks.push(Block::Numbered(components.collect()));
        let sets = said.sets.to_string();
        blocks.extend([
            self.field(
                "form-sets",
                self.with("form-sets-count", &[("sets", &sets)]),
            ),
            self.field("form-term", self.term(said.term)),
            self.field("form-received", self.moment(said.received)),
            self.field("form-due", self.moment(said.due)),
            self.field("form-collect", &said.collect),
        ]);
        if let Some((book, number)) = &said.entry {
            let values = [("book", book.as_str()), ("number", number.as_str())];
            blocks.push(Block::Text(self.with("form-entry", &values)));
        }
        blocks
    }

    fn supplement(&self, about: &About, said: &Supplement) -> Vec<Block> {
        let mut blocks = self.applicant(about, "form-dossier-of");
        blocks.push(Block::Text(self.text("form-wanted")));
        let rows = said.wanted.iter().zip(1_i64..).map(|(wanted, number)| {
            let cells = [
                &wanted.item,
                &wanted.todo,
                &wanted.reason,
                &wanted.ground,
                &wanted.stage,
                &wanted.author,
            ];
            let cells = cells.into_iter().map(|text| Cell::text(text));
            row(std::iter::once(Cell::Number(number)).chain(cells))
        });
        let heads = [
            ("form-number-short", 5),
            ("form-wanted-item", 26),
            ("form-wanted-todo", 26),
            ("form-wanted-reason", 18),
            ("form-wanted-ground", 26),
            ("form-wanted-stage", 12),
            ("form-wanted-author", 14),
        ];
        let heads = heads.map(|(key, width)| Head::one(self.text(key), width));
        blocks.push(Block::Table(sheet(heads.to_vec(), false, rows.collect())));
        blocks.push(match &said.again {
            None => Block::Text(self.text("form-once")),
            Some(ground) => self.field("form-again", ground),
        });
        let (whom, phone) = &said.contact;
        let values = [("whom", whom.as_str()), ("phone", phone.as_str())];
        // Without a telephone the counter is where to go.
        let key = match whom.is_empty() || phone.is_empty() {
            true => "form-contact-counter",
            false => "form-contact",
        };
        blocks.push(Block::Text(self.with(key, &values)));
        blocks
    }

    fn refusal(&self, slip: &Slip, said: &Refusal) -> Vec<Block> {
        let mut blocks = vec![self.field("form-counter", &slip.issuer.agency)];
        blocks.extend(self.applicant(&slip.about, "form-looked-at"));
        blocks.push(Block::Text(self.text("form-refused")));
        let reasons = said.reasons.iter().map(|(reason, ground)| {
            let values = [("reason", reason.as_str()), ("ground", ground.as_str())];
            self.with("form-reason-ground", &values)
        });
        blocks.push(Block::Numbered(reasons.collect()));
        blocks.push(Block::Text(self.text("form-told")));
        blocks
    }

    /// The dossier in one sentence, as letters begin.
    fn letter(&self, slip: &Slip, received: Timestamp) -> Vec<Block> {
        let about = &slip.about;
        let day = self.long_day(received.local_day());
        let values = [
            ("day", day.as_str()),
            ("counter", self.counter(slip)),
            ("procedure", about.procedure.as_str()),
            ("dossier", about.dossier.as_str()),
        ];
        vec![
            self.field("form-dear", &about.applicant.name),
            Block::Text(capital(&self.with("form-letter", &values))),
        ]
    }

    fn apology(&self, slip: &Slip, said: &Apology) -> Vec<Block> {
        let mut blocks = self.letter(slip, said.received);
        let agency = slip.issuer.agency.as_str();
        let again = self.moment(said.again);
        let values = [("agency", agency), ("again", again.as_str())];
        blocks.extend([
            self.field("form-was-due", self.moment(said.due)),
            Block::Text(self.with("form-late", &[("agency", agency)])),
            self.field("form-reason", &said.reason),
            Block::Text(self.with("form-sorry", &values)),
            Block::Text(self.text("form-understanding")),
        ]);
        blocks
    }

    fn stop(&self, slip: &Slip, said: &Stop) -> Vec<Block> {
        let mut blocks = self.letter(slip, said.received);
        let agency = [("agency", slip.issuer.agency.as_str())];
        blocks.extend([
            Block::Text(self.with("form-stopped", &agency)),
            self.field("form-reason", &said.reason),
            self.field("form-ground", &said.ground),
            self.field("form-next", &said.next),
            Block::Text(self.text("form-told")),
        ]);
        blocks
    }

    fn control(&self, about: &About, said: &Control) -> Vec<Block> {
        let rows = said.steps.iter().zip(1_i64..).map(|(step, number)| {
            let due = step.due.map(|due| self.moment(due)).unwrap_or_default();
            let cells = [
                step.agency.clone(),
                self.handing(step),
                due,
                step.result.clone(),
                step.note.clone(),
            ];
            let cells = cells.into_iter().map(|text| Cell::text(&text));
            row(std::iter::once(Cell::Number(number)).chain(cells))
        });
        let heads = [
            ("form-number-short", 5),
            ("form-step-agency", 30),
            ("form-step-at", 34),
            ("form-step-due", 22),
            ("form-step-result", 16),
            ("form-note", 16),
        ];
        let heads = heads.map(|(key, width)| Head::one(self.text(key), width));
        vec![
            self.asked(about),
            self.field("form-solving", &said.agency),
            self.field("form-together", said.others.join("; ")),
            Block::Table(sheet(heads.to_vec(), false, rows.collect())),
        ]
    }

    fn handing(&self, step: &Step) -> String {
        let at = self.moment(step.at);
        let values = [
            ("at", at.as_str()),
            ("gave", step.gave.as_str()),
            ("took", step.took.as_str()),
        ];
        self.with("form-handing", &values)
    }

    fn span(&self, (first, last): (LocalDay, LocalDay)) -> String {
        let (first, last) = (lang::day(self.0, first), lang::day(self.0, last));
        self.with("form-span", &[("first", &first), ("last", &last)])
    }

    fn register(&self, said: &Register) -> Block {
        let day = |day: Option<LocalDay>| {
            Cell::text(&day.map_or_else(String::new, |d| lang::day(self.0, d)))
        };
        let rows = said.rows.iter().zip(1_i64..).map(|(line, number)| {
            let who = &line.applicant;
            let reach = [who.address.as_str(), who.phone.as_str()];
            let reach: Vec<&str> = reach.into_iter().filter(|s| !s.is_empty()).collect();
            row([
                Cell::Number(number),
                Cell::text(&line.dossier),
                Cell::text(&line.procedure),
                Cell::Number(i64::from(line.sets)),
                Cell::text(&who.name),
                Cell::text(&reach.join("; ")),
                Cell::text(&line.agency),
                day(line.received),
                day(line.due),
                day(line.passed_on),
                day(line.solved),
                day(line.returned),
                Cell::text(&line.way),
                Cell::Empty,
                Cell::text(&line.note),
            ])
        });
        let one = |key: &str, width: u16| Head::one(self.text(key), width);
        let over = |key: &str, parts: &[&str]| Head {
            parts: parts.iter().map(|key| self.text(key)).collect(),
            ..one(key, 11)
        };
        let heads = vec![
            one("form-number-short", 5),
            one("form-book-dossier", 20),
            one("form-book-procedure", 26),
            one("form-book-sets", 7),
            one("form-book-name", 18),
            one("form-book-reach", 22),
            one("form-book-agency", 18),
            over(
                "form-book-days",
                &[
                    "form-book-received",
                    "form-book-due",
                    "form-book-passed",
                    "form-book-solved",
                ],
            ),
            over(
                "form-book-return",
                &["form-book-returned", "form-book-way", "form-book-signed"],
            ),
            one("form-note", 14),
        ];
        Block::Table(sheet(heads, true, rows.collect()))
    }

    fn returned(&self, about: &About, said: &Returned) -> Vec<Block> {
        let mut blocks = self.applicant(about, "form-returned-to");
        blocks.extend([
            self.field("form-received", self.moment(said.received)),
            self.field("form-due", self.moment(said.due)),
            self.field("form-returned-at", self.moment(said.returned)),
        ]);
        if let Some((code, at)) = &said.survey {
            let at = at.as_deref().unwrap_or_default();
            let key = match at.is_empty() {
                true => "form-survey",
                false => "form-survey-at",
            };
            blocks.push(Block::Text(self.with(key, &[("at", at)])));
            blocks.push(Block::Code(code.clone()));
            blocks.push(Block::Text(self.text("form-survey-anonymous")));
        }
        blocks
    }

    fn signatures(&self, said: &Said) -> Vec<Signature> {
        let sign = |key: &str, name: &str| Signature {
            title: self.text(key),
            how: self.text("form-sign"),
            name: name.to_owned(),
        };
        let head = |(title, name): &(String, String)| Signature {
            title: match title.is_empty() {
                true => self.text("form-head"),
                false => title.clone(),
            },
            how: self.text("form-sign-seal"),
            name: name.clone(),
        };
        match said {
            Said::Intake(said) => vec![
                sign("form-hands-in", ""),
                sign("form-takes-in", &said.officer),
            ],
            Said::Supplement(said) => vec![sign("form-guides", &said.officer)],
            Said::Refusal(said) => vec![
                sign("form-hands-in", ""),
                sign("form-takes-in", &said.officer),
            ],
            Said::Apology(said) => vec![head(&said.signer)],
            Said::Stop(said) => vec![head(&said.signer)],
            Said::Control(_) | Said::Register(_) => Vec::new(),
            Said::Returned(said) => {
                vec![sign("form-is-given", ""), sign("form-gives", &said.officer)]
            }
        }
    }
}

fn row(cells: impl IntoIterator<Item = Cell>) -> Row {
    Row {
        cells: cells.into_iter().collect(),
        strong: false,
    }
}

fn sheet(heads: Vec<Head>, numbered: bool, rows: Vec<Row>) -> Sheet {
    Sheet {
        name: String::new(),
        titles: Vec::new(),
        heads,
        numbered,
        fixed: 0,
        rows,
        notes: Vec::new(),
    }
}
