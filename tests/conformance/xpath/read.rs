//! Expressions from their text (XPath 1.0 §2 and §3).

#[derive(Clone, Debug)]
pub(super) enum Expr {
    Or(Box<Self>, Box<Self>),
    And(Box<Self>, Box<Self>),
    Compare(String, Box<Self>, Box<Self>),
    Union(Box<Self>, Box<Self>),
    Filter(Box<Self>, Vec<Self>),
    Path(From, Vec<Step>),
    Call(String, Vec<Self>),
    Literal(String),
    Number(f64),
}

/// Where a path begins.
#[derive(Clone, Debug)]
pub(super) enum From {
    Root,
    Here,
    Of(Box<Expr>),
}

#[derive(Clone, Debug)]
pub(super) struct Step {
    pub(super) axis: Axis,
    pub(super) test: Test,
    pub(super) predicates: Vec<Expr>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Axis {
    Own,
    Parent,
    Ancestor,
    AncestorOrSelf,
    Child,
    Descendant,
    DescendantOrSelf,
    Attribute,
    Namespace,
}

#[derive(Clone, Debug)]
pub(super) enum Test {
    Node,
    Text,
    Comment,
    Instruction,
    /// Namespace and local name; `None`: whatever it is.
    Named(Option<String>, Option<String>),
}

const AXES: [(&str, Axis); 9] = [
    ("self", Axis::Own),
    ("parent", Axis::Parent),
    ("ancestor", Axis::Ancestor),
    ("ancestor-or-self", Axis::AncestorOrSelf),
    ("child", Axis::Child),
    ("descendant", Axis::Descendant),
    ("descendant-or-self", Axis::DescendantOrSelf),
    ("attribute", Axis::Attribute),
    ("namespace", Axis::Namespace),
];

const SYMBOLS: [&str; 20] = [
    "::", "//", "..", "!=", "<=", ">=", "(", ")", "[", "]", "/", ".", "@", ",", "|", "=", "<", ">",
    ":", "*",
];

/// An expression; `None` if it is none that is evaluated.
pub(super) fn expression(text: &str, prefixes: &dyn Fn(&str) -> Option<String>) -> Option<Expr> {
    let tokens = tokens(text)?;
    let mut reader = Reader {
        tokens: &tokens,
        prefixes,
    };
    let expression = reader.or()?;
    reader.tokens.is_empty().then_some(expression)
}

/// Words, symbols, literals with their quote and numbers.
fn tokens(text: &str) -> Option<Vec<&str>> {
    let mut rest = text.trim_start();
    let mut all = Vec::new();
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '\'' | '"' => rest[1..].find(first)? + 2,
            _ if first.is_ascii_digit() => digits(rest),
            _ => match SYMBOLS.iter().find(|symbol| rest.starts_with(**symbol)) {
                Some(symbol) => symbol.len(),
                None => word(rest),
            },
        };
        all.push(rest.get(..length).filter(|token| !token.is_empty())?);
        rest = rest[length..].trim_start();
    }
    Some(all)
}

fn digits(text: &str) -> usize {
    let inside = |c: char| c.is_ascii_digit() || c == '.';
    text.find(|c| !inside(c)).unwrap_or(text.len())
}

fn word(text: &str) -> usize {
    let inside = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.');
    text.find(|c| !inside(c)).unwrap_or(text.len())
}

struct Reader<'t, 'p> {
    tokens: &'t [&'t str],
    prefixes: &'p dyn Fn(&str) -> Option<String>,
}

