package dev.trunkline.proxy.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.trunkline.shard.Effects;
import dev.trunkline.wire.ProtocolViolation;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class LedgerTest {
  private final Ledger ledger = new Ledger();
  private final List<Object> skipped = new ArrayList<>();

  private Action take(char tag) {
    return ledger.take((byte) tag, (reply, note) -> skipped.add(note == null ? reply : note));
  }

  private void expect(Reply... replies) {
    for (Reply reply : replies) {
      ledger.expect(reply, Action.FORWARD);
    }
  }

  @Test
  void anExtendedQueryIsAnsweredMessageByMessage() {
    expect(Reply.PARSE, Reply.BIND, Reply.DESCRIBE, Reply.EXECUTE, Reply.SYNC);
    for (char tag : "12TDDCZ".toCharArray()) {
      assertThat(take(tag)).isEqualTo(Action.FORWARD);
    }
    assertThat(ledger.isEmpty()).isTrue();
  }

  @Test
  void anErrorSkipsUpToSyncAndLeavesTheNextBatchAlone() {
    ledger.expect(Reply.PARSE, Action.FORWARD, 0, "parse");
    ledger.expect(Reply.BIND, Action.FORWARD, 0, "bind");
    expect(Reply.SYNC, Reply.PARSE, Reply.SYNC);
    take('E');
    assertThat(skipped).containsExactly("bind", "parse");
    assertThat(ledger.skipping()).isFalse();
    take('Z');
    take('1');
    take('Z');
    assertThat(ledger.isEmpty()).isTrue();
  }

  @Test
  void afterAnErrorWithoutSyncTheServerSkipsUntilOneIsSent() {
    expect(Reply.PARSE, Reply.BIND);
    take('E');
    assertThat(ledger.skipping()).isTrue();
    assertThat(ledger.syncCounts()).isTrue();
    assertThat(ledger.skipping()).isFalse();
  }

  @Test
  void aSyncInsideCopyIsIgnoredAndTheOneBehindItsEndCounts() {
    expect(Reply.EXECUTE, Reply.SYNC);
    take('G');
    assertThat(ledger.syncCounts()).isFalse();
    ledger.copyEnds();
    assertThat(ledger.syncCounts()).isTrue();
    expect(Reply.SYNC);
    take('C');
    assertThat(ledger.pollLocal()).isNull();
    take('Z');
    assertThat(ledger.isEmpty()).isTrue();
  }

  @Test
  void aFailedTextThatMayHaveCommittedAPartLeavesAnUnknownSession() {
    ledger.expect(Reply.QUERY, Action.FORWARD, Effects.TEMP_TABLE, null);
    take('C');
    take('E');
    take('Z');
    assertThat(ledger.takeEffects()).isEqualTo(Effects.OPAQUE);
    assertThat(ledger.takeFailed()).isTrue();
    assertThat(ledger.takeFailed()).isFalse();
  }

  @Test
  void effectsOfAnExecuteCountWhenItIsComplete() {
    ledger.expect(Reply.EXECUTE, Action.FORWARD, Effects.LISTEN, null);
    expect(Reply.SYNC);
    assertThat(ledger.takeEffects()).isZero();
    take('C');
    take('Z');
    assertThat(ledger.takeEffects()).isEqualTo(Effects.LISTEN);
  }

  @Test
  void ourOwnRepliesComeAtTheirPlace() {
    expect(Reply.BIND, Reply.LOCAL_PARSE, Reply.LOCAL_CLOSE, Reply.SYNC);
    assertThat(ledger.pollLocal()).isNull();
    take('2');
    assertThat(ledger.pollLocal()).isEqualTo(Reply.LOCAL_PARSE);
    assertThat(ledger.pollLocal()).isEqualTo(Reply.LOCAL_CLOSE);
    assertThat(ledger.pollLocal()).isNull();
  }

  @Test
  void orderSurvivesGrowingAroundTheEndOfTheRing() {
    for (int i = 0; i < 10; i++) {
      expect(Reply.PARSE);
      take('1');
    }
    for (int i = 0; i < 40; i++) {
      ledger.expect(i % 2 == 0 ? Reply.PARSE : Reply.BIND, Action.FORWARD, 0, i);
    }
    for (int i = 0; i < 40; i++) {
      assertThat(take(i % 2 == 0 ? '1' : '2')).isEqualTo(Action.FORWARD);
    }
    assertThat(ledger.isEmpty()).isTrue();
  }

  @Test
  void whatIsNotOwedIsAViolation() {
    assertThatThrownBy(() -> take('Z')).isInstanceOf(ProtocolViolation.class);
    expect(Reply.PARSE);
    assertThatThrownBy(() -> take('2')).isInstanceOf(ProtocolViolation.class);
    assertThatThrownBy(() -> take('Z')).isInstanceOf(ProtocolViolation.class);
  }
}
