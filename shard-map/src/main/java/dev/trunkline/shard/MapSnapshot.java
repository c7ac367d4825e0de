package dev.trunkline.shard;

import java.io.BufferedOutputStream;
import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32C;
import java.util.zip.CheckedOutputStream;

/**
 * The last map on disk, for a start while the catalog is down. Big-endian, as {@link
 * DataOutputStream} writes it:
 *
 * <pre>
 *   long    magic "TRUNKMAP", int format 2
 *   UTF     address of the catalog
 *   long    version, UTF its stamp ("" for none), long version of the table of shards
 *   int n,  n times: UTF shard, UTF host
 *   int n,  n times: UTF host, UTF its home; not in format 1
 *   int n,  n times: UTF workspace, int index of its shard in the list above
 *   long    CRC-32C of everything before
 * </pre>
 *
 * @param address of the catalog it was read from, without secrets
 * @param version that every entry holds in
 * @param mapVersion the version the table of shards was read in
 * @param hosts logical shard to host name
 * @param homes hosts that are not where the configuration says
 * @param workspaces workspace to logical shard
 */
record MapSnapshot(
    String address,
    Catalog.Version version,
    long mapVersion,
    Map<String, String> hosts,
    Map<String, Home> homes,
    Map<String, String> workspaces) {
  private static final long MAGIC = 0x5452554e4b4d4150L;
  private static final int FORMAT = 2;

  /** Replaces the file in one step: a crash leaves the old one or the new one. */
  void write(Path file) throws IOException {
    Path directory = file.toAbsolutePath().getParent();
    Files.createDirectories(directory);
    Path draft = Files.createTempFile(directory, file.getFileName().toString(), ".tmp");
    try {
      try (FileChannel channel = FileChannel.open(draft, StandardOpenOption.WRITE)) {
        writeTo(Channels.newOutputStream(channel));
        channel.force(true);
      }
      Files.move(draft, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } finally {
      Files.deleteIfExists(draft);
    }
  }

  private void writeTo(OutputStream sink) throws IOException {
    CheckedOutputStream checked = new CheckedOutputStream(sink, new CRC32C());
    DataOutputStream out = new DataOutputStream(new BufferedOutputStream(checked, 1 << 16));
    out.writeLong(MAGIC);
    out.writeInt(FORMAT);
    out.writeUTF(address);
    out.writeLong(version.number());
    out.writeUTF(version.stamp() == null ? "" : version.stamp());
    out.writeLong(mapVersion);
    Map<String, Integer> indexes = writeShards(out);
    out.writeInt(homes.size());
    for (Map.Entry<String, Home> home : homes.entrySet()) {
      out.writeUTF(home.getKey());
      out.writeUTF(home.getValue().toString());
    }
    out.writeInt((int) workspaces.values().stream().filter(indexes::containsKey).count());
    for (Map.Entry<String, String> workspace : workspaces.entrySet()) {
      Integer index = indexes.get(workspace.getValue());
      if (index != null) {
        out.writeUTF(workspace.getKey());
        out.writeInt(index);
      }
    }
    out.flush();
    out.writeLong(checked.getChecksum().getValue());
    out.flush();
  }

  private Map<String, Integer> writeShards(DataOutputStream out) throws IOException {
    Map<String, Integer> indexes = new HashMap<>();
    out.writeInt(hosts.size());
    for (Map.Entry<String, String> shard : hosts.entrySet()) {
      indexes.put(shard.getKey(), indexes.size());
      out.writeUTF(shard.getKey());
      out.writeUTF(shard.getValue());
    }
    return indexes;
  }

  /**
   * Reads a snapshot.
   *
   * @throws IOException when there is none, it cannot be read, or it is not exactly what was
   *     written
   */
  static MapSnapshot read(Path file) throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    int end = bytes.length - Long.BYTES;
    if (end < Long.BYTES) {
      throw new IOException("it is too short");
    }
    CRC32C checksum = new CRC32C();
    checksum.update(bytes, 0, end);
    if (ByteBuffer.wrap(bytes).getLong(end) != checksum.getValue()) {
      throw new IOException("its checksum does not fit");
    }
    try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes, 0, end))) {
      return read(in);
    }
  }

  private static MapSnapshot read(DataInputStream in) throws IOException {
    long magic = in.readLong();
    int format = in.readInt();
    if (magic != MAGIC || format < 1 || format > FORMAT) {
      throw new IOException("it is not a snapshot of this format");
    }
    String address = in.readUTF();
    long number = in.readLong();
    String stamp = in.readUTF();
    long mapVersion = in.readLong();
    List<String> names = new ArrayList<>();
    Map<String, String> hosts = new HashMap<>();
    for (int left = in.readInt(); left > 0; left--) {
      names.add(in.readUTF());
      hosts.put(names.getLast(), in.readUTF());
    }
    Map<String, Home> homes = new HashMap<>();
    for (int left = format == 1 ? 0 : in.readInt(); left > 0; left--) {
      homes.put(in.readUTF(), Home.parse(in.readUTF()));
    }
    Map<String, String> workspaces = new HashMap<>();
    for (int left = in.readInt(); left > 0; left--) {
      workspaces.put(in.readUTF(), names.get(in.readInt()));
    }
    Catalog.Version version = new Catalog.Version(number, stamp.isEmpty() ? null : stamp);
    return new MapSnapshot(address, version, mapVersion, hosts, homes, workspaces);
  }
}
