//! The published schemas, against what the program writes.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use segments_core::Segment;
use segments_emulator::{Script, Workspace};
use serde_json::{Value, json};

use crate::support::{emulator, export, run};

fn schema(args: &[&str]) -> Value {
    let schema: Value =
        serde_json::from_str(&run(&[&["schema"], args].concat()).expect(0).stdout).unwrap();
    assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
    schema
}

fn lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// The types of the properties of an object, as the schemas have them.
type Types = BTreeMap<String, String>;

/// The properties that the schema has, and which of them are required.
fn described(schema: &Value, root: &Value) -> (Types, BTreeSet<String>) {
    let of_property = |property: &Value| {
        let property = match property["$ref"].as_str() {
            Some("#/$defs/tags") => &root["$defs"]["tags"],
            Some(other) => panic!("{other}"),
            None => property,
        };
        match (property["type"].as_str(), property["items"]["type"].as_str()) {
            (Some("array"), Some(items)) => format!("array of {items}"),
            (Some(kind), None) => kind.to_owned(),
            // One of some texts.
            _ => "string".to_owned(),
        }
    };
    let properties = schema["properties"].as_object().unwrap();
    let types = properties.iter().map(|(name, of)| (name.clone(), of_property(of))).collect();
    let required = schema["required"].as_array().into_iter().flatten();
    (types, required.map(|name| name.as_str().unwrap().to_owned()).collect())
}

fn written(object: &Value) -> Types {
    let of_value = |value: &Value| match value {
        Value::String(_) => "string",
        Value::Bool(_) => "boolean",
        Value::Array(items) if items.iter().all(Value::is_string) => "array of string",
        other => panic!("{other}"),
    };
    let properties = object.as_object().unwrap().iter();
    properties.map(|(name, value)| (name.clone(), of_value(value).to_owned())).collect()
}

#[test]
fn a_row_has_the_fields_and_types_of_its_schema() {
    let schema = schema(&[]);
    let (types, required) = described(&schema, &schema);
    // Nothing else, and nothing less.
    assert_eq!(schema["additionalProperties"], json!(false));
    assert!(types.keys().eq(&required));

    let server = emulator(250, Script::new());
    let rows = lines(&export(&server.url(), &[]).expect(0).stdout);
    assert_eq!(rows.len(), 250);
    assert!(rows.iter().all(|row| written(row) == types));

    let array = export(&server.url(), &["--format", "json"]).expect(0).stdout;
    assert_eq!(serde_json::from_str::<Vec<Value>>(&array).unwrap(), rows);
}

/// Every event that `sync` and `diff` write.
fn every_event() -> Vec<Value> {
    let directory = tempfile::tempdir().unwrap();
    let path = |name: &str| directory.path().join(name).to_str().unwrap().to_owned();
    let server = emulator(0, Script::new());
    let segment = |id: &str| Segment::new(id, "VIP", true, ["x"]).unwrap();
    let mut events = Vec::new();
    let mut sync = |edit: &dyn Fn(&mut Workspace)| {
        server.emulator().with(edit);
        let run = run(&["sync", "--base-url", &server.url(), "--state", &path("state")]).expect(0);
        events.extend(lines(&run.stdout));
    };

    sync(&|workspace| {
        workspace.create(segment("a")).unwrap();
        workspace.create(segment("b")).unwrap();
    });
    sync(&|workspace| workspace.create(segment("c")).unwrap());
    sync(&|workspace| workspace.archive("a").unwrap());
    sync(&|workspace| {
        workspace.restore("a").unwrap();
        workspace.rename("b", "VIPs").unwrap();
        workspace.retag("b", ["y"]).unwrap();
        workspace.set_tracking("b", false).unwrap();
    });

    let [old, new] = [path("old.ndjson"), path("new.ndjson")];
    export(&server.url(), &["-o", &old]).expect(0);
    fs::write(&new, "").unwrap();
    events.extend(lines(&run(&["diff", &old, &new]).expect(0).stdout));

    let [list, states] = [path("list.toml"), path("states")];
    let url = server.url();
    fs::write(
        &list,
        format!("[workspace.a]\nbase_url = \"{url}\"\napi_key_env = \"BRAZE_API_KEY\""),
    )
    .unwrap();
    let of_many = run(&["sync", "--workspaces", &list, "--state-dir", &states]).expect(0).stdout;
    assert!(of_many.starts_with("{\"workspace\":\"a\",\"event\":"), "{of_many}");
    events.extend(lines(&of_many));
    events
}

#[test]
fn an_event_has_the_fields_and_types_of_its_schema() {
    let schema = schema(&["--events"]);
    assert_eq!(schema["unevaluatedProperties"], json!(false));
    let (common, always) = described(&schema, &schema);
    let kinds = schema["oneOf"].as_array().unwrap();

    let (mut found, mut known) = (BTreeSet::new(), BTreeSet::new());
    for kind in kinds {
        let of_kind = &kind["properties"]["event"];
        let names = of_kind["enum"].as_array().cloned().unwrap_or(vec![of_kind["const"].clone()]);
        known.extend(names.iter().map(|name| name.as_str().unwrap().to_owned()));
    }
    for event in every_event() {
        let of_event = |kind: &&Value| {
            let of_kind = &kind["properties"]["event"];
            let names = of_kind["enum"].as_array().into_iter().flatten();
            names.chain([&of_kind["const"]]).any(|name| *name == event["event"])
        };
        let kind = kinds.iter().filter(of_event).collect::<Vec<_>>();
        let [kind] = kind[..] else { panic!("{event}") };
        found.insert(event["event"].as_str().unwrap().to_owned());

        let (mut types, mut required) = described(kind, &schema);
        types.extend(common.clone());
        required.extend(always.clone());
        // The time is not always there, and the workspace only where there are many.
        assert_eq!(event.get("at").is_none(), event["event"] == "not_seen", "{event}");
        let is_optional = |name: &str| ["at", "workspace"].contains(&name);
        types.retain(|name, _| !is_optional(name) || event.get(name).is_some());
        assert_eq!(written(&event), types, "{event}");
        assert!(types.keys().filter(|name| !is_optional(name)).eq(&required), "{event}");
        if let Some(proof) = event.get("proof") {
            assert!(kind["properties"]["proof"]["enum"].as_array().unwrap().contains(proof));
        }
    }
    assert_eq!(found, known);
}
