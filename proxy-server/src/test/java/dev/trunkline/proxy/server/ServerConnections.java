package dev.trunkline.proxy.server;

import io.netty.channel.Channel;
import java.util.Map;

/** Server connections without a server. */
public final class ServerConnections {
  private static final ServerConnection.Home HOME =
      new ServerConnection.Home() {
        @Override
        public void moved(ServerState from, ServerState to) {}

        @Override
        public void cancelsDone(ServerConnection server) {}
      };

  private static final Connector.Target TARGET =
      new Connector.Target(
          new Endpoint("h1", "127.0.0.1", 5432, "postgres"), "app", null, Map.of(), null, HOME, 0);

  private ServerConnections() {}

  /** A connection over that channel, which belongs to no pool. */
  public static ServerConnection over(Channel channel) {
    return new ServerConnection(channel, TARGET);
  }
}
