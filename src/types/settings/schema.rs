//! JSON schemas in the form that the API accepts for structured output.

use std::fmt;

use serde_json::{Map, Value};

/// The string formats that the API can enforce.
const FORMATS: [&str; 10] =
    ["date-time", "time", "date", "duration", "email", "hostname", "uri", "ipv4", "ipv6", "uuid"];

const NO_TYPE: &str = "must have a type; a value of any type cannot be asked for";
const NO_SCHEMA: &str = "must be a schema, which is an object";
const MAP: &str = "must list its properties; a map of any keys could only be empty, so use a list of entries";
#[cfg(feature = "schemars")]
const TOO_DEEP: &str = "must nest no deeper than `json::MAX_DEPTH`";
const FLATTENED: &str =
    "must not combine `properties` with alternatives; put the alternatives into a property of their own";

/// Rewrites a JSON schema into the form that the API accepts for structured output and for strict tools.
///
/// The API enforces a part of JSON Schema and rejects the rest. This function keeps what can be enforced, and
/// moves everything else into `description`, where the model can still read it. The official SDKs rewrite
/// schemas by the same rules:
///
/// - Objects are closed by `"additionalProperties": false`. `required` stays as it is, so that a property may
///   be absent.
/// - `oneOf` becomes `anyOf`; `allOf`, `$ref` and `$defs` stay, and so do recursive types. What stands beside
///   a `$ref` is dropped, apart from `$defs`.
/// - `enum` and `const` replace `type` if all of their values are scalars.
/// - `format` stays if it is one of `date-time`, `time`, `date`, `duration`, `email`, `hostname`, `uri`,
///   `ipv4`, `ipv6` and `uuid`, and `minItems` if it is 0 or 1.
/// - All other keywords, such as `pattern`, `maximum` and `default`, are appended to `description`. `$schema`
///   is dropped.
/// - A list of types that contains `object` or `array` becomes `anyOf`, which the SDKs do not do.
///
/// `OutputConfig::from_type` applies it to the schema of a Rust type. The order of properties is that of
/// `serde_json::Map`: sorted, unless the feature `preserve_order` of serde_json is on.
///
/// # Errors
///
/// Returns an error with the path of the fault:
///
/// - if a schema has no type, as `true` and `{}` have none, because the model could then write anything
/// - if an object accepts keys of its own, as a map does: closed, it would always be empty
/// - if `properties` stand beside `anyOf` or `oneOf`, as those of a struct with a flattened enum do: closed,
///   each of them would exclude the other
///
/// ```
/// use messages_api::types::settings::{JsonOutputFormat, OutputConfig, strict_schema};
/// use serde_json::json;
///
/// let schema = json!({
///     "type": "object",
///     "properties": {
///         "title": {"type": "string", "description": "One line", "maxLength": 80},
///         "due": {"type": "string", "format": "date"},
///     },
///     "required": ["title"],
/// });
/// let strict = strict_schema(&schema)?;
/// assert_eq!(
///     strict,
///     json!({
///         "type": "object",
///         "properties": {
///             "title": {"type": "string", "description": "One line\n\n{maxLength: 80}"},
///             "due": {"type": "string", "format": "date"},
///         },
///         "required": ["title"],
///         "additionalProperties": false,
///     }),
/// );
/// let output = OutputConfig::new().format(JsonOutputFormat::new(strict));
///
/// let error = strict_schema(&json!({"type": "array", "items": {}})).unwrap_err();
/// assert_eq!(error.path(), "items");
/// # Ok::<(), messages_api::types::settings::SchemaError>(())
/// ```
pub fn strict_schema(schema: &Value) -> Result<Value, SchemaError> {
    let given = schema.as_object().ok_or_else(|| {
        // `true` is the schema of any value.
        SchemaError::new(if schema.is_boolean() { NO_TYPE } else { NO_SCHEMA })
    })?;
    let mut rest = Rest(given.iter().collect());
    let mut strict = Map::new();
    // A root that is a `$ref` keeps its definitions.
    if let Some(Value::Object(definitions)) = rest.take("$defs") {
        strict.insert("$defs".to_owned(), strict_entries("$defs", definitions)?);
    }
    if rest.keep_if("$ref", &mut strict, |_| true) {
        return Ok(Value::Object(strict));
    }
    rest.take("$schema");
    for name in ["description", "title"] {
        rest.keep_if(name, &mut strict, |_| true);
    }
    let has_enum = rest.keep_if("enum", &mut strict, is_enum);
    let has_literals = rest.keep_if("const", &mut strict, is_scalar) || has_enum;
    let types = rest.take("type").filter(|_| !has_literals);
    let has_alternatives = keep_alternatives(&mut rest, &mut strict)?;
    match types {
        Some(Value::Array(types)) if !has_alternatives && types.iter().any(is_compound) => {
            let branches = types.iter().map(|name| strict_schema(&rest.take_branch(name)));
            strict.insert("anyOf".to_owned(), branches.collect::<Result<_, _>>()?);
        }
        Some(types) => {
            if !has_alternatives {
                strict.insert("type".to_owned(), types.clone());
            }
            keep_keywords(types, &mut rest, &mut strict)?;
        }
        None if has_alternatives || has_literals => {}
        None => return Err(SchemaError::new(NO_TYPE)),
    }
    rest.describe(&mut strict);
    Ok(Value::Object(strict))
}

