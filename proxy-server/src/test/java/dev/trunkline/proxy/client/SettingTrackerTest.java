package dev.trunkline.proxy.client;

import static org.assertj.core.api.Assertions.assertThat;

import dev.trunkline.proxy.client.SettingTracker.Change;
import dev.trunkline.proxy.server.ServerConnection;
import dev.trunkline.proxy.server.ServerConnections;
import dev.trunkline.proxy.server.SessionSettings;
import dev.trunkline.shard.Effects;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class SettingTrackerTest {
  private static final String NAME = "work_mem";
  private static final SessionSettings STARTUP = SessionSettings.of(Map.of(NAME, "startup"));

  private final EmbeddedChannel channel = new EmbeddedChannel();
  private final ServerConnection server = ServerConnections.over(channel);
  private final SettingTracker settings = new SettingTracker(STARTUP, new WorkspaceState());

  @BeforeEach
  void lease() {
    server.applied(STARTUP);
    settings.leased(server);
  }

  @AfterEach
  void close() {
    channel.close();
  }

  private void complete(String tag) {
    ByteBuf buf = Unpooled.copiedBuffer(tag, StandardCharsets.US_ASCII);
    settings.commandComplete(server, buf, 0, buf.readableBytes());
    buf.release();
  }

  private void set(String value) {
    settings.sent(new Change(NAME, value));
    complete("SET");
  }

  private void rollbackTo() {
    settings.sent(Change.ROLLBACK_TO);
    complete("ROLLBACK");
  }

  private void ready(char status, boolean failed) {
    server.transactionStatus((byte) status);
    settings.ready(server, (byte) status, failed);
  }

  private void assertBoth(String value) {
    assertThat(settings.wanted().get(NAME)).isEqualTo(value);
    assertThat(server.applied().get(NAME)).isEqualTo(value);
  }

  @Test
  void aSetCountsWhenItIsAnswered() {
    settings.sent(new Change(NAME, "1MB"));
    assertThat(settings.certain()).isFalse();
    assertThat(settings.wanted()).isSameAs(STARTUP);
    complete("SET");
    ready('I', false);
    assertBoth("1MB");
    assertThat(settings.certain()).isTrue();
    assertThat(server.residue()).isZero();
  }

  @Test
  void aRollbackUndoesItOnBothSides() {
    set("1MB");
    ready('T', false);
    complete("ROLLBACK");
    ready('I', false);
    assertBoth("startup");
  }

  @Test
  void aFailedImplicitTransactionUndoesIt() {
    set("1MB");
    ready('I', true);
    assertBoth("startup");
  }

  @Test
  void aCommitAmongStatementsKeepsWhatWasBeforeIt() {
    set("1MB");
    complete("COMMIT");
    set("2MB");
    ready('I', true);
    assertBoth("1MB");
  }

  @Test
  void aSetBehindARollbackStays() {
    set("1MB");
    complete("ROLLBACK");
    set("2MB");
    ready('I', false);
    assertBoth("2MB");
  }

  @Test
  void resetLeadsBackToTheStartupMessage() {
    settings.sent(new Change(NAME, null));
    complete("RESET");
    ready('I', false);
    assertThat(settings.wanted()).isSameAs(STARTUP);
    assertThat(server.applied()).isSameAs(SessionSettings.EMPTY);
  }

  @Test
  void resetAllForgetsNothingThatFollows() {
    settings.sent(new Change("all", null));
    settings.sent(new Change(NAME, "3MB"));
    complete("RESET");
    complete("SET");
    ready('I', false);
    assertBoth("3MB");
  }

  @Test
  void whatASavepointMayHaveUndoneIsPinnedAndNotReplayed() {
    complete("SAVEPOINT");
    set("1MB");
    rollbackTo();
    complete("COMMIT");
    ready('I', false);
    assertThat(settings.wanted()).isSameAs(STARTUP);
    assertThat(server.residue()).isEqualTo(Effects.SET_SESSION | Effects.OPAQUE);
  }

  @Test
  void aRollbackEndsTheDoubtOfASavepoint() {
    complete("SAVEPOINT");
    set("1MB");
    rollbackTo();
    complete("ROLLBACK");
    ready('I', false);
    assertBoth("startup");
    assertThat(server.residue()).isZero();
  }

  @Test
  void whatWasSetBeforeTheSavepointStays() {
    set("1MB");
    complete("SAVEPOINT");
    rollbackTo();
    complete("COMMIT");
    ready('I', false);
    assertBoth("1MB");
    assertThat(server.residue()).isZero();
  }

  @Test
  void aLeaseThatEndsInATransactionIsRolledBack() {
    set("1MB");
    ready('T', false);
    settings.released(server);
    assertThat(server.applied()).isSameAs(STARTUP);
  }

  @Test
  void aSetWithoutAnAnswerLeavesAnUnknownSession() {
    settings.sent(new Change(NAME, "1MB"));
    settings.released(server);
    assertThat(server.residue()).isEqualTo(Effects.OPAQUE);
  }

  @Test
  void anAnswerThatNobodyWaitsForLeavesAnUnknownSession() {
    complete("SET");
    assertThat(server.residue()).isEqualTo(Effects.OPAQUE);
  }
}
