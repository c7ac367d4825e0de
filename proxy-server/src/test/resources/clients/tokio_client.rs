//! tokio-postgres on the sharded database. Settings come from PGHOST, PGPORT and the like.

use std::fmt::Debug;
use tokio_postgres::error::SqlState;
use tokio_postgres::{Config, Error, NoTls};

fn setting(name: &str) -> String {
    std::env::var(name).expect(name)
}

fn check<T: PartialEq + Debug>(wanted: T, got: T, what: &str) {
    assert_eq!(wanted, got, "{what}");
}

async fn run() -> Result<(), Error> {
    let mut config = Config::new();
    config.host(setting("PGHOST")).port(setting("PGPORT").parse().expect("a port"));
    config.user(setting("PGUSER")).password(setting("PGPASSWORD")).dbname(setting("PGDATABASE"));
    config.options("-c trunkline.workspace=w2");
    let (mut client, connection) = config.connect(NoTls).await?;
    tokio::spawn(connection);
    let shard = client.prepare("SELECT name || $1::text FROM shard_name").await?;
    for i in 0..10 {
        let row = client.query_one(&shard, &[&i.to_string()]).await?;
        check(format!("schema_002{i}"), row.get(0), "a prepared statement");
    }
    client.batch_execute("SET trunkline.workspace = 'w5'").await?;
    let row = client.query_one(&shard, &[&"x"]).await?;
    check("schema_005x", row.get(0), "the statement in another workspace");
    let transaction = client.transaction().await?;
    transaction.execute("INSERT INTO item VALUES (1, 'gone')", &[]).await?;
    transaction.rollback().await?;
    let row = client.query_one("SELECT count(*) FROM item", &[]).await?;
    check(0i64, row.get(0), "rows after a rollback");
    let insert = client.prepare("INSERT INTO item VALUES ($1, $2)").await?;
    for i in 0..20 {
        check(1, client.execute(&insert, &[&i, &"x"]).await?, "rows inserted");
    }
    let refused = client.batch_execute("SELECT 1 / 0").await.expect_err("a division by zero");
    check(Some(&SqlState::DIVISION_BY_ZERO), refused.code(), "the error");
    check(20, client.execute("DELETE FROM item", &[]).await?, "rows deleted");
    Ok(())
}

fn main() -> Result<(), Error> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime").block_on(run())
}
