//! A running DocStore: everything that `docstore serve` starts, in order, and stops in the reverse of it.

use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::{Context, Error, Result, anyhow};
use apus::wire::{self, Authentication, Endpoint, WireOptions};
use axum::Router;
use axum::middleware;
use axum::routing::get;
use docstore_activities::Environment;
use docstore_activities::catalog::{self, Catalog};
use docstore_activities::extract::{Extractor, Limits};
use docstore_activities::ports::Ports;
use docstore_activities::ports::regions::Regions;
use docstore_activities::search::SearchIndex;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::app::{App, AppState, Site, upload_origin};
use crate::auth::password::Passwords;
use crate::config::Config;
use crate::database::Database;
use crate::engine::{Engine, reader_program};
use crate::figures::Gatherer;
use crate::lists::Lists;
use crate::rate_limit::RateLimits;
use crate::texts::Texts;
use crate::{access_log, dashboard, router, services};

/// A running DocStore.
pub struct Node {
    app: AppState,
    engine: Engine,
    index: SearchIndex,
    ports: Ports,
    database: Database,
    listening: SocketAddr,
    tasks: JoinSet<Result<()>>,
    stop: CancellationToken,
    operators: SocketAddr,
}

impl Node {
    /// Starts everything. Whatever was started is stopped again when something fails.
    pub async fn start(config: Config) -> Result<Self> {
        tokio::fs::create_dir_all(&config.data_dir)
            .await
            .with_context(|| format!("cannot create the data directory {}", config.data_dir.display()))?;
        let database = Database::open(config.database.clone(), &config.data_dir).await?;
        catalog::migrate(database.connect_options()).await?;
        let catalog = Catalog::connect(
            database.connect_options(),
            config.database_connections,
            config.quotas,
        )
        .await?;
        let replica = match config.read_database.clone() {
            Some(options) => {
                Some(Catalog::connect(options, config.database_connections, config.quotas).await?)
            }
            None => None,
        };
        let regions = Regions::open(&config.region, &config.peers).context("the settings of the regions")?;
        let new_regions = catalog.know_regions(regions.own(), &regions.names()).await?;
        if new_regions > 0 {
            tracing::info!(
                regions = new_regions,
                "regions that are new will be told of all accounts"
            );
        }
        let listener = TcpListener::bind(config.listen)
            .await
            .with_context(|| format!("cannot listen on {}; choose another address", config.listen))?;
        let listening = listener.local_addr()?;
        let endpoint = Endpoint::bind(config.engine_listen, Authentication::StoredOrDummies)
            .await
            .context("cannot open the engine's endpoint")?;
        let engine_listening = endpoint.address();
        let public_url = config
            .public_url
            .clone()
            .unwrap_or_else(|| format!("http://{listening}"));
        let ports = Ports::open(&config.ports(&public_url), catalog.pool()).await?;
        let index = SearchIndex::open(&config.data_dir.join("index")).await?;
        let unindexed = catalog.adopt_index(index.id()).await?;
        if unindexed > 0 {
            tracing::info!(accounts = unindexed, "the search index is new and will be filled");
        }
        let cores = std::thread::available_parallelism()?.get();
        let app = Arc::new(App {
            objects: ports.objects.clone(),
            queue: ports.queue.clone(),
            index: index.clone(),
            lists: Lists::new(catalog.clone(), replica),
            rate_limits: RateLimits::new(config.rates),
            texts: Texts::new(ports.objects.clone()),
            passwords: Passwords::new(cores)?,
            regions: regions.clone(),
            site: Site {
                upload_origin: upload_origin(&*ports.objects).await?,
                public_url,
                region: config.region,
                forwarded_hops: config.forwarded_hops,
                max_document_bytes: config.max_document_bytes,
                form_lifetime: config.form_lifetime,
                link_lifetime: config.link_lifetime,
            },
            catalog,
        });
        let environment = Environment {
            catalog: app.catalog.clone(),
            objects: ports.objects.clone(),
            mail: ports.mail.clone(),
            metrics: ports.metrics.clone(),
            search: index.clone(),
            regions,
            extractor: Extractor::new(reader_program(config.reader_program)?, Limits::default()),
            max_document_bytes: app.site.max_document_bytes,
        };
        let engine = Engine::start(database.connect_options(), Arc::new(environment), cores).await?;
        let stop = CancellationToken::new();
        let mut tasks = JoinSet::new();
        let (log, writer) = access_log::open(
            app.catalog.clone(),
            ports.objects.clone(),
            ports.metrics.clone(),
            app.site.forwarded_hops,
        );
        let routes =
            router::router(app.clone()).layer(middleware::from_fn_with_state(log, access_log::record));
        let service = apus::http::serve(listener, routes, stop.clone());
        tasks.spawn(async move { service.await.context("the web service failed") });
        let writing = writer.run(stop.clone());
        tasks.spawn(async move {
            writing.await;
            Ok(())
        });
        let (latest, figures) = watch::channel(None);
        let gatherer = Gatherer {
            catalog: app.catalog.clone(),
            queue: ports.queue.clone(),
            engine: engine.node().clone(),
            metrics: ports.metrics.clone(),
            latest,
        };
        let gathering = gatherer.run(stop.clone());
        tasks.spawn(async move {
            gathering.await;
            Ok(())
        });
        let operators = operator_routes(&engine, &ports).merge(dashboard::router(
            &app.site.region,
            figures,
            stop.clone(),
        ));
        let endpoint = endpoint.serve(operators, stop.clone());
        tasks.spawn(async move { endpoint.await.context("the engine's endpoint failed") });
        let services = services::run(app.clone(), engine.client(), ports.metrics.clone(), stop.clone());
        tasks.spawn(async move {
            services.await;
            Ok(())
        });
        tracing::info!(
            url = app.site.public_url,
            region = app.site.region,
            engine = %engine_listening,
            "DocStore is serving"
        );
        Ok(Self {
            app,
            engine,
            index,
            ports,
            database,
            listening,
            tasks,
            stop,
            operators: engine_listening,
        })
    }

