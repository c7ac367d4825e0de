package dev.trunkline.proxy.relay;

import static org.assertj.core.api.Assertions.assertThat;

import dev.trunkline.proxy.server.SessionSettings;
import dev.trunkline.shard.StatementKind;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class StatementTableTest {
  private final StatementTable table = new StatementTable();

  private static ClientStatement statement(String name) {
    byte[] definition = "SELECT 1\0\0\0".getBytes(StandardCharsets.UTF_8);
    return new ClientStatement(
        name.getBytes(StandardCharsets.UTF_8),
        definition,
        StatementKind.SELECT,
        0,
        true,
        null,
        null,
        SessionSettings.EMPTY);
  }

  private ClientStatement get(String name) {
    ByteBuf buf = Unpooled.copiedBuffer("xx" + name + "y", StandardCharsets.UTF_8);
    return table.get(buf, 2, buf.writerIndex() - 1);
  }

  @Test
  void statementsAreFoundByNameWhateverTheirNumber() {
    assertThat(get("s1")).isNull();
    ClientStatement[] all = new ClientStatement[500];
    for (int i = 0; i < all.length; i++) {
      all[i] = statement("s" + i);
      table.add(all[i]);
    }
    for (int i = 0; i < all.length; i++) {
      assertThat(get("s" + i)).isSameAs(all[i]);
    }
    assertThat(get("s500")).isNull();
    assertThat(table.size()).isEqualTo(500);
  }

  @Test
  void whatIsTakenOutIsGoneAndItsBytesAreGivenBack() {
    ClientStatement one = statement("Aa");
    ClientStatement other = statement("BB");
    table.add(one);
    table.add(other);
    table.remove(one);
    table.remove(one);
    assertThat(get("Aa")).isNull();
    assertThat(get("BB")).isSameAs(other);
    assertThat(table.size()).isEqualTo(1);
    table.remove(other);
    assertThat(table.bytes()).isZero();
  }

  @Test
  void removingFromAnEmptyTableDoesNothing() {
    ClientStatement statement = statement("s");
    table.remove(statement);
    table.add(statement);
    table.clear();
    table.remove(statement);
    assertThat(table.size()).isZero();
  }
}
