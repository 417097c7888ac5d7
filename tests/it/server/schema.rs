//! Answers against the description that the gateway publishes (`/openapi.json`): as much of JSON Schema
//! (draft 2020-12) as the description uses; a keyword not known here fails.

use lienthong::http::v1;
use serde_json::Value;
use std::sync::LazyLock;

static DESCRIPTION: LazyLock<Value> =
    LazyLock::new(|| serde_json::from_str(v1::OPENAPI).expect("JSON"));

/// Whether a value is what the schema of that name says; else where it is not.
pub(crate) fn conforms(name: &str, value: &Value) -> Result<(), String> {
    let reference = format!("#/components/schemas/{name}");
    check(&serde_json::json!({ "$ref": reference }), value, name)
}

fn check(schema: &Value, value: &Value, at: &str) -> Result<(), String> {
    let keywords = schema
        .as_object()
        .ok_or_else(|| format!("{at}: no schema"))?;
    for (keyword, demand) in keywords {
        let holds = match keyword.as_str() {
            "$ref" => {
                let pointer = demand.as_str().unwrap_or_default().trim_start_matches('#');
                let target = DESCRIPTION.pointer(pointer);
                check(target.ok_or_else(|| format!("{at}: {demand}"))?, value, at)?;
                true
            }
            "type" => is(demand, value),
            "const" => demand == value,
            "minimum" => value.as_i64() >= demand.as_i64(),
            "enum" => list(demand).contains(value),
            "anyOf" => list(demand).iter().any(|one| check(one, value, at).is_ok()),
            "items" => {
                for (n, item) in value.as_array().into_iter().flatten().enumerate() {
                    check(demand, item, &format!("{at}/{n}"))?;
                }
                true
            }
            "properties" | "required" | "additionalProperties" => true,
            "pattern" => matches(demand.as_str().unwrap_or_default(), value),
            "format" => value.as_str().is_none_or(|text| {
                demand == "date-time" && lienthong::model::Timestamp::parse(text).is_some()
            }),
            "contentEncoding" => value.as_str().is_some_and(|text| {
                use base64::Engine;
                let base64 = base64::engine::general_purpose::STANDARD;
                demand == "base64" && base64.decode(text).is_ok()
            }),
            "description" => true,
            other => return Err(format!("{at}: the keyword {other} is not known here")),
        };
        if !holds {
            return Err(format!("{at}: {value} against {keyword} {demand}"));
        }
    }
    object(schema, value, at)
}

fn object(schema: &Value, value: &Value, at: &str) -> Result<(), String> {
    let Some(members) = value.as_object() else {
        return Ok(());
    };
    for required in list(&schema["required"]) {
        let name = required.as_str().unwrap_or_default();
        if !members.contains_key(name) {
            return Err(format!("{at}: {name} is missing"));
        }
    }
    for (name, member) in members {
        let inside = format!("{at}/{name}");
        match (
            schema["properties"].get(name),
            &schema["additionalProperties"],
        ) {
            (Some(schema), _) => check(schema, member, &inside)?,
            (None, Value::Bool(false)) => return Err(format!("{inside} is not described")),
            (None, schema) if schema.is_object() => check(schema, member, &inside)?,
            (None, _) => {}
        }
    }
    Ok(())
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn is(demand: &Value, value: &Value) -> bool {
    let one = |kind: &Value| match kind.as_str().unwrap_or_default() {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "integer" => value.is_i64() || value.is_u64(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        _ => false,
    };
    demand
        .as_array()
        .map_or_else(|| one(demand), |kinds| kinds.iter().any(one))
}

/// The one pattern there is: a SHA-256.
fn matches(pattern: &str, value: &Value) -> bool {
    assert_eq!(pattern, "^[0-9a-f]{64}$");
    let hex =
        |text: &str| text.len() == 64 && text.bytes().all(|b| b"0123456789abcdef".contains(&b));
    value.as_str().is_none_or(hex)
}

#[test]
fn what_is_not_described_is_seen() {
    let reason = serde_json::json!({ "code": "digest_mismatch", "args": { "a": "b" } });
    assert_eq!(conforms("ReportReason", &reason), Ok(()));
    for wrong in [
        serde_json::json!({}),
        serde_json::json!({ "code": 1 }),
        serde_json::json!({ "code": "x", "more": 1 }),
        serde_json::json!({ "code": "x", "args": { "a": 1 } }),
        serde_json::json!([]),
    ] {
        assert!(conforms("ReportReason", &wrong).is_err(), "{wrong}");
    }
}
