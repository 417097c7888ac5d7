//! Expressions from their tokens.

use super::lex::{Token, tokens};
use super::{Axis, ElementTest, Expression, Path, Paths, Predicate, Test};
use crate::format::xml::signature::DS;

/// Parentheses inside each other.
const MAX_DEPTH: usize = 16;
/// Names in one expression, and so passes over a document.
const MAX_NAMES: usize = 16;

/// What prefixes stand for where the expression is written.
pub(super) type Prefixes<'a> = &'a dyn Fn(&str) -> Option<String>;

struct Parser<'t, 'p> {
    tokens: &'t [Token<'t>],
    prefixes: Prefixes<'p>,
    elements: Vec<ElementTest>,
    depth: usize,
}

/// A test of nodes; `None` if it is none of the shapes. `prefixes` says what a prefix stands for.
#[must_use]
pub fn compile_test(text: &str, prefixes: &dyn Fn(&str) -> Option<String>) -> Option<Test> {
    let tokens = tokens(text)?;
    let mut parser = Parser::new(&tokens, prefixes);
    let expression = match parser.enveloped() {
        Some(()) => Expression::OutsideOwnSignature,
        None => parser.or()?,
    };
    parser.end()?;
    Some(Test {
        expression,
        elements: parser.elements,
    })
}

/// Paths to elements; `None` if it is none of the shapes.
#[must_use]
pub fn compile_paths(text: &str, prefixes: &dyn Fn(&str) -> Option<String>) -> Option<Paths> {
    let tokens = tokens(text)?;
    let mut parser = Parser::new(&tokens, prefixes);
    let mut paths = vec![parser.path()?];
    while parser.symbol("|").is_some() {
        paths.push(parser.path()?);
    }
    parser.end()?;
    Some(Paths(paths))
}

