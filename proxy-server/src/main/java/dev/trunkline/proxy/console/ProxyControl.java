package dev.trunkline.proxy.console;

import dev.trunkline.proxy.config.ConfigException;
import dev.trunkline.proxy.config.ProxyConfig;
import dev.trunkline.proxy.names.HostNames;
import dev.trunkline.proxy.swap.SwapSite;
import java.io.IOException;
import java.util.Set;

/** The running process as the console sees it. Safe from any thread. */
public interface ProxyControl extends SwapSite {
  /** The line of SHOW VERSION. */
  String version();

  /** The addresses of servers. */
  HostNames names();

  /** Groups this process serves. */
  Set<String> groups();

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

  /** Closes the listening sockets; who is connected stays. */
  void stopListening();

  /** Asks the program to end. Returns at once. */
  void stop();
}
