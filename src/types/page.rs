//! Pages of lists that the API returns in parts.

/// Declares one page of a list of `$item`, which must have an `id`. `$module` is the public module of the
/// page, for its example.
macro_rules! page {
    ($($(#[$meta:meta])* $name:ident of $item:ident in $module:literal;)*) => {$(
        crate::wire::wire_struct! {
            $(#[$meta])*
            ///
            /// While `has_more` is true, the next page starts after `last_id`: pass it as the query
            /// parameter `after_id`.
            ///
            /// ```
            #[doc = concat!("use messages_api::types::", $module, "::", stringify!($name), ";")]
            ///
            #[doc = concat!("let page = ", stringify!($name), "::new(vec![], false);")]
            /// let json = r#"{"data":[],"has_more":false,"first_id":null,"last_id":null}"#;
            /// assert_eq!(serde_json::to_string(&page)?, json);
            /// # Ok::<(), serde_json::Error>(())
            /// ```
            pub struct $name, fn from_parts;
            required {}
            defaulted {
                /// The items of this page.
                data: [$item],
                /// Whether more items follow this page.
                has_more: bool,
            }
            optional {
                /// The id of the first item; `null` on an empty page.
                first_id: String,
                /// The id of the last item; `null` on an empty page.
                last_id: String,
            }
        }

        impl $name {
            /// Creates a page of `data` and takes `first_id` and `last_id` from it.
            pub fn new(data: Vec<$item>, has_more: bool) -> Self {
                let mut page = Self::from_parts(data, has_more).with_nulls(const { Self::places(["first_id", "last_id"]) });
                page.first_id = page.data.first().map(|item| item.id.clone());
                page.last_id = page.data.last().map(|item| item.id.clone());
                page
            }
        }
    )*};
}

pub(super) use page;