impl<'t, 'p> Parser<'t, 'p> {
    fn new(tokens: &'t [Token<'t>], prefixes: Prefixes<'p>) -> Self {
        Self {
            tokens,
            prefixes,
            elements: Vec::new(),
            depth: 0,
        }
    }

    fn next(&mut self) -> Option<Token<'t>> {
        let (first, rest) = self.tokens.split_first()?;
        self.tokens = rest;
        Some(*first)
    }

    fn take(&mut self, wanted: Token<'_>) -> Option<()> {
        if self.tokens.first() != Some(&wanted) {
            return None;
        }
        self.next().map(|_| ())
    }

    fn symbol(&mut self, symbol: &str) -> Option<()> {
        self.take(Token::Symbol(symbol))
    }

    fn word(&mut self, word: &str) -> Option<()> {
        self.take(Token::Name(word))
    }

    /// Several tokens, or none of them.
    fn all(&mut self, wanted: &[Token<'_>]) -> Option<()> {
        let (head, rest) = self.tokens.split_at_checked(wanted.len())?;
        (head == wanted).then(|| self.tokens = rest)
    }

    fn end(&self) -> Option<()> {
        self.tokens.is_empty().then_some(())
    }

    fn deeper<T>(&mut self, read: impl FnOnce(&mut Self) -> Option<T>) -> Option<T> {
        self.depth = self.depth.saturating_add(1);
        if self.depth > MAX_DEPTH {
            return None;
        }
        let read = read(self)?;
        self.depth = self.depth.saturating_sub(1);
        Some(read)
    }

    fn in_parentheses<T>(&mut self, read: impl FnOnce(&mut Self) -> Option<T>) -> Option<T> {
        self.symbol("(")?;
        let inside = self.deeper(read)?;
        self.symbol(")")?;
        Some(inside)
    }

    fn function(&mut self, name: &str) -> Option<()> {
        self.all(&[Token::Name(name), Token::Symbol("(")])
    }

    fn without_arguments(&mut self, name: &str) -> Option<()> {
        self.all(&[Token::Name(name), Token::Symbol("("), Token::Symbol(")")])
    }

    fn or(&mut self) -> Option<Expression> {
        let mut all = vec![self.and()?];
        while self.word("or").is_some() {
            all.push(self.and()?);
        }
        Some(Expression::Or(all))
    }

    fn and(&mut self) -> Option<Expression> {
        let mut all = vec![self.one()?];
        while self.word("and").is_some() {
            all.push(self.one()?);
        }
        Some(Expression::And(all))
    }

    fn one(&mut self) -> Option<Expression> {
        if self.tokens.first() == Some(&Token::Symbol("(")) {
            return self.in_parentheses(Self::or);
        }
        for (name, value) in [("true", true), ("false", false)] {
            if self.without_arguments(name).is_some() {
                return Some(Expression::Always(value));
            }
        }
        if self.function("not").is_some() {
            let inside = self.deeper(Self::or)?;
            self.symbol(")")?;
            return Some(Expression::Not(Box::new(inside)));
        }
        self.step()
    }

    fn step(&mut self) -> Option<Expression> {
        let Token::Name(axis) = self.next()? else {
            return None;
        };
        let axis = match axis {
            "self" => Axis::Own,
            "parent" => Axis::Parent,
            "ancestor" => Axis::Ancestor,
            "ancestor-or-self" => Axis::AncestorOrSelf,
            _ => return None,
        };
        self.symbol("::")?;
        if self.without_arguments("text").is_some() {
            return (axis == Axis::Own).then_some(Expression::IsText);
        }
        let test = self.element_test()?;
        let at = self.elements.len();
        self.elements.push(test);
        (at < MAX_NAMES).then_some(Expression::Step(axis, at))
    }

    /// A name test and its predicates, of the element axis.
    fn element_test(&mut self) -> Option<ElementTest> {
        let (namespace, local) = match self.next()? {
            Token::Symbol("*") => (None, None),
            Token::Name(prefix) if self.symbol(":").is_some() => {
                let namespace = Some((self.prefixes)(prefix)?);
                match self.next()? {
                    Token::Symbol("*") => (namespace, None),
                    Token::Name(local) => (namespace, Some(local.to_owned())),
                    Token::Symbol(_) | Token::Literal(_) | Token::Number(_) => return None,
                }
            }
            // XPath 1.0 §2.3: a name without prefix is in no namespace.
            Token::Name(local) if self.tokens.first() != Some(&Token::Symbol("(")) => {
                (Some(String::new()), Some(local.to_owned()))
            }
            Token::Name(_) | Token::Symbol(_) | Token::Literal(_) | Token::Number(_) => {
                return None;
            }
        };
        let mut predicates = Vec::new();
        while self.symbol("[").is_some() {
            predicates.push(self.deeper(Self::predicate_or)?);
            self.symbol("]")?;
        }
        Some(ElementTest {
            namespace,
            local,
            predicates,
        })
    }

    fn predicate_or(&mut self) -> Option<Predicate> {
        let mut all = vec![self.predicate_and()?];
        while self.word("or").is_some() {
            all.push(self.predicate_and()?);
        }
        Some(Predicate::Or(all))
    }

    fn predicate_and(&mut self) -> Option<Predicate> {
        let mut all = vec![self.predicate()?];
        while self.word("and").is_some() {
            all.push(self.predicate()?);
        }
        Some(Predicate::And(all))
    }

    fn predicate(&mut self) -> Option<Predicate> {
        if self.tokens.first() == Some(&Token::Symbol("(")) {
            return self.in_parentheses(Self::predicate_or);
        }
        if self.function("not").is_some() {
            let inside = self.deeper(Self::predicate_or)?;
            self.symbol(")")?;
            return Some(Predicate::Not(Box::new(inside)));
        }
        if self.symbol("@").is_some() {
            let Token::Name(name) = self.next()? else {
                return None;
            };
            if self.tokens.first() == Some(&Token::Symbol(":")) {
                return None;
            }
            let value = self.symbol("=").map(|()| self.literal());
            return match value {
                Some(value) => Some(Predicate::Attribute(name.to_owned(), Some(value?))),
                None => Some(Predicate::Attribute(name.to_owned(), None)),
            };
        }
        if self.function("starts-with").is_some() {
            self.without_arguments("local-name")?;
            self.symbol(",")?;
            let begins = Predicate::LocalNameBegins(self.literal()?);
            self.symbol(")")?;
            return Some(begins);
        }
        let mut called = ["local-name", "name", "namespace-uri"].into_iter();
        let called = called.find(|name| self.without_arguments(name).is_some())?;
        self.symbol("=")?;
        let literal = self.literal()?;
        Some(match called {
            "local-name" => Predicate::LocalName(literal),
            "name" => Predicate::QualifiedName(literal),
            _ => Predicate::Namespace(literal),
        })
    }

    fn literal(&mut self) -> Option<String> {
        match self.next()? {
            Token::Literal(text) => Some(text.to_owned()),
            Token::Name(_) | Token::Number(_) | Token::Symbol(_) => None,
        }
    }

    fn path(&mut self) -> Option<Path> {
        if self.function("id").is_some() {
            let id = self.literal()?;
            self.symbol(")")?;
            return Some(Path::Id(id));
        }
        if self.without_arguments("here").is_some() {
            self.symbol("/")?;
            self.own_signature()?;
            return Some(Path::OwnSignature);
        }
        let mut steps = Vec::new();
        loop {
            let mut anywhere = match (self.symbol("//"), self.symbol("/")) {
                (Some(()), None) => true,
                (None, Some(())) => false,
                _ => break,
            };
            if steps.is_empty()
                && !anywhere
                && self.tokens.first().is_none_or(|t| *t == Token::Symbol("|"))
            {
                return Some(Path::Whole);
            }
            for (axis, deep) in [("descendant", true), ("child", false)] {
                if self
                    .all(&[Token::Name(axis), Token::Symbol("::")])
                    .is_some()
                {
                    anywhere |= deep;
                }
            }
            steps.push((anywhere, self.element_test()?));
        }
        let some = !steps.is_empty() && steps.len() <= MAX_NAMES;
        some.then_some(Path::Steps(steps))
    }

    /// `ancestor::ds:Signature[1]`
    fn own_signature(&mut self) -> Option<()> {
        self.all(&[Token::Name("ancestor"), Token::Symbol("::")])?;
        self.ds_signature()?;
        self.all(&[Token::Symbol("["), Token::Number("1"), Token::Symbol("]")])
    }

    fn ds_signature(&mut self) -> Option<()> {
        let Token::Name(prefix) = self.next()? else {
            return None;
        };
        self.all(&[Token::Symbol(":"), Token::Name("Signature")])?;
        ((self.prefixes)(prefix)? == DS).then_some(())
    }

    fn count_ancestors(&mut self) -> Option<()> {
        self.function("count")?;
        self.all(&[Token::Name("ancestor-or-self"), Token::Symbol("::")])?;
        self.ds_signature()
    }

    /// XMLDSig §6.6.4: "count(ancestor-or-self::dsig:Signature | here()/ancestor::dsig:Signature[1]) >
    /// count(ancestor-or-self::dsig:Signature)", and nothing else.
    fn enveloped(&mut self) -> Option<()> {
        let before = self.tokens;
        let mut read = || {
            self.count_ancestors()?;
            self.symbol("|")?;
            self.without_arguments("here")?;
            self.symbol("/")?;
            self.own_signature()?;
            self.symbol(")")?;
            self.symbol(">")?;
            self.count_ancestors()?;
            self.symbol(")")
        };
        let read = read();
        if read.is_none() {
            self.tokens = before;
        }
        read
    }
}
