//! Conditions of components: a small expression over declared facts, never code.
//!
//! ```text
//! either = both { "or" both }        both = one { "and" one }
//! one    = "not" one | "(" either ")" | name [ relation value ]
//! relation = "==" | "!=" | "<" | "<=" | ">" | ">="      value = number | 'word'
//! ```
//!
//! What is not declared is unknown, and unknown is neither true nor false (Kleene's three values):
//! `a or b` is true where `a` is, whatever `b` may be.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// The longest condition, in characters: a line of a published list is shorter.
pub const MAX_LENGTH: usize = 500;
/// How deep brackets and `not` may nest.
const MAX_DEPTH: usize = 16;

/// A declared value.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Value {
    /// Yes or no.
    Flag(bool),
    /// A whole number.
    Number(i64),
    /// One of a fact's words.
    Word(String),
}

/// What was declared, by the fact's name.
pub type Facts = BTreeMap<String, Value>;

/// How a fact is held against a value.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Relation {
    /// `==`
    Equal,
    /// `!=`
    Different,
    /// `<`
    Less,
    /// `<=`
    AtMost,
    /// `>`
    More,
    /// `>=`
    AtLeast,
}

impl Relation {
    fn holds(self, order: std::cmp::Ordering) -> bool {
        match self {
            Self::Equal => order.is_eq(),
            Self::Different => order.is_ne(),
            Self::Less => order.is_lt(),
            Self::AtMost => order.is_le(),
            Self::More => order.is_gt(),
            Self::AtLeast => order.is_ge(),
        }
    }

    fn mark(self) -> &'static str {
        match self {
            Self::Equal => "==",
            Self::Different => "!=",
            Self::Less => "<",
            Self::AtMost => "<=",
            Self::More => ">",
            Self::AtLeast => ">=",
        }
    }
}

/// A condition.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Condition {
    /// A flag that is set, or a named condition that holds.
    Named(String),
    /// A fact beside a value.
    Compared(String, Relation, Value),
    /// Not that.
    Not(Box<Self>),
    /// All of them.
    All(Vec<Self>),
    /// One of them at least.
    Any(Vec<Self>),
}

/// Why a text is no condition.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{problem} (at character {at})")]
pub struct NoCondition {
    /// Where, in characters from 1.
    pub at: usize,
    /// What is wrong.
    pub problem: String,
}

impl Condition {
    /// Reads a condition.
    ///
    /// # Errors
    /// [`NoCondition`] with the place.
    pub fn parse(text: &str) -> Result<Self, NoCondition> {
        let words = words(text)?;
        let mut reader = Reader {
            words: &words,
            end: text.chars().count().saturating_add(1),
        };
        let condition = reader.either(0)?;
        match reader.words.first() {
            None => Ok(condition),
            Some((at, word)) => Err(wrong(*at, &format!("{word} is not expected here"))),
        }
    }

    /// Whether it holds; `None` where that hangs on something that is not declared. `named` answers for other
    /// named conditions.
    #[must_use]
    pub fn holds(&self, facts: &Facts, named: &BTreeMap<String, Self>) -> Option<bool> {
        match self {
            Self::Named(name) => match (facts.get(name), named.get(name)) {
                (Some(Value::Flag(set)), _) => Some(*set),
                (_, Some(condition)) => condition.holds(facts, named),
                (_, None) => None,
            },
            Self::Compared(name, relation, value) => match (facts.get(name)?, value) {
                (Value::Number(own), Value::Number(other)) => Some(relation.holds(own.cmp(other))),
                (Value::Word(own), Value::Word(other)) => Some(relation.holds(own.cmp(other))),
                (Value::Flag(_) | Value::Number(_) | Value::Word(_), _) => None,
            },
            Self::Not(inner) => inner.holds(facts, named).map(|holds| !holds),
            Self::All(all) => fold(all, facts, named, false),
            Self::Any(any) => fold(any, facts, named, true),
        }
    }

    /// The names that it reads.
    #[must_use]
    pub fn names(&self) -> BTreeSet<&str> {
        match self {
            Self::Named(name) | Self::Compared(name, _, _) => BTreeSet::from([name.as_str()]),
            Self::Not(inner) => inner.names(),
            Self::All(many) | Self::Any(many) => many.iter().flat_map(Self::names).collect(),
        }
    }

