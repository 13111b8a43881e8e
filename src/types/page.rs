//! The pages of a list that the API returns in parts.

/// Declares a page of a list.
macro_rules! page {
    ($($(#[$meta:meta])* $name:ident of $item:ident in $module:literal;)*) => {$(
        crate::wire::wire_struct! {
            $(#[$meta])*
            ///
            /// The next page is asked for with `after_id` set to `last_id`.
            ///
            /// ```
            #[doc = concat!("let page = messages_api::types::", $module, "::", stringify!($name), "::new(vec![], false);")]
            /// ```
            pub struct $name, fn from_parts;
            required {
                /// The items.
                data: [$item],
                /// Whether there are more.
                has_more: bool,
            }
            optional {
                /// The first item's id; `null` on an empty page.
                first_id: String,
                /// The last item's id; `null` on an empty page.
                last_id: String,
            }
        }

        impl $name {
            /// A page of `data`.
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
