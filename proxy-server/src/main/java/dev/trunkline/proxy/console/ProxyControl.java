package dev.trunkline.proxy.console;

import dev.trunkline.proxy.client.LoopContext;
import dev.trunkline.proxy.client.Services;
import dev.trunkline.proxy.config.ConfigException;
import dev.trunkline.proxy.config.ProxyConfig;
import java.io.IOException;
import java.util.Set;

/** The running process as the console sees it. Safe from any thread. */
public interface ProxyControl extends Services {
  /** The line of SHOW VERSION. */
  String version();

  /** Groups this process serves. */
  Set<String> groups();

  /** Of the loops that have had clients; their contents belong to the loops. */
  Iterable<LoopContext> contexts();

  /**
   * Reads the configuration again and puts it in force as a whole, or not at all.
   *
   * @throws ConfigException with every problem of the file
   * @throws IOException when the log or TLS files cannot be used
   * @throws IllegalArgumentException when the shard map cannot be used
   */
  void reload() throws ConfigException, IOException;

  /** Puts a changed configuration in force; fails as {@link #reload}. */
  void apply(ProxyConfig next) throws IOException;

  /** The map has changed: the pools of homes that hosts have left drain. */
  void followHomes();

  /** Closes the listening sockets; who is connected stays. */
  void stopListening();

  /** Asks the program to end. Returns at once. */
  void stop();
}