    /// Every comparison in it.
    #[must_use]
    pub fn compared(&self) -> Vec<(&str, Relation, &Value)> {
        match self {
            Self::Named(_) => Vec::new(),
            Self::Compared(name, relation, value) => vec![(name, *relation, value)],
            Self::Not(inner) => inner.compared(),
            Self::All(many) | Self::Any(many) => many.iter().flat_map(Self::compared).collect(),
        }
    }

    /// Every name that it asks for as a flag or a named condition.
    #[must_use]
    pub fn asked(&self) -> Vec<&str> {
        match self {
            Self::Named(name) => vec![name],
            Self::Compared(..) => Vec::new(),
            Self::Not(inner) => inner.asked(),
            Self::All(many) | Self::Any(many) => many.iter().flat_map(Self::asked).collect(),
        }
    }
}

/// One that equals `decides` decides for all; otherwise one that is unknown leaves all unknown.
fn fold(
    many: &[Condition],
    facts: &Facts,
    named: &BTreeMap<String, Condition>,
    decides: bool,
) -> Option<bool> {
    let mut known = true;
    for one in many {
        match one.holds(facts, named) {
            Some(holds) if holds == decides => return Some(decides),
            Some(_) => {}
            None => known = false,
        }
    }
    known.then_some(!decides)
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let joined = |f: &mut fmt::Formatter<'_>, many: &[Self], word: &str| {
            for (i, one) in many.iter().enumerate() {
                if i > 0 {
                    write!(f, " {word} ")?;
                }
                match one {
                    Self::All(_) | Self::Any(_) => write!(f, "({one})")?,
                    Self::Named(_) | Self::Compared(..) | Self::Not(_) => write!(f, "{one}")?,
                }
            }
            Ok(())
        };
        match self {
            Self::Named(name) => f.write_str(name),
            Self::Compared(name, relation, value) => {
                write!(f, "{name} {} ", relation.mark())?;
                match value {
                    Value::Flag(set) => write!(f, "{set}"),
                    Value::Number(n) => write!(f, "{n}"),
                    Value::Word(word) => write!(f, "'{word}'"),
                }
            }
            Self::Not(inner) => match **inner {
                Self::All(_) | Self::Any(_) => write!(f, "not ({inner})"),
                Self::Named(_) | Self::Compared(..) | Self::Not(_) => write!(f, "not {inner}"),
            },
            Self::All(many) => joined(f, many, "and"),
            Self::Any(many) => joined(f, many, "or"),
        }
    }
}

fn wrong(at: usize, problem: &str) -> NoCondition {
    NoCondition {
        at,
        problem: problem.to_owned(),
    }
}

#[derive(Clone, PartialEq, Eq, Debug)]
enum Word {
    Name(String),
    Number(i64),
    Quoted(String),
    Relation(Relation),
    Open,
    Close,
}

impl fmt::Display for Word {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => f.write_str(name),
            Self::Number(n) => write!(f, "{n}"),
            Self::Quoted(word) => write!(f, "'{word}'"),
            Self::Relation(relation) => f.write_str(relation.mark()),
            Self::Open => f.write_str("("),
            Self::Close => f.write_str(")"),
        }
    }
}

type Placed = (usize, Word);

/// The text as words with their places.
fn words(text: &str) -> Result<Vec<Placed>, NoCondition> {
    let chars: Vec<char> = text.chars().take(MAX_LENGTH.saturating_add(1)).collect();
    if chars.len() > MAX_LENGTH {
        let problem = format!("a condition has at most {MAX_LENGTH} characters");
        return Err(wrong(MAX_LENGTH, &problem));
    }
    let mut words = Vec::new();
    let mut rest = chars.as_slice();
    while let Some((first, after)) = rest.split_first() {
        let at = chars.len().saturating_sub(rest.len()).saturating_add(1);
        let (word, taken) = match (first, after.first()) {
            (c, _) if c.is_whitespace() => (None, 1),
            ('(', _) => (Some(Word::Open), 1),
            (')', _) => (Some(Word::Close), 1),
            ('=', Some('=')) => (Some(Word::Relation(Relation::Equal)), 2),
            ('!', Some('=')) => (Some(Word::Relation(Relation::Different)), 2),
            ('<', Some('=')) => (Some(Word::Relation(Relation::AtMost)), 2),
            ('>', Some('=')) => (Some(Word::Relation(Relation::AtLeast)), 2),
            ('<', _) => (Some(Word::Relation(Relation::Less)), 1),
            ('>', _) => (Some(Word::Relation(Relation::More)), 1),
            ('\'', _) => {
                let inside: String = after.iter().take_while(|c| **c != '\'').collect();
                let length = inside.chars().count();
                if length == after.len() {
                    return Err(wrong(at, "the quotation mark is not closed"));
                }
                (Some(Word::Quoted(inside)), length.saturating_add(2))
            }
            (c, _) if c.is_ascii_digit() || *c == '-' => {
                let digits = after.iter().take_while(|c| c.is_ascii_digit());
                let text: String = std::iter::once(first).chain(digits).collect();
                let number = text.parse();
                let number = number.map_err(|_| wrong(at, "not a whole number"))?;
                (Some(Word::Number(number)), text.len())
            }
            (c, _) if c.is_ascii_lowercase() => {
                let more = after.iter().take_while(|c| is_name(**c));
                let name: String = std::iter::once(first).chain(more).collect();
                let length = name.len();
                (Some(Word::Name(name)), length)
            }
            (c, _) => return Err(wrong(at, &format!("{c:?} is not expected here"))),
        };
        words.extend(word.map(|word| (at, word)));
        rest = rest.get(taken..).unwrap_or_default();
    }
    Ok(words)
}

