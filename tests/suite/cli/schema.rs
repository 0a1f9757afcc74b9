//! Holds documents against their schemas: the part of JSON Schema that `docs/schema` uses.

use serde_json::Value;

/// Every place where `value` is not what `schema` says; a keyword that is not known here is one too.
pub(super) fn mistakes(schema: &Value, value: &Value) -> Vec<String> {
    let mut found = Vec::new();
    check(schema, schema, value, "$", &mut found);
    found
}

fn check(root: &Value, schema: &Value, value: &Value, at: &str, found: &mut Vec<String>) {
    let Some(rules) = schema.as_object() else {
        found.push(format!("{at}: the schema is no object"));
        return;
    };
    for (keyword, rule) in rules {
        match keyword.as_str() {
            "$schema" | "$id" | "$defs" | "title" | "description" | "additionalProperties" => {}
            "$ref" => {
                let path = rule.as_str().unwrap().strip_prefix('#').unwrap();
                let target = root.pointer(path).unwrap_or_else(|| panic!("{path} is defined"));
                check(root, target, value, at, found);
            }
            "const" => expect(value == rule, at, "is not the constant", found),
            "enum" => expect(
                rule.as_array().unwrap().contains(value),
                at,
                &format!("{value} is none of the enumeration"),
                found,
            ),
            "type" => {
                let names: Vec<&str> = match rule {
                    Value::Array(names) => names.iter().map(|name| name.as_str().unwrap()).collect(),
                    name => vec![name.as_str().unwrap()],
                };
                expect(
                    names.iter().any(|name| is(value, name)),
                    at,
                    &format!("is not {names:?}: {value}"),
                    found,
                );
            }
            "pattern" => {
                let regex = regex::Regex::new(rule.as_str().unwrap()).unwrap();
                let fits = value.as_str().is_none_or(|text| regex.is_match(text));
                expect(fits, at, &format!("does not match {rule}: {value}"), found);
            }
            "anyOf" => {
                let fits = rule.as_array().unwrap().iter().any(|one| {
                    let mut mistakes = Vec::new();
                    check(root, one, value, at, &mut mistakes);
                    mistakes.is_empty()
                });
                expect(fits, at, &format!("fits none of the choices: {value}"), found);
            }
            "items" => {
                for (index, item) in value.as_array().into_iter().flatten().enumerate() {
                    check(root, rule, item, &format!("{at}[{index}]"), found);
                }
            }
            "required" => {
                for name in rule.as_array().unwrap().iter().map(|name| name.as_str().unwrap()) {
                    expect(value.get(name).is_some(), at, &format!("lacks `{name}`"), found);
                }
            }
            "properties" => members(root, rules, value, at, found),
            other => found.push(format!("{at}: the test does not know the keyword `{other}`")),
        }
    }
}

fn members(
    root: &Value,
    rules: &serde_json::Map<String, Value>,
    value: &Value,
    at: &str,
    found: &mut Vec<String>,
) {
    let known = rules["properties"].as_object().unwrap();
    let closed = rules.get("additionalProperties") == Some(&Value::Bool(false));
    for (name, member) in value.as_object().into_iter().flatten() {
        match known.get(name) {
            Some(rule) => check(root, rule, member, &format!("{at}.{name}"), found),
            None => expect(!closed, at, &format!("has an unknown member `{name}`"), found),
        }
    }
}

fn is(value: &Value, name: &str) -> bool {
    match name {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "string" => value.is_string(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        other => panic!("the test does not know the type `{other}`"),
    }
}

fn expect(holds: bool, at: &str, what: &str, found: &mut Vec<String>) {
    if !holds {
        found.push(format!("{at}: {what}"));
    }
}

#[test]
fn mistakes_are_found() {
    let schema = serde_json::json!({
        "type": "object", "required": ["a"], "additionalProperties": false,
        "properties": {"a": {"type": ["integer", "null"]}, "b": {"type": "array", "items": {"enum": ["x"]}}},
    });
    let held = |value: Value| mistakes(&schema, &value);
    assert!(held(serde_json::json!({"a": null, "b": ["x"]})).is_empty());
    assert_eq!(
        held(serde_json::json!({"b": ["x", "y"]})),
        ["$: lacks `a`", "$.b[1]: \"y\" is none of the enumeration"]
    );
    assert_eq!(
        held(serde_json::json!({"a": 1, "c": 2})),
        ["$: has an unknown member `c`"]
    );
    assert_eq!(held(serde_json::json!({"a": "1"})).len(), 1);
}
