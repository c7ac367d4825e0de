package dev.trunkline.bench;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;

/**
 * Ports of the proxy.
 *
 * @param common clients reach every workspace here
 * @param groupA only those of the first host
 * @param groupB only those of the second host
 * @param metrics HTTP
 */
record DemoPorts(int common, int groupA, int groupB, int metrics) {
  /**
   * The ports asked for.
   *
   * @throws DemoException when one of them is taken
   */
  static DemoPorts of(DemoOptions options) {
    int port = options.port();
    for (int each = port; each <= port + 2; each++) {
      requireFree(each, "--port " + (port < 60_000 ? port + 1000 : port - 1000));
    }
    requireFree(options.metricsPort(), "--metrics-port " + (options.metricsPort() % 60_000 + 1000));
    return new DemoPorts(port, port + 1, port + 2, options.metricsPort());
  }

  /** Four ports that nobody listens on at the moment. */
  static DemoPorts free() throws IOException {
    List<ServerSocket> held = new ArrayList<>();
    try {
      for (int i = 0; i < 4; i++) {
        held.add(listen(0));
      }
      List<Integer> ports = held.stream().map(ServerSocket::getLocalPort).toList();
      return new DemoPorts(ports.get(0), ports.get(1), ports.get(2), ports.get(3));
    } finally {
      for (ServerSocket socket : held) {
        socket.close();
      }
    }
  }

  int group(int host) {
    return host == 0 ? groupA : groupB;
  }

  private static void requireFree(int port, String suggestion) {
    try {
      listen(port).close();
    } catch (IOException e) {
      throw new DemoException(
          "port " + port + " is taken (" + e.getMessage() + "); try " + suggestion, e);
    }
  }

  private static ServerSocket listen(int port) throws IOException {
    return new ServerSocket(port, 1, InetAddress.ofLiteral("127.0.0.1"));
  }
}