/// What names of facts and conditions are made of after their first letter.
pub(super) fn is_name(c: char) -> bool {
    c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_'
}

struct Reader<'a> {
    words: &'a [Placed],
    end: usize,
}

impl Reader<'_> {
    fn next_is(&self, name: &str) -> bool {
        matches!(self.words.first(), Some((_, Word::Name(word))) if word == name)
    }

    fn take(&mut self) -> Result<Placed, NoCondition> {
        let (first, rest) = self
            .words
            .split_first()
            .ok_or_else(|| wrong(self.end, "something is missing at the end"))?;
        self.words = rest;
        Ok(first.clone())
    }

    fn chain(
        &mut self,
        depth: usize,
        word: &str,
        inner: fn(&mut Self, usize) -> Result<Condition, NoCondition>,
        whole: fn(Vec<Condition>) -> Condition,
    ) -> Result<Condition, NoCondition> {
        let first = inner(self, depth)?;
        if !self.next_is(word) {
            return Ok(first);
        }
        let mut many = vec![first];
        while self.next_is(word) {
            self.take()?;
            many.push(inner(self, depth)?);
        }
        Ok(whole(many))
    }

    fn either(&mut self, depth: usize) -> Result<Condition, NoCondition> {
        self.chain(depth, "or", Self::both, Condition::Any)
    }

    fn both(&mut self, depth: usize) -> Result<Condition, NoCondition> {
        self.chain(depth, "and", Self::one, Condition::All)
    }

    fn one(&mut self, depth: usize) -> Result<Condition, NoCondition> {
        let deeper = depth.saturating_add(1);
        let (at, word) = self.take()?;
        if deeper > MAX_DEPTH {
            return Err(wrong(at, &format!("nested more than {MAX_DEPTH} deep")));
        }
        match word {
            Word::Open => {
                let inner = self.either(deeper)?;
                match self.take()? {
                    (_, Word::Close) => Ok(inner),
                    (at, other) => Err(wrong(at, &format!("expected ), found {other}"))),
                }
            }
            Word::Name(name) if name == "not" => Ok(Condition::Not(Box::new(self.one(deeper)?))),
            Word::Name(name) if name == "and" || name == "or" => {
                Err(wrong(at, &format!("{name} has nothing before it")))
            }
            Word::Name(name) => self.compared(name),
            other @ (Word::Number(_) | Word::Quoted(_) | Word::Relation(_) | Word::Close) => Err(
                wrong(at, &format!("expected the name of a fact, found {other}")),
            ),
        }
    }

    fn compared(&mut self, name: String) -> Result<Condition, NoCondition> {
        let Some((at, Word::Relation(relation))) = self.words.first() else {
            return Ok(Condition::Named(name));
        };
        let (at, relation) = (*at, *relation);
        self.take()?;
        let value = match self.take()? {
            (_, Word::Number(n)) => Value::Number(n),
            (_, Word::Quoted(word)) => match relation {
                Relation::Equal | Relation::Different => Value::Word(word),
                Relation::Less | Relation::AtMost | Relation::More | Relation::AtLeast => {
                    return Err(wrong(at, "words are equal or different, not more or less"));
                }
            },
            (at, other) => {
                let problem = format!("expected a number or a word in '…', found {other}");
                return Err(wrong(at, &problem));
            }
        };
        Ok(Condition::Compared(name, relation, value))
    }
}
