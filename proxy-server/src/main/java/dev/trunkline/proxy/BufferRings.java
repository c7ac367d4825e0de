package dev.trunkline.proxy;

import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.uring.IoUring;
import io.netty.channel.uring.IoUringBufferRingConfig;
import io.netty.channel.uring.IoUringFixedBufferRingAllocator;
import io.netty.channel.uring.IoUringIoHandlerConfig;

/**
 * Memory that an io_uring loop lends to the kernel, which puts there what any of its sockets
 * receives: a connection that waits holds none of its own, and needs no poll before it receives.
 */
final class BufferRings {
  /** The one ring of each loop. */
  static final short GROUP = 0;

  /**
   * Since Linux 6.12 the kernel goes on where it left off in a buffer, so large ones hold many
   * small messages, and large results take few operations: half a megabyte, and twice that once it
   * did not suffice.
   */
  private static final int SHARED_BYTES = 16 * 1024;

  private static final short SHARED_COUNT = 64;

  /** Before, each receive takes a whole buffer. */
  private static final int SINGLE_BYTES = 4 * 1024;

  private static final short SINGLE_COUNT = 256;

  private BufferRings() {}

  /** The group that connections name before they are registered; null where there is no ring. */
  static Short group() {
    return IoUring.isRegisterBufferRingSupported() ? GROUP : null;
  }

  static IoUringIoHandlerConfig config() {
    IoUringIoHandlerConfig config = new IoUringIoHandlerConfig();
    return IoUring.isRegisterBufferRingSupported() ? config.setBufferRingConfig(ring()) : config;
  }

  private static IoUringBufferRingConfig ring() {
    boolean shared = IoUring.isRegisterBufferRingIncSupported();
    short count = shared ? SHARED_COUNT : SINGLE_COUNT;
    return IoUringBufferRingConfig.builder()
        .bufferGroupId(GROUP)
        .bufferRingSize(count)
        .batchSize(count / 2)
        .incremental(shared)
        .allocator(
            new IoUringFixedBufferRingAllocator(
                PooledByteBufAllocator.DEFAULT, shared ? SHARED_BYTES : SINGLE_BYTES))
        .build();
  }
}
