package dev.trunkline.proxy.server;

import dev.trunkline.proxy.metrics.Log;
import java.io.IOException;
import java.nio.channels.NotYetConnectedException;
import javax.net.ssl.SSLException;

/** Tells failures of the network, which are everyday life, from failures of the program. */
public final class Unexpected {
  private Unexpected() {}

  /** Logs what must not happen, with its stack; network trouble is somebody else's line. */
  public static void log(String context, Throwable cause) {
    boolean network =
        cause instanceof IOException
            || cause instanceof NotYetConnectedException
            || cause.getCause() instanceof SSLException;
    if (!network) {
      Log.error(context, "unexpected failure", cause);
    }
  }
}
