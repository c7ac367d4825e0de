package dev.trunkline.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.trunkline.wire.FakeClient;
import dev.trunkline.wire.Frontend;
import dev.trunkline.wire.Message;
import dev.trunkline.wire.Tags;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;

/** The message flow of clients that do not wait for answers, on each kind of database. */
@Timeout(60)
@ParameterizedClass
@ValueSource(strings = {"plain", "app@w1", "sess"})
class PipelineTest {
  @Parameter String database;

  private FakeClient client;

  @BeforeEach
  void connect() {
    client = TestCluster.shared().client(database);
  }

  @AfterEach
  void close() {
    client.close();
  }

  @Test
  void manySyncsMayBeInFlight() {
    client.send(
        out -> {
          for (int i = 0; i < 100; i++) {
            Frontend.parse(out, "", "SELECT " + i);
            Frontend.bind(out, "", "", List.of());
            Frontend.execute(out, "", 0);
            Frontend.sync(out);
          }
        });
    for (int i = 0; i < 100; i++) {
      List<Message> answer = Wire.ready(client);
      assertThat(Wire.tags(answer)).isEqualTo("12DCZ");
      assertThat(Wire.column(answer)).containsExactly("" + i);
    }
  }

  @Test
  void flushBringsTheAnswersBeforeSync() {
    client.send(
        out -> {
          Frontend.parse(out, "", "SELECT 5");
          Frontend.describe(out, Frontend.STATEMENT, "");
          Frontend.flush(out);
        });
    assertThat(Wire.tags(client.until(Tags.Backend.ROW_DESCRIPTION))).isEqualTo("1tT");
    client.send(
        out -> {
          Frontend.bind(out, "", "", List.of());
          Frontend.execute(out, "", 0);
          Frontend.flush(out);
        });
    assertThat(Wire.tags(client.until(Tags.Backend.COMMAND_COMPLETE))).isEqualTo("2DC");
    client.send(Frontend::sync);
    assertThat(Wire.tags(Wire.ready(client))).isEqualTo("Z");
  }

  @Test
  void anErrorSkipsUpToTheNextSyncOnly() {
    client.send(
        out -> {
          Frontend.parse(out, "", "SELECT 1 / 0");
          Frontend.bind(out, "", "", List.of());
          Frontend.execute(out, "", 0);
          Frontend.parse(out, "skipped", "SELECT 1");
          Frontend.sync(out);
          Frontend.parse(out, "skipped", "SELECT 2");
          Frontend.bind(out, "", "skipped", List.of());
          Frontend.execute(out, "", 0);
          Frontend.close(out, Frontend.STATEMENT, "skipped");
          Frontend.sync(out);
        });
    List<Message> failed = Wire.ready(client);
    assertThat(Wire.errors(failed)).containsExactly("22012");
    List<Message> next = Wire.ready(client);
    assertThat(Wire.tags(next)).isEqualTo("12DC3Z");
    assertThat(Wire.column(next)).containsExactly("2");
  }

  @Test
  void aMissingStatementIsAnErrorAndNothingMore() {
    assertThat(Wire.errors(Wire.execute(client, "nowhere"))).containsExactly("26000");
    assertThat(Wire.column(client.query("SELECT 1"))).containsExactly("1");
  }

  @Test
  void aMissingStatementFailsItsTransaction() {
    client.query("BEGIN");
    assertThat(Wire.errors(Wire.execute(client, "nowhere"))).containsExactly("26000");
    List<Message> next = client.query("SELECT 1");
    assertThat(Wire.errors(next)).containsExactly("25P02");
    assertThat(next.getLast().body()).containsExactly('E');
    assertThat(client.query("ROLLBACK").getLast().body()).containsExactly('I');
  }

  @Test
  void aUsedNameIsAnErrorAndTheFirstStatementStays() {
    assertThat(Wire.prepare(client, "s", "SELECT 1")).isEqualTo("1Z");
    assertThat(Wire.prepare(client, "s", "SELECT 2")).isEqualTo("EZ");
    assertThat(Wire.column(Wire.execute(client, "s"))).containsExactly("1");
    client.query("BEGIN");
    client.send(
        out -> {
          Frontend.parse(out, "s", "SELECT 3");
          Frontend.sync(out);
        });
    List<Message> answer = Wire.ready(client);
    assertThat(Wire.errors(answer)).containsExactly("42P05");
    assertThat(answer.getLast().body()).containsExactly('E');
    assertThat(client.query("ROLLBACK").getLast().body()).containsExactly('I');
    assertThat(Wire.tags(Wire.execute(client, "s"))).isEqualTo("2DCZ");
  }

