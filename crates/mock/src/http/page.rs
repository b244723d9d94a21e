//! Rows in pages: by cursor, or by number of the page.

use std::sync::Arc;

use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};

use super::Shared;
use super::guard::trouble;
use super::query::{Asked, Window, cursor, data_named};
use super::refusal::Refusal;
use super::table;
use crate::data::Data;
use crate::generator::Generator;

/// Rows in a page when nothing is said.
const USUAL_PAGE: usize = 100;

/// `GET /v1/{data}` and `GET /v1/{data}.csv`.
pub(super) async fn rows(
    State(shared): State<Arc<Shared>>,
    Path(name): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<Response, Refusal> {
    let (name, is_table) = name.strip_suffix(".csv").map_or((name.as_str(), false), |name| (name, true));
    let data = data_named(&shared, name)?;
    trouble(&shared, data).await?;
    let (now_ms, generator) = shared.now();
    let window = asked.window(&generator, data, now_ms)?;
    if is_table {
        return table::csv(&shared, (data, window, generator), &asked);
    }
    let has_pages = asked.page.is_some() || asked.per_page.is_some();
    if has_pages && (asked.cursor.is_some() || asked.limit.is_some()) {
        return Err(Refusal::parameter("either cursor and limit, or page and per_page"));
    }
    let most = shared.settings.max_page;
    if has_pages {
        numbered(&generator, data, window, &asked, most)
    } else {
        from_cursor(&generator, data, window, &asked, most)
    }
}

fn from_cursor(
    generator: &Generator,
    data: Data,
    window: Window,
    asked: &Asked,
    most: usize,
) -> Result<Response, Refusal> {
    let limit = Asked::rows("limit", asked.limit.as_ref(), (USUAL_PAGE, most))?;
    let first = asked.place()?.unwrap_or(window.first).clamp(window.first, window.end);
    let end = window.end.min(first + limit as u64);
    let next = (end < window.end).then(|| cursor(end));
    let mut links = Vec::new();
    if let Some(next) = &next {
        links.push(format!("<?cursor={next}&limit={limit}{}>; rel=\"next\"", asked.same_window()));
    }
    let next = next.map_or("null".to_owned(), |next| format!("\"{next}\""));
    let rest = format!("\"first\":{first},\"next\":{next},\"resume\":\"{}\"", cursor(end));
    Ok(answer(generator, data, Window { first, end }, (&rest, &links)))
}

fn numbered(
    generator: &Generator,
    data: Data,
    window: Window,
    asked: &Asked,
    most: usize,
) -> Result<Response, Refusal> {
    let per_page = Asked::rows("per_page", asked.per_page.as_ref(), (USUAL_PAGE, most))? as u64;
    let page = Asked::rows("page", asked.page.as_ref(), (1, 1 << 40))? as u64;
    let total = window.end - window.first;
    let pages = total.div_ceil(per_page).max(1);
    let first = window.first.saturating_add((page - 1).saturating_mul(per_page)).min(window.end);
    let end = window.end.min(first + per_page);
    let link = |to: u64, name: &str| {
        format!("<?page={to}&per_page={per_page}{}>; rel=\"{name}\"", asked.same_window())
    };
    let mut links = vec![link(1, "first"), link(pages, "last")];
    if page > 1 {
        links.push(link((page - 1).min(pages), "prev"));
    }
    if page < pages {
        links.push(link(page + 1, "next"));
    }
    let rest = format!(
        "\"first\":{first},\"page\":{page},\"per_page\":{per_page},\"pages\":{pages},\"total\":{total}"
    );
    Ok(answer(generator, data, Window { first, end }, (&rest, &links)))
}

/// The rows and the rest of the object. A row that is cut off ends the answer.
fn answer(generator: &Generator, data: Data, rows: Window, (rest, links): (&str, &[String])) -> Response {
    let mut out = Vec::with_capacity((rows.end - rows.first) as usize * 512 + rest.len());
    out.extend_from_slice(b"{\"items\":[");
    let mut is_cut = false;
    for row in generator.numbered(data, rows.first, rows.end - rows.first) {
        if row.number > rows.first {
            out.push(b',');
        }
        row.write_json_line(&mut out);
        is_cut = row.cut.is_some();
        if is_cut {
            break;
        }
    }
    if !is_cut {
        out.extend_from_slice(b"],");
        out.extend_from_slice(rest.as_bytes());
        out.push(b'}');
    }
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    // It is made of numbers and of what `encoded` leaves.
    if let Ok(links) = HeaderValue::from_str(&links.join(", "))
        && !links.is_empty()
    {
        headers.insert(header::LINK, links);
    }
    (headers, out).into_response()
}
