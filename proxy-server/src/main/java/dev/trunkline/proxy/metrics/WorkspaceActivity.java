package dev.trunkline.proxy.metrics;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;

/** What the most active workspaces do, bounded in number. Safe from any thread. */
public final class WorkspaceActivity {
  private static final int MAX_WORKSPACES = 10_000;

  /** Counters of one workspace. */
  public static final class Entry {
    public final LongAdder transactions = new LongAdder();
    public final LongAdder queries = new LongAdder();

    /** Counted when a lease ends, not chunk by chunk; likewise the bytes sent. */
    public final LongAdder bytesReceived = new LongAdder();

    public final LongAdder bytesSent = new LongAdder();
  }

  private final Cache<String, Entry> entries =
      Caffeine.newBuilder().maximumSize(MAX_WORKSPACES).build();

  /** The counters of a workspace; to be kept by a session for as long as it works for it. */
  public Entry entry(String workspace) {
    return entries.get(workspace, key -> new Entry());
  }

  /** A live view. */
  public Map<String, Entry> view() {
    return entries.asMap();
  }
}
