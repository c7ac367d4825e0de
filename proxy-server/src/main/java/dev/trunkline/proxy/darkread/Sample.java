package dev.trunkline.proxy.darkread;

import dev.trunkline.shard.Home;

/**
 * A read that has been answered, to be repeated.
 *
 * @param old where it was answered
 * @param reply what the server has sent; what follows ReadyForQuery does not belong to it
 * @param nanos when it was answered, {@link System#nanoTime}
 * @param micros how long the answer took
 */
record Sample(
    Question question,
    Circumstances circumstances,
    Home old,
    byte[] reply,
    int length,
    long nanos,
    long micros) {}
