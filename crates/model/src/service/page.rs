use serde::{Deserialize, Serialize};

/// One page of a list, newest first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Page<T> {
    /// The items.
    pub items: Vec<T>,
    /// What to send as `before` for the next page; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// Which page of a list.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::IntoParams), into_params(parameter_in = Query))]
pub struct PageRequest {
    /// Items on the page, 1 to 200 (default 50).
    #[serde(default)]
    pub limit: Option<u32>,
    /// Only items before this one: the `next` of the page before.
    #[serde(default)]
    pub before: Option<String>,
}

impl PageRequest {
    /// The id that all items of the page come before: that of the last item, or one after all ids.
    pub fn bound(&self) -> &str {
        // Ids are hexadecimal digits. A letter comes after them in the order of every language; other characters do
        // not: for many databases a tilde comes before the digits.
        self.before.as_deref().filter(|before| !before.is_empty()).unwrap_or("g")
    }

    /// Items on the page.
    pub fn size(&self) -> i64 {
        i64::from(self.limit.unwrap_or(50).clamp(1, 200))
    }
}

impl<T> Page<T> {
    /// The page of a list that was asked for with one item more than fits on it; `id` names an item.
    pub fn of(mut items: Vec<T>, size: i64, id: impl Fn(&T) -> String) -> Self {
        let size = usize::try_from(size).unwrap_or(usize::MAX);
        let has_more = items.len() > size;
        items.truncate(size);
        let next = items.last().filter(|_| has_more).map(id);
        Self { items, next }
    }
}
