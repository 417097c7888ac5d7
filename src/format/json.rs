//! From JSON to fields by name; an error says where (RFC 6901).

use serde::de::DeserializeOwned;
use serde_path_to_error::Segment;

/// JSON that is not what it should be.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{pointer}: {problem}")]
pub struct Misshapen {
    /// The pointer of the place.
    pub pointer: String,
    /// The reader's words.
    pub problem: String,
}

/// Reads one object. Where it goes wrong is looked for only once something is wrong: most are in order.
///
/// # Errors
/// [`Misshapen`]; for a list too, which serde would read field by field without their names.
pub fn object<T: DeserializeOwned>(json: &[u8]) -> Result<T, Misshapen> {
    let begin = json.iter().find(|byte| !byte.is_ascii_whitespace());
    if begin.is_some_and(|byte| *byte != b'{') {
        return Err(misshapen(String::new(), "expected an object".to_owned()));
    }
    serde_json::from_slice(json).or_else(|_| object_or_place(json))
}

fn object_or_place<T: DeserializeOwned>(json: &[u8]) -> Result<T, Misshapen> {
    let mut parser = serde_json::Deserializer::from_slice(json);
    let read = serde_path_to_error::deserialize(&mut parser).map_err(|e| {
        let mut pointer = String::new();
        for segment in e.path().iter() {
            match segment {
                Segment::Seq { index } => pointer.push_str(&format!("/{index}")),
                Segment::Map { key } => pointer.push_str(&format!("/{key}")),
                Segment::Enum { .. } | Segment::Unknown => {}
            }
        }
        misshapen(pointer, e.inner().to_string())
    })?;
    let end = parser.end();
    end.map_err(|e| misshapen(String::new(), e.to_string()))?;
    Ok(read)
}

fn misshapen(pointer: String, problem: String) -> Misshapen {
    Misshapen { pointer, problem }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;

    #[derive(Deserialize, Debug)]
    #[serde(deny_unknown_fields)]
    struct Inner {
        #[serde(default)]
        list: Vec<u8>,
    }

    #[derive(Deserialize, Debug)]
    #[serde(deny_unknown_fields)]
    struct Outer {
        inner: Inner,
    }

    #[test]
    fn an_error_says_where() {
        let table = [
            (
                r#"{"inner":{"list":[1,"x"]}}"#,
                "/inner/list/1",
                "invalid type",
            ),
            (r#"{"inner":{},"more":1}"#, "/more", "unknown field"),
            (r#"{"inner":{"more":1}}"#, "/inner/more", "unknown field"),
            (r#"{"inner":{}} x"#, "", "trailing characters"),
            (r"{}", "", "missing field"),
            (r"", "", "EOF"),
        ];
        for (json, pointer, words) in table {
            let error = object::<Outer>(json.as_bytes()).expect_err(json);
            assert_eq!(error.pointer, pointer, "{json}");
            assert!(error.problem.contains(words), "{json}: {error}");
        }
        let fine = object::<Outer>(br#" {"inner":{"list":[1]}} "#).expect("read");
        assert_eq!(fine.inner.list, [1]);
    }

    #[test]
    fn a_list_is_no_object() {
        for json in ["[[]]", "[]", "\"x\"", "3", "null"] {
            let error = object::<Outer>(json.as_bytes()).expect_err(json);
            assert_eq!(error.problem, "expected an object", "{json}");
        }
    }
}
