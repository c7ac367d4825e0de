package dev.trunkline.proxy.client;

import com.github.benmanes.caffeine.cache.AsyncCache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.trunkline.proxy.auth.Secret;
import dev.trunkline.proxy.config.Keys;
import dev.trunkline.proxy.config.Settings;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/**
 * Secrets that {@code auth_query} has answered with, for the time of {@code trunkline.auth_cache}.
 * A storm of logins of one user asks once. One object per configuration; safe from any thread.
 */
public final class UserSecrets {
  /** What came of a question. */
  sealed interface Answer {
    record Found(Secret secret) implements Answer {}

    record NoSuchUser() implements Answer {}

    /**
     * There is none.
     *
     * @param why for the log
     */
    record Failed(String why) implements Answer {}

    /** No secret never matches; one that is malformed is not taken for a password. */
    static Answer of(String user, byte[] secret) {
      try {
        return new Found(
            secret == null
                ? new Secret.None()
                : Secret.parse(user, new String(secret, StandardCharsets.UTF_8)));
      } catch (IllegalArgumentException malformed) {
        return new Failed(malformed.getMessage());
      }
    }
  }

  /**
   * What answers are remembered under.
   *
   * @param database whose server was asked, as the configuration names it
   */
  record Key(String database, String authUser, AuthQuery.Question question) {}

  private final AsyncCache<Key, Answer> answers;

  public UserSecrets(Settings settings) {
    this.answers =
        Caffeine.newBuilder()
            .expireAfterWrite(settings.get(Keys.AUTH_CACHE))
            .maximumSize(settings.get(Keys.AUTH_CACHE_SIZE))
            .executor(Runnable::run) // upkeep is short: no pool of threads for it
            .buildAsync();
  }

  /** The answer at hand, the one that somebody is waiting for already, or a new one. */
  CompletableFuture<Answer> find(Key key, Supplier<CompletableFuture<Answer>> query) {
    CompletableFuture<Answer> answer = answers.get(key, (_, _) -> query.get());
    return answer.whenComplete(
        (result, _) -> {
          if (result instanceof Answer.Failed) {
            answers.synchronous().invalidate(key); // the next one may have more luck
          }
        });
  }

  /** A login has failed: the secret may have changed since it was asked for. */
  void forget(Key key) {
    answers.synchronous().invalidate(key);
  }
}
