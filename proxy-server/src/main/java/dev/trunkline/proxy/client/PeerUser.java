package dev.trunkline.proxy.client;

import dev.trunkline.proxy.server.Unexpected;
import io.netty.channel.Channel;
import io.netty.channel.epoll.EpollDomainSocketChannel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Who is at the other end of a unix socket, as the kernel says. */
final class PeerUser {
  /** There is no unix socket, or its kind cannot tell. */
  static final int UNKNOWN = -1;

  private static final int OWN = own();

  private PeerUser() {}

  /** The user's number, or {@link #UNKNOWN}. */
  static int of(Channel channel) {
    if (!(channel instanceof EpollDomainSocketChannel socket)) {
      return UNKNOWN;
    }
    try {
      return socket.peerCredentials().uid();
    } catch (IOException gone) {
      Unexpected.log("peer of " + channel, gone);
      return UNKNOWN;
    }
  }

  /** Whether it is the user that the proxy runs as. */
  static boolean isOwn(int uid) {
    return uid != UNKNOWN && uid == OWN;
  }

  private static int own() {
    try {
      return (Integer) Files.getAttribute(Path.of("/proc/self"), "unix:uid");
    } catch (IOException | UnsupportedOperationException | IllegalArgumentException elsewhere) {
      return UNKNOWN; // no /proc: nobody is taken for ourselves
    }
  }
}
