//! Joining the values of `xml:base` (Canonical XML 1.1 §2.4 and appendix A): RFC 3986 §5.2, but that
//! neither needs to be absolute, and that `..` which leads nowhere stays.

/// A reference in its parts (RFC 3986 appendix B), without its fragment.
struct Parts<'a> {
    scheme: Option<&'a str>,
    authority: Option<&'a str>,
    path: &'a str,
    query: Option<&'a str>,
}

fn parts(text: &str) -> Parts<'_> {
    let text = text.split_once('#').map_or(text, |(before, _)| before);
    let (text, query) = match text.split_once('?') {
        Some((before, query)) => (before, Some(query)),
        None => (text, None),
    };
    let (scheme, rest) = match text.split_once(':') {
        Some((scheme, rest)) if !scheme.is_empty() && !scheme.contains('/') => (Some(scheme), rest),
        Some(_) | None => (None, text),
    };
    let (authority, path) = match rest.strip_prefix("//") {
        Some(rest) => {
            let end = rest.find('/').unwrap_or(rest.len());
            let (authority, path) = rest.split_at(end);
            (Some(authority), path)
        }
        None => (None, rest),
    };
    Parts {
        scheme,
        authority,
        path,
        query,
    }
}

/// The reference `other` at the base `base`.
pub(super) fn join(base: &str, other: &str) -> String {
    let (base, other) = (parts(base), parts(other));
    // What the other one has from the left on is its own.
    let (scheme, authority, path, query) = if other.scheme.is_some() {
        (
            other.scheme,
            other.authority,
            without_dots(other.path),
            other.query,
        )
    } else if other.authority.is_some() {
        (
            base.scheme,
            other.authority,
            without_dots(other.path),
            other.query,
        )
    } else if other.path.is_empty() {
        let query = other.query.or(base.query);
        (base.scheme, base.authority, without_dots(base.path), query)
    } else {
        let path = without_dots(&merged(&base, other.path));
        (base.scheme, base.authority, path, other.query)
    };
    whole(scheme, authority, &path, query)
}

/// A path at a base (RFC 3986 §5.2.3).
fn merged(base: &Parts<'_>, path: &str) -> String {
    if path.starts_with('/') {
        return path.to_owned();
    }
    // Appendix A: a base that ends in .. names a folder.
    if base.path == ".." || base.path.ends_with("/..") {
        return format!("{}/{path}", base.path);
    }
    match base.path.rsplit_once('/') {
        Some((folder, _)) => format!("{folder}/{path}"),
        None if base.authority.is_some() => format!("/{path}"),
        None => path.to_owned(),
    }
}

fn whole(scheme: Option<&str>, authority: Option<&str>, path: &str, query: Option<&str>) -> String {
    let scheme = scheme.map(|s| format!("{s}:")).unwrap_or_default();
    let authority = authority.map(|a| format!("//{a}")).unwrap_or_default();
    let query = query.map(|q| format!("?{q}")).unwrap_or_default();
    format!("{scheme}{authority}{path}{query}")
}

/// `.` and `..` taken out where that is possible, empty segments inside too (appendix A).
fn without_dots(path: &str) -> String {
    let absolute = path.starts_with('/');
    let mut kept: Vec<&str> = Vec::new();
    let folder = path.ends_with('/') || path.ends_with("/.") || path.ends_with("/..");
    for segment in path.split('/') {
        match segment {
            "" | "." => {}
            ".." => match kept.last() {
                Some(last) if *last != ".." => {
                    kept.pop();
                }
                Some(_) | None if absolute => {}
                Some(_) | None => kept.push(".."),
            },
            other => kept.push(other),
        }
    }
    let start = if absolute { "/" } else { "" };
    let inside = kept.join("/");
    let end = if folder && !inside.is_empty() {
        "/"
    } else {
        ""
    };
    format!("{start}{inside}{end}")
}
