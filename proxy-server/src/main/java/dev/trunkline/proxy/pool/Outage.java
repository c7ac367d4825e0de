package dev.trunkline.proxy.pool;

import dev.trunkline.proxy.server.ConnectFailure;
import dev.trunkline.wire.ErrorFields;

/** What a pool remembers of a server that could not be connected to. Under its lock. */
final class Outage {
  /** While a connect attempt hangs for longer than this, clients get the last error at once. */
  private static final long HANGING_NANOS = 200_000_000L;

  /** A failure this recent is not tried again for each client. */
  private static final long FRESH_NANOS = 100_000_000L;

  /** No pause between two attempts is longer, whatever {@code server_login_retry} says. */
  private static final long LONGEST_RETRY_NANOS = 1_000_000_000L;

  private ConnectFailure failure;
  private long failedAt;

  /**
   * An attempt has failed; whether that is news: it worked before, or failed for another reason.
   */
  boolean began(ConnectFailure cause, long now) {
    boolean news = failure == null || !failure.error().message().equals(cause.error().message());
    failure = cause;
    failedAt = now;
    return news;
  }

  void over() {
    failure = null;
  }

  boolean lasts() {
    return failure != null;
  }

  /** The last error, or null when the last attempt worked. */
  ErrorFields error() {
    return failure == null ? null : failure.error();
  }

  /** Whether it is too early for another attempt, whoever asks. */
  boolean fresh(long now) {
    return failure != null && now - failedAt < FRESH_NANOS;
  }

  /**
   * Whether the next attempt is due, with nobody asking. A server that has said no is left alone
   * until somebody does: it would only fill its log.
   */
  boolean retryDue(PoolOptions options, long now) {
    return failure != null && failure.passing() && now - failedAt > retryNanos(options);
  }

  /** The error to give a client at once, or null when it is worth its while to wait. */
  ErrorFields refusal(PoolOptions options, Slots slots, long now) {
    if (failure == null || !slots.all().isEmpty() || (failure.answered() && failure.passing())) {
      return null;
    }
    boolean recent = now - failedAt < (failure.answered() ? retryNanos(options) : FRESH_NANOS);
    boolean hanging = slots.opening() > 0 && now - slots.openingSince() > HANGING_NANOS;
    return recent || hanging ? PoolErrors.failing(failure.error()) : null;
  }

  private static long retryNanos(PoolOptions options) {
    return Math.min(options.loginRetryNanos(), LONGEST_RETRY_NANOS);
  }
}
