package dev.trunkline.bench.compare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a transaction costs in system calls: nearly all of the proxy's time is theirs. */
class SystemCallsTest {
  /** Receive and send on either side are four; the rest is waiting for many at once. */
  private static final double PER_TRANSACTION = 4.4;

  private static final int CLIENTS = 64;
  private static final int SECONDS = 4;

  /** Calls and name in a line of strace's summary. */
  private static final Pattern LINE =
      Pattern.compile("^ *\\S+ +\\S+ +\\S+ +(\\d+) +(?:\\d+ +)?([a-z_0-9]+)$", Pattern.MULTILINE);

  @TempDir Path temporary;

  @Test
  @Timeout(120)
  void aTransactionIsTwoReceivesAndTwoSends() throws Exception {
    for (String program : List.of("pgbench", "openssl", "strace")) {
      assumeTrue(Programs.find(program).isPresent(), program + " is not installed");
    }
    assumeTrue(Files.exists(CompareTest.DISTRIBUTION), "the distribution is not built yet");
    CompareOptions options =
        CompareOptions.parse(
            "--peers", "trunkline-epoll", "--trunkline", CompareTest.DISTRIBUTION.toString());
    Workload select = Workloads.named("select");
    try (Bench bench = Bench.start(temporary, 1);
        Running proxy = Running.start(Peers.find(options).getFirst(), bench, select.setup())) {
      run(bench, select, proxy);
      Path summary = temporary.resolve("strace");
      Process strace = strace(proxy, summary);
      Load load = run(bench, select, proxy);
      strace.destroy();
      assumeTrue(strace.waitFor(20, TimeUnit.SECONDS), "strace does not end");
      Map<String, Long> calls = calls(summary);
      assumeTrue(!calls.isEmpty(), "strace may not look into processes here");
      double total = calls.values().stream().mapToLong(Long::longValue).sum();
      assertThat(total / load.transactions())
          .as("%s in %d transactions", calls, load.transactions())
          .isBetween(1.0, PER_TRANSACTION);
    }
  }

  private static Load run(Bench bench, Workload workload, Running proxy)
      throws IOException, InterruptedException {
    return new Pgbench(bench).run(workload, CLIENTS, SECONDS, proxy.port(), false, 1e5);
  }

  private Process strace(Running proxy, Path summary) throws IOException {
    return new ProcessBuilder(
            "strace",
            "-c",
            "-f",
            "-e",
            "trace=network,desc",
            "-o",
            summary.toString(),
            "-p",
            Long.toString(proxy.pid()))
        .redirectErrorStream(true)
        .redirectOutput(temporary.resolve("strace.log").toFile())
        .start();
  }

  private static Map<String, Long> calls(Path summary) throws IOException {
    Map<String, Long> calls = new HashMap<>();
    Matcher matcher = LINE.matcher(Files.exists(summary) ? Files.readString(summary) : "");
    while (matcher.find()) {
      if (!matcher.group(2).equals("total")) {
        calls.put(matcher.group(2), Long.parseLong(matcher.group(1)));
      }
    }
    return calls;
  }
}
