//! Answers on paper, typed into a file: a line each, the code and a number from 1 to 5 for each question.

use super::code::Code;
use crate::model::Digest;
use crate::model::survey::{SURVEY_QUESTIONS, SurveyAnswers, SurveyQuestion, SurveyStep};
use std::collections::BTreeMap;

/// The most answers of a file: a week of a busy counter, and one group of the log.
pub const MAX_PAPERS: usize = 500;
/// The longest file: a line has some 30 characters.
const MAX_BYTES: usize = 64 * 1024;

/// One answer on paper.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Paper {
    /// Its line, counted from 1.
    pub line: usize,
    /// SHA-256 of its code.
    pub code: Digest,
    /// The answers.
    pub answers: SurveyAnswers,
}

/// What is wrong with a line.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum PaperMistake {
    /// Not as many cells as the heading.
    #[error("expected {expected} cells, found {found}", expected = SURVEY_QUESTIONS + 1)]
    Cells {
        /// How many there are.
        found: usize,
    },
    /// Not a code.
    #[error("the code is not one that was printed on a slip")]
    Code,
    /// Neither empty nor a number from 1 to 5.
    #[error("the answer to {0} is not a number from 1 to 5")]
    Answer(SurveyQuestion),
    /// No question is answered.
    #[error("no question is answered")]
    Nothing,
    /// The code stands above already.
    #[error("the code stands on line {0} already")]
    Twice(usize),
}

/// Why a file is not read.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum PaperError {
    /// Not text.
    #[error("the file is not UTF-8")]
    Text,
    /// Too long.
    #[error("more than {MAX_PAPERS} answers or {MAX_BYTES} bytes; divide the file")]
    TooLong,
    /// The first line is not the heading.
    #[error("the first line has to be: {}", heading())]
    Heading,
    /// Mistakes, each with its line.
    #[error("{} lines cannot be read", .0.len())]
    Lines(Vec<(usize, PaperMistake)>),
}

/// The first line.
fn heading() -> String {
    let names = SurveyQuestion::ALL.iter().map(|own| own.name());
    let all: Vec<&str> = std::iter::once("code").chain(names).collect();
    all.join(",")
}

/// Reads a file, whole or not at all.
///
/// # Errors
/// See [`PaperError`].
pub fn parse(bytes: &[u8]) -> Result<Vec<Paper>, PaperError> {
    if bytes.len() > MAX_BYTES {
        return Err(PaperError::TooLong);
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let text = std::str::from_utf8(bytes).map_err(|_| PaperError::Text)?;
    let mut lines = text.lines().zip(1_usize..);
    let first = lines.next().map(|(line, _)| cells(line).join(","));
    if first.is_none_or(|first| first.to_ascii_lowercase() != heading()) {
        return Err(PaperError::Heading);
    }
    let (mut papers, mut mistakes, mut seen) = (Vec::new(), Vec::new(), BTreeMap::new());
    for (line, number) in lines.filter(|(line, _)| !line.trim().is_empty()) {
        let read = paper(line, number).and_then(|paper| match seen.insert(paper.code, number) {
            Some(before) => Err(PaperMistake::Twice(before)),
            None => Ok(paper),
        });
        match read {
            Ok(paper) => papers.push(paper),
            Err(mistake) => mistakes.push((number, mistake)),
        }
    }
    if papers.len().saturating_add(mistakes.len()) > MAX_PAPERS {
        return Err(PaperError::TooLong);
    }
    match mistakes.is_empty() {
        true => Ok(papers),
        false => Err(PaperError::Lines(mistakes)),
    }
}

/// Spreadsheets here write semicolons as often as commas; no cell holds either.
fn cells(line: &str) -> Vec<&str> {
    let cells = line.split([',', ';']);
    cells.map(|cell| cell.trim().trim_matches('"')).collect()
}

fn paper(line: &str, number: usize) -> Result<Paper, PaperMistake> {
    let cells = cells(line);
    let [code, given @ ..] = cells.as_slice() else {
        return Err(PaperMistake::Cells { found: 0 });
    };
    let given: &[&str; SURVEY_QUESTIONS] = given
        .try_into()
        .map_err(|_| PaperMistake::Cells { found: cells.len() })?;
    let code = Code::parse(code).ok_or(PaperMistake::Code)?;
    let mut answers = [None; SURVEY_QUESTIONS];
    for ((question, text), answer) in SurveyQuestion::ALL.iter().zip(given).zip(&mut answers) {
        if !text.is_empty() {
            let step = text.parse().ok().and_then(SurveyStep::from_number);
            *answer = Some(step.ok_or(PaperMistake::Answer(*question))?);
        }
    }
    Ok(Paper {
        line: number,
        code: code.digest(),
        answers: SurveyAnswers::new(answers).ok_or(PaperMistake::Nothing)?,
    })
}
