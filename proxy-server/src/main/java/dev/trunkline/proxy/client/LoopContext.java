package dev.trunkline.proxy.client;

import dev.trunkline.proxy.gate.Barrier;
import dev.trunkline.proxy.server.Unexpected;
import dev.trunkline.shard.CanonicalText;
import dev.trunkline.shard.ShapeKey;
import dev.trunkline.shard.SqlScanner;
import io.netty.buffer.ByteBuf;
import io.netty.channel.EventLoop;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * What the sessions of one event loop share: its number, a scanner with its scratch memory, and the
 * list of the sessions. On that loop only.
 */
public final class LoopContext {
  private static final int KEPT_SCRATCH = 256 * 1024;

  private final EventLoop loop;
  private final int index;
  private final SqlScanner scanner = new SqlScanner();
  private final List<ClientSession> sessions = new ArrayList<>();
  private final Set<ReplicationSession> replications = new HashSet<>();
  private final CanonicalText canonical = new CanonicalText();
  private final ShapeKey shapeProbe = new ShapeKey();
  private final BindValues bindValues = new BindValues();
  private byte[] scratch = new byte[4 * 1024];
  private byte[] scanned = scratch;
  private long statementTokens;

  public LoopContext(EventLoop loop, int index) {
    this.loop = loop;
    this.index = index;
  }

  public EventLoop loop() {
    return loop;
  }

  /** Number of the loop, from 0. */
  public int index() {
    return index;
  }

  /** All sessions of the loop that share server connections; valid on the loop only. */
  public List<ClientSession> sessions() {
    return sessions;
  }

  void add(ClientSession session) {
    session.position(sessions.size());
    sessions.add(session);
  }

  /** Clients that replicate; on the loop only. */
  public Set<ReplicationSession> replications() {
    return replications;
  }

  void add(ReplicationSession session) {
    replications.add(session);
  }

  void remove(ReplicationSession session) {
    replications.remove(session);
  }

  /** Swaps the last one into the gap: no search. */
  void remove(ClientSession session) {
    ClientSession last = sessions.removeLast();
    if (last != session) {
      sessions.set(session.position(), last);
      last.position(session.position());
    }
  }

  /** Checks the deadlines of all sessions; a few times a second. */
  void tick() {
    long now = System.nanoTime();
    for (int i = sessions.size() - 1; i >= 0; i--) {
      if (i < sessions.size()) {
        tick(sessions.get(i), now);
      }
    }
  }

  /** Names to a pause which transactions of its scope run; others of it wait from now on. */
  public void drain(Barrier barrier) {
    for (int i = sessions.size() - 1; i >= 0; i--) {
      if (i < sessions.size()) {
        drain(sessions.get(i), barrier);
      }
    }
    barrier.drain().asked();
  }

  private static void drain(ClientSession session, Barrier barrier) {
    try {
      session.leases.gate().drain(barrier);
    } catch (RuntimeException e) {
      Unexpected.log(session.connection().logContext(), e);
    }
  }

  private static void tick(ClientSession session, long now) {
    try {
      session.clock.tick(now);
    } catch (RuntimeException e) {
      // The loop would never call again, and no timeout of any client would hold any more.
      Unexpected.log(session.connection().logContext(), e);
    }
  }

  /**
   * Reads SQL text; the scanner's results are valid until the next call.
   *
   * @param standardStrings the session's standard_conforming_strings
   */
  SqlScanner scan(ByteBuf buf, int from, int to, boolean standardStrings) {
    int length = to - from;
    byte[] bytes = length <= scratch.length ? scratch : wider(length);
    buf.getBytes(from, bytes, 0, length);
    scanned = bytes;
    scanner.scan(bytes, 0, length, standardStrings);
    return scanner;
  }

  /** The bytes that were scanned last; the scanner's offsets are in them. */
  byte[] scanned() {
    return scanned;
  }

  /** To read the shape of a text with. */
  CanonicalText canonical() {
    return canonical;
  }

  /** To look shapes up with. */
  ShapeKey shapeProbe() {
    return shapeProbe;
  }

  /** To read the parameters of a Bind with. */
  BindValues bindValues() {
    return bindValues;
  }

  private byte[] wider(int length) {
    byte[] bytes = new byte[Integer.highestOneBit(length) * 2];
    if (bytes.length <= KEPT_SCRATCH) {
      scratch = bytes;
    }
    return bytes;
  }

  /** Identity of an unnamed statement, unique over all loops, never 0. */
  long nextStatementToken() {
    statementTokens++;
    return (statementTokens << 8) | index;
  }
}
