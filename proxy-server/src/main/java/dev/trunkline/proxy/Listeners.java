package dev.trunkline.proxy;

import dev.trunkline.proxy.config.GroupConfig;
import dev.trunkline.proxy.config.Keys;
import dev.trunkline.proxy.config.ProxyConfig;
import dev.trunkline.proxy.config.Settings;
import dev.trunkline.proxy.metrics.Log;
import java.io.IOException;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;

/** All sockets that clients connect to. Safe from any thread. */
final class Listeners implements AutoCloseable {
  private final List<Listener> listeners = new CopyOnWriteArrayList<>();
  private volatile boolean open;

  /**
   * Binds what a configuration asks for.
   *
   * @param groups whose own listeners are wanted
   * @throws IOException when an address cannot be bound; what has been bound stays so
   */
  void open(ProxyConfig config, Set<String> groups, Listener.Parts parts) throws IOException {
    Settings settings = config.settings();
    common(settings, parts);
    for (String name : groups) {
      GroupConfig group = config.groups().get(name);
      if (group.listenAddr() != null) {
        listeners.add(Listener.open(group.listenAddr(), group.listenPort(), name, parts));
      }
    }
    String directory = settings.get(Keys.UNIX_SOCKET_DIR);
    if (!directory.isEmpty()) {
      int port = listeners.isEmpty() ? settings.get(Keys.LISTEN_PORT) : port();
      listeners.add(Listener.open(UnixSocket.of(directory, port), parts));
    }
    open = true;
  }

  /** One address that cannot be had is no reason not to serve the others. */
  private void common(Settings settings, Listener.Parts parts) throws IOException {
    List<String> addresses = settings.get(Keys.LISTEN_ADDR);
    IOException last = null;
    for (String address : addresses) {
      try {
        listeners.add(Listener.open(address, settings.get(Keys.LISTEN_PORT), null, parts));
      } catch (IOException e) {
        Log.warning(e.getMessage());
        last = e;
      }
    }
    if (!addresses.isEmpty() && listeners.isEmpty()) {
      String list = String.join(", ", addresses);
      throw new IOException("failed to listen on any address in listen_addr list: " + list, last);
    }
  }

  /** Whether clients can connect. */
  boolean isOpen() {
    return open;
  }

  /** Whether new connections are taken; those that are not wait in the kernel. */
  void accepting(boolean on) {
    listeners.forEach(listener -> listener.accepting(on));
  }

  /** Port of the common listener, or of the first group's when there is none. */
  int port() {
    return listeners.getFirst().port();
  }

  /** Port of a group's own listener, or -1. */
  int port(String group) {
    for (Listener listener : listeners) {
      if (group.equals(listener.group())) {
        return listener.port();
      }
    }
    return -1;
  }

  /** The unix socket stays: an operator may want to look how far it is. */
  void stop() {
    open = false;
    listeners.stream().filter(listener -> !listener.unix()).forEach(Listener::close);
  }

  @Override
  public void close() {
    open = false;
    listeners.forEach(Listener::close);
  }
}
