// Asks the console as dashboards do: pgx, its ping, prepared statements with parameters, binary results.
package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/jackc/pgx/v5"
)

func check(err error) {
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
}

func main() {
	ctx := context.Background()
	console, err := pgx.Connect(ctx, "sslmode=disable")
	check(err)
	check(console.Ping(ctx))
	var one int
	check(console.QueryRow(ctx, "SELECT 1").Scan(&one))
	for i := 0; i < 3; i++ {
		var database string
		var waiting int32
		var at time.Time
		err = console.QueryRow(ctx,
			"SELECT database, cl_waiting, now() AS time FROM pools WHERE cl_waiting >= $1 AND database = $2",
			0, "pgbouncer").Scan(&database, &waiting, &at)
		check(err)
	}
	var number string
	check(console.QueryRow(ctx, "SHOW server_version_num").Scan(&number))
	_, err = console.Exec(ctx, "SELECT oid FROM pg_catalog.pg_class")
	fmt.Println("refused:", err)
	check(console.Ping(ctx))
	check(console.Close(ctx))
}
