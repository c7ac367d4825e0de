package dev.trunkline.shard;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;

/**
 * The hash that places a workspace without an entry of its own. It never changes; whoever creates
 * workspaces may compute it too:
 *
 * <ol>
 *   <li>Take the workspace id as {@link WorkspaceId#canonical} spells it, in bytes of UTF-8.
 *   <li>Compute 64-bit FNV-1a: start with {@code 0xcbf29ce484222325}; for each byte, xor it into
 *       the value, then multiply by {@code 0x100000001b3} modulo 2^64.
 *   <li>Fold to 32 bits: xor the upper with the lower half.
 *   <li>Sort the names of all logical shards by their bytes of UTF-8 ({@code LC_ALL=C sort}, {@code
 *       ORDER BY name COLLATE "C"}). The workspace lives on the shard whose index, from 0, is the
 *       folded value, as an unsigned number, modulo the number of shards.
 * </ol>
 *
 * <p>In Python:
 *
 * <pre>{@code
 * def shard(workspace, shards):
 *     h = 0xcbf29ce484222325
 *     for b in workspace.encode():
 *         h = ((h ^ b) * 0x100000001b3) % 2**64
 *     return sorted(shards, key=str.encode)[((h >> 32) ^ (h % 2**32)) % len(shards)]
 * }</pre>
 *
 * <p>Known values, folded: {@code ""} 0x4fd0bfc1, {@code "a"} 0x296230c0, {@code "foobar"}
 * 0x72ad2699, {@code "00000000-0000-0000-0000-000000000000"} 0x64cad593.
 *
 * <p>Adding or removing a shard moves most of the workspaces. Shards are meant to be many and
 * fixed, and to move between hosts.
 */
public final class PlacementHash {
  private static final long OFFSET = 0xcbf29ce484222325L;
  private static final long PRIME = 0x100000001b3L;

  private PlacementHash() {}

  /** The folded hash, 0 to 2^32-1. Allocates nothing. */
  public static long of(String workspace) {
    long hash = OFFSET;
    int length = workspace.length();
    for (int i = 0; i < length; i++) {
      char c = workspace.charAt(i);
      if (c < 0x80) {
        hash = (hash ^ c) * PRIME;
      } else {
        int codePoint = workspace.codePointAt(i);
        hash = multibyte(hash, codePoint);
        i += Character.charCount(codePoint) - 1;
      }
    }
    return (hash >>> 32) ^ (hash & 0xffffffffL);
  }

  /** The index, 0 to {@code shards - 1}, into the shards in sorted order. */
  public static int index(String workspace, int shards) {
    return (int) (of(workspace) % shards);
  }

  /** The names in the order that {@link #index} counts in. */
  public static List<String> sorted(Collection<String> shards) {
    return shards.stream().sorted(PlacementHash::compareUtf8).toList();
  }

  static int compareUtf8(String left, String right) {
    return Arrays.compareUnsigned(
        left.getBytes(StandardCharsets.UTF_8), right.getBytes(StandardCharsets.UTF_8));
  }

  private static long multibyte(long hash, int codePoint) {
    if (codePoint < 0x800) {
      return continuation((hash ^ (0xc0 | (codePoint >> 6))) * PRIME, codePoint, 0);
    }
    if (codePoint < 0x10000) {
      return continuation((hash ^ (0xe0 | (codePoint >> 12))) * PRIME, codePoint, 6);
    }
    return continuation((hash ^ (0xf0 | (codePoint >> 18))) * PRIME, codePoint, 12);
  }

  private static long continuation(long hash, int codePoint, int firstShift) {
    long result = hash;
    for (int shift = firstShift; shift >= 0; shift -= 6) {
      result = (result ^ (0x80 | ((codePoint >> shift) & 0x3f))) * PRIME;
    }
    return result;
  }
}