/// Returns the JSON schema of `T`, without `$schema` and with all types inlined except recursive ones.
#[cfg(feature = "schemars")]
pub(in crate::types) fn schema_of<T: schemars::JsonSchema>() -> Value {
    generator().into_root_schema_for::<T>().into()
}

#[cfg(feature = "schemars")]
fn generator() -> schemars::SchemaGenerator {
    let mut settings = schemars::generate::SchemaSettings::draft2020_12();
    settings.meta_schema = None;
    settings.inline_subschemas = true;
    settings.into_generator()
}

/// A JSON schema that cannot be used for structured output.
///
/// It converts into an [`Error`](crate::error::Error) of the kind
/// [`Config`](crate::error::ErrorKind::Config).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SchemaError {
    path: String,
    reason: &'static str,
}

impl SchemaError {
    fn new(reason: &'static str) -> Self {
        Self { path: String::new(), reason }
    }

    #[cfg(feature = "schemars")]
    pub(super) fn too_deep(_: serde_json::Error) -> Self {
        Self::new(TOO_DEEP)
    }

    /// Puts a segment in front of the path.
    fn below(mut self, segment: &str) -> Self {
        let dot = if self.path.is_empty() { "" } else { "." };
        self.path = format!("{segment}{dot}{}", self.path);
        self
    }

    /// Returns the path of the faulty schema within the whole, such as `properties.tags.items`; empty for the
    /// whole schema.
    pub fn path(&self) -> &str {
        &self.path
    }
}

impl fmt::Display for SchemaError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = if self.path.is_empty() { "the schema" } else { &self.path };
        write!(f, "{path}: {}", self.reason)
    }
}

impl std::error::Error for SchemaError {}

/// The keywords of a schema that have not been dealt with, in their order.
struct Rest<'a>(Vec<(&'a String, &'a Value)>);

impl<'a> Rest<'a> {
    fn get(&self, name: &str) -> Option<&'a Value> {
        self.0.iter().find(|(key, _)| *key == name).map(|(_, value)| *value)
    }

    fn take(&mut self, name: &str) -> Option<&'a Value> {
        let at = self.0.iter().position(|(key, _)| *key == name)?;
        Some(self.0.remove(at).1)
    }

    /// Moves a keyword to `strict` if the API can enforce its value, and returns whether it did.
    fn keep_if(
        &mut self,
        name: &str,
        strict: &mut Map<String, Value>,
        can_enforce: fn(&Value) -> bool,
    ) -> bool {
        if !self.get(name).is_some_and(can_enforce) {
            return false;
        }
        if let Some(value) = self.take(name) {
            strict.insert(name.to_owned(), value.clone());
        }
        true
    }

    /// Takes the keywords that belong to one of several types, and returns the schema of that type.
    fn take_branch(&mut self, type_name: &Value) -> Value {
        let keywords: &[&str] = match type_name.as_str() {
            Some("object") => &["properties", "required", "additionalProperties", "patternProperties"],
            Some("array") => &["items", "minItems"],
            Some("string") => &["format"],
            _ => &[],
        };
        let mut branch = Map::new();
        for name in keywords {
            self.keep_if(name, &mut branch, |_| true);
        }
        branch.insert("type".to_owned(), type_name.clone());
        Value::Object(branch)
    }

    /// Appends what is left to the description.
    fn describe(self, strict: &mut Map<String, Value>) {
        if self.0.is_empty() {
            return;
        }
        let left: Vec<_> = self.0.iter().map(|(key, value)| format!("{key}: {value}")).collect();
        let mut text = format!("{{{}}}", left.join(", "));
        let description = strict.get("description").and_then(Value::as_str);
        if let Some(description) = description.filter(|text| !text.is_empty()) {
            text = format!("{description}\n\n{text}");
        }
        strict.insert("description".to_owned(), text.into());
    }
}

