package dev.trunkline.proxy.metrics;

import java.util.List;

/** How the process is, for those who restart it and those who send it traffic. May block. */
public interface Health {
  /** Whether the event loops answer within a second. */
  boolean alive();

  /** Why clients should go elsewhere for now, as sentences; empty when they should come. */
  List<String> obstacles();
}
