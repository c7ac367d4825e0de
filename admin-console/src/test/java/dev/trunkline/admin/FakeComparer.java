package dev.trunkline.admin;

import java.util.List;

/** Remembers what it was asked for. */
record FakeComparer(List<Object> asked) implements Comparer {
  @Override
  public void start(DarkRead read) {
    asked.add(read);
  }

  @Override
  public void stop(Mover.Scope scope) {
    asked.add(scope);
  }

  @Override
  public List<DarkReadRow> reads() {
    return List.of();
  }

  @Override
  public List<MismatchRow> mismatches() {
    return List.of();
  }
}
