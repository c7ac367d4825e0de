package dev.trunkline.proxy.client;

/** What a session holds up its client's messages for. */
enum Hold {
  NONE,
  /** A server connection. */
  SERVER,
  /** The end of a pause. */
  GATE,
  /** The shard map. */
  LOOKUP,
  /** The shape of a statement that is new to the process. */
  SHAPE,
  /** Whether it still has the home where a server has refused it. */
  HOME,
  /** The replies the server still owes. */
  REPLIES,
  /** The end: the client has been told, or has said goodbye; nothing more is read from it. */
  END,
  /** The connection is gone. */
  CLOSED;

  boolean over() {
    return this == END || this == CLOSED;
  }
}
