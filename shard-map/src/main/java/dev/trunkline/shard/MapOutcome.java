package dev.trunkline.shard;

/** What became of a {@link MapChange}. */
public sealed interface MapOutcome {
  /** It is in force, durably, as this version. */
  record Applied(MapVersion version) implements MapOutcome {}

  /**
   * Nothing was changed: the map is no longer the one that the change was meant for.
   *
   * @param actual the version it has now
   * @param by who made that version; null when the journal does not reach so far
   */
  record MovedOn(MapVersion expected, MapVersion actual, String by) implements MapOutcome {
    /** A sentence for the operator. */
    public String message() {
      return "The map has moved on: expected version %d, is %d, by %s."
          .formatted(expected.number(), actual.number(), by == null ? "somebody" : by);
    }
  }
}
