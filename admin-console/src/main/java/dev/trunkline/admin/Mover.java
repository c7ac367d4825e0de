package dev.trunkline.admin;

import java.time.Duration;
import java.time.Instant;
import java.util.List;

/**
 * What the console can do to the shard map and to the gate before it, on behalf of one user. The
 * proxy implements it; every method is called on the virtual thread of that user's session, so it
 * may block.
 */
public interface Mover {
  /** What a pause holds. */
  sealed interface Scope {
    /** The whole proxy. */
    record Everything() implements Scope {}

    /** A proxy group. */
    record Group(String name) implements Scope {}

    /** A host. */
    record Host(String name) implements Scope {}

    /** A database, as clients name it. */
    record Database(String name) implements Scope {}

    /** A logical shard. */
    record Shard(String name) implements Scope {}

    /** A workspace. */
    record Workspace(String id) implements Scope {}
  }

  /** What gets another place in the map. */
  sealed interface Repoint {
    /** A host; the home is written as {@code host=… port=… dbname=…}. */
    record Host(String name, String home) implements Repoint {}

    /** A logical shard goes to a host. */
    record Shard(String name, String host) implements Repoint {}

    /** A workspace goes to a logical shard. */
    record Workspace(String id, String shard) implements Repoint {}

    /**
     * Everything is as it was in the version before the newest.
     *
     * @param within how long clients may be held, where the operator has not paused them
     */
    record Back(Duration within) implements Repoint {}
  }

  /** How far a swap goes. */
  enum Depth {
    /** It checks, and changes nothing. */
    PLAN,
    /** It pauses and verifies, and goes on where it was. */
    REHEARSE,
    /** All of it. */
    SWAP
  }

  /**
   * A swap.
   *
   * @param within how long clients may be held
   * @param verify a query on the new home that has to answer true between drain and repoint; null
   *     for none
   * @param fence run on the old home within the pause; null for none
   * @param undo takes the fence back
   * @param subscription whose catching up is awaited; null for none
   * @param marker the table that proves it
   * @param darkReads how many dark reads must have come out equal, and none otherwise; 0 for none
   */
  record Swap(
      Repoint change,
      Depth depth,
      Duration within,
      String verify,
      String fence,
      String undo,
      String subscription,
      String marker,
      long darkReads,
      String why) {}

  /** A step or a check, and how it came out. */
  record StepRow(String step, String result, long micros, String detail) {}

  /** A pause that is in force. */
  record PauseRow(String scope, long waiting, long heldMicros, long running) {}

  /**
   * A swap that has ended.
   *
   * @param steps the duration of each, as text
   */
  record SwapRow(
      long id,
      Instant at,
      String who,
      String change,
      String outcome,
      long waited,
      long longestMicros,
      long p50Micros,
      long p99Micros,
      long errors,
      long cancelled,
      String steps,
      String detail) {}

  /** A line of the map's journal; null where the map had, or has, no entry. */
  record HistoryRow(
      long version,
      Instant at,
      String who,
      String kind,
      String subject,
      String before,
      String after,
      String why) {}

  /** An entry of the map as it was. */
  record MapEntryRow(String kind, String subject, String value) {}

  /**
   * Holds the scope's new transactions and returns when the running ones have ended.
   *
   * @param drain when to cancel those that run; null for not at all
   * @return a sentence for a NOTICE, or ""
   * @throws InterruptedException the user pressed ^C: the pause has been taken back
   */
  String pause(Scope scope, Duration drain) throws CommandFailed, InterruptedException;

  void resume(Scope scope) throws CommandFailed;

  /**
   * Changes the map under a pause that is in force; going back pauses by itself where none is.
   *
   * @return a sentence for a NOTICE
   * @throws InterruptedException the user pressed ^C before the map was changed
   */
  String repoint(Repoint change, String why) throws CommandFailed, InterruptedException;

  /** Checks, pauses, verifies, changes the map, and resumes; the steps in order. */
  List<StepRow> swap(Swap swap) throws CommandFailed, InterruptedException;

  /** Dark reads, on behalf of the same user. */
  Comparer comparer();

  List<PauseRow> pauses();

  /** Newest first. */
  List<SwapRow> swaps();

  /** Newest first. */
  List<HistoryRow> history() throws CommandFailed;

  List<MapEntryRow> mapAsOf(long version) throws CommandFailed;
}
