package dev.trunkline.proxy.swap;

import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * A swap that has ended.
 *
 * @param outcome where it came to an end
 * @param failure why it was undone, or null
 * @param waited clients that waited at the gate
 * @param errors clients that were told an error at the gate
 * @param cancelled transactions that were cancelled
 */
public record SwapReport(
    long id,
    Instant at,
    SwapRequest request,
    Swap.State outcome,
    String failure,
    int waited,
    long longestMicros,
    long p50Micros,
    long p99Micros,
    int errors,
    int cancelled,
    List<Step> steps) {
  /** How a step or a check came out. */
  public enum Result {
    /** It would be taken. */
    PLANNED,
    DONE,
    WARNED,
    FAILED,
    SKIPPED
  }

  /**
   * A step, or a check within one.
   *
   * @param micros how long it took; 0 for what has not been done
   */
  public record Step(String name, Result result, long micros, String detail) {}

  /** How it ended, in a word: {@code planned} and {@code rehearsed} if that was all it should. */
  public String ending() {
    if (failure == null && request.depth() == SwapRequest.Depth.PLAN) {
      return "planned";
    }
    boolean rehearsed = failure == null && request.depth() == SwapRequest.Depth.REHEARSE;
    return rehearsed ? "rehearsed" : outcome.name().toLowerCase(Locale.ROOT);
  }

  /** The steps' durations, for one column. */
  public String durations() {
    return steps.stream()
        .filter(step -> step.micros() > 0 && !step.name().startsWith("check: "))
        .map(step -> step.name() + "=" + step.micros())
        .collect(Collectors.joining(" "));
  }

  /** Why it was undone, or else how near the new home was before the pause; null for neither. */
  public String detail() {
    return failure != null
        ? failure
        : steps.stream()
            .filter(step -> step.name().equals("approach") && step.result() != Result.PLANNED)
            .map(Step::detail)
            .findFirst()
            .orElse(null);
  }
}
