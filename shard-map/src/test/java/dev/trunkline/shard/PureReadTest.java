package dev.trunkline.shard;

import static org.assertj.core.api.Assertions.assertThat;

import dev.trunkline.shard.PureRead.Impurity;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Which SELECTs may be repeated elsewhere, and what is known of their answers. */
class PureReadTest {
  private static PureRead read(String sql) {
    return PureRead.of(sql.getBytes(StandardCharsets.UTF_8));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "select * from task where id = $1",
        "SELECT t.id, lower(title), coalesce(x, 0) FROM task t WHERE id IN (1, 2) AND a = any ($1)",
        "select count(*), pg_catalog.upper('x') from t join (select 1) u on (true) group by (a)",
        "(select a::numeric(10, 2) from t where d = '2020-01-01'::date)",
        "select substring(a from 1 for 2), extract(year from d), x::text from t",
        "select t.user, t.\"current_date\" from t where exists (select 1 from u)"
      })
  void rowsAloneAreRead(String sql) {
    assertThat(read(sql).impurity()).isNull();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "select * from t for update | LOCK",
        "select * from t for no key update | LOCK",
        "select * into u from t | WRITE",
        "select nextval('s') from t | FUNCTION",
        "select random() from t | FUNCTION",
        "select mine(a) from t | FUNCTION",
        "select app.lower(a) from t | FUNCTION",
        "select * from t tablesample system (1) | FUNCTION",
        "select a operator(app.+) b from t | FUNCTION",
        "select now() from t | CLOCK",
        "select age(born) from t | CLOCK",
        "select * from t where d = current_date | CLOCK",
        "select * from t where d > 'today'::timestamp | CLOCK",
        "select current_user from t | SESSION",
        "select ctid from t | SYSTEM_COLUMN",
        "select t.xmin from t | SYSTEM_COLUMN",
        "select * from pg_class | CATALOG",
        "select * from information_schema.tables | CATALOG",
        "select 't'::regclass | CATALOG",
        "select pg_sleep(1) | FUNCTION",
        "insert into t values (1) | UNREADABLE",
        "with x as (delete from t returning *) select * from x | UNREADABLE",
        "select 'no end | UNREADABLE",
        "select U&\"a\" from t | UNREADABLE",
        "select 1; select 2 | UNREADABLE"
      })
  void whatIsMoreIsTold(String sql, Impurity why) {
    assertThat(read(sql).impurity()).as(sql).isEqualTo(why);
  }

  @Test
  void theOrderOfRowsIsKnown() {
    assertThat(read("select a from t").ordered()).isFalse();
    assertThat(read("select a from t order by t.a desc nulls last, 2").ordered()).isTrue();
    assertThat(read("select a from (select a from t order by a) u").ordered()).isFalse();
  }

  @Test
  void keysOfALimitedOrderAreTheResultsColumns() {
    PureRead limited = read("select a, b from t order by t.a desc nulls last, 2 limit 5");
    assertThat(limited.limited()).isTrue();
    assertThat(limited.undetermined()).isFalse();
    assertThat(limited.orderKeys()).containsExactly("a", "2");
    assertThat(read("select a from t order by lower(a) limit 5").orderKeys()).isNull();
    assertThat(read("select a from t order by a + b limit 5").orderKeys()).isNull();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "select a from t limit 5",
        "select a from t offset 5",
        "select a from t fetch first 5 rows only",
        "select a from t where b = (select b from u limit 1) order by a",
        "select string_agg(a, ',') from t",
        "select row_number() over (order by a) from t",
        "select distinct on (a) a, b from t order by a"
      })
  void whatRowsDoNotDetermineIsKnown(String sql) {
    assertThat(read(sql).undetermined()).as(sql).isTrue();
  }

  @Test
  void anAggregateWithItsOwnOrderIsDetermined() {
    assertThat(read("select string_agg(a, ',' order by a) from t").undetermined()).isFalse();
    assertThat(read("select sum(x) from t").sums()).isTrue();
  }

  @Test
  void valuesAreTold() {
    assertThat(read("select * from t where id = 17 and name = 'it''s'").literals())
        .containsExactly("17", "it's");
  }
}
