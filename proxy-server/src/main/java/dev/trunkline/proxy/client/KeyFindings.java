package dev.trunkline.proxy.client;

import dev.trunkline.proxy.route.RouteErrors;
import dev.trunkline.shard.KeyAnswer;
import dev.trunkline.shard.KeySource;
import dev.trunkline.shard.RouteMiss;
import dev.trunkline.shard.SqlShape;
import dev.trunkline.wire.ErrorFields;
import java.util.List;

/** What the statements of the message at hand say about its workspace, all together. */
final class KeyFindings {
  /** What has been found in the message at hand. */
  enum Finding {
    /** Nobody looked, or there was nothing to look for. */
    NOT_ASKED,
    /** All of it belongs to {@link #key}. */
    KEY,
    /** It touches rows that are there, by something else than their key. */
    UNKEYED,
    /** There is no telling. */
    NONE
  }

  private static final RouteMiss SEVERAL =
      new RouteMiss(
          null,
          "the statements",
          "The statements of one message name different workspaces.",
          "Send those of each workspace by themselves.");
  private static final RouteMiss BESIDE =
      RouteMiss.ofStatement("It does something that is for one logical shard, and names no key.");

  private Finding finding = Finding.NOT_ASKED;
  private String key;
  private RouteMiss miss;
  private SqlShape missed;
  private List<KeySource> sources = List.of();
  private int unkeyedStatements;
  private int referenceStatements;
  private int ends;

  void forget() {
    finding = Finding.NOT_ASKED;
    key = null;
    miss = null;
    missed = null;
    unkeyedStatements = 0;
    referenceStatements = 0;
    ends = 0;
  }

  boolean isEmpty() {
    return finding == Finding.NOT_ASKED && referenceStatements == 0;
  }

  Finding finding() {
    return finding;
  }

  /** The workspace that all of the message belongs to; null unless one was found. */
  String key() {
    return finding == Finding.KEY ? key : null;
  }

  /** The message is refused; why none was found, for the error. */
  ErrorFields noWorkspace() {
    if (missed != null) {
      missed.refused();
    }
    return miss == null ? RouteErrors.noWorkspace() : RouteErrors.noWorkspace(miss);
  }

  /** Where the key was found, in words. */
  String place() {
    return sources.isEmpty() ? "the rows" : KeySource.inWords(sources);
  }

  /** Whether the message reads reference tables alone, which any shard has. */
  boolean free() {
    return finding == Finding.NOT_ASKED && referenceStatements > 0;
  }

  // ---- what a statement adds ----

  void keyed(SqlShape shape, KeyAnswer answer) {
    sources = shape.sources();
    switch (answer) {
      case KeyAnswer.Found(String workspace) -> key(workspace);
      case KeyAnswer.NotFound(RouteMiss why) -> none(why);
    }
  }

  private void key(String workspace) {
    if (finding == Finding.KEY && !key.equals(workspace)) {
      none(SEVERAL);
    } else if (finding != Finding.NONE) {
      finding = Finding.KEY;
      key = workspace;
    }
  }

  /** The workspace of the rows of a COPY. */
  void rows(String workspace) {
    finding = Finding.KEY;
    key = workspace;
    sources = List.of();
  }

  void reference(SqlShape shape) {
    if (shape.readOnly()) {
      referenceStatements++;
    } else {
      unkeyed(BESIDE);
    }
  }

  /**
   * It is for a transaction that has a key already.
   *
   * @param why there is none in it; null where nobody would look for one
   */
  void unkeyed(RouteMiss why) {
    unkeyedStatements++;
    if (miss == null) {
      miss = why;
    }
    if (finding == Finding.NOT_ASKED) {
      finding = Finding.UNKEYED;
    }
  }

  /** A shape without a key, which may follow its transaction yet. */
  void missed(SqlShape shape) {
    missed = shape;
  }

  void none(RouteMiss why) {
    finding = Finding.NONE;
    miss = why;
  }

  /** A statement ends the transaction. */
  void ends() {
    ends++;
  }

  /**
   * All statements have been looked at. Those without the key are for a transaction that has one
   * already, and only if that cannot end within the message.
   *
   * @param learned whether the transaction at hand has one
   */
  void settle(boolean learned) {
    boolean mixed = finding == Finding.KEY && !learned;
    if (unkeyedStatements > 0 && (mixed || ends > 0)) {
      none(miss == null ? BESIDE : miss);
    }
  }
}
