package dev.trunkline.bench.compare;

import java.io.IOException;
import java.util.EnumMap;
import java.util.Map;

/** From the start of a peer's program to its first answer, to a client that tries all the time. */
final class StartTrial implements Trial {
  private static final long PATIENCE_MILLIS = 60_000;

  /** Between two attempts: a small error, and not much work for the processors that it shares. */
  private static final long PAUSE_MILLIS = 2;

  private final Bench bench;
  private final Setup setup;

  StartTrial(Bench bench, Setup setup) {
    this.bench = bench;
    this.setup = setup;
  }

  @Override
  public Outcome run(Running model, int seconds) throws IOException, InterruptedException {
    try (Running peer = Running.launch(model.peer(), bench, setup)) {
      while (!answers(peer)) {
        Thread.sleep(PAUSE_MILLIS);
      }
      Map<Metric, Double> values = new EnumMap<>(Metric.class);
      values.put(Metric.START, peer.ageMillis());
      ProcessSample used = peer.sample();
      values.put(Metric.START_CPU, (used.userMicros() + used.systemMicros()) / 1e3);
      values.put(Metric.MEMORY, used.residentBytes() / 1e6);
      return new Outcome(values);
    }
  }

  private static boolean answers(Running peer) throws IOException {
    try (WireClient client = WireClient.connect(peer.port())) {
      client.query("SELECT 1");
      return true;
    } catch (IOException notYet) {
      if (!peer.isAlive() || peer.ageMillis() > PATIENCE_MILLIS) {
        throw new IOException("does not start: " + notYet.getMessage(), notYet);
      }
      return false;
    }
  }
}
