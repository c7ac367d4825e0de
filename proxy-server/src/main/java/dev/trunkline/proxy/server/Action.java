package dev.trunkline.proxy.server;

/** What to do with an expected reply. */
public enum Action {
  /** The client asked for it. */
  FORWARD,
  /** The proxy asked for it, in front of the client's data; an error means the data did not run. */
  SWALLOW,
  /** The client asked, and has been told already that its COPY may begin. */
  COPY_TOLD,
  /** The proxy prepares what the client prepared elsewhere; only an error is the client's. */
  PREPARE,
  /** The proxy asked for something that must fail, to abort what the server has begun. */
  SWALLOW_ERROR
}