  @Test
  void theUnnamedStatementMayBeBoundAgainLater() {
    assertThat(Wire.prepare(client, "", "SELECT 'kept'")).isEqualTo("1Z");
    assertThat(Wire.column(Wire.execute(client, ""))).containsExactly("kept");
    try (FakeClient other = TestCluster.shared().client(database)) {
      assertThat(Wire.prepare(other, "", "SELECT 'other'")).isEqualTo("1Z");
      assertThat(Wire.column(Wire.execute(client, ""))).containsExactly("kept");
      assertThat(Wire.column(Wire.execute(other, ""))).containsExactly("other");
    }
  }

  @Test
  void aSimpleQueryTakesTheUnnamedStatement() {
    assertThat(Wire.prepare(client, "", "SELECT 'kept'")).isEqualTo("1Z");
    assertThat(Wire.column(client.query("SELECT 1"))).containsExactly("1");
    assertThat(Wire.tags(client.query(""))).isEqualTo("IZ");
  }

  @Test
  void severalStatementsInOneQueryAreAnsweredOneByOne() {
    List<Message> answer = client.query("SELECT 1; SELECT 2; CREATE TEMP TABLE x (); DROP TABLE x");
    assertThat(Wire.tags(answer)).isEqualTo("TDCTDCCCZ");
  }

  @Test
  void anErrorEndsAQueryOfSeveralStatements() {
    List<Message> answer = client.query("SELECT 1; SELECT 1 / 0; SELECT 3");
    assertThat(Wire.tags(answer)).startsWith("TDC").endsWith("EZ").doesNotContain("CTDC");
    assertThat(answer.getLast().body()).containsExactly('I');
  }

  @Test
  void aPortalIsReadInPieces() {
    client.send(
        out -> {
          Frontend.parse(out, "", "SELECT generate_series(1, 5)");
          Frontend.bind(out, "p", "", List.of());
          Frontend.execute(out, "p", 2);
          Frontend.execute(out, "p", 2);
          Frontend.execute(out, "p", 2);
          Frontend.close(out, Frontend.PORTAL, "p");
          Frontend.sync(out);
        });
    assertThat(Wire.tags(Wire.ready(client))).isEqualTo("12DDsDDsDC3Z");
  }

  @Test
  void aFunctionIsCalled() {
    // int4pl
    client.send(
        out -> Frontend.functionCall(out, 177, new short[0], Wire.values("2", "3"), (short) 0));
    List<Message> answer = Wire.ready(client);
    assertThat(Wire.tags(answer)).isEqualTo("VZ");
    assertThat(answer.getFirst().body()).endsWith('5');
  }

  @Test
  void aLargeParameterArrivesWhole() {
    String large = "x".repeat(5 << 20);
    assertThat(Wire.prepare(client, "", "SELECT length($1::text)")).isEqualTo("1Z");
    assertThat(Wire.column(Wire.execute(client, "", large))).containsExactly("" + (5 << 20));
    assertThat(Wire.prepare(client, "n", "SELECT length($1::text)")).isEqualTo("1Z");
    assertThat(Wire.column(Wire.execute(client, "n", large))).containsExactly("" + (5 << 20));
  }

  @Test
  void aLargeRowArrivesWhole() {
    List<Message> answer = client.query("SELECT repeat('y', 5000000)");
    assertThat(Wire.column(answer).getFirst()).hasSize(5_000_000);
  }

  // ---- COPY ----

  private void temporaryTable() {
    assertThat(Wire.tags(client.query("CREATE TEMP TABLE c (x text)"))).isEqualTo("CZ");
  }

  private void assertRows(String count) {
    assertThat(Wire.column(client.query("SELECT count(*) FROM c"))).containsExactly(count);
  }

  @Test
  void copyInStoresRows() {
    temporaryTable();
    client.send(out -> Frontend.query(out, "COPY c FROM STDIN"));
    client.expect(Tags.Backend.COPY_IN_RESPONSE);
    client.send(
        out -> {
          Frontend.copyData(out, Wire.bytes("a\nb\n"));
          Frontend.copyData(out, Wire.bytes("c\n"));
          Frontend.copyDone(out);
        });
    assertThat(Wire.tags(Wire.ready(client))).isEqualTo("CZ");
    assertRows("3");
  }

  @Test
  void copyDataMayFollowTheQueryAtOnce() {
    temporaryTable();
    client.send(
        out -> {
          Frontend.query(out, "COPY c FROM STDIN");
          Frontend.copyData(out, Wire.bytes("a\n"));
          Frontend.copyDone(out);
        });
    assertThat(Wire.tags(Wire.ready(client))).isEqualTo("GCZ");
    assertRows("1");
  }

  @Test
  void copyFailUndoesTheCopy() {
    temporaryTable();
    client.send(out -> Frontend.query(out, "COPY c FROM STDIN"));
    client.expect(Tags.Backend.COPY_IN_RESPONSE);
    client.send(
        out -> {
          Frontend.copyData(out, Wire.bytes("a\n"));
          Frontend.copyFail(out, "changed my mind");
        });
    assertThat(Wire.errors(Wire.ready(client))).containsExactly("57014");
    assertRows("0");
  }

