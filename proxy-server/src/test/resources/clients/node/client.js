// node-postgres on the sharded database. Settings come from PGHOST, PGPORT and the like.
const { Client } = require("pg");

function check(wanted, got, what) {
  if (wanted !== got) {
    throw new Error(`${what}: expected ${wanted}, but was ${got}`);
  }
}

async function main() {
  const client = new Client({ options: "-c trunkline.workspace=w2" });
  await client.connect();
  const named = { name: "shard", text: "SELECT name || $1::text AS name FROM shard_name" };
  for (let i = 0; i < 10; i++) {
    const result = await client.query({ ...named, values: [String(i)] });
    check(`schema_002${i}`, result.rows[0].name, "a named statement");
  }
  await client.query("SET trunkline.workspace = 'w5'");
  const moved = await client.query({ ...named, values: ["x"] });
  check("schema_005x", moved.rows[0].name, "the statement in another workspace");
  await client.query("BEGIN");
  await client.query("INSERT INTO item VALUES ($1, $2)", [1, "gone"]);
  await client.query("ROLLBACK");
  const count = await client.query("SELECT count(*)::int AS n FROM item");
  check(0, count.rows[0].n, "rows after a rollback");
  const rows = Array.from({ length: 50 }, (_, i) => [i, String(i)]);
  const insert = (values) => client.query("INSERT INTO item VALUES ($1, $2)", values);
  await Promise.all(rows.map(insert));
  const code = await client.query("SELECT 1 / 0").then(() => "none", (error) => error.code);
  check("22012", code, "the error of a division by zero");
  check(50, (await client.query("DELETE FROM item")).rowCount, "rows deleted");
  await client.end();
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
