package dev.trunkline.proxy.swap;

import dev.trunkline.proxy.client.LoopContext;
import dev.trunkline.proxy.client.Services;

/** The running process as a swap sees it. Safe from any thread. */
public interface SwapSite extends Services {
  /** Of the loops that have had clients; their contents belong to the loops. */
  Iterable<LoopContext> contexts();

  /** The map has changed: the pools of homes that hosts have left drain. */
  void followHomes();
}
