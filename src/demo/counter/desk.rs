//! One dossier at its counter.

use super::Lived;
use super::cases::{By, Case, Piece, Then};
use crate::client::dossier::ComponentView;
use crate::demo::DemoError;
use crate::demo::install::put;
use crate::demo::story::clerk::{Came, Clerk, verifies_slip};
use crate::demo::world::Member;
use crate::model::{LocalDay, Timestamp};
use serde_json::{Value, json};
use std::path::PathBuf;

/// Who is at the counter.
const STAFF: &str = "Công chức Một cửa (mẫu)";
/// By how many days an appointment is put off.
const PUT_OFF: i32 = 7;
/// Where the altered word stands.
const WORD: &[u8] = b"ngay 12";

struct Desk<'a> {
    clerk: Clerk<'a>,
    case: &'a Case,
    folder: PathBuf,
    lived: Lived,
}

/// Takes a dossier in and does with it what is to be done.
pub(super) fn live(clerk: Clerk<'_>, n: u32, case: &Case) -> Result<Lived, DemoError> {
    let mut desk = Desk {
        clerk,
        case,
        folder: clerk.stage.at.home.join(format!("counter/{n:02}")),
        lived: Lived {
            number: String::new(),
            counter: clerk.unit.short,
            procedure: String::new(),
            differs: Vec::new(),
            requests: 0,
            status: String::new(),
            rescheduled: false,
            slips: 0,
            shown: String::new(),
            problems: Vec::new(),
        },
    };
    desk.taken_in()?;
    desk.supplemented()?;
    desk.worked_on()?;
    desk.ended()?;
    Ok(desk.lived)
}

