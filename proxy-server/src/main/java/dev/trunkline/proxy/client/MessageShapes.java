package dev.trunkline.proxy.client;

import dev.trunkline.shard.CanonicalText;
import dev.trunkline.shard.ShapeCache;
import dev.trunkline.shard.SqlShape;
import java.util.ArrayList;
import java.util.List;

/**
 * The shapes of the statements of the message at hand, which may be presented several times. One
 * that is not known yet holds the session up until it is.
 */
final class MessageShapes {
  private final ClientSession session;

  // Shapes with many literals are not kept in the cache, so they are kept here.
  private final List<SqlShape> learned = new ArrayList<>(0);
  private long learnedVersion;
  private long learning;

  MessageShapes(ClientSession session) {
    this.session = session;
  }

  /** The message at hand has been dealt with. */
  void over() {
    if (!learned.isEmpty()) {
      learned.clear();
    }
  }

  /**
   * The shape of the text, or null: it is being learned.
   *
   * @param index of the statement in the message
   * @param version of the declaration
   */
  SqlShape find(ShapeCache shapes, CanonicalText text, int index, long version) {
    SqlShape kept = learnedFor(index, version);
    if (kept != null) {
      return kept;
    }
    SqlShape shape = shapes.find(text, session.context.shapeProbe());
    if (shape == null) {
      learn(shapes, text, index, version);
    }
    return shape;
  }

  private SqlShape learnedFor(int index, long version) {
    boolean valid = learnedVersion == version;
    return valid && index < learned.size() ? learned.get(index) : null;
  }

  private void learn(ShapeCache shapes, CanonicalText text, int index, long version) {
    long ticket = ++learning;
    session.intake.hold(Hold.SHAPE);
    shapes.learn(text, shape -> session.later(() -> learned(shape, index, version, ticket)));
  }

  /** A shape that comes after its statement was canceled is not that of the one held up now. */
  private void learned(SqlShape shape, int index, long under, long ticket) {
    if (session.intake.hold() != Hold.SHAPE || ticket != learning) {
      return;
    }
    if (under != learnedVersion) {
      learned.clear();
      learnedVersion = under;
    }
    while (learned.size() <= index) {
      learned.add(null);
    }
    learned.set(index, shape);
    session.intake.unhold();
  }
}
