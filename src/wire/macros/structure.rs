//! Objects.

/// The Rust type of a field: `[T]` is a list, `{T}` a table by string, `(T)` is
/// boxed, because it is large and seldom there.
macro_rules! wire_type {
    ([$item:ident]) => { Vec<$item> };
    ({$item:ident}) => { std::collections::BTreeMap<String, $item> };
    (($boxed:ident)) => { Box<$boxed> };
    ($name:ident) => { $name };
}

/// What a constructor or setter takes for a field.
macro_rules! wire_argument {
    ([$item:ident]) => { Vec<$item> };
    ({$item:ident}) => { std::collections::BTreeMap<String, $item> };
    (($boxed:ident)) => { impl Into<Box<$boxed>> };
    // A literal must find its type.
    (u64) => { u64 };
    (i64) => { i64 };
    (f64) => { f64 };
    (bool) => { bool };
    ($name:ident) => { impl Into<$name> };
}

/// Declares an object: its tag if it has one, its constructor, and its
/// required and optional fields. Every struct keeps unknown fields in `extra`
/// and knows which optional fields came as `null`.
macro_rules! wire_struct {
    (
        $(#[$meta:meta])*
        pub struct $name:ident $(= $tag:literal)?, $(#[$new_meta:meta])* $new_vis:vis fn $new:ident;
        required { $($(#[$rmeta:meta])* $rf:ident: $rt:tt,)* }
        optional { $($(#[$ometa:meta])* $of:ident: $ot:tt,)* }
    ) => {
        $(#[$meta])*
        #[derive(Clone)]
        #[non_exhaustive]
        pub struct $name {
            $($(#[$rmeta])* pub $rf: crate::wire::wire_type!($rt),)*
            $($(#[$ometa])* pub $of: Option<crate::wire::wire_type!($ot)>,)*
            /// Fields that this version of the crate does not know.
            pub extra: crate::wire::Extra,
            nulls: crate::wire::Nulls,
        }

        const _: () = {
            /// The place of each field in `NAMES`.
            #[allow(non_camel_case_types, clippy::upper_case_acronyms)]
            enum At { r#type_tag, $($rf,)* $($of,)* }

            const NAMES: &[&str] = &[
                "type",
                $(crate::wire::wire_name(stringify!($rf)),)*
                $(crate::wire::wire_name(stringify!($of)),)*
            ];
            const TAG: Option<&str> = crate::wire::wire_tag!($($tag)?);

            impl $name {
                $(#[$new_meta])*
                #[allow(clippy::useless_conversion, clippy::new_without_default, clippy::too_many_arguments)]
                $new_vis fn $new($($rf: crate::wire::wire_argument!($rt)),*) -> Self {
                    Self {
                        $($rf: $rf.into(),)*
                        $($of: None,)*
                        extra: crate::wire::Extra::default(),
                        nulls: crate::wire::Nulls::default(),
                    }
                }

                $(
                    $(#[$ometa])*
                    #[allow(clippy::useless_conversion)]
                    #[must_use]
                    pub fn $of(mut self, $of: crate::wire::wire_argument!($ot)) -> Self {
                        self.$of = Some($of.into());
                        self
                    }
                )*

                /// Writes the optional fields `names` as `null` as long as they are not set.
                #[allow(dead_code)]
                fn with_nulls(mut self, names: &[&str]) -> Self {
                    for name in names {
                        if let Some(field) = NAMES.iter().position(|known| known == name) {
                            self.nulls.insert(field);
                        }
                    }
                    self
                }

                /// The paths of all that this version of the crate does not know
                /// in here: fields, types, and values (`path=value`) of open enums.
                pub fn unknown(&self) -> Vec<String> {
                    crate::wire::Path::look(self)
                }
            }

            impl PartialEq for $name {
                fn eq(&self, other: &Self) -> bool {
                    $(self.$rf == other.$rf &&)* $(self.$of == other.$of &&)* self.extra == other.extra
                }
            }

            impl std::fmt::Debug for $name {
                fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                    let mut debug = f.debug_struct(stringify!($name));
                    $(crate::wire::show(&mut debug, stringify!($rf), &self.$rf);)*
                    $(if let Some(value) = &self.$of { crate::wire::show(&mut debug, stringify!($of), value); })*
                    if !self.extra.is_empty() {
                        debug.field("extra", &self.extra);
                    }
                    debug.finish()
                }
            }

            impl serde::Serialize for $name {
                fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                    use serde::ser::SerializeMap as _;

                    let mut map = serializer.serialize_map(None)?;
                    if let Some(tag) = TAG {
                        map.serialize_entry("type", tag)?;
                    }
                    $(map.serialize_entry(NAMES[At::$rf as usize], &self.$rf)?;)*
                    $(match &self.$of {
                        Some(value) => map.serialize_entry(NAMES[At::$of as usize], value)?,
                        None if self.nulls.contains(At::$of as usize) => {
                            map.serialize_entry(NAMES[At::$of as usize], &())?;
                        }
                        None => {}
                    })*
                    self.extra.write(&mut map, &NAMES[usize::from(TAG.is_none())..])?;
                    map.end()
                }
            }

            impl<'de> serde::Deserialize<'de> for $name {
                fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                    deserializer.deserialize_map(crate::wire::StructVisitor(std::marker::PhantomData))
                }
            }

            impl crate::wire::WireStruct for $name {
                fn read_map<'de, A: serde::de::MapAccess<'de>>(mut map: A, tagged: bool) -> Result<Self, A::Error> {
                    let mut seen = crate::wire::Seen::default();
                    #[allow(unused_mut)]
                    let mut nulls = crate::wire::Nulls::default();
                    let mut extra = crate::wire::Extra::default();
                    $(let mut $rf = None;)*
                    $(let mut $of = None;)*
                    if tagged {
                        seen.insert(At::r#type_tag as usize, NAMES)?;
                    }
                    let skip = usize::from(TAG.is_none());
                    while let Some(key) = map.next_key_seed(crate::wire::KeySeed { names: NAMES, skip })? {
                        let field = match key {
                            crate::wire::Key::Known(field) => field,
                            crate::wire::Key::Unknown(name) => {
                                extra.read(name, &mut map)?;
                                continue;
                            }
                        };
                        seen.insert(field, NAMES)?;
                        match field {
                            $(_ if field == At::$rf as usize => {
                                $rf = crate::wire::read_required(&mut map, NAMES[At::$rf as usize])?;
                            })*
                            $(_ if field == At::$of as usize => {
                                $of = crate::wire::read_optional(
                                    &mut map, NAMES[At::$of as usize], At::$of as usize, &mut nulls,
                                )?;
                            })*
                            _ => crate::wire::read_tag(&mut map, TAG.unwrap_or_default())?,
                        }
                    }
                    if TAG.is_some() && !seen.contains(At::r#type_tag as usize) {
                        return Err(crate::wire::missing("type"));
                    }
                    Ok(Self {
                        $($rf: $rf.ok_or_else(|| crate::wire::missing(NAMES[At::$rf as usize]))?,)*
                        $($of,)*
                        extra,
                        nulls,
                    })
                }
            }

            #[cfg(test)]
            impl crate::wire::Described for $name {
                const TAG: Option<&'static str> = TAG;
                const REQUIRED: &'static [(&'static str, &'static str)] =
                    &[$((crate::wire::wire_name(stringify!($rf)), stringify!($rt)),)*];
                const OPTIONAL: &'static [(&'static str, &'static str)] =
                    &[$((crate::wire::wire_name(stringify!($of)), stringify!($ot)),)*];
            }

            impl crate::wire::Field for $name {
                fn read<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                    serde::Deserialize::deserialize(deserializer)
                }

                fn unknown(&self, path: &mut crate::wire::Path) {
                    $(path.below(NAMES[At::$rf as usize], |path| crate::wire::Field::unknown(&self.$rf, path));)*
                    $(if let Some(value) = &self.$of {
                        path.below(NAMES[At::$of as usize], |path| crate::wire::Field::unknown(value, path));
                    })*
                    self.extra.unknown(path);
                }
            }
        };
    };
}

/// The tag of a struct as an option.
macro_rules! wire_tag {
    () => {
        None
    };
    ($tag:literal) => {
        Some($tag)
    };
}

pub(crate) use {wire_argument, wire_struct, wire_tag, wire_type};