impl Desk<'_> {
    fn must(&mut self, holds: bool, what: impl FnOnce() -> String) {
        if !holds {
            self.lived.problems.push(what());
        }
    }

    fn now(&self) -> Timestamp {
        self.clerk.stage.world.now
    }

    fn member(&self) -> Option<&Member> {
        let mut members = self.clerk.stage.world.members.iter();
        members.find(|member| member.unit == self.clerk.unit)
    }

    /// What is written down of what is handed in, with its files beside it.
    fn written(&self, name: &str, pieces: &[Piece]) -> Result<String, DemoError> {
        let mut components = Vec::new();
        for (n, piece) in (1_u32..).zip(pieces) {
            let issued = piece.days.map(|days| {
                let back = days.saturating_mul(-24 * 3600);
                self.now().plus_secs(back).local_day().to_string()
            });
            let file = match piece.file {
                Some(by) => {
                    let own = format!("{name}-{n}.p7m");
                    put(&self.folder.join(&own), &self.file(piece, n, by)?)?;
                    Some(own)
                }
                None => None,
            };
            components.push(ComponentView {
                component: Some(piece.component.to_owned()),
                form: piece.form.to_owned(),
                file,
                copies: None,
                template: Some(piece.template.to_owned()).filter(|code| !code.is_empty()),
                issued,
                signed: piece.signed,
            });
        }
        let said = json!({
            "procedure": self.case.procedure,
            "facts": self.case.facts,
            "components": components,
            "applicant": { "name": self.case.applicant, "address": "Tỉnh Tây Ninh (mẫu)" },
        });
        let path = self.folder.join(format!("{name}.json"));
        put(&path, said.to_string().as_bytes())?;
        Ok(path.display().to_string())
    }

    fn file(&self, piece: &Piece, n: u32, by: By) -> Result<Vec<u8>, DemoError> {
        let (component, applicant) = (piece.component, self.case.applicant);
        let text = format!("MAU {n} {component}, ngay 12 thang 11: {applicant}");
        let Some(member) = self.member() else {
            return Err(DemoError::Interrupted);
        };
        let signer = match by {
            By::Nobody => return Ok(text.into_bytes()),
            By::Person => &member.person,
            By::Agency | By::Altered => &member.agency,
        };
        let mut made = signer.sign_encapsulated(text.as_bytes(), self.now())?;
        if by == By::Altered {
            let at = made.windows(WORD.len()).position(|octets| octets == WORD);
            let last = at.and_then(|at| at.checked_add(WORD.len())?.checked_sub(1));
            if let Some(octet) = last.and_then(|last| made.get_mut(last)) {
                *octet = b'9';
            }
        }
        Ok(made)
    }

    /// Types a command that ends in a slip, and has that verified.
    fn types(&mut self, name: &str, arguments: &[&str]) -> Result<Came, DemoError> {
        let file = self.folder.join(format!("{name}.slip.p7m"));
        let shown = file.display().to_string();
        let mut all = vec!["dossier"];
        all.extend(arguments);
        all.extend(["--staff", STAFF, "--slip-out", &shown]);
        let came = self.clerk.types(&all)?;
        if !file.is_file() {
            self.must(false, || format!("{name}: {}", came.said.trim()));
            return Ok(came);
        }
        let number = came.text("/dossier/number");
        match verifies_slip(self.clerk, &file, &number)? {
            Ok(()) => self.lived.slips = self.lived.slips.saturating_add(1),
            Err(problem) => self.must(false, || problem),
        }
        Ok(came)
    }

    fn taken_in(&mut self) -> Result<(), DemoError> {
        let case = self.case;
        let file = self.written("ho-so", &case.pieces)?;
        let mut arguments = vec!["take-in", file.as_str()];
        if let Some(reason) = case.refused {
            arguments.extend(["--refuse", "--reason", reason]);
        }
        let came = self.types("take-in", &arguments)?;
        self.lived.number = came.text("/dossier/number");
        self.lived.procedure = came.text("/dossier/name");
        let items = came
            .rows
            .first()
            .and_then(|row| row.get("items")?.as_array());
        let text = |item: &Value, name: &str| {
            let text = item.get(name).and_then(Value::as_str);
            text.unwrap_or_default().to_owned()
        };
        let differs = items.into_iter().flatten();
        let differs = differs.map(|item| (text(item, "component"), text(item, "problem")));
        self.lived.differs = differs.collect();
        let (mut had, mut due) = (self.lived.differs.clone(), Vec::new());
        let due_items = case.differs.iter();
        due.extend(due_items.map(|(component, problem)| ((*component).into(), (*problem).into())));
        had.sort();
        due.sort();
        self.must(had == due, || format!("{had:?}, not {due:?}"));
        Ok(())
    }

    fn supplemented(&mut self) -> Result<(), DemoError> {
        let case = self.case;
        if case.supplement.is_empty() {
            return Ok(());
        }
        let file = self.written("bo-sung", &case.supplement)?;
        let number = self.lived.number.clone();
        let came = self.types("complete", &["complete", &number, &file])?;
        let status = came.text("/dossier/status");
        self.must(status == "taken_in", || format!("completed: {status}"));
        Ok(())
    }

    fn worked_on(&mut self) -> Result<(), DemoError> {
        if self.case.refused.is_some() {
            return Ok(());
        }
        let moves: &[&str] = match self.case.then {
            Then::Returned => &["process", "finish", "return"],
            Then::Paid => &["process", "fee", "paid", "finish", "return"],
            Then::InProcess | Then::Late(_) => &["process"],
            Then::Waits => &[],
            Then::Withdrawn => &["withdraw"],
        };
        let number = self.lived.number.clone();
        for one in moves {
            self.types(one, &[one, &number])?;
        }
        if let Then::Late(reason) = self.case.then {
            let due = self
                .clerk
                .types(&["dossier", "show", &number])?
                .text("/due");
            let due = Timestamp::parse(&due).map(Timestamp::local_day);
            let later = due.and_then(|due| later(due, PUT_OFF));
            let later = later.map(|day| day.to_string()).unwrap_or_default();
            let arguments = ["extend", &number, "--due", &later, "--reason", reason];
            self.types("extend", &arguments)?;
        }
        Ok(())
    }

    fn ended(&mut self) -> Result<(), DemoError> {
        let number = self.lived.number.clone();
        let came = self.clerk.types(&["dossier", "show", &number])?;
        let (status, intended) = (came.text("/status"), self.case.intended());
        self.must(status == intended, || format!("{status}, not {intended}"));
        let row = came.rows.first();
        let requests = row.and_then(|row| row.get("requests")?.as_u64());
        self.lived.requests = requests.unwrap_or_default();
        // Asked only once, whatever was wrong.
        let asked = self.lived.requests;
        self.must(asked <= 1, || format!("asked {asked} times"));
        let rescheduled = row.and_then(|row| row.get("rescheduled")?.as_bool());
        self.lived.rescheduled = rescheduled.unwrap_or_default();
        self.lived.status = status;
        self.lived.shown = self.clerk.reads(&["dossier", "show", &number])?;
        Ok(())
    }
}

fn later(day: LocalDay, days: i32) -> Option<LocalDay> {
    let mut day = LocalDay::from_number(day.number().checked_add(days)?)?;
    while day.is_weekend() {
        day = day.next()?;
    }
    Some(day)
}