    /// Where browsers reach it.
    pub fn url(&self) -> &str {
        &self.app.site.public_url
    }

    /// Where its operators reach it, from this machine only: the dashboard, the metrics, the engine's endpoint.
    pub fn operators(&self) -> SocketAddr {
        self.operators
    }

    /// Where its web API listens.
    pub fn address(&self) -> SocketAddr {
        self.listening
    }

    /// What its requests and services share.
    pub fn app(&self) -> &AppState {
        &self.app
    }

    /// The engine that works on what is uploaded.
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// Waits until a part fails without which the rest is of no use. The program should then end: what is open goes on
    /// at its next start.
    pub async fn failed(&mut self) -> Error {
        tokio::select! {
            Some(ended) = self.tasks.join_next() => match ended {
                Ok(Ok(())) => anyhow!("a service ended although nobody stopped it"),
                Ok(Err(error)) => error,
                Err(panic) => Error::new(panic).context("a service failed"),
            },
            () = self.engine.node().ended() => anyhow!("the engine failed"),
            () = self.database.ended() => anyhow!("the private database ended"),
        }
    }

    /// Lets the work under way end, then stops everything.
    pub async fn stop(mut self) -> Result<()> {
        self.stop.cancel();
        // The endpoint ends when the polls that it holds are answered.
        self.engine.drain().await;
        while let Some(ended) = self.tasks.join_next().await {
            ended??;
        }
        self.engine.stop().await;
        self.index.close().await?;
        self.ports.close().await;
        let pool = self.app.catalog.pool().clone();
        // The queue listens on a connection of the pool until its last holder is gone.
        drop(self.app);
        pool.close().await;
        self.database.shutdown().await
    }
}

/// For operators on this machine, beside the dashboard: the engine's endpoint and the metrics.
fn operator_routes(engine: &Engine, ports: &Ports) -> Router {
    let prometheus = ports.prometheus.clone();
    wire::router(engine.node().clone(), WireOptions::local())
        .route("/metrics", get(move || std::future::ready(prometheus.render())))
}
