//! Reading a request's body within its limits.

use bytes::{Bytes, BytesMut};
use handover_config::Limits;
use handover_dialect::{CallerError, ErrorKind};
use http::HeaderValue;
use http_body::Body;
use hyper::body::Incoming;
use std::pin::Pin;
use std::time::Duration;

/// After a refusal, this much of a body is still read and thrown away, so that a client that writes before it
/// reads sees the error and not a broken pipe.
const DRAIN_BYTES: usize = 64 * 1024 * 1024;
/// And for this long.
const DRAIN_TIME: Duration = Duration::from_secs(2);

/// Reads a body whole.
///
/// # Errors
/// 413 over the limit, 408 when it does not arrive in time, 400 when it breaks off.
pub(crate) async fn read(mut body: Incoming, limits: &Limits) -> Result<Bytes, CallerError> {
    let announced = body.size_hint().lower();
    if announced > limits.max_body as u64 {
        drain(body).await;
        return Err(too_large(limits));
    }
    match tokio::time::timeout(limits.body_timeout, collect(&mut body, limits.max_body)).await {
        Ok(Ok(Some(bytes))) => Ok(bytes),
        Ok(Ok(None)) => {
            drain(body).await;
            Err(too_large(limits))
        }
        Ok(Err(e)) => {
            tracing::debug!(error = %e, "a request's body broke off");
            Err(CallerError::new(ErrorKind::InvalidRequest, "The request's body broke off before its end."))
        }
        Err(_) => {
            let waited = limits.body_timeout.as_secs_f64();
            let message = format!("The request's body did not arrive within {waited} s.");
            Err(CallerError::new(ErrorKind::RequestTimeout, message))
        }
    }
}

fn too_large(limits: &Limits) -> CallerError {
    let message = format!(
        "The request's body is larger than {} bytes, the limit of this gateway (`limits.max_body`).",
        limits.max_body
    );
    CallerError::new(ErrorKind::TooLarge, message)
}

/// The body, or `None` when it is longer than `limit`. A body of one piece is not copied.
async fn collect(body: &mut Incoming, limit: usize) -> Result<Option<Bytes>, hyper::Error> {
    let mut first: Option<Bytes> = None;
    let mut all = BytesMut::new();
    while let Some(data) = next(body).await? {
        if data.len() + all.len() + first.as_ref().map_or(0, Bytes::len) > limit {
            return Ok(None);
        }
        if first.is_none() && all.is_empty() {
            first = Some(data);
            continue;
        }
        if let Some(first) = first.take() {
            all.extend_from_slice(&first);
        }
        all.extend_from_slice(&data);
    }
    Ok(Some(first.unwrap_or_else(|| all.freeze())))
}

async fn next(body: &mut Incoming) -> Result<Option<Bytes>, hyper::Error> {
    loop {
        let frame = std::future::poll_fn(|cx| Pin::new(&mut *body).poll_frame(cx)).await;
        match frame {
            Some(Ok(frame)) => {
                if let Ok(data) = frame.into_data() {
                    return Ok(Some(data));
                }
            }
            Some(Err(e)) => return Err(e),
            None => return Ok(None),
        }
    }
}

async fn drain(mut body: Incoming) {
    let mut left = DRAIN_BYTES;
    let drain = async {
        while let Ok(Some(data)) = next(&mut body).await {
            left = left.saturating_sub(data.len());
            if left == 0 {
                break;
            }
        }
    };
    // Whether all of it came or not, the answer is the same.
    let _ = tokio::time::timeout(DRAIN_TIME, drain).await;
}

/// A form of another site cannot send this type without asking first.
pub(crate) fn is_json(content_type: Option<&HeaderValue>) -> bool {
    let text = content_type.and_then(|value| value.to_str().ok()).unwrap_or_default();
    text.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case("application/json")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_of_another_site_cannot_ask() {
        let check = |text: Option<&'static str>, expected: bool| {
            assert_eq!(is_json(text.map(HeaderValue::from_static).as_ref()), expected, "{text:?}");
        };
        check(Some("application/json"), true);
        check(Some("Application/JSON; charset=utf-8"), true);
        check(Some("text/plain"), false);
        check(Some("application/x-www-form-urlencoded"), false);
        check(None, false);
    }
}