  @Test
  void aBadRowEndsTheCopyAndTheRestIsDropped() {
    temporaryTable();
    client.send(
        out -> {
          Frontend.query(out, "COPY c FROM STDIN");
          Frontend.copyData(out, Wire.bytes("a\tb\n"));
          Frontend.copyData(out, Wire.bytes("c\n"));
          Frontend.copyDone(out);
        });
    assertThat(Wire.errors(Wire.ready(client))).containsExactly("22P04");
    assertRows("0");
  }

  @Test
  void anEarlySyncIsIgnoredWithinTheCopy() {
    temporaryTable();
    client.send(
        out -> {
          Frontend.parse(out, "", "COPY c FROM STDIN");
          Frontend.bind(out, "", "", List.of());
          Frontend.execute(out, "", 0);
          Frontend.sync(out);
          Frontend.copyData(out, Wire.bytes("a\n"));
          Frontend.copyDone(out);
          Frontend.sync(out);
        });
    assertThat(Wire.tags(Wire.ready(client))).isEqualTo("12GCZ");
    assertRows("1");
  }

  @Test
  void copyOutBringsRows() {
    List<Message> answer = client.query("COPY (SELECT generate_series(1, 3)) TO STDOUT");
    assertThat(Wire.tags(answer)).isEqualTo("HdddcCZ");
  }

  @Test
  void anUnknownMessageTypeIsFatal() {
    client.send(new byte[] {'!', 0, 0, 0, 4});
    Message error = client.expect(Tags.Backend.ERROR_RESPONSE);
    assertThat(error.fields().sqlstate()).isEqualTo("08P01");
    client.expectClosed();
  }

  // ---- statements whose Parse is still owed ----

  @Test
  void theSameTextFailsUnderBothNames() {
    client.send(
        out -> {
          Frontend.parse(out, "one", "SELECT * FROM is_missing");
          Frontend.sync(out);
          Frontend.parse(out, "two", "SELECT * FROM is_missing");
          Frontend.sync(out);
        });
    assertThat(Wire.errors(Wire.ready(client))).containsExactly("42P01");
    List<Message> second = Wire.ready(client);
    assertThat(Wire.errors(second)).containsExactly("42P01");
    assertThat(Wire.tags(second)).isEqualTo("EZ");
  }

  @Test
  void aBindBehindAFailedParseKnowsTheStatementByTheClientsName() {
    client.send(
        out -> {
          Frontend.parse(out, "one", "SELECT * FROM is_missing");
          Frontend.sync(out);
          Frontend.bind(out, "", "one", List.of());
          Frontend.execute(out, "", 0);
          Frontend.sync(out);
        });
    assertThat(Wire.errors(Wire.ready(client))).containsExactly("42P01");
    Message error = Wire.ready(client).getFirst();
    assertThat(error.fields().sqlstate()).isEqualTo("26000");
    assertThat(error.fields().message()).contains("\"one\"");
  }

  @Test
  void aFailedUnnamedStatementLeavesTheNextOneAlone() {
    client.send(
        out -> {
          Frontend.parse(out, "", "SELECT * FROM is_missing");
          Frontend.sync(out);
          Frontend.parse(out, "", "SELECT 7");
          Frontend.sync(out);
        });
    assertThat(Wire.errors(Wire.ready(client))).containsExactly("42P01");
    assertThat(Wire.tags(Wire.ready(client))).isEqualTo("1Z");
    assertThat(Wire.column(Wire.execute(client, ""))).containsExactly("7");
  }

  @Test
  void aFailedUnnamedStatementIsForgotten() {
    assertThat(Wire.prepare(client, "", "SELECT 7")).isEqualTo("1Z");
    assertThat(Wire.prepare(client, "", "SELECT * FROM is_missing")).isEqualTo("EZ");
    assertThat(Wire.errors(Wire.execute(client, ""))).containsExactly("26000");
  }

  @Test
  void twoCopiesInOneQueryEndOneByOne() {
    temporaryTable();
    client.send(out -> Frontend.query(out, "COPY c FROM STDIN; COPY c FROM STDIN"));
    client.expect(Tags.Backend.COPY_IN_RESPONSE);
    client.send(
        out -> {
          Frontend.copyData(out, Wire.bytes("a\n"));
          Frontend.copyDone(out);
        });
    client.until(Tags.Backend.COPY_IN_RESPONSE);
    client.send(
        out -> {
          Frontend.copyData(out, Wire.bytes("b\n"));
          Frontend.sync(out);
          Frontend.copyDone(out);
        });
    assertThat(Wire.tags(Wire.ready(client))).isEqualTo("CZ");
    assertRows("2");
  }
}
