package dev.trunkline.admin;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Remembers what it was asked for. */
class FakeMover implements Mover {
  final List<Object> asked = new ArrayList<>();

  @Override
  public String pause(Scope scope, Duration drain) {
    asked.add(scope);
    asked.add(drain);
    return "";
  }

  @Override
  public void resume(Scope scope) {
    asked.add(scope);
  }

  @Override
  public String repoint(Repoint change, String why) {
    asked.add(change);
    asked.add(why);
    return "version 2";
  }

  @Override
  public List<StepRow> swap(Swap swap) {
    asked.add(swap);
    return List.of(new StepRow("drain", "done", 17, ""));
  }

  @Override
  public Comparer comparer() {
    return new FakeComparer(asked);
  }

  @Override
  public List<PauseRow> pauses() {
    return List.of();
  }

  @Override
  public List<SwapRow> swaps() {
    return List.of();
  }

  @Override
  public List<HistoryRow> history() {
    return List.of();
  }

  @Override
  public List<MapEntryRow> mapAsOf(long version) {
    asked.add(version);
    return List.of();
  }
}
