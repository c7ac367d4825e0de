package dev.trunkline.shard;

/** The answer to "where does this workspace live?". */
public sealed interface Lookup {
  /** It lives here. */
  record Found(Placement placement) implements Lookup {}

  /** The map of that version does not know it. */
  record Unknown(long version) implements Lookup {}

  /** The map cannot be asked now; the reason is a sentence for the error's DETAIL. */
  record Unavailable(String reason) implements Lookup {}
}
