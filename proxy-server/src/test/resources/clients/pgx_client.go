// Command client runs pgx on the sharded database. Settings come from PGHOST, PGPORT and the like.
package main

import (
	"context"
	"fmt"
	"log"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

const shardName = "SELECT name || $1::text FROM shard_name"

func must(err error, what string) {
	if err != nil {
		log.Fatalf("%s: %v", what, err)
	}
}

func check(wanted, got any, what string) {
	if wanted != got {
		log.Fatalf("%s: expected %v, but was %v", what, wanted, got)
	}
}

func connection(ctx context.Context, mode pgx.QueryExecMode) {
	config, err := pgx.ParseConfig("")
	must(err, "the settings")
	config.RuntimeParams["options"] = "-c trunkline.workspace=w2"
	config.DefaultQueryExecMode = mode
	conn, err := pgx.ConnectConfig(ctx, config)
	must(err, "connect")
	defer conn.Close(ctx)
	for i := range 10 {
		checkShard(ctx, conn, "schema_002", fmt.Sprint(i))
	}
	_, err = conn.Exec(ctx, "SET trunkline.workspace = 'w5'")
	must(err, "SET")
	checkShard(ctx, conn, "schema_005", "x")
	rollback(ctx, conn)
	batch(ctx, conn)
}

func checkShard(ctx context.Context, conn *pgx.Conn, shard, suffix string) {
	var name string
	must(conn.QueryRow(ctx, shardName, suffix).Scan(&name), "a query")
	check(shard+suffix, name, "the shard's name")
}

func rollback(ctx context.Context, conn *pgx.Conn) {
	tx, err := conn.Begin(ctx)
	must(err, "BEGIN")
	_, err = tx.Exec(ctx, "INSERT INTO item VALUES ($1, $2)", 1, "gone")
	must(err, "INSERT")
	must(tx.Rollback(ctx), "ROLLBACK")
	var count int
	must(conn.QueryRow(ctx, "SELECT count(*) FROM item").Scan(&count), "count")
	check(0, count, "rows after a rollback")
}

func batch(ctx context.Context, conn *pgx.Conn) {
	batch := &pgx.Batch{}
	for i := range 50 {
		batch.Queue("INSERT INTO item VALUES ($1, $2)", i, fmt.Sprint(i))
	}
	must(conn.SendBatch(ctx, batch).Close(), "a batch")
	tag, err := conn.Exec(ctx, "DELETE FROM item")
	must(err, "DELETE")
	check(int64(50), tag.RowsAffected(), "rows deleted")
}

func pool(ctx context.Context) {
	config, err := pgxpool.ParseConfig("pool_max_conns=4")
	must(err, "the pool's settings")
	config.ConnConfig.RuntimeParams["options"] = "-c trunkline.workspace=w6"
	pool, err := pgxpool.NewWithConfig(ctx, config)
	must(err, "the pool")
	defer pool.Close()
	names := make(chan string)
	for range 40 {
		go func() {
			var name string
			must(pool.QueryRow(ctx, shardName, "p").Scan(&name), "a query of the pool")
			names <- name
		}()
	}
	for range 40 {
		check("schema_006p", <-names, "the pool's shard")
	}
}

func main() {
	ctx := context.Background()
	connection(ctx, pgx.QueryExecModeCacheStatement)
	connection(ctx, pgx.QueryExecModeSimpleProtocol)
	pool(ctx)
}
