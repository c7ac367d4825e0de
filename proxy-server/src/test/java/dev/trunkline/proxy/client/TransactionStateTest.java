package dev.trunkline.proxy.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.trunkline.wire.ProtocolViolation;
import java.util.Map;
import org.junit.jupiter.api.Test;

class TransactionStateTest {
  private final WorkspaceState workspace = new WorkspaceState();
  private final DelayedTransaction delayed = new DelayedTransaction();

  @Test
  void aRollbackUndoesTheWorkspaceSetInTheTransaction() {
    workspace.set("a", false);
    workspace.transactionBegins();
    workspace.set("b", false);
    assertThat(workspace.workspace()).isEqualTo("b");
    workspace.transactionEnds(true);
    assertThat(workspace.workspace()).isEqualTo("a");
  }

  @Test
  void aCommitKeepsTheWorkspaceSetInTheTransaction() {
    workspace.transactionBegins();
    workspace.set("b", false);
    workspace.transactionEnds(false);
    workspace.transactionEnds(true);
    assertThat(workspace.workspace()).isEqualTo("b");
  }

  @Test
  void aLocalWorkspaceEndsWithItsTransaction() {
    workspace.set("a", false);
    workspace.transactionBegins();
    workspace.set("b", true);
    workspace.setShard("schema_002", true);
    assertThat(workspace.workspace()).isEqualTo("b");
    workspace.transactionEnds(false);
    assertThat(workspace.workspace()).isEqualTo("a");
    assertThat(workspace.shard()).isNull();
  }

  @Test
  void aDelayedTransactionIsOpenUntilItEnds() {
    assertThat(delayed.status()).isEqualTo((byte) 'I');
    delayed.begin("BEGIN");
    assertThat(delayed.add("SAVEPOINT a")).isTrue();
    assertThat(delayed.status()).isEqualTo((byte) 'T');
    delayed.fail();
    assertThat(delayed.status()).isEqualTo((byte) 'E');
    delayed.end();
    assertThat(delayed.active()).isFalse();
    assertThat(delayed.statements()).isEmpty();
  }

  @Test
  void aFloatingStatementGivesTheTransactionBackAsItLeftIt() {
    delayed.begin("BEGIN");
    delayed.sent();
    assertThat(delayed.active()).isFalse();
    delayed.takeBack(false);
    assertThat(delayed.open()).isTrue();
    delayed.sent();
    delayed.takeBack(true);
    assertThat(delayed.state()).isEqualTo(DelayedTransaction.State.FAILED);
  }

  @Test
  void thereIsABoundOnWhatIsSaidLater() {
    delayed.begin("BEGIN");
    int kept = 1;
    while (delayed.add("SAVEPOINT a")) {
      kept++;
    }
    assertThat(kept).isEqualTo(64);
  }

  @Test
  void startupOptionsAreReadAsPostgresqlReadsThem() {
    assertThat(
            StartupOptions.parse("-c a=1 -cb=two\\ words --work-mem=4MB  -c trunkline.workspace=x"))
        .containsExactlyInAnyOrderEntriesOf(
            Map.of("a", "1", "b", "two words", "work_mem", "4MB", "trunkline.workspace", "x"));
    assertThat(StartupOptions.parse("  ")).isEmpty();
  }

  @Test
  void otherStartupOptionsAreRefused() {
    for (String options : new String[] {"-d 5", "-c", "-c novalue", "--=x", "plain"}) {
      assertThatThrownBy(() -> StartupOptions.parse(options))
          .as(options)
          .isInstanceOf(ProtocolViolation.class);
    }
  }
}
