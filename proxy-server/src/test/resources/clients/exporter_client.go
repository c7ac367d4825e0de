// Reads the console as Prometheus exporters do: lib/pq, simple queries, columns by name, values by the type that the
// driver makes of them. What an exporter would drop or call invalid ends the program.
package main

import (
	"database/sql"
	"fmt"
	"os"
	"strconv"

	_ "github.com/lib/pq"
)

// Columns that become labels and columns that become numbers, of PgBouncer 1.26.
var labels = map[string][]string{
	"databases":    {"name", "host", "port", "database", "force_user", "pool_mode", "load_balance_hosts"},
	"stats":        {"database"},
	"stats_totals": {"database"},
	"pools":        {"database", "user", "pool_mode", "load_balance_hosts"},
}

var numbers = map[string][]string{
	"databases": {"pool_size", "min_pool_size", "reserve_pool_size", "server_lifetime", "max_connections",
		"current_connections", "max_client_connections", "current_client_connections", "paused", "disabled"},
	"stats": {"total_server_assignment_count", "total_xact_count", "total_query_count", "total_received", "total_sent",
		"total_xact_time", "total_query_time", "total_wait_time", "total_client_parse_count", "total_server_parse_count",
		"total_bind_count", "total_client_login_count", "avg_server_assignment_count", "avg_xact_count", "avg_query_count",
		"avg_recv", "avg_sent", "avg_xact_time", "avg_query_time", "avg_wait_time", "avg_client_parse_count",
		"avg_server_parse_count", "avg_bind_count", "avg_client_login_count"},
	"stats_totals": {"server_assignment_count", "xact_count", "query_count", "bytes_received", "bytes_sent", "xact_time",
		"query_time", "wait_time", "client_parse_count", "server_parse_count", "bind_count", "client_login_count"},
	"pools": {"cl_active", "cl_waiting", "cl_active_cancel_req", "cl_waiting_cancel_req", "sv_active", "sv_active_cancel",
		"sv_being_canceled", "sv_idle", "sv_used", "sv_tested", "sv_login", "maxwait", "maxwait_us"},
}

func check(err error) {
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
}

func rows(db *sql.DB, view string) []map[string]any {
	result, err := db.Query("SHOW " + view + ";")
	check(err)
	defer result.Close()
	names, err := result.Columns()
	check(err)
	var all []map[string]any
	for result.Next() {
		cells := make([]any, len(names))
		places := make([]any, len(names))
		for i := range cells {
			places[i] = &cells[i]
		}
		check(result.Scan(places...))
		row := map[string]any{}
		for i, name := range names {
			row[name] = cells[i]
		}
		all = append(all, row)
	}
	check(result.Err())
	if len(all) == 0 {
		check(fmt.Errorf("no rows in %s", view))
	}
	return all
}

func label(row map[string]any, name string) {
	value, there := row[name]
	switch value.(type) {
	case string, int64, nil:
	default:
		there = false
	}
	if !there {
		check(fmt.Errorf("no label %s: %T in %v", name, value, row))
	}
}

func number(row map[string]any, name string) float64 {
	switch value := row[name].(type) {
	case int64:
		return float64(value)
	case []byte: // numeric
		parsed, err := strconv.ParseFloat(string(value), 64)
		check(err)
		return parsed
	default:
		check(fmt.Errorf("no number %s: %T in %v", name, value, row))
		return 0
	}
}

func pairs(db *sql.DB, view string, key string, value string, wanted ...string) {
	found := map[string]bool{}
	for _, row := range rows(db, view) {
		for _, name := range wanted {
			if row[key] == name {
				_, err := strconv.ParseFloat(fmt.Sprint(row[value]), 64)
				check(err)
				found[name] = true
			}
		}
	}
	if len(found) != len(wanted) {
		check(fmt.Errorf("in %s only %v of %v", view, found, wanted))
	}
}

func main() {
	db, err := sql.Open("postgres", "sslmode=disable") // the rest is in the environment
	check(err)
	check(db.Ping())
	for view := range numbers {
		for _, row := range rows(db, view) {
			for _, name := range labels[view] {
				label(row, name)
			}
			for _, name := range numbers[view] {
				number(row, name)
			}
		}
	}
	pairs(db, "LISTS", "list", "items", "databases", "users", "peers", "pools", "peer_pools", "free_clients",
		"used_clients", "login_clients", "free_servers", "used_servers", "dns_names", "dns_zones", "dns_queries",
		"dns_pending")
	pairs(db, "CONFIG", "key", "value", "max_client_conn", "max_user_connections", "default_pool_size")
	version := rows(db, "VERSION")
	label(version[0], "version")
	fmt.Println("scraped", version[0]["version"])
}
