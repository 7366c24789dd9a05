//! Metrics: CloudWatch against an endpoint that records. Its SDK speaks RPC v2 CBOR, which moto server does not.

use std::sync::Arc;

use anyhow::{Context, Result};
use apus_tests::{Answer, Recorded, Recorder};
use axum::http::StatusCode;
use bytes::Bytes;
use chrono::{DateTime, Utc};
use ciborium::Value;
use docstore_activities::ports::metrics::{
    BATCH_MAX, BUFFER_MAX, CloudWatchMetrics, CloudWatchSettings, Datum, FanOut, Metrics, MetricsError,
    PrometheusMetrics, Unit,
};

use super::settings;

const CBOR: &[(&str, &str)] = &[
    ("smithy-protocol", "rpc-v2-cbor"),
    ("content-type", "application/cbor"),
];
const PUT: &str = "/service/GraniteServiceVersion20100801/operation/PutMetricData";

fn taken() -> Answer {
    // An empty map.
    Answer::Say(StatusCode::OK, CBOR, Bytes::from_static(&[0xa0]))
}

fn failure(status: StatusCode, code: &str) -> Answer {
    let text = |text: &str| Value::Text(text.to_owned());
    let fields = vec![(text("__type"), text(code)), (text("message"), text("not now"))];
    let mut body = Vec::new();
    ciborium::into_writer(&Value::Map(fields), &mut body).expect("a value can be written to memory");
    Answer::Say(status, CBOR, Bytes::from(body))
}

async fn cloudwatch(endpoint: &str) -> CloudWatchMetrics {
    let settings = CloudWatchSettings {
        aws: settings(endpoint),
        namespace: "DocStore/Test".to_owned(),
    };
    CloudWatchMetrics::start(&settings).await
}

fn datum(value: f64) -> Datum {
    Datum {
        name: "document_size".to_owned(),
        value,
        unit: Unit::Bytes,
        dimensions: vec![("account_type".to_owned(), "premium".to_owned())],
        at: DateTime::from_timestamp_millis(1_767_225_600_250).expect("a time"),
    }
}

/// The namespace and the data of one request.
fn parse(request: &Recorded) -> Result<(String, Vec<Value>)> {
    anyhow::ensure!(request.path == PUT, "{}", request.path);
    anyhow::ensure!(request.headers["smithy-protocol"] == "rpc-v2-cbor");
    let body: Value = ciborium::from_reader(&*request.body)?;
    let namespace = field(&body, "Namespace")?
        .as_text()
        .context("the namespace is text")?;
    let data = field(&body, "MetricData")?
        .as_array()
        .context("the data are a list")?;
    Ok((namespace.to_owned(), data.clone()))
}

fn field<'a>(value: &'a Value, name: &str) -> Result<&'a Value> {
    let map = value.as_map().context("a map")?;
    let found = map.iter().find(|(key, _)| key.as_text() == Some(name));
    Ok(&found.with_context(|| format!("{name} in {value:?}"))?.1)
}

#[tokio::test]
async fn figures_arrive_as_they_were_measured() -> Result<()> {
    let recorder = Recorder::start([], taken()).await;
    let metrics = cloudwatch(recorder.endpoint()).await;
    metrics.put(vec![datum(2048.0)]).await?;
    metrics.flush().await?;
    let requests = recorder.recorded();
    assert_eq!(requests.len(), 1);
    let (namespace, data) = parse(&requests[0])?;
    assert_eq!((namespace.as_str(), data.len()), ("DocStore/Test", 1));
    assert_eq!(field(&data[0], "MetricName")?.as_text(), Some("document_size"));
    assert_eq!(field(&data[0], "Value")?.as_float(), Some(2048.0));
    assert_eq!(field(&data[0], "Unit")?.as_text(), Some("Bytes"));
    let Value::Tag(1, seconds) = field(&data[0], "Timestamp")? else {
        anyhow::bail!("the timestamp is no time");
    };
    assert_eq!(seconds.as_float(), Some(1_767_225_600.25));
    let dimensions = field(&data[0], "Dimensions")?.as_array().context("a list")?;
    assert_eq!(field(&dimensions[0], "Name")?.as_text(), Some("account_type"));
    assert_eq!(field(&dimensions[0], "Value")?.as_text(), Some("premium"));
    assert_eq!(metrics.dropped(), 0);
    Ok(())
}

#[tokio::test]
async fn many_figures_go_in_full_compressed_batches() -> Result<()> {
    let recorder = Recorder::start([], taken()).await;
    let metrics = cloudwatch(recorder.endpoint()).await;
    metrics
        .put((0..2_500).map(f64::from).map(datum).collect())
        .await?;
    metrics.flush().await?;
    let mut values = Vec::new();
    for request in recorder.recorded() {
        assert_eq!(request.headers["content-encoding"], "gzip");
        let (_, data) = parse(&request)?;
        assert!(data.len() <= BATCH_MAX);
        for datum in &data {
            values.push(field(datum, "Value")?.as_float().context("a number")?);
        }
    }
    assert_eq!(values, (0..2_500).map(f64::from).collect::<Vec<_>>());
    assert_eq!(recorder.recorded().len(), 3);
    Ok(())
}

