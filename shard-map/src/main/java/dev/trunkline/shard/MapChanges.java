package dev.trunkline.shard;

import java.util.List;

/**
 * The writing side of the map, and its journal. Every method blocks, on disk or on the catalog: not
 * for an event loop. Safe from any thread, and against other processes: of two changes that expect
 * the same version exactly one is applied.
 *
 * <p>After {@link MapOutcome.Applied} the change is durable. The {@link MapStore} of this process
 * answers by it as soon as {@link MapStore#version} has reached its number, at once for a file,
 * within a message's way for a catalog; a gate is opened after that.
 *
 * <p>After an exception of {@link #apply} nothing is known: the connection may have broken before
 * or after the commit. {@link #version} and {@link #history} then say which of the two versions is
 * in force; there is no third state.
 */
public interface MapChanges {
  /** The version that is in force, read where it is kept. */
  MapVersion version() throws MapChangeException;

  /**
   * Applies a change if the map is still the expected one.
   *
   * @param who the operator, for the journal
   * @param why the reason, for the journal, or ""
   * @throws MapChangeException when it makes no sense (nothing was changed) or the outcome is
   *     unknown, see {@link MapChangeException#fate}
   */
  MapOutcome apply(MapChange change, MapVersion expected, String who, String why)
      throws MapChangeException;

  /**
   * Does ahead what the next {@link #apply} would begin with, such as a log-in, for those who hold
   * clients while it runs.
   *
   * @return gives it up, if nobody has called that meanwhile
   */
  Readiness prepare() throws MapChangeException;

  /** What is held for the next change, until this is closed. */
  interface Readiness extends AutoCloseable {
    @Override
    void close();
  }

  /**
   * Tells the other processes that a home may be fenced from now on: whoever is refused there waits
   * until this is over, see {@link MapStore#recheck}. If this process dies, it is over.
   */
  Announcement announce() throws MapChangeException;

  /** A swap that others know of until this is closed. */
  interface Announcement extends AutoCloseable {
    @Override
    void close();
  }

  /** The newest entries of the journal, newest first. */
  List<MapEntry> history(int limit) throws MapChangeException;

  /** The map as it was. */
  MapView asOf(long version) throws MapChangeException;
}
