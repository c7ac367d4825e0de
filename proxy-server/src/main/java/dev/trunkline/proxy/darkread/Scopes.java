package dev.trunkline.proxy.darkread;

import dev.trunkline.proxy.gate.GateScope;
import dev.trunkline.shard.Home;
import java.util.Comparator;
import java.util.List;

/** The comparisons in force at one moment, narrowest first. */
public final class Scopes {
  private final List<DarkRead> reads;

  Scopes(List<DarkRead> reads) {
    this.reads = reads.stream().sorted(Comparator.comparingInt(Scopes::width)).toList();
  }

  private static int width(DarkRead read) {
    return switch (read.spec().scope()) {
      case GateScope.Shard _ -> 1;
      case GateScope.Host _ -> 2;
      default -> 3;
    };
  }

  /**
   * Who draws among the reads of a place.
   *
   * @param home where they are answered now
   * @param loop number of the event loop that asks
   * @return null where nothing is compared
   */
  public Sampler sampler(GateScope.Place place, Home home, int loop) {
    for (DarkRead read : reads) {
      if (read.spec().scope().covers(place)) {
        // After the swap it would be compared with itself.
        return read.spec().against().home().equals(home) ? null : read.sampler(loop);
      }
    }
    return null;
  }

  List<DarkRead> reads() {
    return reads;
  }
}