#[tokio::test]
async fn a_throttle_passes_and_loses_nothing() -> Result<()> {
    let failures = [
        failure(StatusCode::BAD_REQUEST, "Throttling"),
        failure(StatusCode::INTERNAL_SERVER_ERROR, "InternalServiceFault"),
    ];
    let recorder = Recorder::start(failures, taken()).await;
    let metrics = cloudwatch(recorder.endpoint()).await;
    metrics.put(vec![datum(1.0)]).await?;
    metrics.flush().await?;
    assert_eq!(recorder.recorded().len(), 3);
    assert_eq!(metrics.dropped(), 0);
    Ok(())
}

#[tokio::test]
async fn what_is_refused_is_dropped_and_counted() -> Result<()> {
    let refusal = failure(StatusCode::BAD_REQUEST, "InvalidParameterValue");
    let recorder = Recorder::start([refusal], taken()).await;
    let metrics = cloudwatch(recorder.endpoint()).await;
    metrics.put(vec![datum(1.0), datum(2.0)]).await?;
    let outcome = metrics.flush().await;
    let fault = match outcome {
        Err(MetricsError::Undelivered(fault)) => fault,
        other => anyhow::bail!("{other:?}"),
    };
    assert_eq!(
        (fault.code.as_str(), fault.retryable),
        ("InvalidParameterValue", false)
    );
    assert_eq!(metrics.dropped(), 2);
    metrics.put(vec![datum(3.0)]).await?;
    metrics.flush().await?;
    assert_eq!(metrics.dropped(), 2);
    Ok(())
}

/// However the service fails, what it did not take is dropped and counted, and what comes later is sent.
#[tokio::test]
async fn an_outage_costs_its_own_figures_and_no_others() -> Result<()> {
    for outage in [
        failure(StatusCode::BAD_REQUEST, "Throttling"),
        failure(StatusCode::INTERNAL_SERVER_ERROR, "InternalServiceFault"),
        Answer::Silence,
        Answer::Broken,
    ] {
        let recorder = Recorder::start([], outage.clone()).await;
        let mut settings = CloudWatchSettings {
            aws: settings(recorder.endpoint()),
            namespace: "DocStore/Test".to_owned(),
        };
        settings.aws.timeout_ms = Some(500);
        let metrics = CloudWatchMetrics::start(&settings).await;
        metrics.put(vec![datum(1.0), datum(2.0)]).await?;
        let outcome = metrics.flush().await;
        assert!(
            matches!(outcome, Err(MetricsError::Undelivered(_))),
            "{outage:?}: {outcome:?}"
        );
        assert_eq!(metrics.dropped(), 2, "{outage:?}");

        recorder.from_now_on(taken());
        metrics.put(vec![datum(3.0)]).await?;
        metrics.flush().await?;
        assert_eq!(metrics.dropped(), 2, "{outage:?}");
        let last = recorder.recorded().pop().context("a request")?;
        let (_, data) = parse(&last)?;
        assert_eq!(data.len(), 1, "{outage:?}");
        assert_eq!(field(&data[0], "Value")?.as_float(), Some(3.0), "{outage:?}");
    }
    Ok(())
}

#[tokio::test]
async fn a_service_that_never_answers_blocks_nobody() -> Result<()> {
    let recorder = Recorder::start([], Answer::Silence).await;
    let metrics = cloudwatch(recorder.endpoint()).await;
    metrics.put(vec![datum(0.0); BATCH_MAX]).await?;
    recorder.arrival().await;
    // The first batch hangs; the buffer takes what it can, and not one datum more.
    metrics.put(vec![datum(1.0); BUFFER_MAX + 7]).await?;
    assert_eq!(metrics.dropped(), 7);
    Ok(())
}

#[tokio::test]
async fn both_sides_have_the_same_figures() -> Result<()> {
    let recorder = Recorder::start([], taken()).await;
    let cloudwatch = Arc::new(cloudwatch(recorder.endpoint()).await);
    let prometheus = Arc::new(PrometheusMetrics::new()?);
    let metrics = FanOut::new(vec![prometheus.clone(), cloudwatch]);
    let uploaded = Datum {
        name: "documents_uploaded".to_owned(),
        value: 3.0,
        unit: Unit::Count,
        dimensions: vec![],
        at: Utc::now(),
    };
    metrics.put(vec![uploaded]).await?;
    metrics.flush().await?;
    let (_, data) = parse(&recorder.recorded()[0])?;
    assert_eq!(field(&data[0], "Value")?.as_float(), Some(3.0));
    assert!(
        prometheus
            .render()
            .contains("docstore_documents_uploaded_total 3")
    );
    Ok(())
}
