//! Dossiers: whether a set has exactly the components that the published procedure asks for, nothing missing and nothing
//! surplus (NĐ 61/2018/NĐ-CP Điều 5, 15, 17). Pure: files come as reports, days and facts are handed in.

mod check;
mod clock;
mod condition;
mod difference;
pub mod figures;
pub mod life;
mod procedure;
mod published;
mod rules;
pub mod survey;
#[cfg(test)]
mod tests;
mod versions;

pub use check::{
    Answer, Content, Ground, Item, MAX_OFFERED, Offered, Outcome, Presented, Problem, check,
};
pub use clock::{Clock, Request, Timeliness};
pub use condition::{Condition, Facts, MAX_LENGTH, NoCondition, Relation, Value};
pub use difference::{Difference, differences};
pub use procedure::{Component, Fact, FactKind, Form, Procedure, SignedBy, Term, Validity};
pub use published::{Contradiction, MAX_COMPONENTS, Place, cases, contradictions, is_id};
pub use rules::{
    AfterSupplement, DossierRules, Hours, MAX_DAYS, MAX_NUMBER, MAX_SETS, MAX_TIMES, NoRules,
    RuleSet, Slip,
};
pub use versions::{MAX_VERSIONS, NotTaken, Procedures};
