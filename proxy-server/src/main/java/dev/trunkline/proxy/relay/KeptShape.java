package dev.trunkline.proxy.relay;

import dev.trunkline.shard.SqlShape;

/** The shape of a prepared statement, as long as the declaration stays that it was found under. */
public final class KeptShape {
  private SqlShape shape;
  private long version;

  /** The shape, or null when it has to be found. */
  public SqlShape under(long declaration) {
    return version == declaration ? shape : null;
  }

  public void keep(SqlShape found, long declaration) {
    shape = found;
    version = declaration;
  }

  public void forget() {
    shape = null;
  }
}
