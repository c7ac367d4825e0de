package dev.trunkline.admin;

import static dev.trunkline.wire.Backend.BINARY;
import static dev.trunkline.wire.Backend.TEXT;
import static org.assertj.core.api.Assertions.assertThat;

import dev.trunkline.wire.Backend;
import dev.trunkline.wire.Frontend;
import io.netty.buffer.ByteBuf;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class ExtendedProtocolTest {
  private static final short[] NONE = {};

  private final Talk talk = new Talk(Access.ADMIN);

  @Test
  void aQueryRunsAsADriverSendsIt() {
    Talk.Reply reply = talk.send(out -> driver(out, "SHOW STATE"));

    assertThat(reply.tags()).isEqualTo("12TDDDCZ");
    assertThat(reply.names()).containsExactly("key", "value");
    assertThat(reply.completed()).containsExactly("SHOW");
    assertThat(reply.status()).isEqualTo("I");
  }

  @Test
  void aCommandWithoutRowsDescribesNoData() {
    assertThat(talk.send(out -> driver(out, "RELOAD")).tags()).isEqualTo("12nCZ");
    assertThat(talk.operator.done).containsExactly("reload");
  }

  @Test
  void describeAloneRunsNothing() {
    Talk.Reply reply =
        talk.send(
            out -> {
              Frontend.parse(out, "s", "SHOW POOLS");
              Frontend.describe(out, Frontend.STATEMENT, "s");
              Frontend.parse(out, "r", "RELOAD");
              Frontend.describe(out, Frontend.STATEMENT, "r");
              Frontend.sync(out);
            });

    assertThat(reply.tags()).isEqualTo("1tT1tnZ");
    assertThat(talk.operator.done).isEmpty();
  }

  @Test
  void aNamedStatementRunsAgainUntilItIsClosed() {
    talk.send(out -> prepare(out, "s", "SHOW VERSION"));

    assertThat(talk.send(out -> execute(out, "s")).tags()).isEqualTo("2DCZ");
    assertThat(talk.send(out -> execute(out, "s")).tags()).isEqualTo("2DCZ");
    assertThat(talk.send(out -> prepare(out, "s", "RELOAD")).error().sqlstate()).isEqualTo("42P05");
    assertThat(
            talk.send(
                    out -> {
                      Frontend.close(out, Frontend.STATEMENT, "s");
                      Frontend.close(out, Frontend.PORTAL, "nosuch");
                      Frontend.sync(out);
                    })
                .tags())
        .isEqualTo("33Z");
    assertThat(talk.send(out -> execute(out, "s")).error().sqlstate()).isEqualTo("26000");
  }

  @Test
  void anErrorSkipsEverythingUpToSync() {
    Talk.Reply reply =
        talk.send(
            out -> {
              Frontend.parse(out, "", "nonsense !");
              Frontend.bind(out, "", "", List.of());
              Frontend.query(out, "RELOAD");
              Frontend.execute(out, "", 0);
              Frontend.flush(out);
              Frontend.sync(out);
              driver(out, "SHOW VERSION");
            });

    assertThat(reply.tags()).isEqualTo("EZ12TDCZ");
    assertThat(reply.error().message()).startsWith("invalid command 'nonsense !'");
    assertThat(talk.operator.done).isEmpty();
  }

  @Test
  void theEmptyQueryOfAValidationIsEmpty() {
    assertThat(talk.send(out -> driver(out, "")).tags()).isEqualTo("12nIZ");
  }

  @Test
  void sqlForgetsPreparedStatementsToo() {
    talk.send(out -> prepare(out, "s", "SHOW VERSION"));
    talk.send(out -> prepare(out, "t", "SHOW VERSION"));

    assertThat(talk.query("DEALLOCATE PREPARE \"s\"").completed()).containsExactly("DEALLOCATE");
    assertThat(talk.query("DEALLOCATE s").error().sqlstate()).isEqualTo("26000");
    assertThat(talk.query("deallocate all").completed()).containsExactly("DEALLOCATE ALL");
    assertThat(talk.send(out -> execute(out, "t")).error().sqlstate()).isEqualTo("26000");
    assertThat(talk.query("DISCARD ALL").completed()).containsExactly("DISCARD ALL");
  }

  @Test
  void rowsComeInPortionsOnRequest() {
    Talk.Reply reply =
        talk.send(
            out -> {
              Frontend.query(out, "BEGIN");
              Frontend.parse(out, "", "SHOW STATE");
              Frontend.bind(out, "c", "", List.of());
              Frontend.execute(out, "c", 2);
              Frontend.sync(out);
              Frontend.execute(out, "c", 2);
              Frontend.execute(out, "c", 2);
              Frontend.sync(out);
            });

    assertThat(reply.tags()).isEqualTo("CZ12DDsZDCCZ");
    assertThat(reply.rows())
        .extracting(List::getFirst)
        .containsExactly("active", "paused", "suspended");
  }

  @Test
  void portalsEndAtSyncOutsideABlock() {
    Talk.Reply reply =
        talk.send(
            out -> {
              Frontend.parse(out, "", "SHOW STATE");
              Frontend.bind(out, "c", "", List.of());
              Frontend.sync(out);
              Frontend.execute(out, "c", 0);
              Frontend.sync(out);
            });

    assertThat(reply.tags()).isEqualTo("12ZEZ");
    assertThat(reply.error().sqlstate()).isEqualTo("34000");
  }

  @Test
  void aCommandRunsOncePerPortal() {
    Talk.Reply reply =
        talk.send(
            out -> {
              Frontend.parse(out, "", "RELOAD");
              Frontend.bind(out, "c", "", List.of());
              Frontend.bind(out, "d", "", List.of());
              Frontend.execute(out, "c", 0);
              Frontend.execute(out, "c", 0);
              Frontend.sync(out);
            });

    assertThat(reply.tags()).isEqualTo("122CEZ");
    assertThat(reply.error().sqlstate()).isEqualTo("55000");
    assertThat(talk.operator.done).containsExactly("reload");
  }

  @Test
  void aPortalNameIsNotTakenTwice() {
    Talk.Reply reply =
        talk.send(
            out -> {
              Frontend.parse(out, "", "RELOAD");
              Frontend.bind(out, "c", "", List.of());
              Frontend.bind(out, "c", "", List.of());
              Frontend.sync(out);
            });

    assertThat(reply.error().sqlstate()).isEqualTo("42P03");
  }

  @Test
  void parametersAreRefused() {
    Talk.Reply reply =
        talk.send(
            out -> {
              Frontend.parse(out, "", "SHOW STATE");
              Frontend.bind(out, "", "", List.of(new byte[] {'1'}));
              Frontend.sync(out);
            });

    assertThat(reply.error().message())
        .isEqualTo("bind message supplies 1 parameters, but prepared statement \"\" requires 0");
  }

  @Test
  void resultsComeInBinaryWhereAsked() {
    Talk.Reply reply = talk.send(out -> formatted(out, "SHOW WORKSPACES", BINARY));

    List<byte[]> row = reply.raw().getFirst();
    assertThat(reply.columns()).extracting(Backend.Column::format).containsOnly(BINARY);
    assertThat(new String(row.get(0), StandardCharsets.UTF_8)).isEqualTo("busy");
    assertThat(ByteBuffer.wrap(row.get(3)).getLong()).isEqualTo(FakeProxy.LARGE);
    assertThat(row.get(3)).hasSize(8);
  }

  @Test
  void formatsMayDifferByColumn() {
    Talk.Reply reply = talk.send(out -> formatted(out, "SHOW LISTS", TEXT, BINARY));

    assertThat(reply.columns()).extracting(Backend.Column::format).containsExactly(TEXT, BINARY);
    assertThat(reply.raw().getFirst().get(1)).containsExactly(0, 0, 0, 2);
  }

  @Test
  void aFormatThatDoesNotExistAndAWrongNumberOfFormatsAreErrors() {
    assertThat(talk.send(out -> formatted(out, "SHOW LISTS", (short) 2)).error().message())
        .isEqualTo("unsupported format code: 2");
    assertThat(talk.send(out -> formatted(out, "SHOW LISTS", TEXT, TEXT, TEXT)).error().message())
        .isEqualTo("bind message has 3 result formats but query has 2 columns");
  }

  @Test
  void aFailureInABlockShowsInTheStatus() {
    Talk.Reply reply =
        talk.send(
            out -> {
              driver(out, "BEGIN");
              driver(out, "RESUME");
              driver(out, "SHOW STATE");
              driver(out, "ROLLBACK");
            });

    assertThat(reply.status()).isEqualTo("TEEI");
    assertThat(reply.errors()).hasSize(2);
  }

  @Test
  void theNumberOfPreparedStatementsIsBounded() {
    Talk.Reply reply =
        talk.send(
            out -> {
              for (int i = 0; i <= Statements.MAX; i++) {
                Frontend.parse(out, "s" + i, "RELOAD");
              }
              Frontend.sync(out);
            });

    assertThat(reply.error().sqlstate()).isEqualTo("53400");
  }

  @Test
  void anImmediateShutdownIsNotAnswered() {
    assertThat(talk.send(out -> driver(out, "SHUTDOWN")).tags()).isEqualTo("12n");
  }

  private static void prepare(ByteBuf out, String name, String sql) {
    Frontend.parse(out, name, sql);
    Frontend.sync(out);
  }

  private static void execute(ByteBuf out, String name) {
    Frontend.bind(out, "", name, List.of());
    Frontend.execute(out, "", 0);
    Frontend.sync(out);
  }

  private static void driver(ByteBuf out, String sql) {
    formatted(out, sql);
  }

  private static void formatted(ByteBuf out, String sql, short... formats) {
    Frontend.parse(out, "", sql);
    Frontend.bind(out, "", "", NONE, List.of(), formats);
    Frontend.describe(out, Frontend.PORTAL, "");
    Frontend.execute(out, "", 0);
    Frontend.sync(out);
  }
}