impl<'t> Reader<'t, '_> {
    fn next(&mut self) -> Option<&'t str> {
        let (first, rest) = self.tokens.split_first()?;
        self.tokens = rest;
        Some(first)
    }

    fn take(&mut self, wanted: &str) -> bool {
        let found = self.tokens.first() == Some(&wanted);
        if found {
            self.tokens = &self.tokens[1..];
        }
        found
    }

    fn sees(&self, at: usize, wanted: &str) -> bool {
        self.tokens.get(at) == Some(&wanted)
    }

    fn or(&mut self) -> Option<Expr> {
        let mut one = self.and()?;
        while self.take("or") {
            one = Expr::Or(Box::new(one), Box::new(self.and()?));
        }
        Some(one)
    }

    fn and(&mut self) -> Option<Expr> {
        let mut one = self.comparison()?;
        while self.take("and") {
            one = Expr::And(Box::new(one), Box::new(self.comparison()?));
        }
        Some(one)
    }

    fn comparison(&mut self) -> Option<Expr> {
        let mut one = self.union()?;
        let operators = ["=", "!=", "<=", ">=", "<", ">"];
        while let Some(operator) = operators.iter().find(|o| self.sees(0, o)) {
            self.next()?;
            one = Expr::Compare((*operator).into(), Box::new(one), Box::new(self.union()?));
        }
        Some(one)
    }

    fn union(&mut self) -> Option<Expr> {
        let mut one = self.path()?;
        while self.take("|") {
            one = Expr::Union(Box::new(one), Box::new(self.path()?));
        }
        Some(one)
    }

    fn path(&mut self) -> Option<Expr> {
        let first = *self.tokens.first()?;
        let kinds = ["node", "text", "comment", "processing-instruction"];
        let called = self.sees(1, "(") && !kinds.contains(&first) && first != "(";
        let starts = |c: char| c.is_ascii_digit() || matches!(c, '\'' | '"' | '(');
        if !called && !first.starts_with(starts) {
            return self.location();
        }
        let primary = self.primary()?;
        let predicates = self.predicates()?;
        let own = match predicates.is_empty() {
            true => primary,
            false => Expr::Filter(Box::new(primary), predicates),
        };
        match self.sees(0, "/") || self.sees(0, "//") {
            true => {
                let mut steps = Vec::new();
                self.steps(&mut steps)?;
                Some(Expr::Path(From::Of(Box::new(own)), steps))
            }
            false => Some(own),
        }
    }

    fn primary(&mut self) -> Option<Expr> {
        let first = self.next()?;
        if first == "(" {
            let inside = self.or()?;
            return self.take(")").then_some(inside);
        }
        if first.starts_with(['\'', '"']) {
            return Some(Expr::Literal(first[1..first.len() - 1].to_owned()));
        }
        if first.starts_with(|c: char| c.is_ascii_digit()) {
            return first.parse().ok().map(Expr::Number);
        }
        let mut arguments = Vec::new();
        if !self.take("(") {
            return None;
        }
        while !self.take(")") {
            if !arguments.is_empty() && !self.take(",") {
                return None;
            }
            arguments.push(self.or()?);
        }
        Some(Expr::Call(first.to_owned(), arguments))
    }

    fn location(&mut self) -> Option<Expr> {
        let mut steps = Vec::new();
        if self.sees(0, "//") {
            self.steps(&mut steps)?;
            return Some(Expr::Path(From::Root, steps));
        }
        let ends =
            |token: &&str| matches!(*token, ")" | "]" | "|" | "," | "and" | "or" | "=" | "!=");
        if self.take("/") {
            if !self.tokens.first().is_none_or(ends) {
                steps.push(self.step()?);
                self.steps(&mut steps)?;
            }
            return Some(Expr::Path(From::Root, steps));
        }
        steps.push(self.step()?);
        self.steps(&mut steps)?;
        Some(Expr::Path(From::Here, steps))
    }

    /// What follows behind slashes.
    fn steps(&mut self, steps: &mut Vec<Step>) -> Option<()> {
        loop {
            if self.take("//") {
                steps.push(Step::whole(Axis::DescendantOrSelf));
            } else if !self.take("/") {
                return Some(());
            }
            steps.push(self.step()?);
        }
    }

    fn step(&mut self) -> Option<Step> {
        if self.take(".") {
            return Some(Step::whole(Axis::Own));
        }
        if self.take("..") {
            return Some(Step::whole(Axis::Parent));
        }
        let axis = if self.take("@") {
            Axis::Attribute
        } else if self.sees(1, "::") {
            let name = self.next()?;
            self.next()?;
            AXES.iter().find(|(own, _)| *own == name)?.1
        } else {
            Axis::Child
        };
        let test = self.test()?;
        let predicates = self.predicates()?;
        Some(Step {
            axis,
            test,
            predicates,
        })
    }

    fn test(&mut self) -> Option<Test> {
        let first = self.next()?;
        if self.sees(0, "(") && self.sees(1, ")") {
            self.tokens = &self.tokens[2..];
            return Some(match first {
                "node" => Test::Node,
                "text" => Test::Text,
                "comment" => Test::Comment,
                "processing-instruction" => Test::Instruction,
                _ => return None,
            });
        }
        let any = |name: &str| (name != "*").then(|| name.to_owned());
        if self.take(":") {
            let namespace = (self.prefixes)(first)?;
            return Some(Test::Named(Some(namespace), any(self.next()?)));
        }
        // §2.3: without a prefix it is in no namespace.
        let namespace = (first != "*").then(String::new);
        Some(Test::Named(namespace, any(first)))
    }

    fn predicates(&mut self) -> Option<Vec<Expr>> {
        let mut all = Vec::new();
        while self.take("[") {
            all.push(self.or()?);
            if !self.take("]") {
                return None;
            }
        }
        Some(all)
    }
}

impl Step {
    fn whole(axis: Axis) -> Self {
        Self {
            axis,
            test: Test::Node,
            predicates: Vec::new(),
        }
    }
}
