package dev.trunkline.proxy.client;

import dev.trunkline.proxy.server.Unexpected;
import io.netty.channel.Channel;
import io.netty.channel.epoll.EpollDomainSocketChannel;
import io.netty.channel.unix.PeerCredentials;
import io.netty.channel.uring.IoUringDomainSocketChannel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The process at the other end of a unix socket, as the kernel says.
 *
 * @param pid its number; 0 where the transport cannot tell
 * @param uid its user's number, or {@link #UNKNOWN}
 */
record PeerUser(int pid, int uid) {
  static final int UNKNOWN = -1;

  /** There is no unix socket, or its kind cannot tell. */
  static final PeerUser NOBODY = new PeerUser(0, UNKNOWN);

  private static final int OWN = own();

  static PeerUser of(Channel channel) {
    try {
      if (channel instanceof EpollDomainSocketChannel socket) {
        return of(socket.peerCredentials());
      }
      return channel instanceof IoUringDomainSocketChannel socket
          ? of(socket.peerCredentials())
          : NOBODY;
    } catch (IOException gone) {
      Unexpected.log("peer of " + channel, gone);
      return NOBODY;
    }
  }

  private static PeerUser of(PeerCredentials credentials) {
    return new PeerUser(credentials.pid(), credentials.uid());
  }

  /** Whether it is the user that the proxy runs as. */
  boolean isOwn() {
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
