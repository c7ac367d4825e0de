package dev.trunkline.proxy.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.trunkline.proxy.config.Facility;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.channel.unix.Socket;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(30)
class SyslogTest {
  private static final String HEAD = "[A-Z][a-z]{2} [ 0-9]\\d \\d\\d:\\d\\d:\\d\\d ";

  @TempDir private Path directory;
  private Path path;
  private Socket daemon;

  @BeforeEach
  void listen() throws IOException {
    assumeTrue(Epoll.isAvailable(), "no native transport here: skipped");
    path = directory.resolve("log");
    daemon = Socket.newSocketDomainDgram();
    daemon.bind(new DomainSocketAddress(path.toString()));
    Log.configure(directory.resolve("file"), false, 0);
    Log.system(path, "bouncer", Facility.LOCAL3);
  }

  @AfterEach
  void off() throws IOException {
    Log.system("", null);
    Log.configure(null, false, 0);
    if (daemon != null) {
      daemon.close();
    }
  }

  private String received() throws IOException {
    ByteBuffer buffer = ByteBuffer.allocateDirect(64 * 1024);
    while (daemon.recvFromDomainSocket(buffer, 0, buffer.capacity()) == null) {
      LockSupport.parkNanos(1_000_000);
    }
    byte[] bytes = new byte[buffer.capacity()];
    buffer.get(0, bytes);
    return new String(bytes, StandardCharsets.UTF_8).replaceAll("\0+$", "");
  }

  @Test
  void aLineHasItsPriorityTimeAndName() throws IOException {
    String own = "bouncer\\[" + ProcessHandle.current().pid() + "]: ";
    Log.log("C-0x1: a/b@unix:1", "closing because: \u00fc\nforged");
    assertThat(received())
        .matches("<158>" + HEAD + own + "C-0x1: a/b@unix:1 closing .*\\\\nforged");
    Log.warning("odd");
    assertThat(received()).matches("<156>" + HEAD + own + "odd");
    Log.fatal("dead");
    assertThat(received()).matches("<154>" + HEAD + own + "dead");
    assertThat(directory.resolve("file")).content().contains("LOG C-0x1", "WARNING odd", "dead");
  }

  @Test
  void aLogThatIsNotThereCostsItsLinesAndNothingElse() throws IOException {
    daemon.close();
    long before = Log.lost();
    Log.log("x".repeat(20_000));
    assertThat(Log.lost()).isEqualTo(before + 1);
    assertThat(directory.resolve("file")).content().contains("xxx");
  }
}
