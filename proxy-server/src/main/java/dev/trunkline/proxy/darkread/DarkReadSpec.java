package dev.trunkline.proxy.darkread;

import dev.trunkline.proxy.config.DarkReadConfig;
import dev.trunkline.proxy.gate.GateScope;
import dev.trunkline.shard.HomeLogin;
import java.time.Duration;

/**
 * What an operator wants compared.
 *
 * @param scope whose reads
 * @param against where they are repeated, and as whom
 * @param sample share of the reads
 * @param maxRows results with more rows are not compared
 * @param delay from a read to its repetition; null: at once, and after a difference when the other
 *     home has caught up
 * @param who began it
 */
public record DarkReadSpec(
    GateScope scope, HomeLogin against, double sample, int maxRows, Duration delay, String who) {

  static DarkReadSpec of(DarkReadConfig config) {
    HomeLogin against = new HomeLogin(config.against(), config.user(), config.password());
    String who = "config: " + config.name();
    return new DarkReadSpec(
        scope(config), against, config.sample(), config.maxRows(), config.delay(), who);
  }

  static GateScope scope(DarkReadConfig config) {
    return switch (config.scope()) {
      case GROUP -> new GateScope.Group(config.subject());
      case HOST -> new GateScope.Host(config.subject());
      case SHARD -> new GateScope.Shard(config.subject());
    };
  }
}
