package dev.trunkline.proxy.config;

import dev.trunkline.proxy.config.EntryKeys.CatalogMap;
import dev.trunkline.proxy.config.EntryKeys.FileMap;
import dev.trunkline.proxy.config.EntryKeys.MapPlacement;
import dev.trunkline.proxy.config.EntryKeys.MapType;
import dev.trunkline.proxy.config.EntryKeys.Tables;
import dev.trunkline.shard.MapConfig;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Reads the block {@code map}. */
final class MapReader {
  private final Block map;
  private final Collection<String> hosts;
  private final Path file;

  MapReader(Block top, Collection<String> hosts, Path file) {
    this.map = top.child("map");
    this.hosts = hosts;
    this.file = file;
  }

  /** Null when the type is missing or refused, which has left its problem behind. */
  MapConfig read() {
    MapType type = map.get(FileMap.TYPE);
    return switch (type) {
      case null -> null;
      case FILE -> fromFile();
      case POSTGRES -> fromPostgres();
    };
  }

  private MapConfig fromFile() {
    List<String> known = new ArrayList<>(FileMap.KIND.names());
    known.add(FileMap.SHARDS);
    known.add(FileMap.WORKSPACES);
    known.add(Tables.BLOCK);
    map.onlyKnown(known);
    Map<String, String> shards = names(FileMap.SHARDS, "host", hosts);
    if (shards.isEmpty()) {
      map.refuse(FileMap.SHARDS, "a map needs at least one logical shard (schema_001 = host-1)");
    }
    return new MapConfig.FromFile(
        shards,
        map.get(FileMap.PLACEMENT) == MapPlacement.HASH,
        names(FileMap.WORKSPACES, "logical shard", shards.keySet()),
        stateFile());
  }

  private Path stateFile() {
    Path named = map.get(FileMap.STATE_FILE);
    return named != null ? named : file.resolveSibling(file.getFileName() + ".map");
  }

  /** A block of names, each of which stands for one of the known ones. */
  private Map<String, String> names(String key, String what, Collection<String> known) {
    Block block = map.child(key);
    Map<String, String> names = new LinkedHashMap<>();
    for (String name : block.names()) {
      String target = block.text(name);
      if (target == null) {
        continue;
      }
      names.put(name, target);
      if (!known.contains(target)) {
        block.refuse(name, "there is no " + what + " " + target + Spelling.hint(target, known));
      }
    }
    return names;
  }

  private MapConfig fromPostgres() {
    List<String> known = new ArrayList<>(CatalogMap.KIND.names());
    known.add(Tables.BLOCK);
    map.onlyKnown(known);
    return new MapConfig.FromPostgres(
        url(),
        map.get(CatalogMap.USER),
        map.get(CatalogMap.PASSWORD),
        map.get(CatalogMap.CACHE),
        map.get(CatalogMap.REFRESH_AFTER),
        map.get(CatalogMap.NEGATIVE_TTL),
        map.get(CatalogMap.POLL_INTERVAL),
        map.get(CatalogMap.STALE_FOR),
        map.get(CatalogMap.QUERY_TIMEOUT),
        map.get(CatalogMap.SNAPSHOT_FILE));
  }

  private String url() {
    String host = map.get(CatalogMap.HOST);
    String dbname = map.get(CatalogMap.DBNAME);
    if (host == null || dbname == null) {
      return "";
    }
    Endpoint server = new Endpoint(host, map.get(CatalogMap.PORT));
    return "jdbc:postgresql://%s/%s?sslmode=%s"
        .formatted(
            server,
            URLEncoder.encode(dbname, StandardCharsets.UTF_8).replace("+", "%20"),
            Values.name(map.get(CatalogMap.SSLMODE)));
  }
}
