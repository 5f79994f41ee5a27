//! Where somebody gave a list for an object. serde takes one for the other, field after field in their
//! order, at every depth and for frames as for bodies; ours are objects only, by the names of their fields.

use serde::Serialize;
use serde_json::Value;

/// The path of a list that was understood as an object: what was understood, written again, has another
/// shape there. Empty for the whole of it.
pub fn list_for_object(given: &[u8], understood: &impl Serialize) -> Option<String> {
    // Most hold no list at all, and need not be read twice.
    if !given.contains(&b'[') {
        return None;
    }
    let given = serde_json::from_slice(given).ok()?;
    let understood = serde_json::to_value(understood).ok()?;
    differs(&given, &understood, String::new())
}

fn differs(given: &Value, understood: &Value, path: String) -> Option<String> {
    match (given, understood) {
        (Value::Array(_), Value::Object(_)) => Some(path),
        (Value::Array(given), Value::Array(understood)) => {
            let mut items = given.iter().zip(understood).enumerate();
            items.find_map(|(n, (given, understood))| differs(given, understood, format!("{path}[{n}]")))
        }
        (Value::Object(given), Value::Object(understood)) => given.iter().find_map(|(name, given)| {
            let inner = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
            differs(given, understood.get(name)?, inner)
        }),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_list_in_the_place_of_an_object_is_found_at_every_depth() {
        let object = json!({ "a": "x", "b": { "c": [{ "d": "y" }] }, "e": ["z"] });
        let find = |given: Value| list_for_object(given.to_string().as_bytes(), &object);
        assert_eq!(find(object.clone()), None);
        assert_eq!(find(json!({ "e": ["z"], "b": { "c": [{ "d": "y", "more": [1] }] } })), None);
        assert_eq!(find(json!(["x", {}, []])), Some(String::new()));
        assert_eq!(find(json!({ "b": [[{ "d": "y" }]] })), Some("b".to_owned()));
        assert_eq!(find(json!({ "b": { "c": [["y"]] } })), Some("b.c[0]".to_owned()));
    }
}
