package dev.trunkline.proxy.auth;

import io.netty.util.concurrent.EventExecutor;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Base64;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * What all logins of the process share: the bounded workers that PBKDF2 runs on, the keys already
 * derived, randomness, and the secret from which the salts of unknown users are made. Safe for use
 * by all threads.
 */
public final class LoginContext implements AutoCloseable {
  private static final int SECRET_BYTES = 32;
  private static final int SALT_BYTES = 16;
  private static final int NONCE_BYTES = 18;

  /** Threads that wait for LDAP servers. */
  private static final int ASKERS = 8;

  /**
   * How much the logins of the process may take.
   *
   * @param workers threads for PBKDF2, at least 1
   * @param queue derivations that may wait for one; more are refused with SQLSTATE 53300
   * @param iterations {@code scram_iterations}: for users with a plain secret, and unknown ones
   * @param cachedKeys derived keys that are remembered
   */
  public record Limits(int workers, int queue, int iterations, int cachedKeys) {
    /** Two workers do about a thousand derivations a second. */
    public static final Limits DEFAULT = new Limits(2, 1_000, 4_096, 1_024);

    public Limits {
      ScramKeys.checkIterations(iterations);
    }
  }

  private final Limits limits;
  private final SecureRandom random = new SecureRandom();
  private final byte[] secret;
  private final KeyCache keys;
  private final ThreadPoolExecutor workers;
  private final ThreadPoolExecutor askers;

  public LoginContext(Limits limits) {
    this.limits = limits;
    this.secret = randomBytes(SECRET_BYTES);
    this.keys = new KeyCache(secret, limits.cachedKeys());
    this.workers = bounded(limits.workers(), limits.queue());
    this.askers = bounded(ASKERS, limits.queue());
  }

  private static ThreadPoolExecutor bounded(int threads, int queue) {
    ThreadPoolExecutor executor =
        new ThreadPoolExecutor(
            threads,
            threads,
            10,
            TimeUnit.SECONDS,
            new ArrayBlockingQueue<>(queue),
            LoginContext::worker);
    executor.allowCoreThreadTimeOut(true);
    return executor;
  }

  private static Thread worker(Runnable work) {
    Thread thread = new Thread(work, "trunkline-login");
    thread.setDaemon(true);
    return thread;
  }

  /** Ends the workers; logins under way that still need one are never answered. */
  @Override
  public void close() {
    workers.shutdownNow();
    askers.shutdownNow();
  }

  int iterations() {
    return limits.iterations();
  }

  byte[] randomBytes(int length) {
    byte[] bytes = new byte[length];
    random.nextBytes(bytes);
    return bytes;
  }

  /** Printable, without comma. */
  String nonce() {
    return Base64.getEncoder().encodeToString(randomBytes(NONCE_BYTES));
  }

  /**
   * The salt of users that have none: plain secrets and users that do not exist. Always the same
   * one for a name, so that asking twice does not tell the two apart, and derived keys can be
   * reused.
   */
  Bytes saltOf(String user) {
    byte[] mac = Digests.hmac(secret, Digests.utf8("salt"), Digests.utf8(user));
    return Bytes.of(Arrays.copyOf(mac, SALT_BYTES));
  }

  /** Keys that an earlier login has shown to be right, or null. Fast. */
  ScramKeys recall(Derivation from) {
    return keys.recall(from);
  }

  /** To be called only for passwords that are right: guesses must not drive the others out. */
  void remember(Derivation from, ScramKeys derived) {
    keys.remember(from, derived);
  }

  /**
   * Derives keys on a worker and hands them over on {@code loop}; or null and what went wrong,
   * which is a {@link RejectedExecutionException} when too many wait already.
   */
  void derive(Derivation from, Executor loop, BiConsumer<ScramKeys, Throwable> then) {
    work(workers, () -> recallOrDerive(from), loop, then);
  }

  /** As {@link #derive}, for work that waits for others: LDAP servers, system databases. */
  <T> void ask(Supplier<T> question, Executor loop, BiConsumer<T, Throwable> then) {
    work(askers, question, loop, then);
  }

  private static <T> void work(
      Executor workers, Supplier<T> task, Executor loop, BiConsumer<T, Throwable> then) {
    try {
      var _ = CompletableFuture.supplyAsync(task, workers).whenCompleteAsync(then, loop);
    } catch (RejectedExecutionException busy) {
      then.accept(null, busy);
    }
  }

  /**
   * Takes as long as a derivation and then reports what went wrong with it, or null. Lets every
   * failure cost the same, whoever the user is.
   */
  void spend(Executor loop, Consumer<Throwable> then) {
    Derivation nobody = new Derivation("x", Bytes.of(randomBytes(SALT_BYTES)), iterations());
    derive(nobody, loop, (_, problem) -> then.accept(problem));
  }

  /** For assertions: false on any other thread than the loop's, as far as the executor tells. */
  static boolean onLoop(Executor loop) {
    return !(loop instanceof EventExecutor executor) || executor.inEventLoop();
  }

  private ScramKeys recallOrDerive(Derivation from) {
    ScramKeys known = keys.recall(from);
    return known != null ? known : ScramKeys.derive(from);
  }
}
