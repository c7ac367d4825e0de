package dev.trunkline.proxy.client;

import dev.trunkline.proxy.relay.KeptShape;
import dev.trunkline.shard.SettingCommand;
import dev.trunkline.shard.StatementKind;
import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * A client's unnamed prepared statement. Its definition is kept so that a Bind in a later lease
 * finds it on whatever server it gets, and its token so that it never finds somebody else's.
 */
final class UnnamedStatement {
  /** A longer definition is not kept: a Bind in a later lease gives 26000. */
  private static final int KEPT = 64 * 1024;

  /** Memory beyond this is let go at the next Sync. */
  private static final int KEPT_IDLE = 4 * 1024;

  private byte[] definition = {};
  private int length;
  private long token;
  StatementKind kind = StatementKind.OTHER;
  long effects;
  boolean workspaceFree;
  String comment;
  SettingCommand setting;
  final KeptShape shape = new KeptShape();

  /**
   * A Parse with an empty name; the rest of its body is in buf[from, to).
   *
   * @param keep whatever its length: no server is told of it now
   */
  void parsed(long newToken, ByteBuf buf, int from, int to, boolean keep) {
    token = newToken;
    shape.forget();
    length = to - from;
    if (length > KEPT && !keep) {
      length = -1;
      return;
    }
    if (definition.length < length) {
      definition = new byte[Math.max(256, Integer.highestOneBit(length) * 2)];
    }
    buf.getBytes(from, definition, 0, length);
  }

  boolean exists() {
    return token != 0;
  }

  /** Whether it can be prepared again. */
  boolean kept() {
    return length >= 0;
  }

  long token() {
    return token;
  }

  byte[] definition() {
    return definition;
  }

  int length() {
    return length;
  }

  /** Offset of the NUL behind the text in the definition. */
  int textEnd() {
    int end = 0;
    while (end < length && definition[end] != 0) {
      end++;
    }
    return end;
  }

  /** The SQL text. */
  String text() {
    return new String(definition, 0, textEnd(), StandardCharsets.UTF_8);
  }

  void forget() {
    token = 0;
    length = 0;
    setting = null;
    comment = null;
    trim();
  }

  void trim() {
    if (definition.length > KEPT_IDLE) {
      if (length > KEPT_IDLE) {
        return;
      }
      definition = Arrays.copyOf(definition, Math.max(length, 0));
    }
  }
}
