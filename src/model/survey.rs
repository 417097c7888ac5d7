//! Words of the survey: what is asked of those who were served, and what they say.

use super::indication::words;

words! {
    /// What is asked. Own questions of the gateway, not those of the ministry's index.
    SurveyQuestion {
        /// How clear the guidance was.
        Guidance = 1 "guidance",
        /// How they were treated.
        Attitude = 2 "attitude",
        /// How few papers and ways it took.
        Papers = 3 "papers",
        /// How long it took.
        Time = 4 "time",
        /// The result.
        Outcome = 5 "outcome",
    }
}

words! {
    /// The five steps of an answer.
    SurveyStep {
        /// Rất không hài lòng.
        VeryDissatisfied = 1 "very_dissatisfied",
        /// Không hài lòng.
        Dissatisfied = 2 "dissatisfied",
        /// Bình thường.
        Neither = 3 "neither",
        /// Hài lòng.
        Satisfied = 4 "satisfied",
        /// Rất hài lòng.
        VerySatisfied = 5 "very_satisfied",
    }
}

/// How many questions there are.
pub const SURVEY_QUESTIONS: usize = 5;

/// What somebody answered: at least one question, each of them once.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SurveyAnswers([Option<SurveyStep>; SURVEY_QUESTIONS]);

impl SurveyAnswers {
    /// Answers in the order of the questions; `None` where there is none at all.
    #[must_use]
    pub fn new(answers: [Option<SurveyStep>; SURVEY_QUESTIONS]) -> Option<Self> {
        let any = answers.iter().any(Option::is_some);
        any.then_some(Self(answers))
    }

    /// What was answered to each question, in their order.
    pub fn iter(&self) -> impl Iterator<Item = (SurveyQuestion, Option<SurveyStep>)> + '_ {
        SurveyQuestion::ALL.iter().copied().zip(self.0)
    }
}

words! {
    /// How an answer came.
    SurveyWay {
        /// On the page.
        Page = 1 "page",
        /// Over the interface.
        Interface = 2 "interface",
        /// On paper, from a file.
        Paper = 3 "paper",
    }
}
