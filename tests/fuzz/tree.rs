//! BER as a tree that can be changed and written again: lengths of what is around a change follow,
//! unless a wrong length is what is wanted. Octet and bit strings that hold elements are opened too,
//! since extension values, public keys and tokens are such.

/// More elements than this are left in one piece; a certificate has some 150.
const MAX_NODES: usize = 20_000;
const MAX_DEPTH: usize = 64;

/// How the length is written.
#[derive(Clone, Copy)]
pub(crate) enum Length {
    Minimal,
    /// With superfluous octets.
    Padded(u8),
    Indefinite,
    /// Off by so much.
    Wrong(i32),
}

#[derive(Clone)]
pub(crate) struct Node {
    pub(crate) tag: Vec<u8>,
    pub(crate) length: Length,
    /// What stands before the elements inside: the count of unused bits.
    lead: Vec<u8>,
    pub(crate) body: Body,
}

#[derive(Clone)]
pub(crate) enum Body {
    Octets(Vec<u8>),
    Nodes(Vec<Node>),
}

impl Node {
    pub(crate) fn wrapped(tag: u8, inside: Vec<Self>) -> Self {
        Self {
            tag: vec![tag],
            length: Length::Minimal,
            lead: Vec::new(),
            body: Body::Nodes(inside),
        }
    }

    fn write(&self, out: &mut Vec<u8>) {
        let mut inside = self.lead.clone();
        match &self.body {
            Body::Octets(octets) => inside.extend_from_slice(octets),
            Body::Nodes(nodes) => nodes.iter().for_each(|node| node.write(&mut inside)),
        }
        out.extend_from_slice(&self.tag);
        match self.length {
            Length::Minimal => write_length(inside.len(), 0, out),
            Length::Padded(more) => write_length(inside.len(), usize::from(more), out),
            Length::Indefinite => out.push(0x80),
            Length::Wrong(by) => {
                let length = inside.len() as i64 + i64::from(by);
                write_length(length.max(0) as usize, 0, out);
            }
        }
        out.extend_from_slice(&inside);
        if matches!(self.length, Length::Indefinite) {
            out.extend_from_slice(&[0, 0]);
        }
    }
}

fn write_length(length: usize, padding: usize, out: &mut Vec<u8>) {
    if length < 0x80 && padding == 0 {
        out.push(length as u8);
        return;
    }
    let octets = length.to_be_bytes();
    let first = octets
        .iter()
        .position(|b| *b != 0)
        .unwrap_or(octets.len() - 1);
    let significant = &octets[first..];
    out.push(0x80 | (significant.len() + padding).min(0x7e) as u8);
    out.extend(std::iter::repeat_n(0, padding));
    out.extend_from_slice(significant);
}

/// The elements that `bytes` consist of; `None` if they consist of none.
pub(crate) fn read(bytes: &[u8]) -> Option<Vec<Node>> {
    let mut left = MAX_NODES;
    read_all(bytes, 0, &mut left)
}

pub(crate) fn write(nodes: &[Node]) -> Vec<u8> {
    let mut out = Vec::new();
    nodes.iter().for_each(|node| node.write(&mut out));
    out
}

fn read_all(mut bytes: &[u8], depth: usize, left: &mut usize) -> Option<Vec<Node>> {
    let mut nodes = Vec::new();
    while !bytes.is_empty() {
        let (head, length) = head(bytes)?;
        let content = bytes.get(head..head.checked_add(length)?)?;
        *left = left.checked_sub(1)?;
        nodes.push(node(bytes, content, depth, left));
        bytes = &bytes[head + length..];
    }
    (!nodes.is_empty()).then_some(nodes)
}

fn node(bytes: &[u8], content: &[u8], depth: usize, left: &mut usize) -> Node {
    let tag = bytes[..tag_length(bytes)].to_vec();
    let (lead, rest) = match (tag[0], content) {
        (0x03, [0, rest @ ..]) => (vec![0], rest),
        _ => (Vec::new(), content),
    };
    // A string that happens to read as elements would never be changed as a string.
    let opens = tag[0] & 0x20 != 0 || matches!(tag[0], 0x03 | 0x04) && rest.len() > 4;
    let mut spent = *left;
    let inside = (opens && depth < MAX_DEPTH).then(|| read_all(rest, depth + 1, &mut spent));
    match inside.flatten() {
        Some(nodes) => {
            *left = spent;
            Node {
                tag,
                length: Length::Minimal,
                lead,
                body: Body::Nodes(nodes),
            }
        }
        None => Node {
            tag,
            length: Length::Minimal,
            lead: Vec::new(),
            body: Body::Octets(content.to_vec()),
        },
    }
}

fn tag_length(bytes: &[u8]) -> usize {
    if bytes[0] & 0x1f != 0x1f {
        return 1;
    }
    let more = bytes[1..].iter().take(4).take_while(|b| **b & 0x80 != 0);
    (2 + more.count()).min(bytes.len())
}

/// Octets of tag and length, and the length; definite lengths only.
fn head(bytes: &[u8]) -> Option<(usize, usize)> {
    let tag = tag_length(bytes);
    let first = *bytes.get(tag)?;
    if first < 0x80 {
        return Some((tag + 1, usize::from(first)));
    }
    let count = usize::from(first & 0x7f);
    if count == 0 || count > 4 {
        return None;
    }
    let octets = bytes.get(tag + 1..tag + 1 + count)?;
    let length = octets.iter().fold(0, |all, b| all << 8 | usize::from(*b));
    Some((tag + 1 + count, length))
}

pub(crate) fn count(nodes: &[Node]) -> usize {
    let inside = |node: &Node| match &node.body {
        Body::Octets(_) => 0,
        Body::Nodes(nodes) => count(nodes),
    };
    nodes.iter().map(|node| 1 + inside(node)).sum()
}

/// Hands the `number`-th element, in the order of the encoding, with its siblings to `change`.
pub(crate) fn at(
    nodes: &mut Vec<Node>,
    number: &mut usize,
    change: &mut dyn FnMut(&mut Vec<Node>, usize),
) -> bool {
    for place in 0..nodes.len() {
        if *number == 0 {
            change(nodes, place);
            return true;
        }
        *number -= 1;
        if let Body::Nodes(inside) = &mut nodes[place].body
            && at(inside, number, change)
        {
            return true;
        }
    }
    false
}
