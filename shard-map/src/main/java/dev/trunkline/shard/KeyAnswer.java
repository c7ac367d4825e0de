package dev.trunkline.shard;

/** The workspace of one execution of a statement, or why it has none. */
public sealed interface KeyAnswer {
  /**
   * The workspace.
   *
   * @param workspace in the spelling of {@link WorkspaceId#canonical}
   */
  record Found(String workspace) implements KeyAnswer {}

  /** There is no telling. */
  record NotFound(RouteMiss miss) implements KeyAnswer {}
}
