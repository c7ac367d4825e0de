package dev.trunkline.shard;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;

/** The questions under way, one per workspace. Guarded by the map's lock, but for {@link #take}. */
final class WorkspaceLoads {
  private static final int MAX_WAITING = 10_000;

  private final BlockingQueue<WorkspaceLoad> queue = new LinkedBlockingQueue<>(MAX_WAITING);
  private final Map<String, WorkspaceLoad> inFlight = new HashMap<>();

  /** The load of that workspace that is under way, or null. */
  WorkspaceLoad get(String workspace) {
    return inFlight.get(workspace);
  }

  /** False when too many are waiting. */
  boolean start(WorkspaceLoad load) {
    return queue.offer(load) && inFlight.put(load.workspace(), load) == null;
  }

  /** False when too many are waiting. */
  boolean restart(WorkspaceLoad load) {
    return queue.offer(load);
  }

  void finish(WorkspaceLoad load, Lookup answer) {
    inFlight.remove(load.workspace(), load);
    load.answer(answer);
  }

  /** Finishes those that no worker has taken yet, and adds them to the list. */
  void finishWaiting(Lookup answer, List<WorkspaceLoad> finished) {
    List<WorkspaceLoad> waiting = new ArrayList<>();
    queue.drainTo(waiting);
    for (WorkspaceLoad load : waiting) {
      finish(load, answer);
    }
    finished.addAll(waiting);
  }

  /** Waits for a load; returns as many as there are, up to {@code max}. */
  List<WorkspaceLoad> take(int max) throws InterruptedException {
    List<WorkspaceLoad> loads = new ArrayList<>();
    loads.add(queue.take());
    queue.drainTo(loads, max - 1);
    return loads;
  }
}