/// Moves the list of alternatives to `strict`, if there is one.
fn keep_alternatives(rest: &mut Rest<'_>, strict: &mut Map<String, Value>) -> Result<bool, SchemaError> {
    for (name, strict_name) in [("anyOf", "anyOf"), ("oneOf", "anyOf"), ("allOf", "allOf")] {
        let Some(Value::Array(list)) = rest.get(name) else { continue };
        if strict_name == "anyOf" && rest.get("properties").is_some() {
            return Err(SchemaError::new(FLATTENED));
        }
        rest.take(name);
        let strict_list = list.iter().enumerate().map(|(index, schema)| {
            strict_schema(schema).map_err(|error| error.below(&index.to_string()).below(name))
        });
        strict.insert(strict_name.to_owned(), strict_list.collect::<Result<_, _>>()?);
        return Ok(true);
    }
    Ok(false)
}

/// Moves the keywords that the API enforces for these types to `strict`.
fn keep_keywords(
    types: &Value,
    rest: &mut Rest<'_>,
    strict: &mut Map<String, Value>,
) -> Result<(), SchemaError> {
    let has =
        |name: &str| types == name || types.as_array().is_some_and(|list| list.iter().any(|it| it == name));
    if has("object") {
        keep_properties(rest, strict)?;
    }
    if has("string") {
        rest.keep_if("format", strict, |format| format.as_str().is_some_and(|name| FORMATS.contains(&name)));
    }
    if has("array") {
        if let Some(items) = rest.take("items") {
            let items = strict_schema(items).map_err(|error| error.below("items"))?;
            strict.insert("items".to_owned(), items);
        }
        rest.keep_if("minItems", strict, |count| matches!(count.as_f64(), Some(0.0 | 1.0)));
    }
    Ok(())
}

fn keep_properties(rest: &mut Rest<'_>, strict: &mut Map<String, Value>) -> Result<(), SchemaError> {
    let properties = rest.take("properties");
    let is_map = match rest.take("additionalProperties") {
        Some(Value::Object(values)) => !values.is_empty() || properties.is_none(),
        Some(Value::Bool(true)) => properties.is_none(),
        _ => false,
    };
    if is_map || rest.get("patternProperties").is_some() {
        return Err(SchemaError::new(MAP));
    }
    let properties = match properties {
        Some(Value::Object(properties)) => strict_entries("properties", properties)?,
        _ => Value::Object(Map::new()),
    };
    strict.insert("properties".to_owned(), properties);
    strict.insert("additionalProperties".to_owned(), Value::Bool(false));
    rest.keep_if("required", strict, |_| true);
    Ok(())
}

fn strict_entries(name: &str, schemas: &Map<String, Value>) -> Result<Value, SchemaError> {
    let mut strict = Map::new();
    for (key, schema) in schemas {
        let schema = strict_schema(schema).map_err(|error| error.below(key).below(name))?;
        strict.insert(key.clone(), schema);
    }
    Ok(Value::Object(strict))
}

fn is_compound(type_name: &Value) -> bool {
    type_name == "object" || type_name == "array"
}

fn is_enum(values: &Value) -> bool {
    values.as_array().is_some_and(|values| !values.is_empty() && values.iter().all(is_scalar))
}

fn is_scalar(value: &Value) -> bool {
    !(value.is_array() || value.is_object())
}
