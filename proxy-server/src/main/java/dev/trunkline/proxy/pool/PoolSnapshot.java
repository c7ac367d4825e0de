package dev.trunkline.proxy.pool;

import dev.trunkline.proxy.server.ServerConnection;
import dev.trunkline.wire.ErrorFields;
import java.util.List;
import java.util.Set;

/**
 * What a pool held at one moment.
 *
 * @param servers its connections; their protocol state belongs to their owners
 * @param used those of them that are idle and have to be checked before use
 * @param waiting clients in the queue
 * @param maxWaitMicros how long the oldest of them has waited
 * @param opening connections being opened
 * @param lastError of the last failed connect, null when the last one worked
 */
public record PoolSnapshot(
    PoolKey key,
    PoolOptions options,
    List<ServerConnection> servers,
    Set<ServerConnection> used,
    int waiting,
    long maxWaitMicros,
    int opening,
    boolean paused,
    ErrorFields lastError) {}
