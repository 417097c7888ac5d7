//! What is printed at the counters, and what citizens said: forms with the gateway's signature, and a code on each result
//! slip that opens the survey once. Here they answer on paper, and the counter enters what they wrote.

use super::Lived;
use crate::demo::DemoError;
use crate::demo::install::put;
use crate::demo::story::clerk::{Clerk, verifies_form};
use std::path::PathBuf;

/// Answers to the five questions, from 1 to 5, in turn; one left a question out.
const ANSWERS: [&str; 4] = ["5,5,5,4,5", "4,5,,4,5", "5,4,3,2,4", "3,5,4,4,5"];
/// How many groups of how many characters a code has.
const GROUPS: usize = 4;

/// What one counter printed and gathered.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Gathered {
    /// Forms that were printed, each verified.
    pub(super) forms: Vec<String>,
    /// Answers that were entered.
    pub(super) answers: usize,
    /// What the counter reads of the results.
    pub(super) results: String,
    /// Whatever did not come out as it must.
    pub(super) problems: Vec<String>,
}

/// Prints a form of each kind that came up, and the result slips; enters what was answered on them.
pub(super) fn gathered(clerk: Clerk<'_>, lived: &[Lived]) -> Result<Gathered, DemoError> {
    let mut gathered = Gathered::default();
    for (form, status) in [
        ("01", "returned"),
        ("02", "supplement_asked"),
        ("03", "refused"),
        ("04", "in_process"),
    ] {
        // The apology is that of the last one in process.
        let found = lived.iter().rev().find(|one| one.status == status);
        if let Some(one) = found.filter(|one| form != "04" || one.rescheduled) {
            gathered.print(clerk, &one.number, form)?;
        }
    }
    let mut codes = Vec::new();
    for one in lived.iter().filter(|one| one.status == "returned") {
        codes.extend(gathered.result_slip(clerk, &one.number)?);
    }
    let mut papers = String::from("code,guidance,attitude,papers,time,outcome\n");
    for (code, answers) in codes.iter().zip(ANSWERS.iter().cycle()) {
        papers.push_str(&format!("{code},{answers}\n"));
    }
    let file = folder(clerk).join("phieu-khao-sat.csv");
    put(&file, papers.as_bytes())?;
    let file = file.display().to_string();
    let came = clerk.types(&["dossier", "survey", "import", &file])?;
    match came.code {
        0 => gathered.answers = codes.len(),
        _ => gathered.problems.push(came.said),
    }
    // A code is good once.
    let again = clerk.types(&["dossier", "survey", "import", &file])?;
    if again.code == 0 {
        gathered.problems.push("a code was taken twice".to_owned());
    }
    gathered.results = clerk.reads(&["dossier", "survey", "results"])?;
    Ok(gathered)
}

fn folder(clerk: Clerk<'_>) -> PathBuf {
    clerk.stage.at.home.join("counter").join(clerk.unit.code)
}

impl Gathered {
    fn print(&mut self, clerk: Clerk<'_>, number: &str, form: &str) -> Result<(), DemoError> {
        let file = folder(clerk).join(format!("{number}-{form}.html"));
        self.saved(clerk, file, &["form", number, form])
    }

    fn result_slip(&mut self, clerk: Clerk<'_>, number: &str) -> Result<Option<String>, DemoError> {
        let file = folder(clerk).join(format!("{number}-phieu-tra.html"));
        self.saved(clerk, file.clone(), &["result-slip", number])?;
        let found = std::fs::read_to_string(&file).ok();
        let found = found.and_then(|text| code(&text).map(str::to_owned));
        if found.is_none() {
            self.problems.push(format!("{number}: no code"));
        }
        Ok(found)
    }

    fn saved(&mut self, clerk: Clerk<'_>, file: PathBuf, what: &[&str]) -> Result<(), DemoError> {
        // Makes the folder.
        put(&folder(clerk).join("DOC.txt"), "MẪU".as_bytes())?;
        let shown = file.display().to_string();
        let mut all = vec!["dossier"];
        all.extend(what);
        all.extend(["--out", &shown]);
        let came = clerk.types(&all)?;
        if came.code != 0 {
            self.problems.push(came.said);
            return Ok(());
        }
        match verifies_form(clerk, &file)? {
            Ok(()) => self.forms.push(shown),
            Err(problem) => self.problems.push(problem),
        }
        Ok(())
    }
}

/// The first code in a text: four groups of four capitals and figures.
fn code(text: &str) -> Option<&str> {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '-');
    let group = |group: &str| {
        let kind = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit();
        group.len() == GROUPS && group.chars().all(kind)
    };
    let is_code = |word: &&str| word.split('-').count() == GROUPS && word.split('-').all(group);
    words.into_iter().find(is_code)
}

#[cfg(test)]
mod tests {
    use super::code;

    #[test]
    fn a_code_is_found_among_other_words() {
        assert_eq!(
            code("<b>H53.MAU-0001</b> 2026-12-01 <code>7K2M-9QXA-4WTN-C3RD</code>"),
            Some("7K2M-9QXA-4WTN-C3RD")
        );
        assert_eq!(code("7k2m-9QXA-4WTN-C3RD 7K2M-9QXA-4WTN"), None);
    }
}
