package dev.trunkline.shard;

import java.util.concurrent.atomic.LongAdder;

/** What happened since the store was opened; for SHOW MAP and the metrics. */
final class MapCounters {
  final LongAdder hits = new LongAdder();
  final LongAdder misses = new LongAdder();
  final LongAdder negativeHits = new LongAdder();
  final LongAdder loads = new LongAdder();
  final LongAdder loadFailures = new LongAdder();
  final LongAdder rechecks = new LongAdder();
  final LongAdder invalidations = new LongAdder();
}
