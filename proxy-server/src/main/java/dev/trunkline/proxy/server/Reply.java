package dev.trunkline.proxy.server;

/** What a server connection owes for one message that was sent to it. */
public enum Reply {
  /** Parse: ParseComplete. */
  PARSE,
  /** Bind: BindComplete. */
  BIND,
  /** Describe: [ParameterDescription] and RowDescription or NoData. */
  DESCRIBE,
  /** Execute: rows or COPY, then CommandComplete, EmptyQueryResponse or PortalSuspended. */
  EXECUTE,
  /** Close: CloseComplete. */
  CLOSE,
  /** Sync: ReadyForQuery. */
  SYNC,
  /** Query: anything up to and including ReadyForQuery. */
  QUERY,
  /** FunctionCall: FunctionCallResponse and ReadyForQuery. */
  FUNCTION,
  /** CopyDone or CopyFail: nothing; marks where a COPY ends among what was sent. */
  COPY_END,
  /** A Parse that was not sent because the server has the statement: a ParseComplete of ours. */
  LOCAL_PARSE,
  /** A Close that was not sent because names are the proxy's: a CloseComplete of ours. */
  LOCAL_CLOSE;

  /** Whether it is the proxy's own, and nothing of it comes from the server. */
  public boolean local() {
    return this == LOCAL_PARSE || this == LOCAL_CLOSE;
  }

  boolean endsWithReady() {
    return this == SYNC || this == QUERY || this == FUNCTION;
  }
}
