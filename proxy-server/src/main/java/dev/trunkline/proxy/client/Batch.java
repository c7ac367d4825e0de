package dev.trunkline.proxy.client;

/** Where the client is between two Syncs of the extended protocol. */
enum Batch {
  NONE,
  OPEN,
  /** After an error of ours: everything up to Sync is skipped. */
  SKIPPING;

  /** Where the client is behind one more message. */
  Batch next() {
    return this == SKIPPING ? this : OPEN;
  }
}
