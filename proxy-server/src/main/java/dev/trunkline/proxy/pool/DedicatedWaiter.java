package dev.trunkline.proxy.pool;

import java.util.Map;

/** A client that wants a connection opened for it alone, which ends with it. */
public abstract class DedicatedWaiter extends Waiter {
  /** Startup parameters beside the pool's own. */
  protected abstract Map<String, String> startup();

  /** It never gets a connection that has served another. */
  @Override
  protected final String searchPath() {
    return null;
  }
}
